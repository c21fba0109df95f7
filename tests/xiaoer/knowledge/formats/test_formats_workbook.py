"""Broken spreadsheets: the good rows are read, the others are told by cell and reason."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timezone
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from xiaoer.knowledge.formats.model import Sheet, UnreadableFile
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.formats.workbook import DAMAGED
from xiaoer.knowledge.model import EntryStatus, Layer

HEADERS = ["问题", "相似问法", "答案", "层级", "商品", "生效时间", "失效时间"]
GOOD = ["包邮吗", None, "满99元包邮"]


def book(*rows: list[Any], edit: Callable[[Worksheet], None] | None = None, headers: list[Any] | None = None) -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(HEADERS if headers is None else headers)
    for row in rows:
        sheet.append(row)
    if edit:
        edit(sheet)
    return saved(workbook)


def saved(workbook: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def repacked(content: bytes, changes: dict[str, Callable[[str], str] | bytes | None]) -> bytes:
    """Return an archive with some of its parts changed, added, or without them where they are ``None``."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            change = changes.get(name, lambda text: text)
            if isinstance(change, bytes):
                new.writestr(name, change)
            elif change is not None:
                new.writestr(name, change(old.read(name).decode()))
    return file.getvalue()


def in_sheet(content: bytes, pattern: str, replacement: str) -> bytes:
    def change(text: str) -> str:
        changed, times = re.subn(pattern, replacement, text)
        assert times
        return changed

    return repacked(content, {"xl/worksheets/sheet1.xml": change})


def merged(*ranges: str) -> Callable[[Worksheet], None]:
    def edit(sheet: Worksheet) -> None:
        for each in ranges:
            sheet.merge_cells(each)

    return edit


def put(**cells: Any) -> Callable[[Worksheet], None]:
    def edit(sheet: Worksheet) -> None:
        for name, value in cells.items():
            sheet[name] = value

    return edit


def formatted(**formats: str) -> Callable[[Worksheet], None]:
    def edit(sheet: Worksheet) -> None:
        for name, number_format in formats.items():
            sheet[name].number_format = number_format

    return edit


def said(sheet: Sheet) -> list[tuple[str, str]]:
    return [(row.question, row.answer) for row in sheet.rows]


def wrong(sheet: Sheet) -> list[tuple[str, str]]:
    return [(error.column, error.reason) for row in sheet.problems for error in row.errors]


@dataclass(frozen=True)
class Case:
    name: str
    content: bytes
    rows: list[tuple[str, str]]
    wrong: list[tuple[str, str]]


