from __future__ import annotations

import pytest

from desk.prompts import Prompt, read_prompt

LATEST = [{"title": "查物流", "payload": '/track{"order_no": "1"}'}, {"title": "不用了", "payload": "/deny"}]
EARLIER = [{"title": "申请退货", "payload": "/ask_return"}]


@pytest.mark.parametrize(
    ("text", "shown", "sent"),
    [
        ('/track{"order_no": "1"}', "查物流", '/track{"order_no": "1"}'),
        ("查物流", "查物流", '/track{"order_no": "1"}'),
        ("/ask_return", "申请退货", "/ask_return"),
        ("申请退货", "申请退货", "申请退货"),
        ('/track{"order_no": "2"}', '/track{"order_no": "2"}', 'track{"order_no": "2"}'),
        ("/restart", "/restart", "restart"),
        ("/", "/", "？"),
        ("查物流吧", "查物流吧", "查物流吧"),
    ],
)
def test_only_offered_payloads_are_payloads(text: str, shown: str, sent: str) -> None:
    assert read_prompt(text, (), [LATEST, EARLIER]) == Prompt(shown, sent)


def test_nothing_was_offered() -> None:
    assert read_prompt("/deny", (), []) == Prompt("/deny", "deny")


def test_attachments_alone() -> None:
    attachments = [{"type": kind, "url": "https://x.cn/a"} for kind in ("image", "video", "file")]
    assert read_prompt("", attachments, []) == Prompt("", "[图片] [视频] [文件]")


@pytest.mark.parametrize("text", ["返回机器人", "不等了", "不等了！", " 返回 机器人。", "不等了~"])
def test_going_back(text: str) -> None:
    assert read_prompt(text, (), []).goes_back


@pytest.mark.parametrize("text", ["不等了吧", "我要返回机器人", "", "等不了了"])
def test_not_going_back(text: str) -> None:
    assert not read_prompt(text, (), []).goes_back
