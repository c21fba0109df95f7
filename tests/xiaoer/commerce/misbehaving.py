"""A merchant's system that misbehaves in every way that its adapter must survive."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from xiaoer.commerce.model import Order
from xiaoer.commerce.wire.values import encoded

TOKEN = "secret-token"
TIMEOUT = 0.3


@dataclass
class Office:
    """What the system knows, how it behaves, and what it was asked.

    Attributes:
        order: The one order that it has.
        behave: Answers a request; ``fine`` by itself.
        on: Methods that it misbehaves on; others it answers as it should.
        asked: ``METHOD path`` of every request.
        keys: The idempotency keys that came.
        released: Set when those who keep clients waiting should stop.
    """

    order: Order
    behave: Callable[[Handler], None] | None = None
    on: frozenset[str] = frozenset({"GET", "POST"})
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> dict[str, Any]:
        """Return what a good system says."""
        order = encoded(self.order)
        if path.endswith("/orders"):
            return {"orders": [order]}
        if path.endswith("/urge"):
            return {"order_no": self.order.order_no, "day": "2026-11-21", "created": True, "at": "2026-11-21T04:00:00Z"}
        if path.endswith("/remark"):
            return {"order": order, "refund": None}
        if path.endswith(("/shipments", "/after-sales", "/products")):
            return {path.rpartition("/")[2].replace("-", "_"): []}
        if path.endswith("/parts"):
            return {"orders": []}
        return order


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._serve()

    def _serve(self) -> None:
        office = self.office
        assert self.headers["Authorization"] == f"Bearer {TOKEN}"
        office.asked.append(f"{self.command} {self.path.partition('?')[0]}")
        office.keys.append(self.headers.get("Idempotency-Key"))
        behave = office.behave if self.command in office.on else None
        (behave or fine)(self)

    @property
    def office(self) -> Office:
        return self.server.office

    @property
    def told(self) -> dict[str, Any]:
        return self.office.answer(self.path.partition("?")[0])

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", headers.pop("content_type", "application/json"))
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write nothing down."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    office: Office

    def handle_error(self, *_: object) -> None:
        """Clients hang up on most of what is sent here."""


def fine(handler: Handler) -> None:
    handler.send(json.dumps(handler.told).encode())


def silent(handler: Handler) -> None:
    handler.office.released.wait(30)


def broken(handler: Handler) -> None:
    handler.send(b'{"error": {"code": "internal", "message": "x"}}', 500)


def busy(handler: Handler) -> None:
    handler.send(b"", 503)


def busy_at_first(handler: Handler) -> None:
    (busy if len(handler.office.asked) == 1 else fine)(handler)


def truncated(handler: Handler) -> None:
    handler.send(json.dumps(handler.told).encode()[:-40])


def cut_off(handler: Handler) -> None:
    handler.send(json.dumps(handler.told).encode(), Content_Length="100000", Connection="close")
    handler.close_connection = True


def html(handler: Handler) -> None:
    handler.send("<html><title>维护中</title></html>".encode(), content_type="text/html")


def wrong_types(handler: Handler) -> None:
    handler.send(_changed(handler, amount=899, remark=None, lines="none", created="yes"))


def wrong_values(handler: Handler) -> None:
    handler.send(_changed(handler, state="lost", created_at="yesterday", day="tomorrow"))


def missing_fields(handler: Handler) -> None:
    handler.send(_changed(handler, customer_id=..., created=...))


def name_twice(handler: Handler) -> None:
    body = json.dumps(handler.told)
    handler.send(f'{body[:-1]}, "order_no": "1", "order_no": "2"}}'.encode())


def the_same_twice(handler: Handler) -> None:
    told = handler.told
    if "orders" in told:
        told["orders"] *= 2
        handler.send(json.dumps(told).encode())
    else:
        name_twice(handler)


def others(handler: Handler) -> None:
    handler.send(_changed(handler, customer_id="c2"))


def another_shops(handler: Handler) -> None:
    handler.send(_changed(handler, merchant_id="m2"))


def another_order(handler: Handler) -> None:
    handler.send(_changed(handler, order_no="209912310000000001", merchant_id="m2"))


def endless(handler: Handler) -> None:
    handler.send(b"", Transfer_Encoding="chunked", Content_Length="0")
    while not handler.office.released.is_set():
        handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def dripping(handler: Handler) -> None:
    handler.send(b"", Content_Length="100000")
    while not handler.office.released.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def hung_up(handler: Handler) -> None:
    handler.close_connection = True


def redirected(handler: Handler) -> None:
    handler.send(b"", 302, Location="/elsewhere")


def packed(handler: Handler) -> None:
    handler.send(json.dumps(handler.told).encode(), Content_Encoding="gzip")


def forbidden(handler: Handler) -> None:
    handler.send(b'{"error": {"code": "token_invalid", "message": "x"}}', 401)


def unheard_of(handler: Handler) -> None:
    handler.send(b'{"error": {"code": "moon_phase", "message": "x"}}', 409)


def lying(handler: Handler) -> None:
    handler.send(b'{"error": {"code": "order_not_found", "message": "x"}}', 200)


def _changed(handler: Handler, **fields: Any) -> bytes:
    def change(value: Any) -> Any:
        if isinstance(value, list):
            return [change(each) for each in value]
        if not isinstance(value, dict):
            return value
        found = {name: change(each) for name, each in value.items()}
        if "order_no" in found:
            found.update(fields)
        return {name: each for name, each in found.items() if each is not ...}

    return json.dumps(change(handler.told)).encode()


@contextmanager
def misbehaving(order: Order) -> Iterator[tuple[Office, str]]:
    """Serve on a free port; gives the system and its address."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.office = Office(order)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server.office, f"http://127.0.0.1:{server.server_port}/api"
        server.office.released.set()
        server.shutdown()
        thread.join(10)
