"""Whose a waybill number can be."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.commerce.carriers.recognise import S10_WEIGHTS, candidates

TRACES = yaml.safe_load((Path(__file__).resolve().parents[4] / "demo" / "traces.yml").read_text(encoding="utf-8"))
DIGITS = st.text("0123456789", min_size=40, max_size=40)


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("SF1234567890123", ["sf"]),
        (" sf 1234-5678 90123 ", ["sf"]),
        ("YT1234567890123", ["yto"]),
        ("JT1234567890123", ["jtsd"]),
        ("JDVA12345678901", ["jd"]),
        ("DPK364000000000", ["dbl"]),
        ("78123456789012", ["zto", "sto"]),
        ("773061155005903", ["sto", "zto", "sf", "jtsd"]),
        ("433123456789012", ["yunda", "sf", "jtsd"]),
        ("3914799155871", ["yunda", "sto"]),
        ("1136281381675", ["ems", "yunda"]),
        ("9876543210987", ["chinapost", "ems"]),
        ("PA12345678901", ["chinapost"]),
        ("EB000717618CN", ["ems"]),
        ("CP000717618CN", ["chinapost", "ems"]),
        ("786187979245", ["sf", "zto", "yto", "sto"]),
        ("EB000717619CN", []),
        ("EB000717618HK", []),
        ("202611200000000001", []),
        ("", []),
        ("SF１２３４５６７８９０１２３", []),
        ("SF1234567890123\n", ["sf"]),
        ("SF1234567890123; DROP TABLE shipments", []),
    ],
)
def test_the_form_of_a_number_tells_its_carriers(number: str, codes: list[str]) -> None:
    assert [each.code for each in candidates(number)] == codes


@given(st.data())
@pytest.mark.parametrize("carrier", TRACES, ids=lambda carrier: carrier["id"])
def test_numbers_of_the_demo_are_their_carriers(carrier: dict[str, str], data: st.DataObject) -> None:
    digits = iter(data.draw(DIGITS))
    number = "".join(next(digits) if each == "#" else each for each in carrier["waybill"])

    assert candidates(number)[0].code == carrier["id"]


@given(st.text() | st.text("SFYTJDEMPKCN0123456789- ", max_size=40))
def test_any_text_has_its_candidates_once(text: str) -> None:
    codes = [each.code for each in candidates(text)]

    assert len(codes) == len(set(codes))


@given(st.from_regex(r"\AE[A-Z][0-9]{8}\Z"))
def test_one_check_digit_of_ten_is_right(start: str) -> None:
    right = [digit for digit in "0123456789" if candidates(f"{start}{digit}CN")]

    total = sum(weight * int(digit) for weight, digit in zip(S10_WEIGHTS, start[2:], strict=True))
    assert right == [str({10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11))]


# Check digits from the tests of the npm package s10.
@pytest.mark.parametrize("number", ["EB000717581CN", "EB966331020CN", "EB761294038CN", "EB000717595CN"])
def test_published_numbers_hold(number: str) -> None:
    assert [each.code for each in candidates(number)] == ["ems"]
