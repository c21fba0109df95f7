from __future__ import annotations

from pathlib import Path

import pytest

from components.cross_validation import cross_validate, options_of, sample

EXAMPLES = [
    *((text, "query_logistics") for text in ("快递到哪了", "包裹到哪了", "物流到哪了", "快递到哪里了", "包裹到哪里了")),
    *((text, "request_invoice") for text in ("开发票", "要开发票", "发票怎么开", "开个发票", "能开发票吗")),
]


def test_every_example_is_judged_once_by_a_model_without_it() -> None:
    judged = dict(cross_validate(EXAMPLES, 5, {}))
    assert sorted(judged) == list(range(10))
    assert [judged[place][0][0] for place in range(10)] == [intent for _, intent in EXAMPLES]


def test_a_text_that_nothing_else_is_like_is_not_known() -> None:
    judged = dict(cross_validate([*EXAMPLES, ("zzz", "greet"), ("qqq", "greet")], 2, {}))
    assert judged[10] == []


def test_a_sample_is_even_and_always_the_same() -> None:
    chosen = sample(EXAMPLES, 4)
    assert [intent for _, intent in chosen] == ["query_logistics"] * 2 + ["request_invoice"] * 2
    assert chosen == sample(EXAMPLES, 4)
    assert sorted(sample(EXAMPLES, 100)) == sorted(EXAMPLES)


def test_the_options_are_those_of_the_pipeline(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(
        "pipeline:\n- name: other\n- name: components.intents.NgramIntentClassifier\n  C: 0.5\n", encoding="utf-8"
    )
    assert options_of(config) == {"C": 0.5}
    config.write_text("pipeline:\n- name: other\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no components"):
        options_of(config)
