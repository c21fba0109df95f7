"""Which product of the catalogue a file means where it names one."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.tables import ProductRow
from xiaoer.knowledge.errors import InvalidEntry
from xiaoer.knowledge.text import normalise


class Catalogue:
    """The products that the knowledge of one scope can be about: a merchant's own, or for the platform all."""

    def __init__(self, session: Session, scope: str) -> None:
        """Read the products.

        Args:
            session: A session to read with.
            scope: Merchant id, or ``platform``.
        """
        wanted = select(ProductRow.product_id, ProductRow.name, ProductRow.short_name)
        if scope != PLATFORM:
            wanted = wanted.where(ProductRow.merchant_id == scope)
        self.names: dict[str, str] = {}
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for row in session.execute(wanted.order_by(ProductRow.product_id)):
            self.names[row.product_id] = row.name
            for name in (row.name, row.short_name):
                self._by_name[normalise(name)].add(row.product_id)

    def resolve(self, named: str) -> tuple[str | None, str]:
        """Return product id and label of what somebody named: by id, by name, else a label.

        Args:
            named: What stands in the file; empty where it names none.

        Raises:
            InvalidEntry: If several products are called so.
        """
        if not named or named in self.names:
            return named or None, ""
        found = sorted(self._by_name.get(normalise(named), ()))
        if len(found) > 1:
            shown = "、".join(found[:5]) + ("等" if len(found) > 5 else "")
            raise InvalidEntry("product", f"有{len(found)}个商品叫“{named}”（{shown}），请改填商品编号")
        return (found[0], "") if found else (None, named)
