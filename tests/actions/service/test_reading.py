"""Reading values of slots from words, however they are put."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.service.draft import new_draft
from actions.service.plan import Context
from actions.service.reading import note_in, read
from actions.service.said import Said, Wrong
from actions.service.words import says
from actions.services import Services
from actions.turn import read_turn
from tests.actions.conftest import make_tracker
from tests.actions.mall import SCARF, Mall


@pytest.fixture
def context(services: Services, mall: Mall) -> Context:
    order = mall.order("paid", SCARF)
    turn = read_turn(make_tracker(), now=mall.now, fallback_identity={})
    return Context(turn, services, new_draft("change_address", order.order_no, {}))


def value(name: str, text: str, context: Context, entities: dict[str, Any] | None = None, *, asked: bool = True) -> Any:
    found = tuple({"entity": entity, "value": each} for entity, each in (entities or {}).items())
    result = read(name, Said(text, found), context, asked=asked)
    return result.text.removeprefix("service.") if isinstance(result, Wrong) else result


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("浙江省杭州市滨江区江南大道588号恒鑫大厦1201", "浙江省杭州市滨江区江南大道588号恒鑫大厦1201"),
        ("地址改成上海浦东新区张江路100号2栋", "上海浦东新区张江路100号2栋"),
        ("新疆乌鲁木齐天山路5号", "新疆乌鲁木齐天山路5号"),
        ("5号楼1单元302室", "address_incomplete"),
        ("阳光小区3栋502", "address_incomplete"),
        ("杭州市", "address_incomplete"),
        ("文三路1号", "address_incomplete"),
        ("不知道", None),
        ("等一下", None),
    ],
)
def test_addresses(context: Context, text: str, address: str | None) -> None:
    assert value("address", text, context) == address


def test_an_address_is_kept_apart_from_name_and_phone(context: Context) -> None:
    text = "张伟 13912345678 杭州市余杭区文一西路969号"

    assert value("address", text, context, {"person": "张伟", "phone": "13912345678"}) == "杭州市余杭区文一西路969号"


@pytest.mark.parametrize(
    ("text", "entities", "asked", "phone"),
    [
        ("13912345678", {"phone": "139 1234 5678"}, True, "13912345678"),
        ("1391234", {}, True, "phone_wrong"),
        ("电话改成1391234", {}, False, "phone_wrong"),
        ("我住302", {}, False, None),
        ("电话要改", {}, False, None),
        ("订单202611201000001111的号码写错了", {}, False, None),
    ],
)
def test_phones(context: Context, text: str, entities: dict[str, str], asked: bool, phone: str | None) -> None:
    assert value("receiver_phone", text, context, entities, asked=asked) == phone


@pytest.mark.parametrize(
    ("text", "name"),
    [("改成李雷", "李雷"), ("收件人是韩梅梅", "韩梅梅"), ("名字叫王芳", "王芳"), ("302", None), ("李", None)],
)
def test_names(context: Context, text: str, name: str | None) -> None:
    assert value("receiver_name", text, context) == name


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("加个备注", None),
        ("备注一下", None),
        ("我要加备注", None),
        ("备注：放门口", "放门口"),
        ("麻烦备注一下发货前给我打电话", "发货前给我打电话"),
        ("帮我写个备注，不要放快递柜", "不要放快递柜"),
        ("订单202611201000001111备注放门口", "放门口"),
        ("改成周五发", "周五发"),
        ("晚两天再发", "晚两天再发"),
        ("", None),
    ],
)
def test_notes(text: str, note: str | None) -> None:
    assert note_in(text) == note


@given(st.text(max_size=400))
def test_a_note_is_never_too_long_and_never_empty(text: str) -> None:
    note = note_in(text)

    assert note is None or 2 <= len(note) <= 200


@given(st.text(max_size=200))
def test_words_of_any_kind_are_read(text: str) -> None:
    for name in ("agrees", "objects", "give_up", "more", "fewer", "region", "does_cancel_order"):
        assert says(name, text) in (True, False)


@pytest.mark.parametrize("text", ["改一下", "修改", "我要修改", "换一下", "改地址", "再改改", "改成别的"])
def test_a_wish_to_change_more_is_no_agreement(text: str) -> None:
    assert not any(says(name, text) for name in ("agrees", "does_change_address", "does_change_order"))


@pytest.mark.parametrize("text", ["不取消了", "先不取消", "不要取消", "取消操作", "取消申请", "别取消"])
def test_not_to_cancel_is_no_agreement(text: str) -> None:
    assert not says("agrees", text)
    assert not says("does_cancel_order", text)
