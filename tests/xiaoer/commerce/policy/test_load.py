"""What the loader refuses, and what merchants may say."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.xiaoer.commerce.policy.cases import ago, facts
from xiaoer.commerce.model import Liable
from xiaoer.commerce.policy.decide import decide
from xiaoer.commerce.policy.errors import PolicyError
from xiaoer.commerce.policy.policies import Policies
from xiaoer.commerce.policy.reasons import offered_reasons, reason_called, reason_label
from xiaoer.commerce.policy.tables import FOLDER, load_tables, read_tables

ROOT = FOLDER.parents[2]

Write = Callable[[str, str, str], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Write:
    """Return the tables' folder with one place of one file changed."""

    def write(file: str, old: str, new: str) -> Path:
        for path in FOLDER.glob("*.yml"):
            shutil.copy(path, tmp_path)
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert text.count(old) >= 1
        (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return write


def test_reasons_are_those_that_are_read_from_what_customers_type() -> None:
    read = yaml.safe_load((ROOT / "components" / "reasons.yml").read_text(encoding="utf-8"))
    known = load_tables().reasons
    assert {each["code"]: each["label"] for each in read} == {code: each.label for code, each in known.items()}


def test_reasons_are_named_and_called_by_their_labels() -> None:
    assert (reason_label("damaged"), reason_label("no_such_code")) == ("破损", "")
    assert (reason_called(" 破损 "), reason_called("破损了吗")) == ("damaged", None)
    assert offered_reasons("request_repair") == ["故障", "质量问题", "破损"]
    assert offered_reasons("no_such_task")[0] == "质量问题"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("liability.yml", "reasons: [damaged]", "reasons: [demaged]", "demaged is no reason code"),
        ("liability.yml", "liable.lost", "liable.late_shipping", "liable.late_shipping: the id is given twice"),
        ("eligibility.yml", "parcels: [stuck, exception]", "parcel: [stuck]", "extra fields not permitted"),
        ("eligibility.yml", "stages: [waiting]", "stages: []", "at least 1 item"),
        ("eligibility.yml", "stages: [received], within: fresh", "within: fresh", "can never hold: time runs from"),
        ("eligibility.yml", "within: warranty", "within: waranty", "waranty is no time"),
        ("eligibility.yml", "within: fresh", "within: fresh, after: fresh", "can never hold: within and after"),
        ("eligibility.yml", "stages: [waiting]", "stages: [waiting], parcels: [moving]", "there is no parcel"),
        (
            "eligibility.yml",
            "reasons: [counterfeit]",
            "reasons: [counterfeit], groups: [damage]",
            "fault.counterfeit: can never hold, its conditions on reasons exclude each other",
        ),
        (
            "eligibility.yml",
            "when: {stages: [over]}",
            "when: {kinds: [return], stages: [unpaid]}",
            "case.over: can never hold, case.unpaid comes before it",
        ),
        ("eligibility.yml", "现在{now_at}元", "现在{today}元", "{today} is nothing that is filled in"),
        ("eligibility.yml", "包裹还在路上。", "包裹{until}还在路上。", "speaks of a limit"),
        ("eligibility.yml", "when: {}", "when: {kinds: [return]}", "the last rule must fit always"),
        ("eligibility.yml", "version: 2026-11-22", "# no version", "version: field required"),
        ("goods.yml", "no_reason: always", "no_reason: allways", "enumeration member"),
        ("goods.yml", "  ordinary:", "  usual:", "needs the class ordinary"),
        ("reasons.yml", "code: quality", "code: damaged", "a reason code is given twice"),
        ("compensation.yml", "most: 50", "most: 0.5", "most is less than least"),
    ],
)
def test_a_mistake_in_the_tables_is_named(changed: Write, file: str, old: str, new: str, problem: str) -> None:
    with pytest.raises(PolicyError) as raised:
        read_tables(changed(file, old, new))
    assert raised.value.file == file
    assert problem in raised.value.problem


def test_the_tables_are_of_the_day_of_their_newest_file(changed: Write) -> None:
    assert read_tables(changed("freight.yml", "version: 2026-11-22", "version: 2027-01-05")).version == "2027-01-05"


def of_merchant(folder: Path, text: str, merchant: str = "m1") -> Policies:
    (folder / f"{merchant}.yml").write_text(f"version: 2026-11-23\n{text}\n", encoding="utf-8")
    return Policies(folder)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("terms: {own_choice: {days: 6}}", "own_choice tightens what 消费者权益保护法"),
        ("terms: {fresh: {days: 6}}", "fresh tightens what 消费者权益保护法 第二十四条 grants (6天 for 7天)"),
        ("terms: {no_such_time: {days: 9}}", "no_such_time is no time"),
        ("goods: {ordinary: unopened}", "ordinary tightens"),
        ("goods: {no_such_class: always}", "no class of goods"),
        ("freight: {freight.fault: customer}", "can only pass from the customer to the merchant"),
        ("freight: {freight.nothing_back: merchant}", "can only pass from the customer to the merchant"),
        ("freight: {freight.none: merchant}", "no rule of freight"),
        ("compensation: {compensation.counterfeit: {percent: 200}}", "tightens percent"),
        ("compensation: {compensation.counterfeit: {most: 5000}}", "tightens most"),
        ("compensation: {compensation.late_shipping: {least: 80}}", "at least more than at most"),
        ("days: 15", "extra fields not permitted"),
    ],
)
def test_a_merchant_can_not_grant_less(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(PolicyError, match=r"m1\.yml") as raised:
        of_merchant(tmp_path, text).tables_of("m1")
    assert problem in raised.value.problem
    with pytest.raises(PolicyError):
        Policies(tmp_path).check()


def test_a_merchant_grants_more_and_the_version_says_so(tmp_path: Path) -> None:
    policies = of_merchant(
        tmp_path, "terms: {own_choice: {days: 15}}\ngoods: {cosmetics: always}\nfreight: {freight.own_choice: merchant}"
    )
    late = facts(received=ago(days=15))
    decision = decide(late, policies.tables_of("m1"))
    assert decision.sentence == "签收于11月6日，15天无理由退换到11月21日24点为止，商品要完好。"
    assert (decision.freight_payer, decision.version) == (Liable.MERCHANT, "2026-11-22+2026-11-23")
    assert decide(facts(goods="cosmetics", opened=True), policies.tables_of("m1")).allowed
    assert not decide(late, policies.tables_of("m2")).allowed
    assert policies.tables_of("m2") is load_tables()


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text("version: 2026-11-23", encoding="utf-8")
    (tmp_path / "inner").mkdir()
    assert Policies(tmp_path / "inner").tables_of("../secret") is load_tables()
    assert Policies(tmp_path / "missing").tables_of("m1") is load_tables()


def test_the_demo_merchants_rules_are_read() -> None:
    policies = Policies(ROOT / "demo" / "policies")
    policies.check()
    assert decide(facts(), policies.tables_of("yunshang")).freight_payer is Liable.MERCHANT
    dropped = facts("price_protection", "price_dropped", price="90", received=ago(days=15))
    assert decide(dropped, policies.tables_of("jixing")).allowed
    assert not decide(dropped, policies.tables_of("yunshang")).allowed
