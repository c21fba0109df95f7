"""In which words and numbers two answers differ."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import WORD, features, normalise

NUMBER = re.compile(r"\d+(?:\.\d+)?")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
COUNTED = "天小时分钟元块个件日年月周折次倍号点%"
CHINESE = {char: str(number) for number, char in enumerate("一二三四五六七八九十", start=1)} | {"两": "2"}
CHINESE_NUMBER = re.compile(rf"(?<![零一二三四五六七八九十百千万])[一二两三四五六七八九十](?=[{COUNTED}])")

POLITE = re.compile("不好意思|非常抱歉|很抱歉|抱歉|您好|你好|谢谢|感谢|亲亲|亲爱的|亲(?=[，,！!～~ ])")
PARTICLES = frozenset("的了啊呀呢哦哈嘛吧啦呗嗯哟喔哒呦噢")

NO_SYNONYMS = Synonyms([], {}, {})
"""Answers are compared word for word: 顺丰 and 圆通 are one to the search, and so are 我们 and 您, but not here."""

# Words with a negation in them that deny nothing.
NO_DENIAL = re.compile("不过|不仅|不但|不错|差不多|无论|不管|无理由|无忧|非常|别的|特别|要不要|是不是|能不能|未来")
DENIAL = re.compile("不|没|无|未|非|别|勿|禁")


@dataclass(frozen=True)
class Difference:
    """What one of two answers says and the other does not.

    Attributes:
        first: Words and numbers of the first answer alone, in order.
        second: The same of the second.
        numbers: Whether numbers are among them: the strongest sign that the answers contradict each other.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    numbers: bool

    @property
    def none(self) -> bool:
        """Whether the answers say the same in substance."""
        return not self.first and not self.second


def difference(first: str, second: str) -> Difference:
    """Compare what two answers say; order, politeness, particles and punctuation make no difference.

    Args:
        first: An answer.
        second: Another.
    """
    forms = normalise(first), normalise(second)
    if forms[0] == forms[1]:
        return Difference((), (), numbers=False)
    ours, theirs = _said(first), _said(second)
    numbers = any(NUMBER.fullmatch(word) for word in set(ours) ^ set(theirs))
    return Difference(_alone(ours, theirs), _alone(theirs, ours), numbers)


def _alone(ours: Counter[str], theirs: Counter[str]) -> tuple[str, ...]:
    return tuple(ours - theirs)


def _said(answer: str) -> Counter[str]:
    """Return numbers and words of an answer once each, and denials as often as there are any."""
    plain = THOUSANDS.sub("", unicodedata.normalize("NFKC", POLITE.sub(" ", answer))).replace("您", "你")
    plain = CHINESE_NUMBER.sub(lambda match: CHINESE[match[0]], plain)
    said = Counter({f"{float(number):g}": 1 for number in NUMBER.findall(plain)})
    said.update(DENIAL.findall(NO_DENIAL.sub("", plain)))
    for feature in features(normalise(NUMBER.sub(" ", plain)), NO_SYNONYMS)[0]:
        kind, _, word = feature.partition(":")
        if kind == WORD and word not in PARTICLES and not DENIAL.fullmatch(word):
            said[word] = 1
    return said
