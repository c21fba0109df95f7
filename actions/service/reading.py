"""Reading the value of a slot from what a customer typed or sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stdnum.cn import uscc

from actions.service.plan import Context
from actions.service.words import says
from actions.turn import Turn
from xiaoer.commerce.matching import named_in
from xiaoer.commerce.model import OrderLine, Product, Variant
from xiaoer.commerce.numerals import in_digits
from xiaoer.commerce.policy.reasons import reason_called
from xiaoer.commerce.variants import named_variants

PICTURES = frozenset({"image", "video"})
MOST_PICTURES = 9
LONGEST_NOTE = 200
LONGEST_NAME = 20
LEAST_REASON = 2
LONGEST_TITLE = 60
LEAST_ADDRESS = 6
LEAST_COMPANY = 3

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_TAX = re.compile(r"(?<![0-9A-Z])(?=[0-9A-Z]*\d)[0-9A-Z]{15,20}(?![0-9A-Z])")
_COMPANY = re.compile(
    r"[\u4e00-\u9fff（）()A-Za-z0-9·&]{2,40}(?:公司|集团|事务所|学校|大学|中学|小学|幼儿园|医院|厂|商行|经营部|工作室|合作社|银行|研究院|研究所|协会|基金会|中心)"
)
_TITLE = re.compile(
    r"抬头(?:写|开|就?是|为|填|用)?[::,,\s]*(?!写|错|不对|有误|要|改|换|和|与|怎|什么|可以|能|想|吗|税号)(?P<title>[^,，。;；\s]{2,60})"
)
_LEAD = re.compile(
    r"^(?:[我你]?(?:要|想)?(?:把|将)?)?(?:收[件货]人|名字|姓名|电话|手机号?|号码|地址|抬头|税号|邮箱)?(?:是|为|叫|写|改成|改为|换成|改到|[::])+"
)
_NOTE_LEAD = re.compile(
    r"^(?:麻烦|帮我|帮忙|请|给我|给|我想|我要|想|要|能不能|能|可以|你们?|在?订单里?|再|先|顺便|那)*"
    r"(?:加上?|写上?|添加|添|改|改一下|补)?[一个条下]{0,2}(?:备注|留言)(?:一下|改成|改为|换成|下|上|成|信息|说)?[::,,\s]*"
    r"|^(?:改成|改为|换成)"
)
_PERSONAL_TITLE = re.compile(r"个人的?(?:抬头|发票)?[,，\s]+(?P<title>[\u4e00-\u9fff·]{2,8})(?=[,，\s]|$)")
_TITLE_LEAD = re.compile(
    r"^(?:还是|不如|就|那|请|帮我|我们?|你们?|要|想|开(?!元)|给|换成?|改成?|是|用|写|以|的|电子|增值税|专用?|普通?|发票|抬头|票|这个|个|张)+"
)
_RENAMED = re.compile(r"(?:改成|改为|换成|应该是|应为|写成)[::,,\s]*(?P<title>[^,，。;；\s]{2,60})")
_CHANGED = re.compile(r"换成|改成|换为|改为|换到|改到")
_PHONE_SAID = re.compile(r"(?:电话|電話|手机|手機|号码)[^0-9]{0,6}(\d{4,15})(?!\d)")
_PLACE = re.compile(r"[省市区县镇乡州盟旗路街巷弄村号栋幢楼室苑园城庄里屯]|(?<!知)道")
_CODE = re.compile(r"(?:订单号?|单号)?[:：]?\s*[A-Za-z]{0,4}\d{10,}")
_NUMBER = re.compile(r"\d+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PLACEHOLDERS = re.compile(r"\[(?:图片|视频|文件)\]")
_PIECES_NAMED = re.compile(r"(?:数量|件数)[^0-9]{0,5}(\d{1,4})(?!\d)")
_PIECES_MEANT = re.compile(
    r"(?:退|换|修|坏|破|改成|改为|只要)(?:了|掉|货|其中)?(\d{1,4})(?=[件个箱盒包袋双条支套台本瓶只张罐])"
)
_ORDINAL = re.compile(r"第?([1-9])(?:个|件|样|款|项|双|条|盒)?(?:的|吧|那个)?$|第([1-9])")


@dataclass(frozen=True)
class Said:
    """What a customer said.

    Attributes:
        text: What was typed, in NFKC; empty for buttons of an intent.
        entities: What was found in it.
        pictures: What was sent along, by upload id or address.
    """

    text: str
    entities: tuple[Mapping[str, Any], ...] = ()
    pictures: tuple[str, ...] = ()

    def values(self, entity: str) -> list[str]:
        """Return the values of an entity, in the order of the text."""
        return [str(found["value"]) for found in self.entities if found.get("entity") == entity]


@dataclass(frozen=True)
class Wrong:
    """An answer that can't be right.

    Attributes:
        text: Name of the text that says why.
        values: What the text names.
    """

    text: str
    values: Mapping[str, object] = field(default_factory=dict)


Value = Any
Reader = Callable[[Said, Context, bool], Value]
"""Returns the value, a ``Wrong``, or ``None`` where nothing is said; the last argument: whether it was asked for."""


def said_in(turn: Turn) -> Said:
    """Return what a turn says."""
    text = "" if turn.tapped else _PLACEHOLDERS.sub("", unicodedata.normalize("NFKC", turn.text)).strip()
    return Said(text, turn.entities, pictures_of(turn.attachments))


def pictures_of(attachments: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the pictures and videos among attachments, by upload id or address."""
    found = (each.get("upload_id") or each.get("url") for each in attachments if each.get("type") in PICTURES)
    return tuple(str(each) for each in found if each)


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


