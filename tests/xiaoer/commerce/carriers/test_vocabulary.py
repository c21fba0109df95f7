"""The vocabulary of carriers: what it says, and what it refuses when it is loaded."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from xiaoer.commerce.carriers.vocabulary import FILE, Return, read_vocabulary, vocabulary
from xiaoer.commerce.model import ShipmentState

MEANT = {
    ShipmentState.CREATED: "101 102",
    ShipmentState.PICKED_UP: "1 103",
    ShipmentState.IN_TRANSIT: "0 1001 1002 1003 7 8 10 11 12",
    ShipmentState.OUT_FOR_DELIVERY: "5 501",
    ShipmentState.DELIVERED: "3 301 302 303 304",
    ShipmentState.EXCEPTION: "2 201 202 203 204 205 206 207 208 209 210 13 14 401",
    ShipmentState.RETURNED: "4 6",
}


def test_every_documented_state_has_its_meaning() -> None:
    meant = {code: state for state, codes in MEANT.items() for code in codes.split()}

    assert {code: state for code, state in vocabulary().states.items() if code.isdigit()} == meant
    assert vocabulary().states["投柜或驿站"] is ShipmentState.OUT_FOR_DELIVERY


def test_every_documented_return_code_has_its_meaning() -> None:
    assert vocabulary().returns == {
        "400": Return.REFUSED,
        "408": Return.REFUSED,
        "500": Return.UNKNOWN,
        "501": Return.BUSY,
        "502": Return.BUSY,
        "503": Return.REFUSED,
        "601": Return.REFUSED,
    }


@pytest.mark.parametrize("name", ["sf", "SF", "shunfeng", "shunfengkuaiyun", "顺丰速运", " 顺丰速运 "])
def test_a_carrier_has_many_names(name: str) -> None:
    found = vocabulary().carrier(name)

    assert found is not None
    assert (found.code, found.name, found.company, found.phone) == ("sf", "顺丰速运", "shunfeng", True)


def test_others_are_no_carriers() -> None:
    assert vocabulary().carrier("顺丰") is None
    assert vocabulary().carrier("") is None


def _broken(change: object) -> str:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    change(content)
    return yaml.safe_dump(content, allow_unicode=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["states"]["5"].update(means="somewhere"),
        lambda file: file["states"]["5"].update(name="签收"),
        lambda file: file["states"]["5"].update(name="3"),
        lambda file: file["states"]["5"].update(note="?"),
        lambda file: file["returns"]["400"].update(means="perhaps"),
        lambda file: file["numbers"][0].update(carriers=["ups"]),
        lambda file: file["numbers"][0].update(carriers=[]),
        lambda file: file["numbers"][0].update(form="SF(\\d"),
        lambda file: file["carriers"].append(dict(file["carriers"][0])),
        lambda file: file["carriers"][0].update(companies=["zhongtong"]),
        lambda file: file["carriers"][0].update(companies=[]),
        lambda file: file.pop("states"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(change: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_vocabulary(_broken(change))


def test_the_documentation_has_the_same_table() -> None:
    text = (Path(__file__).resolve().parents[4] / "docs" / "carriers.md").read_text(encoding="utf-8")
    states = yaml.safe_load(FILE.read_text(encoding="utf-8"))["states"]

    assert sorted(re.findall(r"^\| (\d+) \| (\S+) \| `(\w+)` \|$", text, re.MULTILINE)) == sorted(
        (code, each["name"], each["means"]) for code, each in states.items()
    )
