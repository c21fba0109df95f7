"""What a text is made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoer.knowledge.anatomy import BLOCKS, SOUND_ALONE, SOUNDS, dissect, sounds
from xiaoer.knowledge.synonyms import default_synonyms
from xiaoer.knowledge.text import normalise


def heard(text: str) -> set[int]:
    anatomy = dissect(text, default_synonyms())
    return set(anatomy.keys[anatomy.blocks == SOUNDS].tolist())


def seen(text: str) -> set[int]:
    anatomy = dissect(text, default_synonyms())
    return set(anatomy.keys[anatomy.blocks != SOUNDS].tolist())


@settings(deadline=None)  # the first text waits for the dictionaries
@given(st.text(max_size=40))
def test_the_same_text_has_the_same_features_each_once(text: str) -> None:
    form = normalise(text)
    first, second = dissect(form, default_synonyms()), dissect(form, default_synonyms())
    for name, dtype in (("keys", np.uint32), ("weights", np.float32), ("blocks", np.uint8)):
        assert getattr(first, name).dtype == dtype
        assert getattr(first, name).tolist() == getattr(second, name).tolist()
    assert len(set(first.keys.tolist())) == len(first.keys) == len(first.weights) == len(first.blocks)
    assert (first.weights > 0).all()
    assert (first.blocks < len(BLOCKS)).all()


def test_what_is_typed_by_ear_sounds_the_same_but_looks_different() -> None:
    assert heard("邮肥") == heard("邮费")
    assert seen("邮肥") != seen("邮费")


@pytest.mark.parametrize(("one", "other"), [("四天", "是天"), ("林子", "零子"), ("迟到", "词到")])
def test_sounds_that_many_do_not_tell_apart_are_one(one: str, other: str) -> None:
    assert sounds(one) == sounds(other)


def test_latin_and_numbers_sound_as_they_are_written() -> None:
    assert sounds("x14 几天") == {"x14": 1.0, "ji tian": 1.0, "ji": SOUND_ALONE, "tian": SOUND_ALONE}
    assert sounds("") == {}
