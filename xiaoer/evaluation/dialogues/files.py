"""Reading files of conversations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from xiaoer.accounts.model import Role
from xiaoer.evaluation.dialogues.errors import ScriptError
from xiaoer.evaluation.dialogues.place import Place
from xiaoer.evaluation.dialogues.script import AgentTurn, ClockTurn, Conversation, Turn, UserTurn
from xiaoer.evaluation.dialogues.selectors import parse_pick
from xiaoer.evaluation.dialogues.wishes import parse_expectation
from xiaoer.evaluation.dialogues.yamltext import read_yaml

ROLES = {"consumer": Role.CONSUMER, "merchant": Role.MERCHANT, "anonymous": Role.ANONYMOUS}
ATTACHMENTS = ("image", "video", "file")
SLOTS = (
    "reason",
    "items",
    "quantity",
    "photo",
    "pickup",
    "note",
    "variant",
    "receiver_name",
    "receiver_phone",
    "address",
    "invoice_kind",
    "invoice_title",
    "tax_number",
    "email",
)
"""Slots of forms that ``answers`` may name."""

ACTIONS = ("accept", "resolve", "return_to_bot")
SHIFT = re.compile(r"\+(\d{1,5})([smhd])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
ENDINGS = frozenset({".yml", ".yaml"})
SPEAKING = {"merchant": "merchant", "customer": "customer"}
"""Rows that placeholders may be about though ``given`` does not name them: they follow from the others."""


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that paths stand for: themselves, and the YAML files of folders, by name.

    Raises:
        ScriptError: If a path does not exist, or a folder has no such file.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix in ENDINGS and each.is_file())
            if not inside:
                raise ScriptError(f"{path}: the folder has no YAML files")
            found += inside
        elif path.exists():
            found.append(path)
        else:
            raise ScriptError(f"{path}: there is no such file")
    return list(dict.fromkeys(found))


def read_conversations(path: Path) -> list[Conversation]:
    """Return the conversations of a file.

    Args:
        path: A YAML file with a list of conversations.

    Raises:
        ScriptError: If the file can't be read, or anything in it is not as the format says.
    """
    place = Place(str(path))
    entries = read_yaml(path)
    if not isinstance(entries, list) or not entries:
        raise place.error("the file must hold a list of conversations")
    return [_conversation(place, number, entry) for number, entry in enumerate(entries, 1)]


def _conversation(place: Place, number: int, value: Any) -> Conversation:
    here = place.at(f"conversation {number}")
    if not isinstance(value, dict):
        raise here.error("this must be a mapping with a name and turns")
    name = value.get("name")
    if isinstance(name, str) and name.strip():
        here = place.at(f"conversation {name.strip()!r}")
    entry = here.mapping(value, ("name", "role", "given", "in_view", "answers", "turns"))
    if not isinstance(name, str) or not name.strip():
        raise here.error("the conversation has no name")
    given = tuple(
        parse_pick(here.at(f"given {each}"), each, wanted)
        for each, wanted in here.at("given").mapping(entry.get("given")).items()
    )
    kinds = SPEAKING | {pick.name: pick.kind for pick in given}
    here = Place(here.file, here.path, kinds, set())
    turns = entry.get("turns")
    if not isinstance(turns, list) or not turns:
        raise here.error("the conversation has no turns")
    view = here.at("in_view")
    return Conversation(
        file=place.file,
        name=name.strip(),
        role=ROLES[here.at("role").choice(entry.get("role", "consumer"), ROLES)],
        given=given,
        in_view={
            key: view.text(each) for key, each in view.mapping(entry.get("in_view"), ("order_no", "product_id")).items()
        },
        answers={
            slot: _answer(here.at(f"answers {slot}"), each)
            for slot, each in here.at("answers").mapping(entry.get("answers"), SLOTS).items()
        },
        turns=tuple(_turn(here.at(f"turn {at}"), at, turn) for at, turn in enumerate(turns, 1)),
        placeholders=frozenset(here.used),
    )


def _answer(place: Place, value: Any) -> str | tuple[str, ...]:
    if isinstance(value, list):
        return place.choices(value, ATTACHMENTS)
    text = place.text(value)
    if not text.strip():
        raise place.error("an answer needs words")
    return text


def _turn(place: Place, number: int, value: Any) -> Turn:
    entry = place.mapping(value)
    acting = [key for key in ("user", "agent", "clock") if key in entry]
    if len(acting) != 1:
        raise place.error("a turn is one of user, agent, clock")
    known = ("user", "attachments", "until_written", "expect") if acting == ["user"] else (*acting, "expect")
    entry = place.mapping(value, known)
    expect = parse_expectation(place.at("expect"), entry.get("expect"))
    if "agent" in entry:
        action, text = _action(place.at("agent"), entry["agent"])
        return AgentTurn(number, action, text, expect)
    if "clock" in entry:
        return ClockTurn(number, str(entry["clock"]), _shift(place.at("clock"), entry["clock"]), expect)
    attachments = entry.get("attachments")
    return UserTurn(
        number,
        text=place.at("user").text(entry["user"]),
        attachments=() if attachments is None else place.at("attachments").choices(attachments, ATTACHMENTS),
        until_written=place.at("until_written").truth(entry.get("until_written", False)),
        expect=expect,
    )


def _action(place: Place, value: Any) -> tuple[str, str]:
    if isinstance(value, dict):
        reply = place.mapping(value, ("reply",)).get("reply")
        text = place.at("reply").text(reply)
        if not text.strip():
            raise place.at("reply").error("a reply needs words")
        return "reply", text
    return place.choice(value, ACTIONS), ""


def _shift(place: Place, value: Any) -> timedelta:
    found = SHIFT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise place.error("this must be a length of time such as +3d, +2h or +30m")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
