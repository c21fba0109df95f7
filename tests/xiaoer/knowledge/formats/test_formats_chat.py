"""Conversations become drafts: what was asked, with what a person answered."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from xiaoer.knowledge.formats.model import Sheet
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.model import EntryStatus


def read(*lines: str, headers: str = "会话ID,发送者,时间,内容") -> Sheet:
    return read_file("聊天记录.csv", "\n".join([headers, *lines]).encode())


def pairs(sheet: Sheet) -> list[tuple[int, str, tuple[str, ...], str]]:
    assert sheet.problems == []
    assert all(row.status is EntryStatus.DRAFT for row in sheet.rows)
    return [(row.number, row.question, row.similar_questions, row.answer) for row in sheet.rows]


def test_questions_with_the_answers_that_follow() -> None:
    sheet = read(
        "1,客户,09:00,你好",
        "1,客服小美,09:00,亲，您好，请问有什么可以帮您",
        "1,客户,09:01,这款会起球吗",
        "1,客户,09:01,我怕穿不久",
        "1,客服小美,09:02,不会的",
        "1,客服小美,09:02,我们用的是抗起球面料",
        "1,客户,09:03,好的谢谢",
        "1,客服小美,09:03,不客气哦",
        "2,客户,09:00,能开发票吗",
    )
    assert pairs(sheet) == [(4, "这款会起球吗，我怕穿不久", (), "不会的\n我们用的是抗起球面料")]


def test_conversations_that_are_mixed_and_out_of_order() -> None:
    sheet = read(
        "1,客服,2026-01-05 09:05,包邮",
        "2,客户,2026-01-05 09:01,怎么洗",
        "1,客户,2026-01-05 09:00,包邮吗",
        "2,客服,2026-01-05 09:02,干洗",
    )
    assert pairs(sheet) == [(4, "包邮吗", (), "包邮"), (3, "怎么洗", (), "干洗")]


@pytest.mark.parametrize(
    "said",
    [
        "我的订单 260105123456789 到哪了",
        "手机号13800138000能改吗",
        "138-0013-8000 打这个",
        "寄到浙江省杭州市西湖区文三路100号",
        "单号是SF12345678",
        "发到 a.b@example.com",
    ],
)
@pytest.mark.parametrize("by_customer", [True, False])
def test_what_is_about_somebodys_own_order_is_left_out(said: str, by_customer: bool) -> None:
    asked, answered = (said, "马上改") if by_customer else ("帮我看看", said)
    sheet = read(f"1,客户,,{asked}", f"1,客服,,{answered}", "1,客户,,怎么洗", "1,客服,,干洗")
    assert pairs(sheet) == [(4, "怎么洗", (), "干洗")]


def test_the_same_question_counts_once() -> None:
    sheet = read(
        "1,买家,,包邮吗",
        "1,卖家,,满99包邮",
        "2,买家,,请问包邮吗？",
        "2,卖家,,满 99",
        "3,买家,,包邮吗",
        "3,卖家,,包",
    )
    assert pairs(sheet) == [(2, "包邮吗", ("请问包邮吗？",), "满99包邮")]


def test_robots_and_notices_answer_nothing() -> None:
    sheet = read("1,客户,,怎么洗", "1,机器人,,不懂", "1,系统通知,,已转人工", "1,客服,,干洗")
    assert pairs(sheet) == [(2, "怎么洗", (), "干洗")]


def test_names_of_customers_are_those_of_nobody_else() -> None:
    sheet = read("1,tb_0815,,怎么洗", "1,大衣旗舰店:小美,,干洗", "2,tb_1,,几点", "2,tb_2,,九点")
    assert pairs(sheet) == [(2, "怎么洗", (), "干洗")]


def test_english_headers_in_a_spreadsheet() -> None:
    book = openpyxl.Workbook()
    for row in (["Message", "Role", "Session ID"], ["how to wash", "Customer", 1], ["dry clean", "Agent", 1]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    assert pairs(read_file("chat.xlsx", file.getvalue())) == [(2, "how to wash", (), "dry clean")]


@pytest.mark.parametrize("nested", ["flat", "inner", "wrapped"])
def test_json(nested: str) -> None:
    messages = [{"role": "user", "content": "怎么洗"}, {"role": "agent", "content": "干洗"}]
    other = [{"role": "user", "content": "包邮吗"}, {"role": "agent", "content": "包"}]
    value: object = {
        "flat": [*messages, *other],
        "inner": [{"id": 1, "messages": messages}, {"id": 2, "messages": other}],
        "wrapped": {"shop": "一", "conversations": [{"session_id": "a", "list": messages}, {"list": other}]},
    }[nested]
    sheet = read_file("a.json", json.dumps(value, ensure_ascii=False).encode())
    assert pairs(sheet) == [(2, "怎么洗", (), "干洗"), (4, "包邮吗", (), "包")]


def test_nothing_asked_is_told() -> None:
    sheet = read("1,客户,,你好", "1,客服,,您好")
    assert (pairs(sheet), sheet.notes) == ([], ("聊天记录里没有找到可以整理成知识的问答",))


def test_a_question_that_is_too_long_is_given_back() -> None:
    sheet = read(f"1,客户,,{'问' * 301}", "1,客服,,答")
    assert [(row.number, [(error.column, error.reason) for error in row.errors]) for row in sheet.problems] == [
        (2, [("问题", "超过300个字")])
    ]
