"""Reading the value of a slot from what a customer typed or sent."""

from __future__ import annotations

import re
from collections.abc import Mapping

from actions.service.plan import Context
from actions.service.reading_goods import read_items, read_quantity, read_variant
from actions.service.reading_invoices import read_email, read_invoice_kind, read_invoice_title, read_tax_number
from actions.service.reading_people import read_address, read_receiver_name, read_receiver_phone
from actions.service.said import LONGEST_NOTE, Reader, Said, Value, Wrong, bare
from actions.service.words import says
from xiaoer.commerce.policy.reasons import reason_called

MOST_PICTURES = 9
LEAST_REASON = 2
_NOTE_LEAD = re.compile(
    r"^(?:麻烦|帮我|帮忙|请|给我|给|我想|我要|想|要|能不能|能|可以|你们?|在?订单里?|再|先|顺便|那)*"
    r"(?:加上?|写上?|添加|添|改|改一下|补)?[一个条下]{0,2}(?:备注|留言)(?:一下|改成|改为|换成|下|上|成|信息|说)?[::,,\s]*"
    r"|^(?:改成|改为|换成)"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read(name: str, said: Said, context: Context, *, asked: bool) -> Value:
    """Return what was said about a slot.

    Args:
        name: The slot.
        said: What was said.
        context: The draft so far.
        asked: Whether the slot has just been asked for, so that the bare words are its value.

    Returns:
        The value, a ``Wrong`` that says why an answer can't be one, or ``None`` where nothing was said about it.
    """
    return READERS[name](said, context, asked)


def _reason(said: Said, context: Context, asked: bool) -> Value:
    found = said.values("reason")
    if found or reason_called(said.text):
        return reason_called(said.text) or found[0]
    if context.draft.task == "exchange_goods" and (says("larger", said.text) or says("smaller", said.text)):
        return None if context.get("reason") else "size_mismatch"
    restated = says(f"does_{context.draft.task}", said.text)  # 我要退货 is no reason for a return
    told = asked and _HAN.search(said.text) and len(said.text) >= LEAST_REASON and not restated
    return "other" if told and not says("agrees", said.text) and not says("objects", said.text) else None


def _reason_text(said: Said, context: Context, asked: bool) -> Value:
    before = str(context.get("reason_text") or "")
    opened = says("opened", said.text) or says("unopened", said.text)
    if opened and context.get("reason") and not said.values("reason"):
        return "，".join(filter(None, [before, bare(said.text)]))[:LONGEST_NOTE]  # decides on some goods
    if said.values("reason") and "原因" in said.text:
        return None  # 原因改成不喜欢: its label says it better
    told = said.values("reason") or (context.get("reason") == "other" and not before)
    return bare(said.text) or None if told and not reason_called(said.text) else None


def note_in(text: str) -> str | None:
    """Return what a wish for a note wants written, or ``None`` where it only asks for one."""
    wanted = _NOTE_LEAD.sub("", bare(text)).strip(" ,，。:：!！~吧")
    return wanted if len(wanted) >= LEAST_REASON else None


def _photo(said: Said, context: Context, asked: bool) -> Value:
    if said.pictures:
        return list(dict.fromkeys([*(context.get("photo") or ()), *said.pictures]))[:MOST_PICTURES]
    return Wrong("service.photo_needed") if asked and says("no_photo", said.text) else None


def _pickup(said: Said, context: Context, asked: bool) -> Value:
    if says("by_self", said.text):
        return False
    return True if says("by_courier", said.text) else None


def _note(said: Said, context: Context, asked: bool) -> Value:
    again = context.draft.task == "change_order" and context.get("note") and says("wants_note", said.text)
    return (
        (note_in(said.text) if context.draft.task == "change_order" else bare(said.text)) or None
        if asked or again
        else None
    )


def _after_sale(said: Said, context: Context, asked: bool) -> Value:
    found = said.values("after_sale_no")
    return found[0].strip().upper() if found else None


READERS: Mapping[str, Reader] = {
    "after_sale": _after_sale,
    "items": read_items,
    "quantity": read_quantity,
    "variant": read_variant,
    "reason": _reason,
    "reason_text": _reason_text,
    "photo": _photo,
    "pickup": _pickup,
    "note": _note,
    "receiver_name": read_receiver_name,
    "receiver_phone": read_receiver_phone,
    "address": read_address,
    "invoice_kind": read_invoice_kind,
    "invoice_title": read_invoice_title,
    "tax_number": read_tax_number,
    "email": read_email,
}
"""How each slot is read."""
