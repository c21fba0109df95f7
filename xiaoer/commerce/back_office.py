"""The merchant's side of the embedded mall: it moves orders and after-sale cases on."""

from __future__ import annotations

from sqlalchemy.engine import Engine

from xiaoer.commerce.back_office_cases import BackOfficeCases
from xiaoer.commerce.back_office_orders import BackOfficeOrders


class SqlBackOffice(BackOfficeOrders, BackOfficeCases):
    """What a merchant's people do in the embedded mall; each step is allowed by ``xiaoer.commerce.states``."""

    def __init__(self, engine: Engine) -> None:
        """Work on the database behind ``engine``."""
        self._engine = engine
