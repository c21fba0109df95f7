"""Whatever bytes a file has, it is read or refused in Chinese."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from xiaoer.knowledge.formats.model import UnreadableFile
from xiaoer.knowledge.formats.reading import read_file

PAGE = """<html><title>大衣</title><ul class=attributes><li>材质：棉</ul><dl><dt>会缩水吗？<dd>不会</dl><table>
<tr><th>尺码<th colspan=2>胸围<tr><td rowspan=2>M<td>1<td>2</table><details><summary>问</summary>答</details>
<script type="application/ld+json">
{"@type":"FAQPage","mainEntity":[{"@type":"Question","name":"包邮吗","acceptedAnswer":{"text":"包"}}]}</script></html>"""
TEXT = "---\n商品: 大衣\n---\n# 大衣\n## 问\n相似问法：a｜b\n答\n- 一\n\nQ: 问\nA: 答\n\n|问题|答案|\n|-|-|\n|问|答|\n"
CHAT = """[{"id":1,"messages":[{"role":"user","content":"怎么洗"},
{"role":"agent","content":"干洗","time":"2026-01-05 09:00"}]}]"""


def spreadsheet() -> bytes:
    book = Workbook()
    for row in (["问题", "答案", "生效时间"], ["包邮吗", 5, "2026-01-05"], ["问", "=1", None]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


FILES = {
    "a.csv": '编号,问题,答案,失效时间\n1,包邮吗,"包,邮",2026-01-05\n'.encode(),
    "b.csv": "会话ID,角色,内容\n1,客户,怎么洗\n1,客服,干洗\n".encode("gb18030"),
    "a.md": TEXT.encode(),
    "a.html": PAGE.encode(),
    "a.json": CHAT.encode(),
    "a.xlsx": spreadsheet(),
}


def read_or_refused(name: str, content: bytes) -> None:
    try:
        sheet = read_file(name, content)
    except UnreadableFile as refused:
        reason = refused.reason
    else:
        reason = "读了"
        assert all(row.question and row.answer for row in sheet.rows)
        assert all(row.errors for row in sheet.problems)
    assert any("\u4e00" <= character <= "\u9fff" for character in reason)


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_whole_before_they_are_broken(name: str) -> None:
    assert read_file(name, FILES[name]).rows


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*FILES, "a.txt", ""]), st.binary(max_size=300))
def test_any_bytes(name: str, content: bytes) -> None:
    read_or_refused(name, content)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*FILES, "a.txt", ""]), st.text(max_size=200))
def test_any_text(name: str, text: str) -> None:
    read_or_refused(name, text.encode("utf-8", "surrogatepass"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(list(FILES)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=4)), max_size=5),
    st.floats(0, 1),
)
def test_any_file_that_was_damaged(name: str, changes: list[tuple[float, bytes]], end: float) -> None:
    content = bytearray(FILES[name])
    for place, put in changes:
        at = int(place * len(content))
        content[at : at + len(put)] = put
    read_or_refused(name, bytes(content[: max(4, int(end * len(content) * 2))]))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_spreadsheet_whose_parts_were_damaged(data: st.DataObject) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES["a.xlsx"])) as old, zipfile.ZipFile(file, "w") as new:
        damaged = data.draw(st.sampled_from(old.namelist()))
        for name in old.namelist():
            content = bytearray(old.read(name))
            if name == damaged:
                at = data.draw(st.integers(0, len(content)))
                put = data.draw(st.binary(max_size=4) | st.sampled_from([b"9", b"-1", b"x", b'"', b"<a>", b" r='A0'"]))
                content[at : at + data.draw(st.integers(0, 6))] = put
            new.writestr(name, bytes(content))
    read_or_refused("a.xlsx", file.getvalue())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[" * 100_000),
        ("a.json", b'{"a":' * 100_000),
        ("a.json", b'[{"messages":' * 900 + b"[]" + b"}]" * 900),
        ("a.html", b"<html>" + b"<div>" * 20_000 + b"x"),
        ("a.html", b"<html>" + b"<table><tr><td>" * 500 + b"x"),
        ("a.md", b"> " * 5_000 + b"x"),
        ("a.md", b"# a\n" + b"[" * 20_000),
        ("a.csv", "问题,答案\n".encode() + b'"' * 200_001),
        ("a.csv", "问题,答案\n".encode() + b'"a\n' * 50_001),
    ],
    ids=range(9),
)
def test_deep_and_open_things_end(name: str, content: bytes) -> None:
    read_or_refused(name, content)
