"""Which shop system answers for a tenant: the embedded mall, or a system of the merchant's own behind HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from sqlalchemy import Column, Float, ForeignKey, String, select
from sqlalchemy.orm import Session

from xiaoer.accounts.directory import get_tenant
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.errors import CommerceError
from xiaoer.database import Base

TIMEOUT_SECONDS = 5.0
"""How long a merchant's system may take for an answer, unless it is said otherwise."""

LONGEST_TIMEOUT = 30.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,4000}")


class InvalidBackOffice(CommerceError):
    """An address, a token or a time limit with which no system can be asked."""


class Kind(str, Enum):
    """Who answers for a tenant."""

    SQL = "sql"
    HTTP = "http"


@dataclass(frozen=True)
class BackOffice:
    """A merchant's own system.

    Attributes:
        tenant: The merchant.
        base_url: Address of its commerce API, without a slash at the end.
        token: What it wants to see as ``Authorization: Bearer``; never logged.
        timeout_seconds: How long it may take for an answer.
    """

    tenant: str
    base_url: str
    token: str = field(repr=False)
    timeout_seconds: float = TIMEOUT_SECONDS

    def __post_init__(self) -> None:
        """Refuse what can't work.

        Raises:
            InvalidBackOffice: If address, token or time limit is no such thing.
        """
        try:
            parts = urlsplit(self.base_url)
            good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good or parts.scheme not in ("http", "https") or not self.base_url.isprintable():
            raise InvalidBackOffice("the address must begin with http:// or https:// and name a host")
        if parts.username is not None or parts.query or parts.fragment or len(self.base_url) > 500:
            raise InvalidBackOffice("the address must hold neither an account nor a query")
        if not _TOKEN.fullmatch(self.token):
            raise InvalidBackOffice("the token must be printable ASCII without spaces")
        if not 0 < self.timeout_seconds <= LONGEST_TIMEOUT:
            raise InvalidBackOffice(f"the time limit must be above 0 and at most {LONGEST_TIMEOUT:g} seconds")


class BackOfficeRow(Base):
    """The shop system of a tenant; a tenant without a row has the embedded mall."""

    __tablename__ = "back_offices"

    tenant = Column(ForeignKey("tenants.id"), primary_key=True)
    kind = Column(String(8), nullable=False)
    base_url = Column(String(500), nullable=False, default="")
    token = Column(String(4000), nullable=False, default="")
    timeout_seconds = Column(Float, nullable=False, default=TIMEOUT_SECONDS)


def list_back_offices(session: Session) -> list[BackOffice]:
    """Return the systems behind HTTP, by tenant."""
    wanted = select(BackOfficeRow).where(BackOfficeRow.kind == Kind.HTTP.value).order_by(BackOfficeRow.tenant)
    return [_back_office(row) for row in session.scalars(wanted)]


def connect_back_office(session: Session, back_office: BackOffice) -> None:
    """Let a merchant's own system answer for it from now on.

    Args:
        session: A writing session.
        back_office: The system.

    Raises:
        TenantNotFound: If there is no such tenant.
        InvalidBackOffice: If the tenant is the platform, whose customers buy from every merchant.
    """
    get_tenant(session, back_office.tenant)
    if back_office.tenant == PLATFORM:
        raise InvalidBackOffice("the platform has no shop system of its own")
    session.merge(
        BackOfficeRow(
            tenant=back_office.tenant,
            kind=Kind.HTTP.value,
            base_url=back_office.base_url.rstrip("/"),
            token=back_office.token,
            timeout_seconds=back_office.timeout_seconds,
        )
    )


def use_embedded_mall(session: Session, tenant: str) -> None:
    """Let the embedded mall answer for a tenant from now on, and forget address and token.

    Args:
        session: A writing session.
        tenant: The merchant.

    Raises:
        TenantNotFound: If there is no such tenant.
    """
    get_tenant(session, tenant)
    row = session.get(BackOfficeRow, tenant)
    if row is not None:
        session.delete(row)


def _back_office(row: BackOfficeRow) -> BackOffice:
    return BackOffice(row.tenant, row.base_url, row.token, row.timeout_seconds)
