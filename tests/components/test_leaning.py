"""Tests of which way the words around a day point."""

from __future__ import annotations

import pytest

from components.leaning import Lean, lean_of


@pytest.mark.parametrize(
    ("text", "lean"),
    [
        pytest.param("<15号>买的", Lean.PAST, id="what was done then"),
        pytest.param("我是<15号>的单", Lean.PAST, id="told before the day"),
        pytest.param("<周三>说会送到,现在还没影", Lean.PAST, id="still not, in a later clause"),
        pytest.param("<15号>能到吗", Lean.FUTURE, id="what is to be done then"),
        pytest.param("<15号>之前发", Lean.FUTURE, id="a term"),
        pytest.param("改约<周三>", Lean.FUTURE, id="a wish before the day"),
        pytest.param("<15号>", Lean.OPEN, id="nothing around"),
        pytest.param("<15号>,买了", Lean.OPEN, id="done in another clause"),
    ],
)
def test_lean_of(text: str, lean: Lean) -> None:
    start, end = text.index("<"), text.index(">") - 1
    assert lean_of(text.replace("<", "").replace(">", ""), start, end) is lean
