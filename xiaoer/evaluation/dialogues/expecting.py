"""Checking what a turn expects against what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Engine

from xiaoer.database import reading
from xiaoer.evaluation.dialogues import rows
from xiaoer.evaluation.dialogues.cast import Cast
from xiaoer.evaluation.dialogues.client import Reply, Standing
from xiaoer.evaluation.dialogues.placeholders import fill
from xiaoer.evaluation.dialogues.script import Expectation, Written
from xiaoer.evaluation.dialogues.text import contains, joined

LONGEST = 600
"""Characters of a reply that a report shows."""

TEXTS = ("text_any", "text_all", "text_none", "anywhere")


@dataclass(frozen=True)
class Miss:
    """An expectation that does not hold.

    Attributes:
        expected: What was expected, as the file says it.
        got: What there was instead.
        mendable: Whether something that comes later could still fulfil it.
    """

    expected: str
    got: str
    mendable: bool


@dataclass(frozen=True)
class Seen:
    """What a customer has seen.

    Attributes:
        replies: What came in this turn.
        so_far: All that came since the beginning, this turn included.
        standing: How the conversation stands, if there is one.
    """

    replies: Sequence[Reply]
    so_far: Sequence[Reply]
    standing: Standing | None


class Ledger:
    """The rows of a conversation's people, as they were at its beginning and as they are.

    Args:
        engine: The running database.
        cast: Who speaks, about what.
        kinds: Kinds of rows whose beginning must be remembered.
    """

    def __init__(self, engine: Engine, cast: Cast, kinds: Iterable[str]) -> None:
        self._engine = engine
        self._cast = cast
        with reading(engine) as session:
            self._before = {kind: rows.snapshot(session, kind, cast) for kind in kinds}
            self._picked = rows.picked(session, cast)

    def snapshots(self, kind: str) -> tuple[rows.Snapshot, rows.Snapshot]:
        """Return the rows of a kind at the beginning and now."""
        with reading(self._engine) as session:
            after = rows.snapshot(session, kind, self._cast)
        return self._before[kind], after

    def changes(self, name: str) -> str:
        """Return how a picked row differs from the beginning, as people read it; empty where it does not."""
        with reading(self._engine) as session:
            after = rows.picked(session, self._cast)[name]
        before = self._picked[name]
        if before == after:
            return ""
        if before is None or after is None:
            return "the row is gone"
        differing = (key for key in before if before[key] != after.get(key))
        return ", ".join(f"{key}: {before[key]} → {after.get(key)}" for key in differing)


def filled(expect: Expectation, values: Mapping[str, str]) -> Expectation:
    """Return an expectation with the placeholders of its texts replaced."""
    texts: dict[str, Any] = {
        key: tuple(fill(each, values) for each in getattr(expect, key) or ()) or None for key in TEXTS
    }
    written = tuple(
        Written(each.kind, {column: _filled(wanted, values) for column, wanted in each.columns.items()}, each.count)
        for each in expect.written
    )
    return replace(expect, **texts, written=written)


def _filled(wanted: Any, values: Mapping[str, str]) -> Any:
    if isinstance(wanted, tuple):
        return tuple(_filled(each, values) for each in wanted)
    return fill(wanted, values) if isinstance(wanted, str) else wanted


def check(expect: Expectation, seen: Seen, ledger: Ledger) -> list[Miss]:
    """Return what does not hold.

    Args:
        expect: What is expected, with placeholders replaced.
        seen: What the customer has seen.
        ledger: The rows before and now.
    """
    return [
        *_texts(expect, seen),
        *_types(expect, seen),
        *_standing(expect, seen.standing),
        *_written(expect, ledger),
        *_denied(expect, ledger),
    ]


def _texts(expect: Expectation, seen: Seen) -> Iterable[Miss]:
    text, got = _words(seen.replies), shown(seen.replies)
    if expect.text_any and not any(contains(text, each) for each in expect.text_any):
        yield Miss(f"text_any: {_list(expect.text_any)}", got, mendable=True)
    missing = [each for each in expect.text_all or () if not contains(text, each)]
    if missing:
        yield Miss(f"text_all: {_list(missing)}", got, mendable=True)
    unwanted = [each for each in expect.text_none or () if contains(text, each)]
    if unwanted:
        yield Miss(f"text_none: {_list(unwanted)}", got, mendable=False)
    if expect.anywhere and not any(contains(_words(seen.so_far), each) for each in expect.anywhere):
        yield Miss(f"anywhere: {_list(expect.anywhere)}", shown(seen.so_far), mendable=True)


def _types(expect: Expectation, seen: Seen) -> Iterable[Miss]:
    types = [reply.type for reply in seen.replies if reply.custom is not None]
    got = f"{_list(each or 'untyped' for each in types)} {shown(seen.replies)}"
    if expect.custom is not None and not _came(types, expect.custom):
        yield Miss(f"custom: {_list(expect.custom) if expect.custom else 'true'}", got, mendable=True)
    if expect.custom_none is not None and _came(types, expect.custom_none):
        yield Miss(f"custom_none: {_list(expect.custom_none) if expect.custom_none else 'true'}", got, mendable=False)
    if expect.silent is not None and expect.silent is bool(seen.replies):
        yield Miss(f"silent: {str(expect.silent).lower()}", shown(seen.replies), mendable=not expect.silent)


def _came(types: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(each in types for each in wanted) if wanted else bool(types)


def _standing(expect: Expectation, standing: Standing | None) -> Iterable[Miss]:
    for name in ("status", "reason", "priority"):
        wanted: tuple[str, ...] | None = getattr(expect, name)
        value = "" if standing is None else str(getattr(standing, name))
        if wanted is not None and value not in wanted:
            yield Miss(f"{name}: {_list(wanted)}", value or "none", mendable=True)


def _written(expect: Expectation, ledger: Ledger) -> Iterable[Miss]:
    for wanted in expect.written:
        expected = f"written: {wanted.kind} {_columns(wanted)}"
        unknown = rows.unknown_columns(wanted)
        if unknown:
            yield Miss(expected, f"{wanted.kind} has no column {', '.join(unknown)}", mendable=False)
            continue
        before, after = ledger.snapshots(wanted.kind)
        number = len(rows.written(before, after, wanted))
        if number != wanted.count if wanted.count is not None else not number:
            got = rows.described(rows.touched(before, after), wanted.columns)
            yield Miss(expected, f"{number} such; new or changed: {got}", mendable=number < (wanted.count or 1))


def _denied(expect: Expectation, ledger: Ledger) -> Iterable[Miss]:
    for kind in expect.not_written:
        found = rows.new(*ledger.snapshots(kind))
        if found:
            yield Miss(f"not_written: {kind}", rows.described(found, ()), mendable=False)
    for name in expect.unchanged:
        changes = ledger.changes(name)
        if changes:
            yield Miss(f"unchanged: {name}", changes, mendable=False)


def _words(replies: Iterable[Reply]) -> str:
    return joined(reply.words for reply in replies)


def shown(replies: Sequence[Reply]) -> str:
    """Return replies as a report shows them."""
    parts = []
    for reply in replies:
        words = " ".join([reply.text, *(f"[{title}]" for title in reply.buttons)]).strip()
        parts.append(f"{words} <{reply.type}>".strip() if reply.custom is not None else words or "<image>")
    text = " / ".join(parts) or "nothing came"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(texts)}]"


def _columns(wanted: Written) -> str:
    parts = [f"{name}: {list(each) if isinstance(each, tuple) else each}" for name, each in wanted.columns.items()]
    if wanted.count is not None:
        parts.append(f"count: {wanted.count}")
    return "{" + ", ".join(parts) + "}"
