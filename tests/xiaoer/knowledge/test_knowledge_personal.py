"""What is taken for personal data, and what is left alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xiaoer.knowledge.personal import mask_personal


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("我的手机13812345678打不通", "我的手机[手机号]打不通"),
        ("１３８１２３４５６７８是我", "[手机号]是我"),
        ("+86 138 1234 5678", "[手机号]"),
        ("尾号对的138****5678", "尾号对的[手机号]"),
        ("座机0571-88886666转3", "座机[电话]转3"),
        ("(010)62345678", "[电话]"),
        ("发li.si@example.com谢谢", "发[邮箱]谢谢"),
        ("身份证110101199003071234", "身份证[身份证号]"),
        ("身份证11010119900307123X办的", "身份证[身份证号]办的"),
        ("卡号6222 0212 3456 7890 123", "卡号[银行卡号]"),
        ("退到6222021234567890123", "退到[银行卡号]"),
        ("订单202611200000000001到哪了", "订单[订单号]到哪了"),
        ("240101-123456789012345没到", "[订单号]没到"),
        ("订单号：20261120没到", "订单号：[订单号]没到"),
        ("SF1234567890123到哪了", "[运单号]到哪了"),
        ("快递单号是YT2203948817765", "快递单号是[运单号]"),
        ("快递号 JD0077152398 看看", "快递号 [运单号] 看看"),
        ("运单号773012345", "运单号[运单号]"),
        ("微信号abc12345", "微信号[账号]"),
        ("帮我改到浙江省杭州市西湖区文三路12号3幢502室可以吗", "帮我改到[地址]可以吗"),
        ("地址是朝阳区建国路88号院2号楼1单元301，谢谢", "地址是[地址]，谢谢"),
        ("我住阳光小区3栋502", "我住[地址]"),
        ("杭州市西湖区文三路发货吗", "[地址]发货吗"),
        ("成都市武侯区科华北路62号力宝大厦1506", "[地址]"),
        ("我叫王伟想退货", "我叫[姓名]想退货"),
        ("我叫欧阳锋，要退货", "我叫[姓名]，要退货"),
        ("收件人：张三丰 电话13912345678", "收件人：[姓名] 电话[手机号]"),
        ("收件人改成李四可以吗", "收件人改成[姓名]可以吗"),
        ("姓名:John Smith", "姓名:[姓名]"),
    ],
)
def test_personal_data_is_replaced(text: str, masked: str) -> None:
    assert mask_personal(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "满99元包邮，退货7天内，2026-11-20 10:00前",
        "iPhone 15 Pro 256G 多少钱",
        "客服热线400-820-8820",
        "尺码175/96A，身高165体重110斤",
        "发到新疆乌鲁木齐市包邮吗",
        "浙江省内几天到",
        "这个路由器5号能到吗",
        "超市12号开门吗",
        "医院住院部送吗",
        "收件人姓名怎么改",
        "收货人写错了",
        "关掉机器人 谢谢",
        "微信支付可以吗",
        "订单号在哪里看",
        "ＶＩＰ满１００减２０",
    ],
)
def test_what_is_not_personal_stays_as_it_is(text: str) -> None:
    assert mask_personal(text) == text


@given(
    st.text(alphabet=st.one_of(st.sampled_from("0123456789０９ -+XxSF号单手机：路区室"), st.characters()), max_size=120)
)
def test_no_long_run_of_digits_is_left(text: str) -> None:
    assert re.search(r"\d{11}", mask_personal(text)) is None


@given(st.from_regex(r"[^\W\d_]{0,8}\d{11,40}[^\W\d_]{0,8}", fullmatch=True))
def test_a_long_number_is_replaced_and_nothing_else(text: str) -> None:
    masked = mask_personal(text)
    assert re.search(r"\d{11}", masked) is None
    assert "[" in masked


@given(st.text(alphabet="请问这款大衣怎么洗会掉色起球吗退换货运费谁出，。？ abcXYZ", max_size=60))
def test_a_text_without_personal_data_is_unchanged(text: str) -> None:
    assert mask_personal(text) == text


@given(st.text(max_size=80))
def test_what_is_masked_once_is_masked(text: str) -> None:
    masked = mask_personal(text + "13812345678，我叫王伟，杭州市西湖区文三路12号")
    assert mask_personal(masked) == masked
