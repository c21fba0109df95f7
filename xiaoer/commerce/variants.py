"""Which variants of a product a text names, by colour, by size, or by another part of their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from xiaoer.commerce.model import Product, Variant

_COLOR_WORD = re.compile(r"([黑白红蓝绿灰紫粉黄棕褐橙金银驼青])(?:色|的|款)")
_LETTERS = re.compile(r"(?<![0-9A-Z])(\d?X*[SML]|\d+(?:\.5)?)(?:码|号)?(?![0-9A-Z])")
_STORAGE = re.compile(r"(\d+)(G|T)B?")


@dataclass(frozen=True)
class Named:
    """What a text names of a product.

    Attributes:
        variants: The variants that it means; all of the product where it names none.
        narrowed: Whether the text narrowed them down.
        unknown: Colours and sizes that it names and the product does not have.
    """

    variants: tuple[Variant, ...]
    narrowed: bool
    unknown: tuple[str, ...]


def named_variants(product: Product, text: str, colors: Sequence[str] = (), sizes: Sequence[str] = ()) -> Named:
    """Return the variants that a text names.

    Args:
        product: The product.
        text: What somebody typed.
        colors: Colours that are known to stand in the text.
        sizes: Sizes that are known to stand in the text.
    """
    asked = _plain(text.replace(product.name, " ").replace(product.short_name, " "))
    by_color, no_color = _by_color(product, asked, [_plain(each) for each in colors])
    by_size, no_size = _by_size(product, asked, [_plain(each) for each in sizes])
    by_name = _by_name(product, asked)
    groups = [group for group in (by_color, by_size, by_name) if group]
    left = [each for each in product.variants if all(each.sku_id in group for group in groups)]
    unknown = (*no_color, *no_size)
    if not groups or unknown:
        return Named(product.variants, narrowed=False, unknown=unknown)
    # Each part exists, but not together: the product has black and it has XL, and yet no black XL.
    return Named(tuple(left), narrowed=True, unknown=() if left else (" ".join(_spoken(product, groups)),))


def _spoken(product: Product, groups: list[set[str]]) -> list[str]:
    names = [
        sorted({getattr(each, field) for each in product.variants if each.sku_id in group} - {""})
        for group, field in zip(groups, ("color", "size", "name"), strict=False)
    ]
    return [found[0] for found in names if len(found) == 1]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


def _by_color(product: Product, asked: str, colors: Sequence[str]) -> tuple[set[str], list[str]]:
    own = sorted({each.color for each in product.variants} - {""}, key=len, reverse=True)
    whole = [color for color in own if any(_plain(color) in place for place in (asked, *colors))]
    if whole:
        longest = [color for color in whole if not any(color != other and color in other for other in whole)]
        return {each.sku_id for each in product.variants if each.color in longest}, []
    words = [(color, _stem(color)) for color in colors] + [(f"{one}色", one) for one in _COLOR_WORD.findall(asked)]
    found: set[str] = set()
    unknown: list[str] = []
    for word, stem in words:
        like = {each.sku_id for each in product.variants if stem in each.color}
        found |= like
        if not like and own:
            unknown.append(word)
    return found, list(dict.fromkeys(unknown)) if not found else []


def _stem(color: str) -> str:
    return color[:-1] if len(color) > 1 and color[-1] in "色的" else color


def _by_size(product: Product, asked: str, sizes: Sequence[str]) -> tuple[set[str], list[str]]:
    own = {each.size: _pieces(each.size) for each in product.variants if each.size}
    places = [asked, *sizes]
    whole = [size for size in own if any(_contains(place, _plain(size)) for place in places)]
    storage = {f"{number}{unit}" for place in places for number, unit in _STORAGE.findall(place)}
    letters = {_letters(match) for place in places for match in _LETTERS.findall(place)}
    wanted = whole or [size for size, pieces in own.items() if pieces & storage]
    wanted = wanted or [size for size in own if _letters(_plain(size)) in letters]
    found = {each.sku_id for each in product.variants if each.size in wanted}
    named = [match[0] for size in sizes if (match := _LETTERS.fullmatch(size))]
    return found, list(dict.fromkeys(named)) if own and not found else []


def _contains(place: str, size: str) -> bool:
    """Whether a size stands in a text by itself: L does not stand in XL, nor 26 in 126."""
    border = r"[0-9A-Z+.]"
    return bool(size) and re.search(rf"(?<!{border}){re.escape(size)}(?!{border})", place) is not None


def _letters(size: str) -> str:
    """Return a size in its short form: XXL is 2XL."""
    size = size.removesuffix("码").removesuffix("号")
    return f"{size.count('X')}XL" if re.fullmatch(r"X{2,}L", size) else size


def _pieces(size: str) -> set[str]:
    return {f"{number}{unit}" for number, unit in _STORAGE.findall(_plain(size))}


def _by_name(product: Product, asked: str) -> set[str]:
    """Return the variants that a part of their own names stands for, where it is neither their colour nor size.

    Two characters are enough where no other variant's name has them: 集尘 means 自动集尘版 beside 标准版.
    """
    rest = {
        each.sku_id: [_plain(piece) for piece in each.name.split() if piece not in (each.color, each.size)]
        for each in product.variants
    }
    pairs = {
        sku: {piece[start : start + 2] for piece in pieces for start in range(len(piece) - 1)}
        for sku, pieces in rest.items()
    }
    common = {pair for pair in set().union(*pairs.values()) if all(pair in found for found in pairs.values())}
    return {sku for sku, found in pairs.items() if any(pair in asked for pair in found - common)}
