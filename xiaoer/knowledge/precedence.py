"""Which of several fitting entries wins: emergency, then the merchant's own, then the platform's."""

from __future__ import annotations

from xiaoer.accounts.model import PLATFORM
from xiaoer.knowledge.index import Fit
from xiaoer.knowledge.model import Answer, Entry, Layer

THRESHOLD = 0.6
"""Least score of an answer, chosen on the ``dev`` part of our own questions (see decision 005)."""

NEAR = 0.85
"""Share of the best score that an entry needs to be an answer to the same question."""

NEAR_EMERGENCY = 0.75
"""The same for emergency entries: they are worded as news, not as the questions that they answer."""


def in_order(fits: list[Fit], tenant: str) -> list[Answer]:
    """Return fitting entries in the order in which they answer.

    Precedence applies among the entries that really answer the question; behind them come the others by score.

    Args:
        fits: What was found, best first.
        tenant: Whose visitor asks.
    """
    best = max((fit.score for fit in fits), default=0.0)
    answers = [fit for fit in fits if fit.score >= THRESHOLD and fit.score >= best * _near(fit.entry)]
    weaker = [fit for fit in fits if fit not in answers]
    answers.sort(key=lambda fit: (_rank(fit, tenant), -fit.score, fit.entry.id))
    return [Answer(fit.entry, fit.score, source(fit.entry)) for fit in [*answers, *weaker]]


def _near(entry: Entry) -> float:
    return NEAR_EMERGENCY if entry.layer is Layer.EMERGENCY else NEAR


def _rank(fit: Fit, tenant: str) -> tuple[bool, bool, bool, bool]:
    entry = fit.entry
    return (
        entry.layer is not Layer.EMERGENCY,
        entry.scope != tenant,
        not fit.product,
        entry.layer is not Layer.CAMPAIGN,
    )


def source(entry: Entry) -> str:
    """Return where an answer comes from, as customers read it."""
    platform = entry.scope == PLATFORM
    if entry.layer is Layer.EMERGENCY:
        return "平台紧急通知" if platform else "本店紧急通知"
    if platform:
        return "平台规则"
    return "本店商品说明" if entry.product_id or entry.product_label else "本店说明"
