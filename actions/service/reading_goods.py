"""Reading which goods are meant: positions of an order, pieces, variants."""

from __future__ import annotations

import re

from actions.service.plan import Context
from actions.service.said import Said, Value, Wrong
from actions.service.words import says
from xiaoer.commerce.matching import named_in
from xiaoer.commerce.model import OrderLine, Product, Variant
from xiaoer.commerce.numerals import in_digits
from xiaoer.commerce.variants import named_variants

_CHANGED = re.compile(r"换成|改成|换为|改为|换到|改到")
_PIECES_NAMED = re.compile(r"(?:数量|件数)[^0-9]{0,5}(\d{1,4})(?!\d)")
_PIECES_MEANT = re.compile(
    r"(?:退|换|修|坏|破|改成|改为|只要)(?:了|掉|货|其中)?(\d{1,4})(?=[件个箱盒包袋双条支套台本瓶只张罐])"
)
_ORDINAL = re.compile(r"第?([1-9])(?:个|件|样|款|项|双|条|盒)?(?:的|吧|那个)?$|第([1-9])")
_NUMBER = re.compile(r"\d+")


def read_items(said: Said, context: Context, asked: bool) -> Value:
    """Return the positions that are meant, as line ids."""
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


def read_quantity(said: Said, context: Context, asked: bool) -> Value:
    """Return how many pieces are meant."""
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


def read_variant(said: Said, context: Context, asked: bool) -> Value:
    """Return the variant that is meant, as its number."""
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
