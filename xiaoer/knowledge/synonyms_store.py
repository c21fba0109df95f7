"""The words that mean the same to the customers of one scope, as its people keep them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from xiaoer.database import storable
from xiaoer.knowledge.errors import InvalidSynonymGroup
from xiaoer.knowledge.model import Change
from xiaoer.knowledge.rows import lock_scope
from xiaoer.knowledge.synonyms import GAP
from xiaoer.knowledge.tables import SynonymRow
from xiaoer.knowledge.text import normalise

MAX_GROUPS = 500
MAX_WORDS = 50
MAX_WORD = 30


@dataclass(frozen=True)
class SynonymGroup:
    """Words that count as one.

    Attributes:
        id: Its number.
        words: At least two words in normal form; ``…`` in one stands for up to four characters.
        by: Who wrote the group down.
        at: When.
    """

    id: int
    words: tuple[str, ...]
    by: str
    at: datetime


def list_synonyms(session: Session, scope: str) -> list[SynonymGroup]:
    """Return the groups of a scope, oldest first."""
    rows = session.scalars(select(SynonymRow).where(SynonymRow.scope == scope).order_by(SynonymRow.id))
    return [SynonymGroup(row.id, tuple(row.words), row.by, row.at) for row in rows]


def set_synonyms(session: Session, scope: str, groups: Sequence[Sequence[str]], change: Change) -> list[SynonymGroup]:
    """Replace the groups of a scope; those that stay keep who wrote them and when.

    Args:
        session: A writing session.
        scope: Merchant id, or ``platform``.
        groups: At most ``MAX_GROUPS`` groups of words; width, case and spaces at the ends make no difference.
        change: Who replaces them, and when.

    Returns:
        All groups of the scope.

    Raises:
        ScopeNotFound: If there is no such merchant.
        InvalidSynonymGroup: If a group has fewer than two words, or a word stands in two groups or is none.
    """
    wanted = _checked(groups)
    counted = lock_scope(session, scope)
    present = {group.words: group.id for group in list_synonyms(session, scope)}
    gone = [number for words, number in present.items() if words not in wanted]
    new = [words for words in wanted if words not in present]
    if gone:
        session.execute(delete(SynonymRow).where(SynonymRow.id.in_(gone)))
    for words in new:
        session.add(SynonymRow(scope=scope, words=list(words), by=change.by, at=change.at))
    if gone or new:
        counted.revision += 1
    session.flush()
    return list_synonyms(session, scope)


def _checked(groups: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    if len(groups) > MAX_GROUPS:
        raise InvalidSynonymGroup(MAX_GROUPS + 1, f"同义词组不能超过{MAX_GROUPS}组")
    places: dict[str, int] = {}
    checked = []
    for number, group in enumerate(groups, start=1):
        words = tuple(dict.fromkeys(_word(number, word) for word in group))
        if len(words) < 2:
            raise InvalidSynonymGroup(number, "至少需要两个不同的词")
        if len(words) > MAX_WORDS:
            raise InvalidSynonymGroup(number, f"不能超过{MAX_WORDS}个词")
        for word in words:
            if word in places:
                raise InvalidSynonymGroup(number, f"“{word}”已经在第{places[word]}组里")
            places[word] = number
        checked.append(words)
    return checked


def _word(number: int, word: str) -> str:
    form = GAP.join(normalise(part) for part in word.split(GAP))
    if not form.strip(GAP) or not storable(form):
        raise InvalidSynonymGroup(number, f"“{word}”不是词" if storable(word) else "含有无法保存的字符")
    if len(form) > MAX_WORD:
        raise InvalidSynonymGroup(number, f"“{form[:MAX_WORD]}…”超过{MAX_WORD}个字")
    return form