def bare(text: str) -> str:
    """Return a text without the numbers of orders in it, at most as long as a note."""
    return _CODE.sub("", text).strip(" ,，。:：")[:LONGEST_NOTE]


def note_in(text: str) -> str | None:
    """Return what a wish for a note wants written, or ``None`` where it only asks for one."""
    wanted = _NOTE_LEAD.sub("", bare(text)).strip(" ,，。:：!！~吧")
    return wanted if len(wanted) >= LEAST_REASON else None


def _items(said: Said, context: Context, asked: bool) -> Value:
    lines = context.order.lines
    if len(lines) < 2:
        return None
    if says("everything", said.text):
        return [line.line_id for line in lines]
    named = set(named_in(said.text, [(str(line.line_id), line.product_name, line.product_name) for line in lines]))
    if named and len(named) < len(lines):
        return [line.line_id for line in lines if str(line.line_id) in named]
    return (_by_place(said.text, lines) if asked else None) or _by_variant(said, context)


def _by_variant(said: Said, context: Context) -> list[int] | None:
    """Return the only position whose goods have the variant that is wanted in exchange."""
    if context.draft.task != "exchange_goods" or context.get("items"):
        return None
    having = [line.line_id for line in context.order.lines if _has_variant(said, context.product(line))]
    return having if len(having) == 1 else None


def _has_variant(said: Said, product: Product) -> bool:
    named = named_variants(product, said.text, said.values("color"), said.values("size"))
    return named.narrowed and not named.unknown and bool(named.variants)


def _by_place(text: str, lines: tuple[OrderLine, ...]) -> list[int] | None:
    match = _ORDINAL.search(in_digits(text).strip(" 。.!吧"))
    place = int(match[1] or match[2]) if match else 0
    return [lines[place - 1].line_id] if 1 <= place <= len(lines) else None


def _quantity(said: Said, context: Context, asked: bool) -> Value:
    if asked and says("everything", said.text):
        return most_pieces(context)
    meant = _PIECES_MEANT.findall(in_digits(said.text)) or _PIECES_NAMED.findall(in_digits(said.text))
    found = meant or said.values("quantity") or (_NUMBER.findall(in_digits(said.text)) if asked else [])
    if not found:
        return None
    wanted, bought = int(float(found[0])), most_pieces(context)
    if context.draft.task == "change_order" and len(context.lines) == 1:
        return _changed_quantity(said.text, wanted, bought)
    if context.draft.task != "change_order" and wanted > bought:
        return Wrong("service.quantity_most", {"bought": bought})
    return wanted if wanted >= 1 else Wrong("service.quantity_least")


