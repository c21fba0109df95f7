"""Errors in the words of somebody who typed a command."""

from __future__ import annotations

# ruff: noqa: PLC0415 - the libraries are imported when there is something to explain; `--help` must not wait for them


def explain(error: Exception) -> str | None:
    """Return one line about an error that the caller can do something about, or ``None`` for a mistake of ours."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    return _settings(error) or _database(error) or _accounts(error) or _commerce(error) or _seeding(error)


def _settings(error: Exception) -> str | None:
    from pydantic import ValidationError

    from xiaoer.settings import Settings

    if not isinstance(error, ValidationError) or error.model is not Settings:
        return None
    return "; ".join(f"XIAOER_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors())


def _database(error: Exception) -> str | None:
    from sqlalchemy import exc

    from xiaoer.migrations import IntegrityLost, UnversionedDatabase

    if isinstance(error, UnversionedDatabase):
        return f"{error}; use another database, or empty this one"
    if isinstance(error, IntegrityLost):
        return f"the database was left as it was: {error}"
    if isinstance(error, (exc.ArgumentError, exc.NoSuchModuleError)):
        return f"XIAOER_DATABASE_URL: {error}"
    if isinstance(error, (exc.OperationalError, exc.ProgrammingError)):
        return _from_server(str(error.orig).strip().splitlines()[0])
    return None


def _from_server(reason: str) -> str:
    unknown = "does not exist" in reason
    if "no such table" in reason or (unknown and "relation" in reason):
        return "the database has no tables yet; run: xiaoer db init"
    if "no such column" in reason or "has no column" in reason or (unknown and "column" in reason):
        return "the database is of an earlier version; run: xiaoer db upgrade"
    return f"the database does not answer: {reason}"


def _accounts(error: Exception) -> str | None:
    from xiaoer.accounts import errors

    words = {
        errors.TenantNotFound: "there is no merchant with the id",
        errors.TenantExists: "there is a merchant already with the id",
        errors.CustomerNotFound: "there is no customer with the id",
        errors.AgentNotFound: "there is no agent with the id",
        errors.AgentExists: "there is an agent already with the id",
    }
    for kind, text in words.items():
        if isinstance(error, kind):
            return f"{text} {error}"
    return str(error) if isinstance(error, errors.AccountError) else None


def _commerce(error: Exception) -> str | None:
    from xiaoer.commerce import errors

    words = {
        errors.OrderNotFound: "this customer has no order at this merchant with the number",
        errors.ProductNotFound: "this merchant has no product with the id",
        errors.BackOfficeDown: "the shop system does not answer for",
    }
    for kind, text in words.items():
        if isinstance(error, kind):
            return f"{text} {error}"
    return str(error) if isinstance(error, errors.CommerceError) else None


def _seeding(error: Exception) -> str | None:
    from xiaoer.seeding.errors import SeedError

    return str(error) if isinstance(error, SeedError) else None
