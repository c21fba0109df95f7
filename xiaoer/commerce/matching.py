"""Which products a text names: by whole names, the maker's model, the end of a name (its head noun), or most of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

NOTHING = (0, 0)
MODEL = re.compile(r"(?<![a-z0-9])[a-z]+\d+[a-z]*(?![a-z0-9])")
"""What makers call a product: S9, X14, Buds3. 4k and 65w are properties, which other products have too."""

LEAST_SHARE = 0.6
"""Share of a name that must stand in the text in one piece where neither the name nor its head noun does."""


def named_in(text: str, names: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return the products that a text names.

    In Chinese the head noun ends a name (羊毛大衣 is a 大衣), so the end of a short name counts as naming it; the
    longer the piece, the better. So does a model (S9) that stands in the short name. Products that are named equally
    well all stay: asking back is better than guessing.

    Args:
        text: What somebody typed.
        names: ``(product_id, name, short_name)`` of each product.

    Returns:
        Product ids named best, and equally well, in the order given; empty where the text names none.
    """
    asked = _plain(text)
    models = models_in(text)
    scores = {
        product_id: max(_score(asked, _plain(name), _plain(short)), _by_model(models, short))
        for product_id, name, short in names
    }
    best = max(scores.values(), default=NOTHING)
    return [product_id for product_id, score in scores.items() if score == best and score > NOTHING]


def models_in(text: str) -> set[str]:
    """Return what makers call products in a text, for example S9, in lower case."""
    # Spaces around the Chinese, beside which a model stands by itself.
    return set(MODEL.findall(re.sub(r"[\u3400-\u9fff]+", " ", unicodedata.normalize("NFKC", text).lower())))


def _by_model(models: set[str], short: str) -> tuple[int, int]:
    own = models & models_in(short) if models else set()
    return (3, max(len(model) for model in own)) if own else NOTHING


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def _score(asked: str, name: str, short: str) -> tuple[int, int]:
    """Return how well a text names a product: the kind of match, then its length in characters."""
    whole = max((len(each) for each in (name, short) if each and each in asked), default=0)
    if whole:
        return 3, whole
    for start in range(1, len(short) - 1):
        if short[start:] in asked:
            return 2, len(short) - start
    piece = SequenceMatcher(None, asked, short, autojunk=False).find_longest_match(0, len(asked), 0, len(short)).size
    return (1, piece) if piece > 1 and piece >= LEAST_SHARE * len(short) else NOTHING