def _changed_quantity(text: str, said: int, bought: int) -> Value:
    """Return how many pieces are wanted of a position: so many, or so many more or fewer than were bought."""
    wanted = bought + said if says("more", text) else bought - said if says("fewer", text) else said
    if wanted < 1:
        return Wrong("service.quantity_least")
    return wanted if wanted != bought else Wrong("service.quantity_same", {"quantity": bought})


def most_pieces(context: Context) -> int:
    """Return the pieces of the positions meant."""
    return sum(line.quantity for line in context.lines)


def _variant(said: Said, context: Context, asked: bool) -> Value:
    if len(context.lines) != 1 or not said.text:
        return None
    line = context.lines[0]
    product = context.product(line)
    if len(product.variants) < 2:
        return None
    bought = next((each for each in product.variants if each.sku_id == line.sku_id), None)
    if bought is not None and context.draft.task == "exchange_goods" and says("same", said.text):
        return bought.sku_id
    if bought is not None and (says("larger", said.text) or says("smaller", said.text)):
        beside = _beside(product, bought, 1 if says("larger", said.text) else -1)
        return beside.sku_id if beside else Wrong("service.no_such_size", {"variants": variant_names(product)})
    return _named_variant(said, context, product, bought, asked)


def _named_variant(said: Said, context: Context, product: Product, bought: Variant | None, asked: bool) -> Value:
    text = _CHANGED.split(said.text)[-1]  # 黑色的换成白色
    colors, sizes = ([each for each in said.values(name) if each in text] for name in ("color", "size"))
    named = named_variants(product, text, colors, sizes)
    if named.unknown:
        return Wrong("service.no_such_variant", {"named": "、".join(named.unknown), "variants": variant_names(product)})
    if not named.narrowed:
        return _variant_by_place(said, product) if asked else None
    fitting = list(named.variants)
    if len(fitting) > 1 and bought is not None:  # a colour alone keeps the size, a size alone the colour
        kept = [each for each in fitting if bought.size and each.size == bought.size] or [
            each for each in fitting if bought.color and each.color == bought.color
        ]
        fitting = kept if len(kept) == 1 else fitting
    if len(fitting) == 1:
        same = fitting[0] == bought and context.draft.task == "change_order"
        return Wrong("service.variant_same", {"variant": fitting[0].name}) if same else fitting[0].sku_id
    return Wrong("service.variant_which", {"variants": "、".join(each.name for each in fitting)})


def _variant_by_place(said: Said, product: Product) -> str | None:
    match = _ORDINAL.fullmatch(in_digits(said.text).strip(" 。.!吧"))
    place = int(match[1] or match[2]) if match else 0
    listed = [each for each in product.variants if each.available and each.name]  # as the question lists them
    return listed[place - 1].sku_id if 1 <= place <= len(listed) else None


def _beside(product: Product, bought: Variant, step: int) -> Variant | None:
    row = [each for each in product.variants if each.color == bought.color]
    places = [place for place, each in enumerate(row) if each.sku_id == bought.sku_id]
    place = places[0] + step if places else -1
    return row[place] if 0 <= place < len(row) else None


def variant_names(product: Product) -> str:
    """Return the names of a product's variants that are in stock, as people read them."""
    return "、".join(each.name for each in product.variants if each.available) or "暂时都没有货"


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


def _receiver_name(said: Said, context: Context, asked: bool) -> Value:
    found = said.values("person")
    if found:
        return found[-1][:LONGEST_NAME]
    bare = _LEAD.sub("", said.text).strip(" ,，。")
    named = asked and 1 < len(bare) <= LONGEST_NAME and not _NUMBER.search(bare)
    return bare if named else None


def _receiver_phone(said: Said, context: Context, asked: bool) -> Value:
    found = said.values("phone")
    if found:
        return re.sub(r"\D", "", found[-1])
    named = _PHONE_SAID.search(said.text)
    digits = named[1] if named else re.sub(r"\D", "", said.text) if asked else ""
    return Wrong("service.phone_wrong", {"number": digits}) if len(digits) > 3 else None


