"""Reading a choice from any words at all."""

from __future__ import annotations

from datetime import date, datetime, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from actions.picking import means, pick, plain, tails
from xiaoer.commerce.model import Order, OrderLine, OrderState

TODAY = date(2026, 11, 21)


def order(number: int, name: str, variant: str, state: OrderState, amount: str) -> Order:
    placed = datetime(2026, 11, 20 - number, 4, 0, tzinfo=timezone.utc)
    line = OrderLine(number, f"p{number}", f"s{number}", name, variant, 1, Decimal(amount), False)
    return Order(
        order_no=f"2026112010{number:08d}",
        merchant_id="m1",
        customer_id="c1",
        state=state,
        amount=Decimal(amount),
        freight=Decimal(0),
        created_at=placed,
        paid_at=None,
        shipped_at=None,
        received_at=None,
        ship_by=None,
        closes_at=None,
        group_size=None,
        group_joined=None,
        parent_order_no=None,
        receiver_name="",
        receiver_phone="",
        receiver_address="",
        remark="",
        lines=(line,),
    )


ORDERS = (
    order(1, "羊毛大衣", "黑色 L", OrderState.PAID, "299.00"),
    order(2, "极星S9影像旗舰手机5G", "曜石黑 12GB+256GB", OrderState.SHIPPED, "5999.00"),
    order(3, "羊毛大衣", "黑色 XL", OrderState.COMPLETED, "299.00"),
)

PIECES = [
    *(
        "第",
        "一",
        "二",
        "5",
        "个",
        "都",
        "不是",
        "尾号",
        "0002",
        "黑",
        "色",
        "的",
        "大衣",
        "昨天",
        "买",
        "11月",
        "30号",
    ),
    *("元", "5999", "前", "倒数", "全部", "，", "２", "(", "\\", "XL", "最后", "那"),
]
WORDS = st.lists(st.sampled_from([*PIECES, " "]), max_size=8).map("".join)


@given(st.one_of(WORDS, st.text(max_size=40)), st.booleans(), st.integers(0, 3))
def test_any_text_picks_only_what_was_there(text: str, listed: bool, count: int) -> None:
    picked = pick(text, ORDERS[:count], listed=listed, today=TODAY)

    assert set(picked.orders) <= set(ORDERS[:count])
    assert len(picked.orders) == len(set(picked.orders))
    assert len(picked.rest) <= len(plain(text))


@given(st.integers(1, 5), st.sampled_from(["第{}个", "第{}单吧", "{}", " {} ", "我要第{}个", "就第{}个订单"]))
def test_a_place_in_the_list_is_that_order_or_nothing(number: int, form: str) -> None:
    picked = pick(form.format(number), ORDERS, listed=True, today=TODAY)

    assert picked.orders == ORDERS[number - 1 : number]


@given(st.sampled_from(ORDERS), st.sampled_from(["尾号{}", "后四位是{}", "尾号 {} 的那单", "{}那个"]))
def test_the_end_of_its_number_picks_an_order(chosen: Order, form: str) -> None:
    picked = pick(form.format(chosen.order_no[-4:]), ORDERS, listed=False, today=TODAY)

    assert picked.orders == (chosen,)
    assert picked.rest == ""


def test_a_size_stands_by_itself() -> None:
    assert pick("L", ORDERS, listed=True, today=TODAY).orders == (ORDERS[0],)
    assert pick("xl的那件大衣", ORDERS, listed=True, today=TODAY).orders == (ORDERS[2],)


def test_a_shade_is_called_by_its_colour() -> None:
    assert pick("黑色手机", ORDERS, listed=True, today=TODAY).orders[:1] != ()
    assert ORDERS[1] in pick("黑的", ORDERS, listed=True, today=TODAY).orders


def test_what_is_left_over_is_kept() -> None:
    assert pick("第二个什么时候到", ORDERS, listed=True, today=TODAY).rest == "什么时候到"
    assert pick("第二个", ORDERS, listed=True, today=TODAY).rest == ""


def test_places_mean_nothing_without_a_list() -> None:
    assert pick("第二个", ORDERS, listed=False, today=TODAY).orders == ()


def test_phones_have_no_order_ends() -> None:
    assert tails("手机尾号8802") == []
    assert tails("订单尾号8802") == ["8802"]


def test_all_orders_are_said_in_many_ways() -> None:
    assert all(means("everything", text) for text in ("都催一下", "全部催一下", "所有订单都催下", "每个订单都催"))
    assert not any(means("everything", text) for text in ("都三天了", "怎么都不发", "都没发货"))
