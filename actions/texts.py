"""The texts that the assistant speaks, as they stand in ``actions/replies/<topic>.yml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml


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
