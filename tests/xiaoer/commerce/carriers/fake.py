"""快递100 on the loopback: checks what it is asked as the real one does, and answers what a test tells it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

CUSTOMER, KEY, SALT = "32A5B0DE7C", "tOpSeCrEtKeY", "PeperoncinoSalt"

LINES = [
    ("2026-11-21 10:30:00", "【成都市】快件交给王师傅，正在派送途中（联系电话：13800138000）", "派件", "5"),
    ("2026-11-20 21:05:09", "【成都市】快件到达【成都转运中心】", "到达派件城市", "1001"),
    ("2026-11-19 18:00:00", "【杭州市】顺丰速运 已收取快件", "揽收", "1"),
]
"""Time, words, state's name and code of each line, the latest first, as 快递100 orders them."""

REFUSALS = {
    "400": "提交的数据不完整，或者贵公司没授权",
    "408": "快递公司参数异常：验证码错误",
    "500": "查询无结果，请隔段时间再查",
    "501": "服务器错误",
    "502": "服务器繁忙",
    "503": "验证签名失败",
    "601": "POLL:KEY已过期",
}


def result(
    number: str = "SF1234567890123",
    company: str = "shunfeng",
    state: str = "5",
    lines: list[tuple[str, str, str, str]] | None = None,
) -> dict[str, Any]:
    """Return a trace in the documented form."""
    data = [
        {"time": at, "ftime": at, "context": text, "status": name, "statusCode": code, "areaName": None}
        for at, text, name, code in (LINES if lines is None else lines)
    ]
    checked = "1" if state == "3" else "0"
    body = {"message": "ok", "nu": number, "ischeck": checked, "com": company, "status": "200", "condition": "F00"}
    return {**body, "state": state, "data": data}


def refusal(code: str) -> dict[str, Any]:
    """Return a refusal in the documented form."""
    return {"result": False, "returnCode": code, "message": REFUSALS.get(code, "未知错误")}


class FakeKuaidi100(ThreadingHTTPServer):
    """Answers queries with ``answer`` (a body, raw bytes, or a status), subscriptions and recognitions likewise."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[Any] = []
        self.answer: Any = result()
        self.subscription: Any = {"result": True, "returnCode": "200", "message": "提交成功"}
        self.recognised: Any = [{"lengthPre": 13, "comCode": "yuantong", "name": "圆通速递"}]
        self.queries: list[dict[str, Any]] = []
        self.subscriptions: list[dict[str, Any]] = []
        self.recognitions: list[dict[str, str]] = []
        self.released = threading.Event()
        self.slow = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def respond(self, path: str, form: dict[str, str]) -> Any:
        if path == "/poll":
            assert form["schema"] == "json"
            self.subscriptions.append(json.loads(form["param"]))
            return self.subscription
        if path == "/autonumber/auto":
            self.recognitions.append(form)
            return self.recognised if form["key"] == KEY else refusal("601")
        assert path == "/poll/query.do"
        self.queries.append(json.loads(form["param"]))
        wanted = hashlib.md5((form["param"] + KEY + CUSTOMER).encode()).hexdigest().upper()
        if (form["customer"], form["sign"]) != (CUSTOMER, wanted):
            return refusal("503")
        return self.answers.pop(0) if self.answers else self.answer


class _Handler(BaseHTTPRequestHandler):
    server: FakeKuaidi100

    def do_POST(self) -> None:
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text, strict_parsing=True).items()}
        answer = self.server.respond(self.path, form)
        if self.server.slow:
            self.server.released.wait(30)
        status = answer if isinstance(answer, int) else 200
        body = answer if isinstance(answer, bytes) else json.dumps(answer, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", f"{self.server.url}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):  # who asked did not wait
            pass

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def fake_kuaidi100() -> Iterator[FakeKuaidi100]:
    """Serve from a thread."""
    server = FakeKuaidi100()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
