"""The texts of ``actions/replies/``: all compile, values stand where they belong and are never templates themselves."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from importlib.resources import files

import pytest
from jinja2 import Template, UndefinedError

from actions import speech
from actions.speech import templates, text_of
from xiaoer.commerce.model import OrderState

TOPICS = sorted(each.name.removesuffix(".yml") for each in files("actions").joinpath("replies").iterdir())


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The texts of every topic, to be filled by a test."""
    found: dict[str, str] = {}
    monkeypatch.setattr(speech, "replies", lambda topic: found)
    monkeypatch.setattr(speech, "templates", templates.__wrapped__)
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_every_text_compiles(topic: str) -> None:
    compiled = templates(topic)

    assert compiled
    assert all(isinstance(template, Template) for template in compiled.values())


def test_values_stand_where_the_text_names_them() -> None:
    assert text_of("after_sales.reason", reason="质量问题") == "申请原因：质量问题"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="reason"):
        text_of("after_sales.reason")


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        text_of("after_sales.no_such_text")


@pytest.mark.parametrize("typed", ["{{ 7 * 7 }}", "{% raise %}", "{reason}", "<b>&"])
def test_a_value_is_never_a_template_and_is_not_escaped(typed: str) -> None:
    assert text_of("after_sales.reason", reason=typed) == f"申请原因：{typed}"


def test_filters_tell_facts_in_chinese(texts: dict[str, str]) -> None:
    at = datetime(2026, 11, 20, 17, 5, tzinfo=timezone.utc)
    texts["all"] = (
        "{{ at | day }} {{ at | time_of_day }} {{ at | moment }} {{ a | yuan }} {{ l | span }} {{ s | order_state }}"
    )

    said = text_of("x.all", at=at, a=Decimal("5"), l=timedelta(hours=30), s=OrderState.PAID)

    assert said == "11月21日 01:05 11月21日 01:05 5.00 1天6小时 待发货"


def test_a_condition_on_its_own_line_leaves_no_empty_line(texts: dict[str, str]) -> None:
    texts["some"] = "一\n{% if more %}\n二\n{% endif %}\n"

    assert text_of("x.some", more=True) == "一\n二"
    assert text_of("x.some", more=False) == "一"


def test_a_text_that_does_not_compile_is_named(texts: dict[str, str]) -> None:
    texts["broken"] = "{{ goods"

    with pytest.raises(ValueError, match=r"x\.yml: broken: "):
        speech.templates("x")
