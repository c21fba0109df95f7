"""How a comparison is shown: as a table for people, in Markdown, and as JSON for programs."""

from __future__ import annotations

import dataclasses
import json
import os
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click


def markdown(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table whose columns stand below each other, also where Chinese stands among them."""
    cells = [[str(cell) for cell in row] for row in [titles, *rows]]
    widths = [max(3, *(_width(row[column]) for row in cells)) for column in range(len(titles))]
    lines = [
        "| " + " | ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def share(value: float | None) -> str:
    """Return a share as it stands in a table."""
    return "–" if value is None else f"{value:.3f}"


def conditions() -> str:
    """Return under which conditions this machine measures, as the last line below a table says it."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"


def write_json(value: Any, file: Path | None) -> None:
    """Write a result for programs, where a file is asked for."""
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(value, ensure_ascii=False, indent=2, default=_plain)
        file.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def say(text: str) -> None:
    """Tell whoever waits what is being done; the result alone goes to standard output."""
    click.echo(text, err=True)
