"""How the assistant speaks: texts from ``actions/replies/<topic>.yml``, cards beside them, buttons below."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError
from rasa_sdk.executor import CollectingDispatcher

from actions import wording
from actions.texts import replies
from xiaoer.clock import local_text

Button = dict[str, str]


@cache
def _environment() -> Environment:
    """Return what renders the texts: plain text, where a value that is missing is an error."""
    environment = Environment(  # noqa: S701 - the texts are plain; the pages that show them escape
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        yuan=wording.yuan,
        goods=wording.goods,
        day=wording.day,
        moment=local_text,
        time_of_day=wording.time_of_day,
        span=wording.span,
        order_state=wording.order_state,
        shipment_state=wording.shipment_state,
        after_sale_kind=wording.after_sale_kind,
        after_sale_state=wording.after_sale_state,
    )
    return environment


@cache
def templates(topic: str) -> dict[str, Template]:
    """Return the texts of a topic as compiled Jinja2 templates, by name.

    The filters are those of ``actions/wording.py``, and ``moment`` for a moment in Shanghai.

    Raises:
        FileNotFoundError: If the topic has no file.
        ValueError: If the file is no mapping of names to texts, or a text does not compile.
    """
    compiled = {}
    for name, text in replies(topic).items():
        try:
            compiled[name] = _environment().from_string(text)
        except TemplateError as error:
            raise ValueError(f"actions/replies/{topic}.yml: {name}: {error}") from error
    return compiled


def text_of(name: str, **values: object) -> str:
    """Return a text with its values filled in; a value is never itself a template.

    Args:
        name: ``topic.name``.
        **values: What the text names.

    Raises:
        KeyError: If the topic has no such text.
        UndefinedError: If a value is missing.
    """
    topic, _, key = name.partition(".")
    return templates(topic)[key].render(values).strip()


def button(title: str, intent: str, **entities: object) -> Button:
    """Return a button that says an intent with its entities, as Rasa's clients send it back.

    Args:
        title: What the customer reads.
        intent: The intent that tapping it means.
        **entities: Entity values that go with it.
    """
    payload = f"/{intent}" + (json.dumps(entities, ensure_ascii=False) if entities else "")
    return {"title": title, "payload": payload}


class Reply:
    """What one action says in one turn."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        """Collect into Rasa's dispatcher."""
        self._dispatcher = dispatcher

    def say(self, name: str, *, buttons: list[Button] | None = None, **values: object) -> None:
        """Say a text, with buttons below it if there are any.

        Args:
            name: ``topic.name`` of the text.
            buttons: What can be tapped.
            **values: What the text names.
        """
        self._dispatcher.utter_message(text=text_of(name, **values), buttons=buttons or None)

    def show(self, name: str, card: dict[str, Any], *, buttons: list[Button] | None = None, **values: object) -> None:
        """Say a text with a card; the text alone makes sense to a client that draws no cards.

        Args:
            name: ``topic.name`` of the text.
            card: The card, with its ``type``.
            buttons: What can be tapped.
            **values: What the text names.

        Raises:
            ValueError: If the card has no type.
        """
        if "type" not in card:
            raise ValueError("a card needs a type")
        self._dispatcher.utter_message(text=text_of(name, **values), buttons=buttons or None, json_message=card)