def _address(said: Said, context: Context, asked: bool) -> Value:
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
    return _LEAD.sub("", text.strip(" ,，。")).strip(" ,，。")


def _invoice_kind(said: Said, context: Context, asked: bool) -> Value:
    if says("company", said.text) or any(uscc.is_valid(number) for number in _tax_numbers(said, context)):
        return "company"
    return "personal" if says("personal", said.text) else None


def _invoice_title(said: Said, context: Context, asked: bool) -> Value:
    named = _renamed(said.text, context) or _TITLE.search(said.text)
    company = _company_in(named["title"] if named else said.text)
    if company:
        return company
    if named and not says("company", named["title"]) and not says("personal", named["title"]):
        return named["title"]
    personal = _PERSONAL_TITLE.search(said.text)
    if personal:
        return personal["title"]
    people = said.values("person")
    if people and (asked or says("personal", said.text)):
        return people[-1]
    bare = _LEAD.sub("", said.text).strip(" ,，。")
    if not asked or not 1 < len(bare) <= LONGEST_TITLE or _EMAIL.search(bare) or _TAX.search(_latin(bare)):
        return None
    return None if bare in ("公司", "个人", "企业", "单位") else bare


def names_company(title: str) -> bool:
    """Return whether the title of an invoice is a company's name."""
    return _COMPANY.search(title) is not None


def _company_in(text: str) -> str | None:
    """Return the company's name in a text; a mere 开公司的 has none."""
    names = (_TITLE_LEAD.sub("", found) for found in _COMPANY.findall(_LEAD.sub("", text)))
    return next((name for name in names if len(name) > LEAST_COMPANY), None)


def _renamed(text: str, context: Context) -> re.Match[str] | None:
    """Return where a text says what the title is to be instead: 抬头写错了，改成李明."""
    found = _RENAMED.search(text)
    if found is None or not ("抬头" in text or context.get("invoice_title")):
        return None
    return None if _EMAIL.search(found["title"]) or _TAX.search(_latin(found["title"])) else found


def _latin(text: str) -> str:
    return re.sub(r"[\s-]", "", text).upper()


def _tax_numbers(said: Said, context: Context) -> list[str]:
    """Return what has the form of a tax number: not an order's, of which one in 31 even has the check digit."""
    text = said.text
    found = _TAX.findall(re.sub(r"[\u4e00-\u9fff:,，。]", " ", text.upper())) or _TAX.findall(_latin(text))
    return [number for number in found if number not in (context.draft.order_no, *said.values("order_no"))]


def _tax_number(said: Said, context: Context, asked: bool) -> Value:
    found = _tax_numbers(said, context)
    valid = [number for number in found if uscc.is_valid(number)]
    if valid or (found and (asked or "税号" in said.text)):
        return valid[0] if valid else Wrong("service.tax_number_wrong", {"number": found[0]})
    digits = re.sub(r"[^0-9A-Z]", "", said.text.upper())
    return Wrong("service.tax_number_wrong", {"number": digits}) if asked and len(digits) > 5 else None


def _email(said: Said, context: Context, asked: bool) -> Value:
    found = _EMAIL.search(said.text)
    if found:
        return found[0]
    return Wrong("service.email_wrong") if asked and "@" in said.text else None


def _after_sale(said: Said, context: Context, asked: bool) -> Value:
    found = said.values("after_sale_no")
    return found[0].strip().upper() if found else None


READERS: Mapping[str, Reader] = {
    "after_sale": _after_sale,
    "items": _items,
    "quantity": _quantity,
    "variant": _variant,
    "reason": _reason,
    "reason_text": _reason_text,
    "photo": _photo,
    "pickup": _pickup,
    "note": _note,
    "receiver_name": _receiver_name,
    "receiver_phone": _receiver_phone,
    "address": _address,
    "invoice_kind": _invoice_kind,
    "invoice_title": _invoice_title,
    "tax_number": _tax_number,
    "email": _email,
}
"""How each slot is read."""
