"""Proposing what an agent has replied to a customer as an entry."""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from xiaoer.knowledge.checks import MAX_QUESTION
from xiaoer.knowledge.errors import KnowledgeError
from xiaoer.knowledge.model import Change, Draft, Entry, EntryStatus, Layer
from xiaoer.knowledge.personal import mask_personal
from xiaoer.knowledge.rows import lock_scope
from xiaoer.knowledge.store import add_entry, list_entries
from xiaoer.knowledge.text import normalise

POLITE = (
    "在吗|在么|在不在|你好|您好|哈喽|hello|hi|请问一下|请问下|请问|想问一下|想问下|想问问|想问|问一下|问下|我问下|咨询一下|咨询下|"
    "麻烦问下|亲亲|亲|老板|客服|掌柜"
)
BETWEEN = r"[\s，,。.！!？?~～、：:；;]*"
# A greeting in Latin letters is a word of its own: hi, but not the beginning of hifi.
GREETING = re.compile(rf"^{BETWEEN}(?:(?:{POLITE})(?![a-z]){BETWEEN})+", re.IGNORECASE)
THANKS = re.compile(
    r"(?:[\s，,。.！!~～]*(?:谢谢你|谢谢您|谢谢啦|谢谢了|谢谢|多谢|辛苦了|感谢)[啦了哦]?)+[\s，,。.！!~～]*$"
)


class AlreadyKnown(KnowledgeError):
    """The scope has an entry or a draft with this question.

    Attributes:
        entry_id: Its id.
    """

    def __init__(self, entry_id: int) -> None:
        super().__init__(f"entry {entry_id} has this question")
        self.entry_id = entry_id


def propose_entry(
    session: Session, tenant: str, question: str, answer: str, change: Change, *, product_id: str | None = None
) -> Entry:
    """Add a draft that says what an agent replied to a customer, without personal data.

    Args:
        session: A writing session.
        tenant: Merchant id, or ``platform``.
        question: The customer's words.
        answer: The agent's reply.
        change: Who proposes it, and when.
        product_id: The product that it is about, if any.

    Raises:
        ScopeNotFound: If there is no such tenant.
        InvalidEntry: If question or answer have no words, the answer is too long, or the product is not the
            tenant's.
        AlreadyKnown: If an entry that answers or a draft has this question already, for this product or for all.
    """
    draft = Draft(
        question=asked(question),
        answer=mask_personal(answer),
        layer=Layer.CAMPAIGN if product_id is None else Layer.PRODUCT,
        product_id=product_id,
    )
    lock_scope(session, tenant)  # two agents who propose the same at once make one draft
    known = _known(session, tenant, draft)
    if known is not None:
        raise AlreadyKnown(known)
    return add_entry(session, tenant, draft, change, status=EntryStatus.DRAFT)


def asked(text: str) -> str:
    """Return the question in what a customer typed: in one line, without personal data, greetings and thanks."""
    line = " ".join(mask_personal(text).split())
    bare = THANKS.sub("", GREETING.sub("", line))
    return (bare if normalise(bare) else line)[:MAX_QUESTION].strip()


def _known(session: Session, scope: str, draft: Draft) -> int | None:
    form = normalise(draft.question)
    for entry in list_entries(session, scope, statuses=(EntryStatus.PUBLISHED, EntryStatus.DRAFT)):
        about = draft.product_id is None or entry.product_id in (None, draft.product_id)
        if about and any(normalise(text) == form for text in (entry.question, *entry.similar_questions)):
            return entry.id
    return None
