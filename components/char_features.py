"""What the learned extractor sees of a text: for every character itself, its neighbours, and the word it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xiaoer.language.normalise import normalise

GOODS = Path(__file__).with_name("goods.txt")

SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任"
    "姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
"""The characters that most Chinese names begin with."""

LONGEST = 400
"""Characters of a message that are looked at: nobody describes what he means after so many."""


@dataclass(frozen=True)
class Word:
    """A token of the text.

    Attributes:
        start: First character.
        end: One past the last character.
        lemma: Its normal form.
    """

    start: int
    end: int
    lemma: str


class CharacterFeatures:
    """Describes characters; knows common words for goods."""

    def __init__(self, goods: frozenset[str]) -> None:
        """Prepare.

        Args:
            goods: Common words for goods, in lower case.
        """
        self._goods = goods
        self._longest = max(map(len, goods), default=0)

    def of(self, text: str, words: Sequence[Word]) -> list[list[str]]:
        """Return the features of each character of ``text``, of the first ``LONGEST`` at most.

        Args:
            text: The raw text.
            words: Its tokens in their order.
        """
        shapes = [_shape(character) for character in text[:LONGEST]]
        size = len(shapes)
        place, word_of = ["-"] * size, [-1] * size
        for number, word in enumerate(words):
            for index in range(word.start, min(word.end, size)):
                word_of[index] = number
                place[index] = _place(index, word)
        lemmas = ["<", *(word.lemma for word in words), ">", ">"]
        goods = ["", *self._goods_at(text[:LONGEST].lower(), size), ""]
        around = ["<", "<", *shapes, ">", ">"]
        features = []
        for index in range(size):
            before2, before, here, after, after2 = around[index : index + 5]
            number, at = word_of[index], place[index]
            lemma = lemmas[number + 1] if number >= 0 else ""
            previous = lemmas[number] if number >= 0 else ""
            following = lemmas[number + 2] if number >= 0 else ""
            good = goods[index + 1]
            described = [
                f"c={here}", f"c-1={before}", f"c+1={after}", f"c-2={before2}", f"c+2={after2}",
                f"b-={before}{here}", f"b+={here}{after}", f"t={before}{here}{after}",
                f"w={lemma}{at}", f"p={at}", f"we={lemma[-1:]}{at}", f"pw={previous}{at}", f"nw={following}{at}",
                f"bw={previous}|{following}", f"g={good}", f"gp={good}{at}",
                f"g3={goods[index]}|{good}|{goods[index + 2]}", f"s={text[index] in SURNAMES}{at}",
            ]  # fmt: skip
            features.append(described)
        return features

    def _goods_at(self, text: str, size: int) -> list[str]:
        """Return for each character which part of a common word for goods it is; the longest word counts."""
        marks = [""] * size
        start = 0
        while start < size:
            lengths = range(min(self._longest, size - start), 0, -1)
            length = next((length for length in lengths if text[start : start + length] in self._goods), 0)
            for index in range(start, start + length):
                marks[index] = (
                    f"{'B' if index == start else 'I'}{'E' if index == start + length - 1 else ''}{length > 1}"
                )
            start += length or 1
        return marks


def read_goods(path: Path = GOODS) -> frozenset[str]:
    """Return the common words for goods in lower case; lines that begin with ``#`` are comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(word.lower() for line in lines if not line.startswith("#") for word in line.split())


def _shape(character: str) -> str:
    """Return the character in lower case; all digits look alike, and so do all Latin letters."""
    plain = normalise(character).text.lower()[:1] if not character.isascii() else character.lower()
    if plain.isdecimal():
        return "0"
    return "a" if plain.isascii() and plain.isalpha() else plain


def _place(index: int, word: Word) -> str:
    if word.end - word.start == 1:
        return "S"
    if index == word.start:
        return "B"
    return "E" if index == word.end - 1 else "M"
