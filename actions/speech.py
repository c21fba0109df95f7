"""How the assistant speaks: texts from ``actions/replies/<topic>.yml``, cards beside them, buttons below."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from rasa_sdk.executor import CollectingDispatcher

Button = dict[str, str]


@cache
def replies(topic: str) -> dict[str, str]:
    """Return the texts of a topic, name by text.

    Raises:
        FileNotFoundError: If the topic has no file.
        ValueError: If the file is no mapping of names to texts.
    """
    loaded = yaml.safe_load(files("actions").joinpath("replies").joinpath(f"{topic}.yml").read_text(encoding="utf-8"))
    if not isinstance(loaded, dict) or not all(isinstance(text, str) for text in loaded.values()):
        raise ValueError(f"actions/replies/{topic}.yml must map names to texts")
    return loaded


def text_of(name: str, **values: object) -> str:
    """Return a text with its values filled in.

    Args:
        name: ``topic.name``.
        **values: What stands in the text's braces.

    Raises:
        KeyError: If the topic has no such text, or a value is missing.
    """
    topic, _, key = name.partition(".")
    return replies(topic)[key].strip().format(**values)


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
            **values: What stands in the text's braces.
        """
        self._dispatcher.utter_message(text=text_of(name, **values), buttons=buttons or None)

    def show(self, name: str, card: dict[str, Any], *, buttons: list[Button] | None = None, **values: object) -> None:
        """Say a text with a card; the text alone makes sense to a client that draws no cards.

        Args:
            name: ``topic.name`` of the text.
            card: The card, with its ``type``.
            buttons: What can be tapped.
            **values: What stands in the text's braces.

        Raises:
            ValueError: If the card has no type.
        """
        if "type" not in card:
            raise ValueError("a card needs a type")
        self._dispatcher.utter_message(text=text_of(name, **values), buttons=buttons or None, json_message=card)
