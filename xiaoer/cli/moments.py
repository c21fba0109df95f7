"""Moments as they are typed in commands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from xiaoer.clock import SHANGHAI, clock_from
from xiaoer.settings import Settings


class Moment(click.ParamType):
    """A moment in ISO 8601; without an offset it is meant in Shanghai."""

    name = "ISO-TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the aware datetime."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00"))
        except ValueError:
            self.fail(f"{value!r} is no moment such as 2026-11-21T12:00+08:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def present(settings: Settings, given: datetime | None = None) -> datetime:
    """Return the moment given, else the present moment of the settings' clock."""
    return given or clock_from(settings.now)()
