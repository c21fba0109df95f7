"""What was written is read again as it was, and rejected rows can be mended in the file that gives them back."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import make_entry
from xiaoer.knowledge.formats.model import Sheet
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.formats.writing import write_csv, write_rejected_csv, write_rejected_xlsx, write_xlsx
from xiaoer.knowledge.model import Entry, EntryStatus, Layer

Write = Callable[..., bytes]
WRITERS = pytest.mark.parametrize("write", [write_csv, write_xlsx])
REJECTED = pytest.mark.parametrize("write", [write_rejected_csv, write_rejected_xlsx])


def told(entries: list[Entry]) -> list[tuple]:
    return [
        (
            each.id, each.question, each.similar_questions, each.answer, each.layer,
            each.product_id or each.product_label, each.valid_from, each.valid_to, each.status,
        )
        for each in entries
    ]  # fmt: skip


def read(sheet: Sheet) -> list[tuple]:
    assert sheet.problems == []
    assert sheet.notes == ()
    return [
        (
            row.entry_id, row.question, row.similar_questions, row.answer, row.layer,
            row.product, row.valid_from, row.valid_to, row.status,
        )
        for row in sheet.rows
    ]  # fmt: skip


NOW = datetime(2026, 11, 21, 1, 2, 3, tzinfo=timezone.utc)
HARD = ["=1+1", "+86", "-5", "@a", "'=1", "''-", "#REF!", "'#N/A", "007", "1e5", "TRUE", "a|b", "a\\|b\\", "“好”\"",
        "a\nb", "_x000D_", "_x005F_", "👍🏽", "👨\u200d👧", "2026-01-05", "\\", "；", "a\tb",
        "＝1"]  # fmt: skip


@WRITERS
def test_hard_texts_come_back(write: Write) -> None:
    entries = [
        make_entry(
            number, f"问{text}", text, similar_questions=(f"{text}问", f"问\n{text}|"), product_label=text.strip()
        )
        for number, text in enumerate(HARD, start=1)
    ]
    entries += [
        make_entry(90, "时", valid_from=NOW, valid_to=NOW + timedelta(microseconds=1), status=EntryStatus.DRAFT),
        make_entry(91, "界", valid_to=datetime(2026, 1, 5, 16, tzinfo=timezone.utc), status=EntryStatus.RETIRED),
        make_entry(92, "夏", valid_from=datetime(1986, 7, 1, tzinfo=timezone.utc), layer=Layer.EMERGENCY),
        make_entry(93, "件", product_id="0012", layer=Layer.PRODUCT),
    ]
    assert read(read_file("知识", write(entries))) == told(entries)


MOMENTS = st.none() | st.datetimes(datetime(1890, 1, 1), datetime(9990, 1, 1), timezones=st.just(timezone.utc))  # noqa: DTZ001
LETTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cf"], exclude_characters="\ufffd", include_characters="\n\t\u200d"
)


def phrases(longest: int) -> st.SearchStrategy[str]:
    texts = st.text(LETTERS, max_size=longest - 1) | st.sampled_from(HARD)
    return texts.map(lambda text: f"{text.strip()}问".strip())


@st.composite
def any_entry(draw: st.DrawFn) -> Entry:
    question = draw(phrases(60))
    similar = draw(st.lists(phrases(60), unique=True, max_size=4))
    first, last = draw(MOMENTS), draw(MOMENTS)
    if first and last and first >= last:
        first = None
    answer = (draw(st.text(LETTERS, max_size=80) | st.sampled_from(HARD))).strip()
    return make_entry(
        draw(st.integers(1, 2**31 - 1)),
        question,
        answer or "答",
        similar_questions=tuple(text for text in similar if text != question),
        product_label=draw(st.just("") | st.text(LETTERS, max_size=60) | st.sampled_from(HARD)).strip(),
        layer=draw(st.sampled_from(Layer)),
        status=draw(st.sampled_from(EntryStatus)),
        valid_from=first,
        valid_to=last,
    )


@WRITERS
@settings(max_examples=150, deadline=None)
@given(st.lists(any_entry(), min_size=1, max_size=4))
def test_any_entry_comes_back(write: Write, entries: list[Entry]) -> None:
    assert read(read_file("知识", write(entries))) == told(entries)


def test_names_of_products_can_stand_for_ids() -> None:
    (row,) = read_file("a.csv", write_csv([make_entry(1, product_id="P1")], {"P1": "羊毛大衣"})).rows
    assert row.product == "羊毛大衣"


def test_a_csv_is_one_that_excel_opens() -> None:
    content = write_csv([make_entry(1, "=1+1", "a\nb")])
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n") == [
        "编号,问题,相似问法,答案,层级,商品,生效时间,失效时间,状态",
        '1,\'=1+1,,"a\nb",活动,,,,已发布',
        "",
    ]


def test_every_cell_of_a_spreadsheet_is_text() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx([make_entry(1, "=1+1", "007", valid_from=NOW)]))).active
    assert [(cell.value, cell.data_type, cell.number_format) for cell in sheet[2] if cell.value] == [
        ("1", "s", "@"),
        ("=1+1", "s", "@"),
        ("007", "s", "@"),
        ("活动", "s", "@"),
        ("2026-11-21 09:02:03", "s", "@"),
        ("已发布", "s", "@"),
    ]
    assert all(cell.quotePrefix for cell in sheet[2])


@WRITERS
def test_nothing_is_a_file_with_headers(write: Write) -> None:
    assert read(read_file("a", write([]))) == []


BROKEN = "颜色,问题,答案,生效时间\n红,,答一,\n蓝,问二,'=1,明天\n绿,问三,,,多了\n白,#REF!,答四,\n好,问五,答五,\n"


@REJECTED
def test_rejected_rows_come_back_with_their_reasons(write: Write) -> None:
    sheet = read_file("a.csv", BROKEN.encode())
    again = read_file("b", write(sheet.problems))
    assert [row.question for row in sheet.rows] == ["问五"]
    assert again.rows == []
    assert [row.original for row in again.problems] == [
        ("红", "", "答一", ""),
        ("蓝", "问二", "'=1", "明天"),
        ("绿", "问三", "", "", "多了"),
        ("白", "#REF!", "答四", ""),
    ]
    assert [[error.reason for error in row.errors] for row in again.problems] == [
        [error.reason for error in row.errors] for row in sheet.problems
    ]


def test_a_mended_file_is_read() -> None:
    content = write_rejected_csv(read_file("a.csv", BROKEN.encode()).problems).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert rows[:2] == [
        ["颜色", "问题", "答案", "生效时间", "", "错误原因"],
        ["红", "", "答一", "", "", "B2：不能为空"],
    ]
    mended = (
        content.replace("红,,", "红,问一,")
        .replace("明天", "")
        .replace("问三,,,多了", "问三,答三,,")
        .replace("#REF!", "问四")
    )
    sheet = read_file("a.csv", mended.encode())
    assert [(row.question, row.answer) for row in sheet.rows] == [
        ("问一", "答一"),
        ("问二", "=1"),
        ("问三", "答三"),
        ("问四", "答四"),
    ]
    assert sheet.problems == []


@REJECTED
def test_rejected_rows_of_several_sheets(write: Write) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["问题", "答案"])
    workbook.active.append(["一", None])
    other = workbook.create_sheet("别的")
    other.append(["answer", "问题", "商品"])
    other.append([None, "二", "P1"])
    file = io.BytesIO()
    workbook.save(file)
    problems = read_file("a.xlsx", file.getvalue()).problems
    if write is write_rejected_csv:
        assert list(csv.reader(io.StringIO(write(problems).decode("utf-8-sig")))) == [
            ["问题", "答案", "answer", "商品", "错误原因"],
            ["一", "", "", "", "Sheet!B2：不能为空"],
            ["二", "", "", "P1", "别的!A2：不能为空"],
        ]
        return
    assert [(row.sheet, row.headers, row.original) for row in read_file("b", write(problems)).problems] == [
        ("Sheet", ("问题", "答案"), ("一", "")),
        ("别的", ("answer", "问题", "商品"), ("", "二", "P1")),
    ]


def test_the_hard_texts_are_hard() -> None:
    assert any(unicodedata.category(character) == "Cc" for text in HARD for character in text)
