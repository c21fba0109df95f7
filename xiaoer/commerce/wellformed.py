"""Whether what a customer wants to have written can be what it should be."""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc

from xiaoer.commerce.changes import InvoiceRequest, ReceiverChange
from xiaoer.commerce.errors import InvalidRequest

PHONE = re.compile(r"1[3-9][0-9]{9}|0(?:10|2[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7}")
"""Mobile numbers, and landline numbers with their area code, by the national numbering plan (电信网编号计划, 2017)."""

EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
"""Addresses as browsers accept them (HTML, ``input type=email``), with a domain of at least two labels."""

JOINER = "\u200d"
"""Holds an emoji together: the only invisible character that people type."""

NAME_LENGTH = (1, 64)
ADDRESS_LENGTH = (5, 200)
REMARK_LENGTH = (1, 200)
TITLE_LENGTH = (1, 120)
EMAIL_LENGTH = 120


def is_clean(text: str) -> bool:
    """Return whether a text has no control characters, no hidden marks of direction and no broken characters."""
    return all(each == JOINER or unicodedata.category(each) not in ("Cc", "Cf", "Cs") for each in text)


def checked_text(text: str, field: str, length: tuple[int, int]) -> str:
    """Return a text without white space around it.

    Args:
        text: What is to be written.
        field: What it is, for the error.
        length: Least and most characters.

    Raises:
        InvalidRequest: If it is too short or too long, or has characters that nobody can see.
    """
    stripped = text.strip()
    if not length[0] <= len(stripped) <= length[1] or not is_clean(stripped):
        raise InvalidRequest(field)
    return stripped


def checked_receiver(change: ReceiverChange) -> dict[str, str]:
    """Return the columns of an order that a change of its recipient gives.

    Raises:
        InvalidRequest: If a value can't be what it should be.
    """
    columns = {}
    if change.name is not None:
        columns["receiver_name"] = checked_text(change.name, "name", NAME_LENGTH)
    if change.phone is not None:
        if not PHONE.fullmatch(change.phone):
            raise InvalidRequest("phone")
        columns["receiver_phone"] = change.phone
    if change.address is not None:
        columns["receiver_address"] = checked_text(change.address, "address", ADDRESS_LENGTH)
    return columns


def checked_invoice(request: InvoiceRequest) -> dict[str, str]:
    """Return the columns of an invoice that a request gives.

    Raises:
        InvalidRequest: If a value can't be what it should be.
    """
    if request.kind not in ("personal", "company"):
        raise InvalidRequest("kind")
    title = checked_text(request.title, "title", TITLE_LENGTH)
    email = request.email.strip()
    if len(email) > EMAIL_LENGTH or not EMAIL.fullmatch(email):
        raise InvalidRequest("email")
    return {"kind": request.kind, "title": title, "tax_number": _tax_number(request), "email": email}


def _tax_number(request: InvoiceRequest) -> str:
    """Return the unified social credit code in its usual form (check digit by GB 32100-2015); persons have none."""
    if request.kind == "personal":
        if request.tax_number:
            raise InvalidRequest("tax_number")
        return ""
    number: str = uscc.compact(request.tax_number)
    if not uscc.is_valid(number):
        raise InvalidRequest("tax_number")
    return number