ONE = [("包邮吗", "满99元包邮")]
NO_TIME = "不是时间，请写成 2026-11-21 09:00 这样"
MERGED = "是合并的单元格，请取消合并，每行各填各的"
CASES = [
    Case("empty question", book(GOOD, [None, None, "没有问题"]), ONE, [("A3", "不能为空")]),
    Case("empty answer", book(["没有答案"], GOOD), ONE, [("C2", "不能为空")]),
    Case("blanks only", book(["  ", None, "\u3000\n"], GOOD, [" ", None, "答"]), ONE, [("A4", "不能为空")]),
    Case("question without words", book(["？！", None, "答"], GOOD), ONE, [("A2", "没有文字内容")]),
    Case("question too long", book(["问" * 301, None, "答"], GOOD), ONE, [("A2", "超过300个字")]),
    Case("longest question", book(["问" * 300, None, "答"]), [("问" * 300, "答")], []),
    Case("answer too long", book(["问", None, "答" * 5001], GOOD), ONE, [("C2", "超过5000个字")]),
    Case("similar too long", book(["问", f"短|{'长' * 301}", "答"], GOOD), ONE, [("B2", "超过300个字")]),
    Case("too many similar", book(["问", "|".join(f"问{n}" for n in range(201)), "答"]), [], [("B2", "超过200个")]),
    Case(
        "cell of 1 MB",
        in_sheet(book(["问", None, "大"], GOOD), "大", "答" * 1_000_000),
        ONE,
        [("C2", "超过5000个字")],
    ),
    Case("unknown layer", book(["问", None, "答", "店铺级"], GOOD), ONE, [
        ("D2", "“店铺级”不是层级，请填商品、活动、紧急"),
    ]),
    Case("product too long", book(["问", None, "答", None, "长" * 121], GOOD), ONE, [("E2", "超过120个字")]),
    Case("no time", book([*GOOD, None, None, "明天"], GOOD), ONE, [("F2", f"“明天”{NO_TIME}")]),
    Case("no day", book([*GOOD, None, None, "2026-02-30"], GOOD), ONE, [("F2", f"“2026-02-30”{NO_TIME}")]),
    Case("number that is no day", book([*GOOD, None, None, 7], GOOD), ONE, [("F2", f"“7”{NO_TIME}")]),
    Case(
        "ends before it begins",
        book([*GOOD, None, None, date(2026, 2, 1), date(2026, 1, 1)], GOOD),
        ONE,
        [("G2", "失效时间必须晚于生效时间")],
    ),
    Case(
        "everything wrong at once",
        book([None, None, None, "x", None, "y", "z"], GOOD),
        ONE,
        [
            ("A2", "不能为空"),
            ("C2", "不能为空"),
            ("D2", "“x”不是层级，请填商品、活动、紧急"),
            ("F2", f"“y”{NO_TIME}"),
            ("G2", f"“z”{NO_TIME}"),
        ],
    ),
    Case(
        "formula that was never calculated",
        book(["问", None, '=A1&"!"'], GOOD),
        ONE,
        [("C2", '单元格里是没有计算结果的公式 =A1&"!"，请改成文字')],
    ),
    Case(
        "formula that was calculated",
        in_sheet(book(["问", None, "=1+1"]), r"<f>1\+1</f><v ?/>", "<f>1+1</f><v>2</v>"),
        [("问", "2")],
        [],
    ),
    Case(
        "formula that failed",
        in_sheet(book(["问", None, "=1/0"], GOOD), r'<c r="C2"[^>]*>.*?</c>',
                 '<c r="C2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
        ONE,
        [("C2", "单元格里是错误值 #DIV/0!")],
    ),
    Case("error as text", book(["问", None, "答", None, "#N/A"], GOOD), ONE, [("E2", "单元格里是错误值 #N/A")]),
    Case(
        "merged questions",
        book(["怎么洗", None, "干洗"], [None, None, "冷水洗"], [None, None, None], GOOD, edit=merged("A2:A4")),
        [("怎么洗", "干洗"), *ONE],
        [("A3", f"和 A2 {MERGED}")],
    ),
    Case(
        "merged similar questions",
        book(["问一", "别的", "答一"], ["问二", None, "答二"], edit=merged("B2:B3")),
        [("问一", "答一")],
        [("B3", f"和 B2 {MERGED}")],
    ),
    Case(
        "merged answers",
        book(["问一", None, "同样"], ["问二", None, None], edit=merged("C2:C3")),
        [("问一", "同样"), ("问二", "同样")],
        [],
    ),
    Case(
        "merged across",
        book(["问一", None, None], GOOD, edit=merged("A2:C2")),
        ONE,
        [("C2", "不能为空")],
    ),
    Case("titles above", book(["知识库"], HEADERS, GOOD, headers=[None, "2026 年"], edit=merged("A2:G2")), ONE, []),
    Case("empty rows between", book([], GOOD, [], [], ["问", None, None]), ONE, [("C6", "不能为空")]),
    Case("wider than its headers", book([*GOOD, None, None, None, None, "多", "余"]), [], [
        ("H2", "这一格上面没有表头，内容多出来了"),
        ("I2", "这一格上面没有表头，内容多出来了"),
    ]),
    Case("far away", book(GOOD, edit=put(XFD2="远")), [], [("XFD2", "这一格上面没有表头，内容多出来了")]),
    Case("last row of all", book(GOOD, edit=put(A1048576="末")), ONE, [("C1048576", "不能为空")]),
    Case("numbers", book([5, None, 5.0], [2026, None, 0.1 + 0.2], [1e10, None, -3]), [
        ("5", "5"), ("2026", "0.3"), ("10000000000", "-3"),
    ], []),
    Case("numbers as shown", book(["折扣", None, 0.85], ["邮编", None, 1234], ["价", None, 1234.5], edit=formatted(
        C2="0%", C3="000000", C4='"¥"#,##0.00',
    )), [("折扣", "85%"), ("邮编", "001234"), ("价", "¥1,234.50")], []),
    Case("booleans", book(["能退吗", None, True], [False, None, "否"]), [("能退吗", "TRUE"), ("FALSE", "否")], []),
    Case("date as an answer", book(["几号", None, date(2026, 1, 5)]), [("几号", "2026-01-05")], []),
    Case("text of runs", in_sheet(
        book(["问", None, "答"]), r"<is><t>答</t></is>", "<is><r><t>粗</t></r><r><t>细</t></r></is>"
    ), [("问", "粗细")], []),
    Case("control character", in_sheet(book(["问", None, "坏"], GOOD), "坏", "_x0000_"), ONE, [
        ("C2", "含有无法保存的字符"),
    ]),
    Case("lone surrogate", in_sheet(book(["问", None, "坏"], GOOD), "坏", "_xD800_"), ONE, [
        ("C2", "有乱码，请改好后再导入"),
    ]),
    Case("lost character", book(["问", None, "\ufffd\ufffd"], GOOD), ONE, [("C2", "有乱码，请改好后再导入")]),
    Case("text that is nowhere", in_sheet(
        book(["问", None, "答"], GOOD), r'<c r="C2"[^>]*>.*?</c>', '<c r="C2" t="s"><v>99</v></c>'
    ), ONE, [("C2", "单元格内容已损坏（99），请重新填写")]),
    Case("number that is none", in_sheet(
        book(["问", None, 5], GOOD), r"<v>5</v>", "<v>1e999</v>"
    ), ONE, [("C2", "单元格内容已损坏（1e999），请重新填写")]),
    Case("day beyond the calendar", in_sheet(
        book([*GOOD, None, None, date(2026, 1, 1)], GOOD), r"<v>46023</v>", "<v>99999999</v>"
    ), ONE, [("F2", "单元格内容已损坏（99999999），请重新填写")]),
    Case("wrong size told", in_sheet(book(GOOD), r'<dimension ref="[^"]*" ?/>', '<dimension ref="A1:A1"/>'), ONE, []),
    Case("macros", repacked(book(GOOD), {
        "[Content_Types].xml": lambda text: text.replace(
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
            "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        ),
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0Sub Auto_Open()",
    }), ONE, []),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_broken_cell_spoils_its_own_row(case: Case) -> None:
    sheet = read_file("知识.xlsx", case.content)
    assert said(sheet) == case.rows
    assert wrong(sheet) == case.wrong


def test_there_are_enough_broken_spreadsheets() -> None:
    assert sum(bool(case.wrong) for case in CASES) >= 30


def test_merged_cells_of_layer_product_and_time_belong_to_each_row() -> None:
    content = book(
        ["一", None, "答", "紧急", "P1", "2026-01-05", None],
        ["二", None, "答"],
        ["三", None, "答"],
        edit=merged("D2:D4", "E2:E4", "F2:F3"),
    )
    start = datetime(2026, 1, 4, 16, tzinfo=timezone.utc)
    assert [(row.question, row.layer, row.product, row.valid_from) for row in read_file("a.xlsx", content).rows] == [
        ("一", Layer.EMERGENCY, "P1", start),
        ("二", Layer.EMERGENCY, "P1", start),
        ("三", Layer.EMERGENCY, "P1", None),
    ]


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (datetime(2026, 1, 5, 9), date(2026, 1, 6), ("2026-01-05T01:00", "2026-01-06T16:00")),  # noqa: DTZ001
        (46027.375, 46028, ("2026-01-05T01:00", "2026-01-06T16:00")),
        ("2026/1/5 9:00", "2026/1/6 9:00:30", ("2026-01-05T01:00", "2026-01-06T01:00:30")),
        ("2026年1月5日", "2026年1月5日 18点30分", ("2026-01-04T16:00", "2026-01-05T10:30")),
        ("２０２６－０１－０５", "20260106", ("2026-01-04T16:00", "2026-01-06T16:00")),
        ("2026-01-05T09:00:00+00:00", "2026-01-05 24:00", ("2026-01-05T09:00", "2026-01-05T16:00")),
    ],
)
def test_times_in_every_dress(begin: Any, end: Any, expected: tuple[str, str]) -> None:
    (row,) = read_file("a.xlsx", book([*GOOD, None, None, begin, end])).rows
    assert (row.valid_from, row.valid_to) == tuple(
        datetime.fromisoformat(each).replace(tzinfo=timezone.utc) for each in expected
    )


def test_every_sheet_with_headers_is_read_and_the_others_are_told() -> None:
    workbook = openpyxl.Workbook()
    first = workbook.active
    first.title = "物流"
    first.append(["答复", "颜色", "标准问题", "编号", "状态"])
    first.append(["两天", "红", "几天到", 12, "草稿"])
    second = workbook.create_sheet("售后")
    second.append(["QUESTION", "Answer "])
    second.append(["能退吗", None])
    workbook.create_sheet("说明").append(["填写说明"])
    hidden = workbook.create_sheet("旧的")
    hidden.append(["问题", "答案"])
    hidden.append(["问", "答"])
    hidden.sheet_state = "veryHidden"
    sheet = read_file("a.xlsx", saved(workbook))
    assert [(row.sheet, row.number, row.entry_id, row.question, row.status) for row in sheet.rows] == [
        ("物流", 2, 12, "几天到", EntryStatus.DRAFT)
    ]
    assert [(row.sheet, row.headers, row.original) for row in sheet.problems] == [
        ("售后", ("QUESTION", "Answer"), ("能退吗", ""))
    ]
    assert wrong(sheet) == [("售后!B2", "不能为空")]
    assert sheet.notes == (
        "工作表“旧的”是隐藏的，没有读取",
        "工作表“说明”里没有知识的表头，没有读取",
        "工作表“物流”没有用到的列：颜色（B列）",
    )


def bomb() -> bytes:
    return repacked(book(GOOD), {"xl/worksheets/sheet1.xml": b"<a>" + b" " * 120_000_000 + b"</a>"})


def billion_laughs() -> bytes:
    entities = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return repacked(book(GOOD), {"xl/worksheets/sheet1.xml": lambda text: entities + text.replace("包邮吗", "&b;")})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: b"PK\x03\x04\x14\x00\x06\x00\xff\xff", DAMAGED),
        (lambda: book(GOOD)[:-200], DAMAGED),
        (lambda: repacked(book(GOOD), {"xl/workbook.xml": None}), DAMAGED),
        (lambda: repacked(book(GOOD), {"xl/worksheets/sheet1.xml": lambda text: text[:-60]}), DAMAGED),
        (billion_laughs, DAMAGED),
        (bomb, "表格解压后太大，请拆成几个文件再导入"),
        (lambda: repacked(book(GOOD), {"xl/workbook.bin": b"x"}), "这是 XLSB 文件，请另存为 XLSX 再上传"),
        (
            lambda: repacked(book(GOOD), {"[Content_Types].xml": None}),
            "这个压缩文件不是 XLSX 表格，请另存为 XLSX 再上传",
        ),
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "这是旧版 XLS 文件，请另存为 XLSX 再上传"),
        (
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "文件有密码，请去掉密码后再上传",
        ),
        (lambda: book(headers=[]), "文件里没有内容"),
        (lambda: book(headers=["问题", "颜色"]), "表头里没有“答案”这一列"),
        (lambda: book(headers=["问题", "答案", "回复"]), "表头 B1 和 C1 是同一列，请只留一个"),
        (lambda: book(*[["x"]] * 10, HEADERS, GOOD, headers=["x"]), "没有找到表头：前 10 行里要有“问题”和“答案”两列"),
        (lambda: book(*[GOOD] * 20_001), "文件超过 20000 行，请拆成几个文件再导入"),
    ],
    ids=range(15),
)
def test_a_file_that_is_no_spreadsheet_is_told_as_such(content: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_file("a.xlsx", content())
    assert caught.value.reason == reason
