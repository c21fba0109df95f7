"""What customers' answers look like (``reading.yml``)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml

from actions.picking import plain


def says(name: str, text: str) -> bool:
    """Return whether a text matches one of the patterns of a name.

    Args:
        name: A name of ``reading.yml``.
        text: What was typed.

    Raises:
        KeyError: If there are no patterns of this name.
    """
    typed = plain(text)
    return bool(typed) and any(pattern.search(typed) for pattern in _patterns()[name])


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    content = yaml.safe_load(files("actions").joinpath("service").joinpath("reading.yml").read_text(encoding="utf-8"))
    return {name: tuple(re.compile(str(pattern)) for pattern in patterns) for name, patterns in content.items()}
