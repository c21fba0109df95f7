"""Which size to take."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from actions.product_sizes import ActionAskSize
from actions.services import Services
from tests.actions.conftest import Said, TrackerMaker
from tests.actions.earlier import after
from tests.factories import BY_TESTS
from tests.goods import add_buyer, add_product, add_shop
from xiaoer.database import writing
from xiaoer.knowledge.model import Draft, Layer
from xiaoer.knowledge.store import add_entry

Run = Callable[..., Said]

COAT = "云裳双面羊毛大衣女"
CHART = [
    {"size": "S", "height_cm": [150, 159], "weight_kg": [40, 48]},
    {"size": "M", "height_cm": [156, 165], "weight_kg": [47, 54]},
    {"size": "L", "height_cm": [161, 170], "weight_kg": [53, 61]},
    {"size": "XL", "height_cm": [165, 175], "weight_kg": [60, 70]},
]
SETTLED = {
    "failures": 0,
    "last_topic": "products",
    "offer": None,
    "product_id": "P1",
    "product_view": "P1",
}


@pytest.fixture(autouse=True)
def shop(sqlite_engine: Engine) -> None:
    add_shop(sqlite_engine)
    add_shop(sqlite_engine, "platform", "集市优选")
    add_buyer(sqlite_engine)
    sizes = {f"黑色 {size}": ("899", 9) for size in ("S", "M", "L", "XL")}
    add_product(sqlite_engine, "P1", COAT, "双面羊毛大衣", variants=sizes, size_chart=CHART)
    shoes = [{"size": "36", "foot_mm": [226, 230]}, {"size": "37", "foot_mm": [231, 235]}]
    pairs = {"黑色 36": ("429", 5), "黑色 37": ("429", 5)}
    add_product(sqlite_engine, "P2", "云裳切尔西短靴女", "切尔西短靴", variants=pairs, size_chart=shoes)
    add_product(sqlite_engine, "P3", "羊毛围巾", "羊毛围巾")
    add_product(sqlite_engine, "P4", "纯棉睡衣", "睡衣", variants={"粉色 M": ("99", 5), "粉色 L": ("99", 5)})


def ask(run: Run, services: Services, tracker: TrackerMaker, text: str, **more: object) -> Said:
    return run(ActionAskSize(services), tracker(text, "ask_size", **{"product_id": "P1", **more}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("168 58公斤穿什么码", "身高168cm、体重58kg建议选 L 码（适合身高161–170cm、体重53–61kg）。"),
        ("一米六八，一百一十六斤", "身高168cm、体重58kg建议选 L 码（适合身高161–170cm、体重53–61kg）。"),
        (
            "身高163体重107斤",
            "身高163cm、体重53.5kg在 M 码和 L 码之间：喜欢合身一点选 M 码，喜欢宽松一点选 L 码。"
            "（M 码适合身高156–165cm、体重47–54kg；L 码适合身高161–170cm、体重53–61kg）",
        ),
    ],
)
def test_a_size_is_recommended(services: Services, tracker: TrackerMaker, run: Run, text: str, expected: str) -> None:
    said = ask(run, services, tracker, text)
    assert said.texts == [f"按{COAT}的尺码表，{expected}"]
    assert said.cards[0]["type"] == "product_card"
    assert said.slots == SETTLED


def test_measures_beyond_the_chart_are_told_so(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "我180，75公斤")
    assert said.texts == [
        f"{COAT}的尺码表里没有适合身高180cm、体重75kg的尺码：身高超出了范围，最接近的是 XL 码"
        "（适合身高165–175cm、体重60–70kg）。不建议勉强购买，需要的话可以转人工确认。"
    ]
    assert said.payloads == ["/request_human"]
    assert said.slots == {**SETTLED, "offer": "handoff"}


def test_missing_measures_are_asked_for_one_after_the_other(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    first = ask(run, services, tracker, "穿什么码合适")
    assert first.texts == [f"请告诉我您的身高和体重，我按{COAT}的尺码表帮您看该选哪个码。"]
    assert first.slots == {
        "offer": None,
        "last_topic": "products",
        "product_id": "P1",
        "product_view": "P1",
        "task": "ask_size",
    }
    height = tracker("168", "inform", slots=first.slots, product_id="P1")
    second = run(ActionAskSize(services), after(height, ("穿什么码合适", "ask_size")))
    assert second.texts == [f"请告诉我您的体重，我按{COAT}的尺码表帮您看该选哪个码。"]
    assert second.slots["task"] == "ask_size"
    assert "failures" not in second.slots
    weight = tracker("116", "inform", slots=second.slots, product_id="P1")
    third = run(ActionAskSize(services), after(weight, ("穿什么码合适", "ask_size"), ("168", "inform")))
    assert third.text.startswith(f"按{COAT}的尺码表，身高168cm、体重58kg建议选 L 码")
    assert third.slots["task"] is None


def test_a_later_number_corrects_an_earlier_one(services: Services, tracker: TrackerMaker, run: Run) -> None:
    corrected = tracker("说错了身高158", "inform", slots={"task": "ask_size"}, product_id="P1")
    said = run(ActionAskSize(services), after(corrected, ("身高178", "ask_size"), ("90斤", "inform")))
    assert said.text.startswith(f"按{COAT}的尺码表，身高158cm、体重45kg建议选 S 码")


def test_asked_again_without_numbers_it_has_not_helped(services: Services, tracker: TrackerMaker, run: Run) -> None:
    vague = tracker("中等身材", "inform", slots={"task": "ask_size", "failures": 1}, product_id="P1")
    said = run(ActionAskSize(services), after(vague, ("穿什么码", "ask_size")))
    assert said.slots["failures"] == 2
    assert said.slots["task"] == "ask_size"


def test_the_language_models_measures_count_where_the_text_has_none(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    said = ask(run, services, tracker, "我这样穿啥", entities={"height_cm": 168, "weight_kg": 58})
    assert "建议选 L 码" in said.text


def test_a_size_that_is_named_is_described(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "M码适合多高的")
    assert said.texts == [
        f"{COAT}的M码适合：身高156–165cm、体重47–54kg。\n如果不确定，告诉我您的身高和体重，我帮您对一下。"
    ]
    assert said.slots["task"] == "ask_size"


def test_shoes_go_by_the_foot(services: Services, tracker: TrackerMaker, run: Run) -> None:
    said = ask(run, services, tracker, "脚长23穿几码", product_id="P2")
    assert said.texts == ["按云裳切尔西短靴女的尺码表，脚长230mm建议选 36 码（适合脚长226–230mm）。"]
    asked = ask(run, services, tracker, "170 60kg穿几码", product_id="P2")
    assert asked.texts == ["请告诉我您的脚长，我按云裳切尔西短靴女的尺码表帮您看该选哪个码。"]


def test_what_is_known_of_the_sizes_is_added(services: Services, tracker: TrackerMaker, run: Run) -> None:
    draft = Draft("大衣尺码偏大还是偏小", "版型偏大，介于两码之间选小一码。", Layer.PRODUCT, product_id="P1")
    with writing(services.engine) as session:
        add_entry(session, "m1", draft, BY_TESTS)
    said = ask(run, services, tracker, "168 58kg")
    assert said.text.endswith("\n商品资料里还提到：版型偏大，介于两码之间选小一码。")
    words = ask(run, services, tracker, "这款偏大还是偏小")
    assert words.texts == ["版型偏大，介于两码之间选小一码。\n（来自店铺商品说明）"]
    assert words.slots == SETTLED


def test_the_catalogue_says_how_sizes_run(services: Services, tracker: TrackerMaker, run: Run) -> None:
    remarks = {"尺码": "标准码，脚宽建议大一码"}
    chart = [{"size": "37", "foot_mm": [231, 235]}]
    add_product(services.engine, "P5", "厚底老爹鞋", "老爹鞋", attributes=remarks, size_chart=chart)
    said = ask(run, services, tracker, "老爹鞋偏小吗")
    assert said.texts == ["厚底老爹鞋的尺码：标准码，脚宽建议大一码。"]
    fits = ask(run, services, tracker, "老爹鞋脚长233mm")
    assert fits.text.endswith("\n商品资料里还提到：标准码，脚宽建议大一码")


def test_a_recommended_size_may_be_out_of_stock(services: Services, tracker: TrackerMaker, run: Run) -> None:
    some = {"黑色 L": ("99", 0), "白色 L": ("99", 5), "黑色 M": ("99", 0)}
    add_product(services.engine, "P6", "纯棉卫衣", "纯棉卫衣", variants=some, size_chart=CHART)
    assert ask(run, services, tracker, "卫衣168 58kg").text.endswith("\n另外提醒您，L 码的黑色现在缺货。")
    assert ask(run, services, tracker, "卫衣160 50kg").text.endswith("\n另外提醒您，M 码现在缺货，补货时间还没有确定。")


def test_goods_without_a_chart(services: Services, tracker: TrackerMaker, run: Run) -> None:
    scarf = ask(run, services, tracker, "170 60kg选哪个", product_id="P3")
    assert scarf.texts == ["羊毛围巾不分尺码。"]
    pyjamas = ask(run, services, tracker, "170 60kg选哪个", product_id="P4")
    assert pyjamas.texts == [
        "纯棉睡衣没有尺码表，我不敢乱推荐。现有的规格有：M、L。需要的话可以转人工，让店里的同事帮您看。"
    ]
    assert pyjamas.slots["failures"] == 1
    assert pyjamas.slots["offer"] == "handoff"


def test_the_measures_are_remembered_while_the_product_is_chosen(
    services: Services, tracker: TrackerMaker, run: Run
) -> None:
    asked = ask(run, services, tracker, "168 58kg穿什么码", product_id=None)
    assert asked.slots["task"] == "ask_size"
    tapped = tracker('/inform{"product": "P1"}', slots=asked.slots)
    said = run(ActionAskSize(services), after(tapped, ("168 58kg穿什么码", "ask_size")))
    assert "建议选 L 码" in said.text
