"""Visitor and agent tokens: JSON Web Tokens (RFC 7519) signed with HS256 and a key per tenant."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite
from typing import Any

import jwt
from sqlalchemy.orm import Session

from xiaoer.accounts.directory import signing_key
from xiaoer.accounts.errors import ExpiredToken, InvalidToken, TenantNotFound
from xiaoer.accounts.model import MERCHANT_ROLES, PLATFORM, PLATFORM_ROLES, Identity, Role
from xiaoer.database import storable

ALGORITHM = "HS256"
LIFETIME = timedelta(hours=12)
LONGEST_TOKEN = 4096
LONGEST_CLAIM = {"sub": 64, "channel": 32, "product_id": 64, "order_no": 64}
"""Characters that a claim may have at most."""


def issue_token(session: Session, identity: Identity, *, now: datetime, lifetime: timedelta = LIFETIME) -> str:
    """Return a signed token for an identity.

    Args:
        session: A session to read the tenant's key with.
        identity: Who the bearer will be.
        now: The present moment.
        lifetime: How long the token is good.

    Raises:
        TenantNotFound: If the identity's tenant does not exist.
    """
    claims: dict[str, Any] = {
        "sub": identity.subject,
        "tenant": identity.tenant,
        "role": identity.role.value,
        "channel": identity.channel,
        "exp": int((now + lifetime).timestamp()),
    }
    if identity.vip_level:
        claims["vip_level"] = identity.vip_level
    if identity.product_id:
        claims["product_id"] = identity.product_id
    if identity.order_no:
        claims["order_no"] = identity.order_no
    return jwt.encode(claims, signing_key(session, identity.tenant), algorithm=ALGORITHM)


def verify_token(session: Session, token: str, *, now: datetime) -> Identity:
    """Return whom a token stands for.

    The tenant is read from the unverified claims only to find the key; nothing else is believed before the
    signature has been checked.

    Args:
        session: A session to read the tenant's key with.
        token: The compact form of the token.
        now: The present moment.

    Raises:
        ExpiredToken: If the token was good once.
        InvalidToken: If it is malformed, forged, of an unknown tenant, or lacks a claim.
    """
    if len(token) > LONGEST_TOKEN:
        raise InvalidToken("too long")
    try:
        tenant = jwt.decode(token, options={"verify_signature": False}).get("tenant")
        if not isinstance(tenant, str) or not storable(tenant):
            raise InvalidToken("no tenant")
        claims = jwt.decode(
            token,
            signing_key(session, tenant),
            algorithms=[ALGORITHM],
            options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except RecursionError as error:  # braces nested by the hundred
        raise InvalidToken("too deep") from error
    except (jwt.PyJWTError, TenantNotFound, ValueError, TypeError) as error:
        raise InvalidToken(str(error)) from error
    identity = _identity(claims)
    if claims["exp"] <= now.timestamp():
        raise ExpiredToken("expired")
    return identity


def _identity(claims: dict[str, Any]) -> Identity:
    subject, channel = _text(claims, "sub"), _text(claims, "channel", "web")
    expires, vip_level = claims["exp"], claims.get("vip_level", 0)
    moment = _whole(expires) or (isinstance(expires, float) and isfinite(expires))
    if subject is None or channel is None or not moment or not _whole(vip_level) or vip_level < 0:
        raise InvalidToken("a claim has the wrong shape")
    return Identity(
        subject=subject,
        tenant=claims["tenant"],
        role=_role(claims.get("role", Role.CONSUMER.value), claims["tenant"]),
        channel=channel,
        vip_level=vip_level,
        product_id=_text(claims, "product_id"),
        order_no=_text(claims, "order_no"),
    )


def _text(claims: dict[str, Any], name: str, default: str | None = None) -> str | None:
    value = claims.get(name, default)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CLAIM[name] or not value.isprintable():
        raise InvalidToken("a claim has the wrong shape")
    return value


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _role(value: object, tenant: str) -> Role:
    """Return the role, if somebody of this tenant can have it.

    A merchant signs with its own key: what it vouches for must not reach beyond its own shop.
    """
    try:
        role = Role(value)
    except ValueError as error:
        raise InvalidToken("unknown role") from error
    if role.serves and role not in (PLATFORM_ROLES if tenant == PLATFORM else MERCHANT_ROLES):
        raise InvalidToken("a role of another tenant")
    return role
