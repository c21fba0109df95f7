"""Numbers of orders, after-sales and parcels: each is given once."""

from __future__ import annotations

from datetime import datetime

from xiaoer.clock import local_day
from xiaoer.seeding.chance import Chance


class Numbers:
    """Gives out numbers that look like those of a large mall."""

    def __init__(self) -> None:
        """Begin with none given out."""
        self._taken: set[str] = set()

    def order(self, placed_at: datetime, chance: Chance, purpose: str = "order number") -> str:
        """Return an order number: the day in Shanghai and ten digits."""
        return self._new(f"{local_day(placed_at):%Y%m%d}", 10, chance, purpose)

    def after_sale(self, filed_at: datetime, chance: Chance) -> str:
        """Return an after-sale number: ``AS``, the day in Shanghai and six digits."""
        return self._new(f"AS{local_day(filed_at):%Y%m%d}", 6, chance, "after-sale number")

    def waybill(self, pattern: str, chance: Chance) -> str:
        """Return a waybill number: the pattern with its ``#`` replaced by digits."""
        prefix = pattern.rstrip("#")
        return self._new(prefix, len(pattern) - len(prefix), chance, "waybill")

    def _new(self, prefix: str, count: int, chance: Chance, purpose: str) -> str:
        number = prefix + chance.digits(purpose, count, lambda digits: prefix + digits in self._taken)
        self._taken.add(number)
        return number
