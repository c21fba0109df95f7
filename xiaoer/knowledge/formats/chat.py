"""Proposing entries from exported conversations: what customers asked, with what a person answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from xiaoer.knowledge.formats.columns import ANSWER, QUESTION, SIMILAR, STATUS, STATUS_WORDS, join_similar, plain
from xiaoer.knowledge.formats.grid import Table
from xiaoer.knowledge.formats.model import SourceRow
from xiaoer.knowledge.formats.moments import parse_moment
from xiaoer.knowledge.formats.proposed import proposed_row
from xiaoer.knowledge.model import EntryStatus
from xiaoer.knowledge.text import normalise

CONVERSATION, ROLE, SENDER, TIME, TEXT = "conversation", "role", "sender", "time", "text"

CHAT_HEADERS = {
    CONVERSATION: ("会话ID", "会话编号", "会话", "对话ID", "对话编号", "conversation id", "conversation", "session id",
                   "session", "chat id", "聊天ID"),
    ROLE: ("角色", "身份", "发送方", "发送者类型", "发送者角色", "role", "sender type", "sender role", "direction"),
    SENDER: ("发送者", "发送人", "发言人", "昵称", "sender", "author", "from", "name", "speaker"),
    TIME: ("时间", "发送时间", "消息时间", "time", "timestamp", "created at", "sent at", "date"),
    TEXT: ("内容", "消息", "消息内容", "聊天内容", "聊天记录", "文本", "content", "message", "text", "body"),
}  # fmt: skip
"""Columns of exported conversations with the headers that they may have."""

_MEANT = {plain(name): column for column, names in CHAT_HEADERS.items() for name in names}

CUSTOMERS = (
    "客户",
    "买家",
    "顾客",
    "用户",
    "访客",
    "消费者",
    "customer",
    "user",
    "buyer",
    "visitor",
    "client",
    "guest",
)
AGENTS = ("客服", "卖家", "商家", "坐席", "人工", "店小二", "掌柜", "旗舰店", "专营店", "专卖店", "agent", "seller",
          "staff", "assistant", "support", "merchant")  # fmt: skip
OTHERS = ("系统", "机器人", "通知", "system", "bot")
"""Words in the name of a sender; a robot's answers are in the knowledge already."""

CUSTOMER, AGENT, OTHER, UNKNOWN = "customer", "agent", "other", "unknown"

CHATTER = sorted(
    [
        "亲爱的",
        "亲",
        "您好",
        "你好",
        "哈喽",
        "嗨",
        "hi",
        "hello",
        "早上好",
        "上午好",
        "中午好",
        "下午好",
        "晚上好",
        "在吗",
        "在么",
        "在不在",
        "在的",
        "在呢",
        "有人吗",
        "有人在吗",
        "请问",
        "欢迎光临",
        "欢迎咨询",
        "很高兴为您服务",
        "有什么可以帮您",
        "有什么可以帮到您",
        "谢谢",
        "谢谢您",
        "谢谢你",
        "多谢",
        "感谢",
        "不客气",
        "不用谢",
        "好的",
        "好滴",
        "好吧",
        "好",
        "嗯",
        "哦",
        "噢",
        "ok",
        "收到",
        "知道了",
        "明白",
        "了解",
        "没事了",
        "没有了",
        "再见",
        "拜拜",
        "祝您",
        "生活愉快",
        "购物愉快",
        "稍等",
        "请稍等",
        "稍等一下",
        "我看一下",
        "帮您看一下",
        "哈",
        "呢",
        "啊",
        "呀",
        "哒",
        "了",
        "吗",
        "的",
        "本店",
        "小店",
    ],
    key=len,
    reverse=True,
)
"""What says nothing, in normal form, the longest first."""

LONGEST_CHATTER = 60

SPECIFIC = re.compile(
    r"(?<![0-9])1[3-9][0-9](?:[ -]?[0-9]{4}){2}(?![0-9])"  # a phone
    r"|[A-Za-z]{0,4}[0-9]{10,}"  # an order or a parcel
    r"|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9-]+\.[A-Za-z]"
    r"|(?:订单号|单号|订单编号)\s*(?:是|为|[:：])?\s*[A-Za-z0-9-]{4,}"
    r"|(?:[省市区县镇乡].{0,20}(?:路|街|道|巷|村|小区|大厦).{0,12}?[0-9一二三四五六七八九十]+\s*(?:号|栋|幢|室|单元|楼))"
)
"""What makes a message one about somebody's own order."""

