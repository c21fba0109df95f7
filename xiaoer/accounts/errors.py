"""What can be wrong with an account or a token."""

from __future__ import annotations


class AccountError(Exception):
    """Base of the errors of this package."""


class TenantNotFound(AccountError):
    """No merchant has this id, and it is not the platform."""


class CustomerNotFound(AccountError):
    """No customer has this id."""


class AgentNotFound(AccountError):
    """No agent of this tenant has this id."""


class InvalidToken(AccountError):
    """The token is forged, malformed, meant for somebody else, or lacks a claim."""


class ExpiredToken(InvalidToken):
    """The token was good once."""


class AnonymousNotAllowed(AccountError):
    """The tenant does not talk to visitors without a token."""


class TenantExists(AccountError):
    """A merchant has this id already."""


class AgentExists(AccountError):
    """An agent has this id already."""


class RoleNotAllowed(AccountError):
    """People of this tenant can't have this role."""
