"""Reading a trace as 快递100 words it, in the answer to a query as in a push.

Sources: fields and codes of https://apifox.com/apidoc/project-514987/api-8562559 (query) and
https://apifox.com/apidoc/project-514987/api-8568518 (push), and ``QueryTrackData``, ``SubscribePushResult`` of its SDK
(kuaidi100-api/java-demo).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

from pydantic import BaseModel, Field, ValidationError

from xiaoer.clock import SHANGHAI
from xiaoer.commerce.carriers.errors import MalformedTrace
from xiaoer.commerce.carriers.recognise import LONGEST, compact
from xiaoer.commerce.carriers.vocabulary import vocabulary
from xiaoer.commerce.model import ShipmentEvent, ShipmentState

logger = logging.getLogger(__name__)

MOST_LINES = 500
"""Lines of the longest trace that is taken."""

TEXT_CHARS = 300
"""Characters of a line that are kept, as ``shipment_events.text`` can hold."""

YEARS = range(2000, 2100)
"""Years that a line can be of."""


@dataclass(frozen=True)
class Trace:
    """What a carrier says of a parcel.

    Attributes:
        company: 快递100's code of the carrier.
        waybill_no: The number, in capitals.
        state: Where the parcel stands.
        events: Oldest first.
    """

    company: str
    waybill_no: str
    state: ShipmentState
    events: tuple[ShipmentEvent, ...]

    @property
    def moved_at(self) -> datetime | None:
        """When the parcel was last heard of."""
        return self.events[-1].at if self.events else None

    @property
    def delivered_at(self) -> datetime | None:
        """When it was signed for; ``None`` where it was not."""
        if self.state is not ShipmentState.DELIVERED:
            return None
        signed = (event.at for event in self.events if event.state is ShipmentState.DELIVERED)
        return next(signed, self.moved_at)


class _Line(BaseModel):
    time: str = Field("", max_length=40)
    ftime: str = Field("", max_length=40)
    context: str = Field(max_length=10_000)
    status: str | None = Field(None, max_length=40)
    statusCode: str | None = Field(None, max_length=16)  # noqa: N815 - 快递100's name

    @property
    def state(self) -> ShipmentState | None:
        """Where the parcel stood then, if the line says so in words that we know."""
        states = vocabulary().states
        return states.get(self.statusCode or "") or states.get(self.status or "")

    @property
    def at(self) -> datetime:
        """When it happened; 快递100 writes Shanghai's time and calls the tidy form ``ftime``."""
        moment = datetime.fromisoformat((self.ftime or self.time).strip())
        if moment.year not in YEARS:
            raise ValueError(f"no trace is of {moment.year}")
        return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(timezone.utc)


class _Result(BaseModel):
    com: str = Field(max_length=40, regex=r"^[A-Za-z0-9_]+$")
    nu: str = Field(max_length=LONGEST, regex=r"^[A-Za-z0-9-]+$")
    state: str = Field("0", max_length=8)
    data: list[_Line] = Field(default_factory=list, max_items=MOST_LINES)


def read_trace(result: object) -> Trace:
    """Return the trace that an object ``{com, nu, state, data: […]}`` describes.

    Args:
        result: The answer to a query, or ``lastResult`` of a push.

    Raises:
        MalformedTrace: If it is none.
    """
    try:
        found = _Result.parse_obj(result)
        # 快递100 puts the latest first, also among lines of the same second.
        lines = [(line.at, _clean(line.context), line.state) for line in reversed(found.data)]
    except (ValidationError, ValueError) as error:
        raise MalformedTrace(type(error).__name__) from error
    events = _events(sorted((line for line in lines if line[1]), key=lambda line: line[0]))
    return Trace(found.com.lower(), compact(found.nu), _state(found.state, events), events)


def _events(lines: Sequence[tuple[datetime, str, ShipmentState | None]]) -> tuple[ShipmentEvent, ...]:
    """Return the events; a line without a state of its own leaves the parcel where it was."""
    events: list[ShipmentEvent] = []
    state = ShipmentState.IN_TRANSIT
    for at, text, own in lines:
        state = own or state
        events.append(ShipmentEvent(at, state, text))
    return tuple(events)


def _state(code: str, events: Sequence[ShipmentEvent]) -> ShipmentState:
    known = vocabulary().states.get(code)
    if known is None:
        logger.warning("快递100 calls a state %r, which vocabulary.yml does not know", code)
        return events[-1].state if events else ShipmentState.IN_TRANSIT
    return known


def _clean(text: str) -> str:
    """Return the words in one line, without characters that are not seen."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:TEXT_CHARS]
