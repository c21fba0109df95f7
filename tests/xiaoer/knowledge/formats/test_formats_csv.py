"""Delimited text is read whatever program saved it, and a broken row spoils no other."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xiaoer.knowledge.formats.columns import column_of, join_similar, split_similar
from xiaoer.knowledge.formats.model import Sheet, UnreadableFile
from xiaoer.knowledge.formats.reading import read_file


def read(text: str) -> Sheet:
    return read_file("a.csv", text.encode())


def said(sheet: Sheet) -> list[tuple[int, str, str]]:
    return [(row.number, row.question, row.answer) for row in sheet.rows]


def wrong(sheet: Sheet) -> list[tuple[str, str]]:
    return [(error.column, error.reason) for row in sheet.problems for error in row.errors]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_delimiters_and_ends_of_lines(encoding: str, delimiter: str, end: str) -> None:
    lines = [
        ("回复", "ＱＵＥＳＴＩＯＮ", " 相似问法（选填） "),
        ("九点", "几点上班", "几点开门|几点营业"),
        ("包", "包邮吗", ""),
    ]
    content = end.join(delimiter.join(line) for line in lines).encode(encoding)
    sheet = read_file("a.csv", content)
    assert [(row.question, row.similar_questions, row.answer) for row in sheet.rows] == [
        ("几点上班", ("几点开门", "几点营业"), "九点"),
        ("包邮吗", (), "包"),
    ]
    assert sheet.columns == ("answer", "question", "similar_questions")
    assert sheet.problems == []


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("*标准问题", "question"),
        ("问题标题", "question"),
        ("Standard Question", "question"),
        ("扩展问法", "similar_questions"),
        ("相似问题 3", "similar_questions"),
        ("标准答案（必填）", "answer"),
        ("商品 ID", "product"),
        ("product_id", "product"),
        ("Valid From", "valid_from"),
        ("结束时间", "valid_to"),
        ("状态", "status"),
        ("\ufeff编号", "id"),
        ("问题2", None),
        ("颜色", None),
        ("", None),
    ],
)
def test_headers_and_what_they_mean(header: str, column: str | None) -> None:
    assert column_of(header) == column


def test_titles_empty_rows_and_unknown_columns() -> None:
    sheet = read("知识库,,\n\n2026年版,,\n问题,颜色,答案\n包邮吗,红,包\n,,\n \n几点上班,,九点\n")
    assert said(sheet) == [(5, "包邮吗", "包"), (8, "几点上班", "九点")]
    assert sheet.notes == ("没有用到的列：颜色（B列）",)


def test_several_columns_of_similar_questions_and_products() -> None:
    (row,) = read("问题,相似问法1,相似问法2,答案,商品ID,商品名称\n问,一|二,三,答,,大衣\n").rows
    assert (row.similar_questions, row.product) == (("一", "二", "三"), "大衣")
    assert row.place("product") == "F2"


def test_quotes() -> None:
    sheet = read('问题,答案\n"几,点","他说""好"",\n真的" \n包邮吗,5" 屏\n"", "空"\n')
    assert said(sheet) == [(2, "几,点", '他说"好",\n真的'), (3, "包邮吗", '5" 屏')]
    assert wrong(sheet) == [("A4", "不能为空")]


def test_a_broken_quote_spoils_its_own_row() -> None:
    sheet = read('问题,答案\n好一,答\n"坏"了,答\n好二,答\n坏二,"没完\n好三,"三"\n坏三,"到底\n好四,答\n')
    assert said(sheet) == [(2, "好一", "答"), (4, "好二", "答"), (6, "好三", "三"), (8, "好四", "答")]
    reason = "引号没有成对，内容里的引号要写成两个"
    assert wrong(sheet) == [("A3", reason), ("B5", reason), ("B7", reason)]
    assert [row.original for row in sheet.problems] == [('"坏"了', "答"), ("坏二", '"没完'), ("坏三", '"到底')]


def test_broken_bytes_spoil_their_own_row() -> None:
    good = "几点上班,早上九点到晚上九点\n" * 5
    sheet = read_file("a.csv", f"问题,答案\n{good}包邮吗,".encode() + b"\xff\xfe\n" + "怎么洗,干洗".encode())
    assert len(sheet.rows) == 6
    assert wrong(sheet) == [("B7", "有乱码，请改好后再导入")]


def test_cells_of_a_megabyte() -> None:
    sheet = read(f"问题,答案\n包邮吗,{'包' * 400_000}\n{'问' * 400_000},答\n几点,九点\n")
    assert said(sheet) == [(4, "几点", "九点")]
    assert wrong(sheet) == [("B2", "超过5000个字"), ("A3", "超过300个字")]
    assert len(sheet.problems[0].original[1]) == 400_000


def test_what_ids_layers_and_statuses_are() -> None:
    head = "编号,问题,答案,层级,状态\n"
    sheet = read(
        head + "１２,问,答,EMERGENCY,草稿\n3.0,问,答,活动层,已停用\nx,问,答,店铺,在售\n99999999999,问,答,,\n0,问,答,,\n"
    )
    assert [(row.entry_id, row.layer, row.status) for row in sheet.rows] == [
        (12, "emergency", "draft"),
        (3, "campaign", "retired"),
    ]
    assert wrong(sheet) == [
        ("A4", "“x”不是知识编号，新知识请留空"),
        ("D4", "“店铺”不是层级，请填商品、活动、紧急"),
        ("E4", "“在售”不是状态，请填已发布、草稿、已停用"),
        ("A5", "“99999999999”不是知识编号，新知识请留空"),
        ("A6", "“0”不是知识编号，新知识请留空"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "文件是空的"),
        (b"\n \r\n\t", "文件是空的"),
        ("问题,相似问法\n问,\n".encode(), "没有找到表头：前 10 行里要有“问题”和“答案”两列"),
        ("问题,答案,question\n".encode(), "表头 A1 和 C1 是同一列，请只留一个"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "这不是表格或文本文件，请上传 CSV、XLSX、Markdown、HTML 或聊天记录"),
        (b"a" * 10_000_001, "文件超过 10 MB，请拆成几个文件再导入"),
        (("问题,答案\n" + "问,答\n" * 20_001).encode(), "文件超过 20000 行，请拆成几个文件再导入"),
    ],
    ids=range(7),
)
def test_a_file_that_is_no_table(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_file("a.csv", content)
    assert caught.value.reason == reason


def test_the_largest_table() -> None:
    assert len(read("问题,答案\n" + "问,答\n" * 20_000).rows) == 20_000


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool), unique=True))
def test_similar_questions_come_back(questions: list[str]) -> None:
    assert split_similar(join_similar(questions)) == tuple(questions)


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["问", "答", "", " ", '"', "=1"]
)


@settings(max_examples=200)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8), st.sampled_from(",;\t"))
def test_every_row_comes_back(rows: list[list[str]], delimiter: str) -> None:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["问题", "答案", "颜色"], *rows])
    sheet = read(file.getvalue())
    numbers = [number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)]
    assert sorted([row.number for row in sheet.rows] + [row.number for row in sheet.problems]) == numbers
    for row in sheet.rows:
        written = rows[row.number - 2]
        assert row.source.original == tuple([*written, "", ""][:3])


@settings(max_examples=200)
@given(st.text('"问答,\n\r ', max_size=40))
def test_every_line_is_in_a_row(text: str) -> None:
    sheet = read(f"问题,答案\n{text}\n完,了\n")
    told = "".join("".join(row.source.original) for row in sheet.rows)
    told += "".join("".join(row.original) for row in sheet.problems)
    for character in "问答":
        assert told.count(character) == text.count(character)
