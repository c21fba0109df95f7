"""What the classifiers see of a text: its characters and their sounds, in sequence and together, and its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from pypinyin import lazy_pinyin

from components.expressions import find_expressions
from components.numerals import CHINESE
from xiaoer.language.normalise import normalise

# One sign for each kind of expression: which order is meant says nothing about what is wanted of it.
_SIGNS = {
    "order_no": "Ⓞ", "waybill_no": "Ⓦ", "after_sale_no": "Ⓡ", "ticket_no": "Ⓣ", "phone": "Ⓟ", "amount": "Ⓐ",
    "quantity": "Ⓠ", "height_cm": "Ⓗ", "weight_kg": "Ⓚ", "size": "Ⓢ",
}  # fmt: skip
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# Logs that were made anonymous write [数字x] or <num> for digits, and so on for other values.
_MASKS = tuple(
    (re.compile(mask), sign)
    for mask, sign in (
        (r"\[数字x?\]|<num>", "0"),
        (r"\[订单x\]|\[orderid_\d+\]", "Ⓞ"),
        (r"\[电话x\]", "Ⓟ"),
        (r"\[金额x\]", "Ⓐ"),
        (r"\[日期x\]", "0月0号"),
        (r"\[时间x\]", "0点"),
        (r"\[地址x\]", "Ⓛ"),
        (r"\[姓名x\]|\[userid_\d+\]", "Ⓝ"),
        (r"\[(?:链接|网址)x\]|<url>", "Ⓤ"),
    )
)
# Stickers and emotions as shops' windows send them: #E-s12, [微笑].
_STICKER = re.compile(r"#e-[a-z]?\d*|\[[\u4e00-\u9fffa-z]{1,6}\]")
_PUNCTUATION = re.compile(r"[\s,.。、!?~…;:'\"()“”‘’☺-]+")
# A token without these is in its signed form already; most are, and signing is the dearest step.
_TO_SIGN = re.compile(rf"{CHINESE}|[半\d#<\[¥]")
_MOST_TOGETHER = 25
"""Of more different characters than this, the pairs of the first ones in code order are enough."""
_MAX_CHARACTERS = 500
"""What stands further behind is not read: a pasted page is no question, and a turn has its time."""


def signed(text: str) -> str:
    """Return ``text`` in normal form and lower case, with signs for expressions, numbers and stickers."""
    text = normalise(text[:_MAX_CHARACTERS]).text.lower()
    if "[" in text or "<" in text:
        for mask, sign in _MASKS:
            text = mask.sub(sign, text)
    text = _STICKER.sub("☺", text)
    parts, position = [], 0
    for expression in find_expressions(text):
        parts += [text[position : expression.start], _SIGNS[expression.entity]]
        position = expression.end
    return _NUMBER.sub("0", "".join([*parts, text[position:]])).strip()


def characters(text: str, longest: int = 4) -> list[str]:
    """Return all sequences of up to ``longest`` characters of a signed text, its ends marked."""
    if not text:
        return []
    marked = f"^{text}$"
    return list(text) + [marked[i : i + n] for n in range(2, longest + 1) for i in range(len(marked) - n + 1)]


def distant_characters(text: str) -> list[str]:
    """Return the pairs of characters with one or two others between them: 退…款 in 退我的款."""
    text = _PUNCTUATION.sub("", text)
    return [text[i] + text[i + gap] for gap in (2, 3) for i in range(len(text) - gap)]


def characters_together(text: str) -> list[str]:
    """Return the pairs of different characters of a text, in whatever order and at whatever distance.

    A linear model over pairs separates what one over single characters cannot: 不 with 退 from either alone.
    """
    different = sorted(set(_PUNCTUATION.sub("", text)))[:_MOST_TOGETHER]
    return [one + other for one, other in combinations(different, 2)]


def words(tokens: Sequence[str]) -> list[str]:
    """Return the words among ``tokens`` (in normal form and lower case), signed, and the pairs of neighbours."""
    signs = (signed(token) if _TO_SIGN.search(token) else token for token in tokens)
    kept = [word for sign in signs if (word := _PUNCTUATION.sub("", sign))]
    return kept + [f"{left}|{right}" for left, right in pairwise(kept)]


def sounds(text: str) -> list[str]:
    """Return the syllables of a signed text, and their sequences of two and three, as they are heard.

    Who types by sound writes 退宽 and 发获; who speaks a southern dialect also takes zh for z and ing for in.
    """
    heard = [_heard(character) for character in _PUNCTUATION.sub("", text)]
    return heard + ["-".join(heard[i : i + n]) for n in (2, 3) for i in range(len(heard) - n + 1)]


@lru_cache(maxsize=8192)
def _heard(character: str) -> str:
    """Return a character's usual syllable, without tone and the differences that are often not heard.

    These are zh/z, ch/c, sh/s and ang/an, eng/en, ing/in; what has no sound stays as it is.
    """
    return re.sub(r"ng$", "n", re.sub(r"^([zcs])h", r"\1", str(lazy_pinyin(character)[0])))