POLITE = re.compile(r"^(?:亲|您好|你好|请问|想问一下|问一下|问下|那|\s)+|(?:吗|呢|啊|呀|哦|吧|么|的|\s)+$")


@dataclass(frozen=True)
class _Message:
    number: int
    conversation: str
    role: str
    moment: float | None
    text: str


def chat_column(header: str) -> str | None:
    """Return the column of an exported conversation that a header means, or ``None``."""
    return _MEANT.get(plain(header))


def proposals(table: Table, sheet: str) -> list[SourceRow]:
    """Return the questions of customers with the answers that follow, as drafts, each question once.

    Args:
        table: Messages, one a row; columns as ``chat_column`` names them.
        sheet: The sheet that they are in, or empty.
    """
    found: dict[str, list[tuple[int, str, str]]] = {}
    for number, question, answer in _pairs(_messages(table)):
        form = normalise(question)
        found.setdefault(POLITE.sub("", form) or form, []).append((number, question, answer))
    return [_proposal(same, sheet) for same in found.values()]


def _proposal(same: list[tuple[int, str, str]], sheet: str) -> SourceRow:
    number, question, answer = same[0]
    others = dict.fromkeys(other for _, other, _ in same[1:] if other != question)
    cells = {
        QUESTION: question,
        SIMILAR: join_similar(others),
        ANSWER: answer,
        STATUS: STATUS_WORDS[EntryStatus.DRAFT],
    }
    return proposed_row(number, cells, sheet)


def _messages(table: Table) -> Iterator[list[_Message]]:
    """Yield the messages of each conversation in the order of time."""
    conversations: dict[str, list[_Message]] = {}
    for row in table.rows:
        cells = {
            column: row.cells.get(index, "").strip()
            for index, column in zip(table.indices, table.columns, strict=True)
            if column
        }
        role = _role(cells.get(ROLE, ""))
        message = _Message(
            row.number,
            cells.get(CONVERSATION, ""),
            role if role != UNKNOWN else _role(cells.get(SENDER, "")),
            _moment(cells.get(TIME, "")),
            cells.get(TEXT, ""),
        )
        conversations.setdefault(message.conversation, []).append(message)
    for messages in conversations.values():
        timed = all(message.moment is not None for message in messages)
        yield sorted(messages, key=lambda message: message.moment or 0) if timed else messages


def _role(name: str) -> str:
    plain_name = name.casefold()
    for role, words in ((OTHER, OTHERS), (AGENT, AGENTS), (CUSTOMER, CUSTOMERS)):
        if any(word in plain_name for word in words):
            return role
    return UNKNOWN


def _moment(text: str) -> float | None:
    try:
        moment = parse_moment(text)
    except ValueError:
        return None
    return None if moment is None else moment.timestamp()


def _pairs(conversations: Iterable[list[_Message]]) -> Iterator[tuple[int, str, str]]:
    for messages in conversations:
        named = any(message.role == AGENT for message in messages)
        asked: list[_Message] = []
        said = [message for message in messages if message.role != OTHER and message.text]
        for customer, turn in groupby(
            said, key=lambda message: message.role == CUSTOMER or (named and message.role != AGENT)
        ):
            spoken = list(turn)
            if customer:
                asked = spoken
            elif asked:
                yield from _pair(asked, spoken)
                asked = []


def _pair(asked: list[_Message], answered: list[_Message]) -> Iterator[tuple[int, str, str]]:
    if any(message.role == UNKNOWN for message in answered):
        return
    if any(SPECIFIC.search(message.text) for message in (*asked, *answered)):
        return
    questions = [message for message in asked if _says_something(message.text)]
    answers = [message.text for message in answered if _says_something(message.text)]
    if questions and answers:
        yield questions[0].number, "，".join(message.text for message in questions), "\n".join(answers)


def _says_something(text: str) -> bool:
    """Whether a message is more than greetings and thanks."""
    rest = normalise(text)
    if len(rest) > LONGEST_CHATTER:
        return True
    while rest:
        said = next((words for words in CHATTER if rest.startswith(words)), None)
        if said is None:
            return True
        rest = rest[len(said) :].lstrip()
    return False
