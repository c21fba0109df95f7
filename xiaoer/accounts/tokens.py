"""Visitor and agent tokens: JSON Web Tokens (RFC 7519) signed with HS256 and a key per tenant."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import jwt
from sqlalchemy.orm import Session

from xiaoer.accounts.directory import signing_key
from xiaoer.accounts.errors import ExpiredToken, InvalidToken, TenantNotFound
from xiaoer.accounts.model import Identity, Role

ALGORITHM = "HS256"
LIFETIME = timedelta(hours=12)


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
    try:
        tenant = jwt.decode(token, options={"verify_signature": False}).get("tenant")
        if not isinstance(tenant, str):
            raise InvalidToken("no tenant")
        claims = jwt.decode(
            token,
            signing_key(session, tenant),
            algorithms=[ALGORITHM],
            options={"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        if datetime.fromtimestamp(int(claims["exp"]), timezone.utc) <= now:
            raise ExpiredToken("expired")
        return _identity(claims)
    except (jwt.PyJWTError, TenantNotFound, ValueError, TypeError, OverflowError) as error:
        raise InvalidToken(str(error)) from error


def _identity(claims: dict[str, Any]) -> Identity:
    subject, channel = claims["sub"], claims.get("channel", "web")
    if not (isinstance(subject, str) and 0 < len(subject) <= 64 and isinstance(channel, str) and len(channel) <= 32):
        raise InvalidToken("a claim has the wrong shape")
    views = {name: claims.get(name) for name in ("product_id", "order_no")}
    if any(value is not None and not isinstance(value, str) for value in views.values()):
        raise InvalidToken("a claim has the wrong shape")
    vip_level = claims.get("vip_level", 0)
    if not isinstance(vip_level, int):
        raise InvalidToken("a claim has the wrong shape")
    return Identity(
        subject=subject,
        tenant=claims["tenant"],
        role=Role(claims.get("role", Role.CONSUMER.value)),
        channel=channel,
        vip_level=vip_level,
        **views,
    )
