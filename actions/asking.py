"""Words that tell more of a question than its intent does (``asking.yml``)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import yaml

from actions.picking import plain


def asks(name: str, text: str) -> bool:
    """Return whether a text matches one of the patterns of a name.

    Raises:
        KeyError: If there are no patterns of this name.
    """
    asked = plain(text)
    return any(pattern.search(asked) for pattern in _patterns()[name])


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[re.Pattern[str], ...]]:
    content = yaml.safe_load(files("actions").joinpath("asking.yml").read_text(encoding="utf-8"))
    return {name: tuple(re.compile(str(pattern)) for pattern in patterns) for name, patterns in content.items()}
