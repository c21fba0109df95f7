"""Files are imported whole or not at all, and an export comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine

from xiaoer.database import reading, writing
from xiaoer.knowledge.errors import ImportRejected
from xiaoer.knowledge.model import Entry, Layer
from xiaoer.knowledge.store import archive_entry, list_entries, revision
from xiaoer.knowledge.transfer import ImportReport, export_csv, import_csv

Add = Callable[..., Entry]
HEADERS = "问题,相似问法,答案,层级,商品,生效时间,失效时间\n"


def run(engine: Engine, content: str | bytes, scope: str = "shop") -> ImportReport:
    with writing(engine) as session:
        return import_csv(session, scope, content if isinstance(content, bytes) else content.encode())


def entries(engine: Engine, scope: str = "shop") -> list[Entry]:
    with reading(engine) as session:
        return list_entries(session, scope)


def rejected(engine: Engine, content: str | bytes) -> list[str]:
    with pytest.raises(ImportRejected) as caught:
        run(engine, content)
    return [str(error) for error in caught.value.errors]


def test_every_column_is_read(mall: Engine) -> None:
    content = (
        HEADERS
        + "包邮吗,运费多少|邮费怎么算；要邮费吗,满99元包邮,,,,\n"
        + '怎么洗,,"干洗,\n不要暴晒",,羊毛大衣,,\n'
        + "会褪色吗,,不会,商品,P2,,\n"
        + "会掉毛吗,,不会,,羊绒围巾,,\n"
        + "双十二满减吗,,满300减40,活动,,2026-12-10,2026/12/12\n"
        + "停运通知,,暂停发货,紧急,,2026/1/5 9:00,2026-01-06T08:30:00+00:00\n"
    )
    assert run(mall, content) == ImportReport(added=6, updated=0, unchanged=0)
    assert [
        (
            entry.question,
            entry.similar_questions,
            entry.answer,
            entry.layer,
            entry.product_id,
            entry.product_label,
            entry.valid_from,
            entry.valid_to,
        )
        for entry in entries(mall)
    ] == [
        ("包邮吗", ("运费多少", "邮费怎么算", "要邮费吗"), "满99元包邮", Layer.CAMPAIGN, None, "", None, None),
        ("怎么洗", (), "干洗,\n不要暴晒", Layer.PRODUCT, "P1", "", None, None),
        ("会褪色吗", (), "不会", Layer.PRODUCT, "P2", "", None, None),
        ("会掉毛吗", (), "不会", Layer.PRODUCT, None, "羊绒围巾", None, None),
        (
            "双十二满减吗",
            (),
            "满300减40",
            Layer.CAMPAIGN,
            None,
            "",
            datetime(2026, 12, 9, 16, tzinfo=timezone.utc),
            datetime(2026, 12, 12, 16, tzinfo=timezone.utc),
        ),
        (
            "停运通知",
            (),
            "暂停发货",
            Layer.EMERGENCY,
            None,
            "",
            datetime(2026, 1, 5, 1, tzinfo=timezone.utc),
            datetime(2026, 1, 6, 8, 30, tzinfo=timezone.utc),
        ),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_english_headers_in_any_order_and_encoding(small_mall: Engine, encoding: str) -> None:
    content = "answer,QUESTION,product_id\n九点,几点上班,\n\n干洗,怎么洗,P1\n".encode(encoding)
    assert run(small_mall, content).added == 2
    assert [(entry.question, entry.answer, entry.product_id) for entry in entries(small_mall)] == [
        ("几点上班", "九点", None),
        ("怎么洗", "干洗", "P1"),
    ]


def test_an_export_comes_back_unchanged(mall: Engine, add: Add, now: datetime) -> None:
    add("shop", "包邮吗", '满"99"元,\n包邮', similar_questions=("运费", "邮费"))
    add("shop", "怎么洗", "干洗", layer=Layer.PRODUCT, product_id="P1")
    add("shop", "怎么洗", "冷水", layer=Layer.EMERGENCY, product_label="羊绒围巾", valid_from=now)
    add("shop", "活动", "一", valid_from=now, valid_to=now + timedelta(microseconds=1))
    add("shop", "活动", "二", valid_from=now + timedelta(days=1))
    before = entries(mall)
    content = export_csv(before)
    assert content.splitlines()[0] == "编号,问题,相似问法,答案,层级,商品,生效时间,失效时间"
    assert run(mall, content) == ImportReport(added=0, updated=0, unchanged=5)
    assert entries(mall) == before
    with reading(mall) as session:
        assert revision(session, "shop") == 5
    without_ids = "\r\n".join(
        line.split(",", 1)[1] if "," in line and not line.startswith("包邮") else line
        for line in export_csv(before[1:]).splitlines()
    )
    assert run(mall, without_ids) == ImportReport(added=0, updated=0, unchanged=4)
    other = export_csv(before).replace("编号", "id").split("\r\n")
    rows = "\r\n".join([other[0].removeprefix("id,"), *[line.split(",", 1)[1] for line in other[3:5]]])
    assert run(mall, rows.replace("P1", ""), scope="other") == ImportReport(added=2, updated=0, unchanged=0)


def test_a_row_changes_the_entry_that_it_means(mall: Engine, add: Add) -> None:
    first = add("shop", "包邮吗", "满99元包邮")
    second = add("shop", "几点上班", "九点")
    report = run(mall, f"编号,问题,答案\n,包邮吗？,全场包邮\n{second.id},几点有人,八点\n,怎么退货,七天内\n")
    assert report == ImportReport(added=1, updated=2, unchanged=0)
    assert [(entry.question, entry.answer, entry.version) for entry in entries(mall)] == [
        ("包邮吗？", "全场包邮", 2),
        ("几点有人", "八点", 2),
        ("怎么退货", "七天内", 1),
    ]
    assert entries(mall)[0].id == first.id


def test_an_id_brings_an_archived_entry_back(small_mall: Engine, add_small: Add) -> None:
    entry = add_small("shop", "包邮吗", "包")
    with writing(small_mall) as session:
        archive_entry(session, "shop", entry.id)
    assert run(small_mall, f"编号,问题,答案\n{entry.id},包邮吗,包\n").updated == 1
    assert [(each.id, each.version) for each in entries(small_mall)] == [(entry.id, 3)]


def test_one_wrong_row_and_nothing_is_imported(mall: Engine, add: Add) -> None:
    kept = add("shop", "包邮吗", "满99元包邮")
    foreign = add("other", "包邮吗", "包")
    before = {scope: [asdict(entry) for entry in entries(mall, scope)] for scope in ("shop", "other")}
    bad_cells = (
        HEADERS
        + "几点上班,,九点,,,,\n"
        + ",,没有问题,,,,\n"
        + "没有答案,,,,,,\n"
        + "层级不对,,答,店铺级,,,\n"
        + "时间不对,,答,,,明天,\n"
        + "先后不对,,答,,,2026-11-22,2026-11-20\n"
    )
    assert rejected(mall, bad_cells) == [
        "row 3: 问题: empty",
        "row 4: 答案: empty",
        "row 5: 层级: 店铺级 is none of product, 商品, campaign, 活动, emergency, 紧急",
        "row 6: 生效时间: 明天 is no time such as 2026-11-21 09:00",
        "row 7: 失效时间: not after valid_from",
    ]
    ids = f"编号,问题,答案\n{kept.id},包邮吗,改了\n{foreign.id},包邮吗,抢\nx,包邮吗,抢\n"
    assert rejected(mall, ids) == [
        f"row 3: 编号: there is no entry {foreign.id}",
        "row 4: 编号: x is no number",
    ]
    twice = "问题,答案\n几点上班,九点\n几点上班？,十点\n"
    assert rejected(mall, twice) == ["row 3: 问题: says the same as row 2"]
    assert {scope: [asdict(entry) for entry in entries(mall, scope)] for scope in ("shop", "other")} == before
    with reading(mall) as session:
        assert (revision(session, "shop"), revision(session, "other")) == (1, 1)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "row 1: the file is empty"),
        (b"\n \n,,\n", "row 1: the file is empty"),
        ("问题,相似问法\n包邮吗,\n", "row 1: no column 答案; there are "),
        ("问题,答案,颜色\n", "row 1: 颜色: is no column; there are "),
        ("问题,答案,question\n", "row 1: question: stands there twice; there are "),
        ("问题,答案\n包邮吗,包,多\n", "row 2: more cells than headers"),
        ('问题,答案\n包邮吗,"包\n', "row 2: no CSV: unexpected end of data"),
        (b"PK\x03\x04\x14\x00\x06\x00\xff\xff", "row 1: no text in UTF-8 or GB 18030"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "row 1: no text in UTF-8 or GB 18030"),
        (b"a" * 10_000_001, "row 1: the file has more than 10000000 bytes"),
        ("问题,答案\n" + "问,答\n" * 20_001, "row 1: the file has more than 20000 rows"),
    ],
    ids=range(11),
)
def test_a_broken_file_is_named_as_such(small_mall: Engine, content: str | bytes, error: str) -> None:
    (found,) = rejected(small_mall, content)
    assert found.startswith(error)
    assert entries(small_mall) == []
