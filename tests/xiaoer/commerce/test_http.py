"""The ``http`` adapter before a system that misbehaves: no crash, nobody else's data, and the truth about writes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.goods import NOON
from tests.xiaoer.commerce import misbehaving as ways
from tests.xiaoer.commerce.misbehaving import TIMEOUT, TOKEN, Handler, Office, misbehaving
from xiaoer.accounts.model import PLATFORM
from xiaoer.commerce.back_offices import BackOffice, InvalidBackOffice
from xiaoer.commerce.errors import BackOfficeDown, InvalidRequest, OrderNotFound
from xiaoer.commerce.http import HttpCommerce
from xiaoer.commerce.model import Order, OrderLine, OrderQuery, OrderState

MINE = "202611200000000001"
LINE = OrderLine(1, "P1", "P1-0", "羊毛大衣", "黑色 L", 1, Decimal("899.00"), shipped=False)
ORDER = Order(
    order_no=MINE,
    merchant_id="m1",
    customer_id="c1",
    state=OrderState.PAID,
    amount=Decimal("899.00"),
    freight=Decimal("0.00"),
    created_at=NOON,
    paid_at=NOON,
    shipped_at=None,
    received_at=None,
    ship_by=None,
    closes_at=None,
    group_size=None,
    group_joined=None,
    parent_order_no=None,
    receiver_name="王小雨",
    receiver_phone="13800001111",
    receiver_address="浙江省杭州市西湖区文一路1号",
    remark="",
    lines=(LINE,),
)

BAD: dict[Callable[[Handler], None], tuple[int, bool]] = {
    ways.silent: (1, True),
    ways.broken: (1, True),
    ways.busy: (3, True),
    ways.hung_up: (3, True),
    ways.truncated: (1, True),
    ways.cut_off: (1, True),
    ways.html: (1, True),
    ways.wrong_types: (1, True),
    ways.wrong_values: (1, True),
    ways.missing_fields: (1, True),
    ways.name_twice: (1, True),
    ways.others: (1, True),
    ways.another_shops: (1, True),
    ways.another_order: (1, True),
    ways.endless: (1, True),
    ways.dripping: (1, True),
    ways.packed: (1, True),
    ways.lying: (1, True),
    ways.redirected: (1, False),
    ways.forbidden: (1, False),
    ways.unheard_of: (1, False),
}
"""How often a read is tried, and whether a write may have been done, by the way of misbehaving."""

bad = pytest.mark.parametrize("way", BAD, ids=lambda way: way.__name__)


@pytest.fixture
def served() -> Iterator[tuple[Office, str]]:
    with misbehaving(ORDER) as (office, url):
        yield office, url


@pytest.fixture
def office(served: tuple[Office, str]) -> Office:
    return served[0]


@pytest.fixture
def commerce(served: tuple[Office, str]) -> HttpCommerce:
    return HttpCommerce(BackOffice("m1", served[1], TOKEN, TIMEOUT))


def test_a_system_that_behaves_is_believed(commerce: HttpCommerce, office: Office) -> None:
    assert commerce.get_order("m1", "c1", MINE) == ORDER
    assert commerce.list_orders("m1", "c1", OrderQuery()) == [ORDER]
    assert commerce.change_remark("m1", "c1", MINE, "x", key="k1", now=NOON).order == ORDER
    assert office.keys == [None, None, "k1"]


@bad
def test_a_bad_answer_to_a_read_is_no_answer(
    commerce: HttpCommerce, office: Office, way: Callable[[Handler], None], caplog: pytest.LogCaptureFixture
) -> None:
    office.behave = way

    with pytest.raises(BackOfficeDown) as caught:
        commerce.get_order("m1", "c1", MINE)

    assert (caught.value.tenant, caught.value.written) == ("m1", False)
    assert office.asked == [f"GET /api/orders/{MINE}"] * BAD[way][0]
    assert len(caplog.messages) >= 1
    assert all(word not in caplog.text for word in (TOKEN, MINE, "13800001111", "王小雨"))


@bad
def test_a_bad_answer_to_a_write_tells_whether_it_may_have_been_done(
    commerce: HttpCommerce, office: Office, way: Callable[[Handler], None]
) -> None:
    office.behave = way

    with pytest.raises(BackOfficeDown) as caught:
        commerce.change_remark("m1", "c1", MINE, "请周末送", key="k1", now=NOON)

    assert caught.value.written is BAD[way][1]
    assert office.asked == [f"POST /api/orders/{MINE}/remark"]
    assert office.keys == ["k1"]


def test_what_passes_is_tried_again_for_reads_alone(commerce: HttpCommerce, office: Office) -> None:
    office.behave = ways.busy_at_first

    assert commerce.get_order("m1", "c1", MINE) == ORDER
    assert len(office.asked) == 2


def test_the_same_order_twice_is_no_answer(commerce: HttpCommerce, office: Office) -> None:
    office.behave = ways.the_same_twice

    with pytest.raises(BackOfficeDown):
        commerce.list_orders("m1", "c1", OrderQuery())


def test_where_nobody_listens_nothing_was_written() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening
        commerce = HttpCommerce(BackOffice("m1", f"http://127.0.0.1:{taken.getsockname()[1]}", TOKEN, TIMEOUT))

        with pytest.raises(BackOfficeDown) as caught:
            commerce.change_remark("m1", "c1", MINE, "x", key="k", now=NOON)

    assert not caught.value.written


def test_a_system_that_fails_again_and_again_is_left_alone_for_a_while(
    served: tuple[Office, str], commerce: HttpCommerce, office: Office
) -> None:
    office.behave = ways.broken
    for _ in range(5):
        with pytest.raises(BackOfficeDown):
            commerce.get_order("m1", "c1", MINE)
    assert len(office.asked) == 3

    with pytest.raises(BackOfficeDown) as caught:
        commerce.change_remark("m1", "c1", MINE, "x", key="k", now=NOON)

    assert not caught.value.written
    assert len(office.asked) == 3


def test_a_system_that_is_well_again_is_asked_again(served: tuple[Office, str], office: Office) -> None:
    commerce = HttpCommerce(BackOffice("m1", served[1], TOKEN, TIMEOUT), seconds_open=1e-9)
    office.behave = ways.broken
    for _ in range(4):
        with pytest.raises(BackOfficeDown):
            commerce.get_order("m1", "c1", MINE)
    office.behave = None

    assert commerce.get_order("m1", "c1", MINE) == ORDER
    assert commerce.get_order("m1", "c1", MINE) == ORDER


def test_refusals_do_not_count_as_failures(commerce: HttpCommerce, office: Office) -> None:
    def unknown(handler: Handler) -> None:
        handler.send(b'{"error": {"code": "order_not_found", "message": "x"}}', 404)

    office.behave = unknown
    for _ in range(5):
        with pytest.raises(OrderNotFound):
            commerce.get_order("m1", "c1", MINE)
    assert len(office.asked) == 5


@pytest.mark.parametrize(
    ("status", "code"), [(404, "order_not_found"), (409, "key_reused"), (422, "invalid_request"), (404, "not_found")]
)
def test_a_refusal_that_does_not_fit_the_question_is_no_answer(
    commerce: HttpCommerce, office: Office, status: int, code: str
) -> None:
    def refuse(handler: Handler) -> None:
        handler.send(ways.json.dumps({"error": {"code": code, "message": "x", "field": "limit"}}).encode(), status)

    office.behave = refuse

    with pytest.raises(BackOfficeDown):
        commerce.list_orders("m1", "c1", OrderQuery())


def test_a_redirect_is_not_followed(commerce: HttpCommerce, office: Office) -> None:
    office.behave = ways.redirected

    with pytest.raises(BackOfficeDown):
        commerce.get_order("m1", "c1", MINE)
    assert office.asked == [f"GET /api/orders/{MINE}"]


def test_numbers_that_cannot_be_are_not_sent(commerce: HttpCommerce, office: Office) -> None:
    for number in ("", "..", "a/b", "a\\b", "x" * 65, "\n", "\u202e1"):
        with pytest.raises(OrderNotFound):
            commerce.get_order("m1", "c1", number)
    with pytest.raises(InvalidRequest):
        commerce.change_remark("m1", "c1", MINE, "x", key="", now=NOON)
    assert office.asked == []


def test_what_stands_in_a_number_stays_in_the_path(commerce: HttpCommerce, office: Office) -> None:
    with pytest.raises(BackOfficeDown):  # it is another order that the system gives
        commerce.get_order("m1", "c1", "1?tenant=m2#&%2e")
    assert office.asked == ["GET /api/orders/1%3Ftenant%3Dm2%23%26%252e"]


def test_the_platform_may_see_orders_of_every_shop(served: tuple[Office, str]) -> None:
    commerce = HttpCommerce(BackOffice(PLATFORM, served[1], TOKEN, TIMEOUT))

    assert commerce.get_order(PLATFORM, "c1", MINE) == ORDER


def test_many_threads_at_once(commerce: HttpCommerce, office: Office) -> None:
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: commerce.get_order("m1", "c1", MINE), range(64)))

    assert found == [ORDER] * 64


def test_threads_that_fail_together_leave_a_breaker_that_works(served: tuple[Office, str], office: Office) -> None:
    commerce = HttpCommerce(BackOffice("m1", served[1], TOKEN, TIMEOUT), seconds_open=1e-9)

    def ask(_: int) -> bool:
        try:
            return commerce.get_order("m1", "c1", MINE) == ORDER
        except BackOfficeDown:
            return False

    office.behave = ways.broken
    with ThreadPoolExecutor(16) as pool:
        assert not any(pool.map(ask, range(64)))
        office.behave = None
        assert ask(0)
        assert all(pool.map(ask, range(64)))


@pytest.mark.parametrize(
    ("url", "token", "seconds"),
    [
        ("ftp://oms.example.com", TOKEN, 5),
        ("oms.example.com", TOKEN, 5),
        ("http://", TOKEN, 5),
        ("https://user:word@oms.example.com", TOKEN, 5),
        ("https://oms.example.com/api?x=1", TOKEN, 5),
        ("https://oms.example.com:99999", TOKEN, 5),
        ("https://oms.example.com\r\nX: y", TOKEN, 5),
        ("https://oms.example.com", "", 5),
        ("https://oms.example.com", "令牌", 5),
        ("https://oms.example.com", "a\r\nb", 5),
        ("https://oms.example.com", TOKEN, 0),
        ("https://oms.example.com", TOKEN, 31),
    ],
)
def test_a_system_that_cannot_be_asked_is_not_configured(url: str, token: str, seconds: float) -> None:
    with pytest.raises(InvalidBackOffice) as caught:
        BackOffice("m1", url, token, seconds)
    assert token == "" or token not in str(caught.value)


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(BackOffice("m1", "https://oms.example.com", TOKEN))


def test_a_customer_gets_no_more_orders_than_were_asked_for(commerce: HttpCommerce, office: Office) -> None:
    def several(handler: Handler) -> None:
        orders = [replace(ORDER, order_no=f"{MINE}{number}") for number in range(5)]
        handler.send(ways.json.dumps({"orders": [ways.encoded(order) for order in orders]}).encode())

    office.behave = several

    assert len(commerce.list_orders("m1", "c1", OrderQuery(limit=2))) == 2
