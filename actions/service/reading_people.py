"""Reading who gets a parcel, and where."""

from __future__ import annotations

import re

from actions.service.plan import Context
from actions.service.said import LEAD, Said, Value, Wrong
from actions.service.words import says

LONGEST_NAME = 20
LEAST_ADDRESS = 6
_NUMBER = re.compile(r"\d+")
_PHONE_SAID = re.compile(r"(?:电话|電話|手机|手機|号码)[^0-9]{0,6}(\d{4,15})(?!\d)")
_PLACE = re.compile(r"[省市区县镇乡州盟旗路街巷弄村号栋幢楼室苑园城庄里屯]|(?<!知)道")


def read_receiver_name(said: Said, context: Context, asked: bool) -> Value:
    """Return the recipient."""
    found = said.values("person")
    if found:
        return found[-1][:LONGEST_NAME]
    bare = LEAD.sub("", said.text).strip(" ,，。")
    named = asked and 1 < len(bare) <= LONGEST_NAME and not _NUMBER.search(bare)
    return bare if named else None


def read_receiver_phone(said: Said, context: Context, asked: bool) -> Value:
    """Return the recipient's phone, digits only."""
    found = said.values("phone")
    if found:
        return re.sub(r"\D", "", found[-1])
    named = _PHONE_SAID.search(said.text)
    digits = named[1] if named else re.sub(r"\D", "", said.text) if asked else ""
    return Wrong("service.phone_wrong", {"number": digits}) if len(digits) > 3 else None


def read_address(said: Said, context: Context, asked: bool) -> Value:
    """Return a complete address."""
    found = said.values("address")
    address = max(found, key=len) if found else _bare_address(said) if asked else ""
    if not address or not _PLACE.search(address):
        return None
    complete = len(address) >= LEAST_ADDRESS and (says("region", address) or bool(said.values("city")))
    return address if complete else Wrong("service.address_incomplete", {"address": address})


def _bare_address(said: Said) -> str:
    """Return the words without what is known to be a name or a phone in them."""
    text = said.text
    for known in (*said.values("phone"), *said.values("person")):
        text = text.replace(known, " ")
    return LEAD.sub("", text.strip(" ,，。")).strip(" ,，。")
