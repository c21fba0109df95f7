"""The reasons that customers give, as they read them."""

from __future__ import annotations

from xiaoer.commerce.policy.tables import load_tables


def reason_label(code: str) -> str:
    """Return what customers read of a reason code; empty where there is no such code."""
    reason = load_tables().reasons.get(code)
    return "" if reason is None else reason.label


def reason_called(text: str) -> str | None:
    """Return the code of the reason whose label a text is, or ``None``."""
    wanted = text.strip()
    return next((reason.code for reason in load_tables().reasons.values() if reason.label == wanted), None)


def offered_reasons(task: str) -> list[str]:
    """Return labels of the usual reasons for what a customer is about to ask for.

    Args:
        task: What is asked for, as in ``offered`` of ``reasons.yml``; another one is offered the usual reasons.
    """
    tables = load_tables()
    codes = tables.offered.get(task, tables.offered["usual"])
    return [tables.reasons[code].label for code in codes]
