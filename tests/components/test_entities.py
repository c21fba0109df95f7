"""Tests of entities in Rasa's form."""

from __future__ import annotations

import pytest

from components.entities import clear_of, entity_of, overlap, span_of


def test_an_entity_is_written_as_rasa_writes_it() -> None:
    entity = entity_of("quantity", 2, 4, 3)

    assert entity == {"entity": "quantity", "start": 2, "end": 4, "value": 3}
    assert span_of(entity) == (2, 4)


@pytest.mark.parametrize(
    ("span", "overlaps"),
    [
        pytest.param((0, 2), False, id="ends where the other begins"),
        pytest.param((5, 9), False, id="begins where the other ends"),
        pytest.param((0, 3), True, id="reaches into it"),
        pytest.param((3, 4), True, id="inside"),
        pytest.param((0, 9), True, id="around"),
    ],
)
def test_overlap(span: tuple[int, int], overlaps: bool) -> None:
    one, other = entity_of("city", *span, ""), entity_of("address", 2, 5, "")

    assert overlap(one, other) is overlap(other, one) is overlaps
    assert clear_of(one, [entity_of("color", 20, 22, ""), other]) is not overlaps
    assert clear_of(one, [])
