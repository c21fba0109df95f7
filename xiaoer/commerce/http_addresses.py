"""What stands in the addresses of calls to a merchant's system."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import quote

from xiaoer.commerce.errors import CommerceError

NOBODY = "anonymous"
"""The customer that calls about the catalogue name, which is the same for everybody."""

LONGEST_ID = 64


def who(tenant: str, customer: str) -> list[tuple[str, str]]:
    """Return the parameters that name whom a call is about."""
    return [("tenant", tenant), ("customer", customer)]


def usable(number: str) -> bool:
    """Return whether a number can stand in an address; a shop system has no others."""
    return (
        0 < len(number) <= LONGEST_ID
        and number.isprintable()
        and not set(number) & set("/\\")
        and number.strip(".") != ""
    )


def path_of(collection: str, number: str, *rest: str, missing: Callable[[str], CommerceError]) -> str:
    """Return the path of something that has a number.

    Args:
        collection: What it is one of.
        number: Its number, as a customer may have typed it.
        *rest: What stands behind.
        missing: The error for a number that nothing can have.

    Raises:
        CommerceError: If it is such a number.
    """
    if not usable(number):
        raise missing(number)
    return "/".join(["", collection, quote(number, safe=""), *rest])


def given(wanted: dict[str, object]) -> dict[str, object]:
    """Return what is wanted without the fields that nobody has filled in."""
    return {name: value for name, value in wanted.items() if value is not None}


def sendable(text: str) -> str:
    """Return a text without the broken characters that no address can carry."""
    return text.encode("utf-8", "ignore").decode()


def distinct(numbers: Iterable[object]) -> bool:
    """Return whether no number stands twice."""
    several = list(numbers)
    return len(set(several)) == len(several)
