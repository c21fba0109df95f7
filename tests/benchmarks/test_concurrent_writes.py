"""The benchmark of concurrent writes: what its ledger finds, and the command run on very little."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from benchmarks.concurrent_writes import concurrent_writes
from benchmarks.contested import Contested, make_orders
from benchmarks.ledger import Ledger
from benchmarks.wishes import read_wishes
from benchmarks.writers import Answer, hold
from tests.goods import NOON, add_buyer, add_order, add_product, add_shop
from xiaoer.accounts.model import Identity, Role
from xiaoer.commerce.changes import ReceiverChange
from xiaoer.commerce.sql import SqlCommerce
from xiaoer.commerce.tables import AfterSaleRow, OrderRow, StockRow
from xiaoer.database import writing
from xiaoer.service.conversations import add_message, open_conversation
from xiaoer.service.model import Author, Reason
from xiaoer.service.transitions import hand_over

WISHES = {wish.name: wish for scripts in read_wishes().scripts.values() for script in scripts for wish in script}
DONE, OVER = "已经改好了", "目前是【已取消】，不能再改了"
PHONE, ADDRESS = "13900000001", "浙江省杭州市西湖区文三路1号1幢502室"


@pytest.fixture
def orders(sqlite_engine: Engine) -> list[Contested]:
    """One order of each kind."""
    add_shop(sqlite_engine)
    add_buyer(sqlite_engine)
    add_product(sqlite_engine)
    add_order(sqlite_engine)
    return make_orders(sqlite_engine, 3, now=NOON)


@pytest.fixture
def order(orders: list[Contested]) -> Contested:
    """The order that is changed."""
    return next(each for each in orders if each.kind == "changed")


@pytest.fixture
def ledger(sqlite_engine: Engine, orders: list[Contested]) -> Ledger:
    return Ledger(sqlite_engine, orders)


@pytest.fixture
def commerce(sqlite_engine: Engine) -> SqlCommerce:
    return SqlCommerce(sqlite_engine)


def told(order: Contested, wish: str, text: str) -> Answer:
    values = {"order_no": order.order_no, "phone": PHONE, "address": ADDRESS, "email": "a@example.com", "case": ""}
    return Answer(order, "visitor", WISHES[wish], text, values)


def change_phone(commerce: SqlCommerce, order: Contested) -> None:
    change = ReceiverChange(phone=PHONE)
    commerce.change_receiver(order.tenant, order.customer, order.order_no, change, key="k1", now=NOON)


def cancel(commerce: SqlCommerce, order: Contested) -> None:
    commerce.cancel_order(order.tenant, order.customer, order.order_no, reason="不想要了", key="k2", now=NOON)


def test_what_was_written_once_and_told_once_is_well(ledger: Ledger, commerce: SqlCommerce, order: Contested) -> None:
    change_phone(commerce, order)
    commerce.urge_shipment(order.tenant, order.customer, order.order_no, now=NOON)
    cancel(commerce, order)
    answers = [
        told(order, "phone", DONE),
        told(order, "urge", "已经帮您催促商家发货"),
        told(order, "cancel", "已经取消"),
        told(order, "address", OVER),
    ]

    assert ledger.violations(answers) == []
    assert ledger.writes() == 3


def test_a_write_that_is_not_there_was_lost(ledger: Ledger, order: Contested) -> None:
    assert ledger.violations([told(order, "phone", DONE)]) == [
        f"order {order.order_no}: visitor was told that phone is done; it is on record 0 times"
    ]


def test_a_write_that_nobody_was_told_of_is_found(ledger: Ledger, commerce: SqlCommerce, order: Contested) -> None:
    change_phone(commerce, order)

    assert ledger.violations([]) == [f"order {order.order_no}: change_receiver (entry 1) was told to 0 conversations"]


def test_a_row_that_forgot_the_last_change_is_found(
    ledger: Ledger, commerce: SqlCommerce, order: Contested, sqlite_engine: Engine
) -> None:
    change_phone(commerce, order)
    with writing(sqlite_engine) as session:
        session.get(OrderRow, order.order_no).receiver_phone = "13800001111"

    assert ledger.violations([told(order, "phone", DONE)]) == [
        f"order {order.order_no}: {order.order_no} is not as its last audit entry says"
    ]


def test_a_change_that_overwrote_another_is_found(
    ledger: Ledger, commerce: SqlCommerce, order: Contested, sqlite_engine: Engine
) -> None:
    change_phone(commerce, order)
    with writing(sqlite_engine) as session:
        session.get(OrderRow, order.order_no).receiver_phone = "13800001111"
    change = ReceiverChange(address=ADDRESS)
    commerce.change_receiver(order.tenant, order.customer, order.order_no, change, key="k3", now=NOON)

    assert ledger.violations([told(order, "phone", DONE), told(order, "address", DONE)]) == [
        f"order {order.order_no}: change_receiver (entry 2) has overwritten what it did not know of"
    ]


def test_a_second_refund_and_its_case_are_found(
    ledger: Ledger, commerce: SqlCommerce, order: Contested, sqlite_engine: Engine
) -> None:
    cancel(commerce, order)
    with writing(sqlite_engine) as session:
        session.add(
            AfterSaleRow(
                after_sale_no="AS20261121000001",
                order_no=order.order_no,
                merchant_id=order.tenant,
                customer_id=order.customer,
                kind="refund",
                state="refunding",
                amount=899,
                rules=["order.cancelled"],
                created_at=NOON,
                updated_at=NOON,
            )
        )

    assert ledger.violations([told(order, "cancel", "已经取消")]) == [
        f"order {order.order_no}: it is cancelled and has 2 refunds"
    ]


def test_pieces_that_went_astray_are_found(ledger: Ledger, sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as session:
        session.get(StockRow, ("P1-0", "杭州仓")).quantity -= 1

    assert ledger.violations([]) == ["stock of P1-0: 9 pieces instead of 10"]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (OVER, "visitor was told “cancelled”, which is not so"),
        ("请稍等", "visitor wanted phone and was told neither that nor why not: 请稍等"),
    ],
)
def test_an_untrue_answer_and_none_are_found(ledger: Ledger, order: Contested, text: str, wrong: str) -> None:
    assert ledger.violations([told(order, "phone", text)]) == [f"order {order.order_no}: {wrong}"]


def test_a_handoff_and_a_message_without_an_answer_are_found(
    ledger: Ledger, order: Contested, sqlite_engine: Engine
) -> None:
    visitor = Identity(order.customer, order.tenant, Role.CONSUMER)
    with writing(sqlite_engine) as session:
        conversation = open_conversation(session, visitor, "visitor", now=NOON)
        add_message(session, conversation.id, Author.CUSTOMER, now=NOON, text="在吗")
        hand_over(session, order.tenant, conversation.id, reason=Reason.ASSISTANT_DOWN, rule="assistant_down", now=NOON)

    assert ledger.violations([]) == [
        "1 conversations were handed to people: assistant_down",
        "1 conversations are not with the assistant any more",
        "1 messages have no answer",
    ]


class Broken(BaseHTTPRequestHandler):
    """Answers everything with an error."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def broken() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_error_of_the_desk_is_told_and_holds_nobody_up(broken: str, orders: list[Contested]) -> None:
    held = asyncio.run(hold(broken, orders, read_wishes(), 4, 2))

    assert held.answers == []
    assert held.most_in_flight == 2
    assert len(held.failures) == len(held.ms) >= 4
    told = f"“订单{orders[0].order_no}的手机号改成13900000000” was answered with status 503"
    assert sum(told in failure for failure in held.failures) == 1  # in any place: two are under way at once


@pytest.mark.e2e
def test_the_command_prints_its_figures(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    arguments = ["--conversations", "6", "--orders", "3", "--in-flight", "4", "--json", str(file)]

    finished = CliRunner().invoke(concurrent_writes, arguments)

    figures = json.loads(file.read_text())
    assert figures["violations"] == []
    assert finished.exit_code == 0, finished.output
    assert figures["conversations"] == 6
    assert figures["writes"] == figures["done"] > 0
    assert "| violations " in finished.stdout
