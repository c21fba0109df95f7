from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xiaoer.evaluation.dialogues.conftest import Read
from xiaoer.accounts.model import Role
from xiaoer.evaluation.dialogues.errors import ScriptError
from xiaoer.evaluation.dialogues.files import find_files, read_conversations
from xiaoer.evaluation.dialogues.place import Place
from xiaoer.evaluation.dialogues.script import (
    AgentTurn,
    ClockTurn,
    Expectation,
    Pick,
    Range,
    Selection,
    UserTurn,
    Written,
)
from xiaoer.evaluation.dialogues.selectors import parse_range

EVERYTHING = """
    - name: everything
      role: consumer
      given:
        order: {state: [paid, shipped], amount: 59.90, remark: null, parcels: 2, stuck: true, received_days: [1, 5.5],
                after_sale: none, category: clothing, other_customer: true}
        order_b: {}
        after_sale: {kind: return, order: {lines: 1, unshipped_hours: [80, 999]}}
        product: {in_stock: false, has_sizes: true}
        customer: {vip: true, order: {invoice: none, reminder: none}}
        merchant: {anonymous_allowed: true}
      in_view: {order_no: "${order.order_no}"}
      answers: {reason: 质量问题, photo: [image, video], email: "a${order.order_no|last4}@b.cn"}
      turns:
      - user: 0123
        attachments: [image, file]
        expect:
          text_any: 催
          text_all: [a, "${order_b.order_no}"]
          text_none: [x]
          anywhere: [yes, no]
          custom: order_card
          custom_none: [handoff, rating]
          silent: false
          status: bot
          reason: [policy, angry]
          priority: urgent
          written:
            order: {state: cancelled, receiver_phone: "~138", count: 1}
            after_sale:
          not_written: [after_sale, ticket]
          unchanged: order
          wait: 0.5
      - user: 对，确认
        until_written: true
        expect: {custom: true, custom_none: true}
      - agent: accept
      - agent: {reply: "您好 ${customer.name}"}
        expect: {text_any: [您好]}
      - clock: +3d
"""


def test_everything_that_the_format_has_is_read(read: Read) -> None:
    (found,) = read(EVERYTHING)

    assert (found.name, found.role) == ("everything", Role.CONSUMER)
    assert found.given == (
        Pick(
            "order",
            "order",
            Selection(
                columns={"state": ("paid", "shipped"), "amount": ("59.90",), "remark": (None,)},
                traits={
                    "parcels": 2,
                    "stuck": True,
                    "received_days": Range(1, 5.5),
                    "after_sale": "none",
                    "category": "clothing",
                    "other_customer": True,
                },
            ),
        ),
        Pick("order_b", "order", Selection()),
        Pick(
            "after_sale",
            "after_sale",
            Selection({"kind": ("return",)}, {}, Selection({}, {"lines": 1, "unshipped_hours": Range(80, 999)})),
        ),
        Pick("product", "product", Selection({}, {"in_stock": False, "has_sizes": True})),
        Pick(
            "customer", "customer", Selection({}, {"vip": True}, Selection({}, {"invoice": "none", "reminder": "none"}))
        ),
        Pick("merchant", "merchant", Selection({"anonymous_allowed": (True,)})),
    )
    assert found.in_view == {"order_no": "${order.order_no}"}
    assert found.answers == {
        "reason": "质量问题",
        "photo": ("image", "video"),
        "email": "a${order.order_no|last4}@b.cn",
    }
    assert found.placeholders == {"order.order_no", "order_b.order_no", "customer.name"}
    assert found.turns == (
        UserTurn(
            1,
            "0123",
            ("image", "file"),
            expect=Expectation(
                text_any=("催",),
                text_all=("a", "${order_b.order_no}"),
                text_none=("x",),
                anywhere=("yes", "no"),
                custom=("order_card",),
                custom_none=("handoff", "rating"),
                silent=False,
                status=("bot",),
                reason=("policy", "angry"),
                priority=("urgent",),
                written=(
                    Written("order", {"state": "cancelled", "receiver_phone": "~138"}, 1),
                    Written("after_sale", {}),
                ),
                not_written=("after_sale", "ticket"),
                unchanged=("order",),
                wait=0.5,
            ),
        ),
        UserTurn(2, "对，确认", until_written=True, expect=Expectation(custom=(), custom_none=())),
        AgentTurn(3, "accept"),
        AgentTurn(4, "reply", "您好 ${customer.name}", Expectation(text_any=("您好",))),
        ClockTurn(5, "+3d", timedelta(days=3)),
    )


@pytest.mark.parametrize(
    ("conversation", "words"),
    [
        ("{name: a, turns: [{user: 你好}], gven: {}}", "conversation 'a': unknown key gven; known are answers, given"),
        ("{turns: [{user: 你好}]}", "conversation 1: the conversation has no name"),
        ("{name: a}", "conversation 'a': the conversation has no turns"),
        ("{name: a, turns: []}", "conversation 'a': the conversation has no turns"),
        ("just words", "conversation 1: this must be a mapping with a name and turns"),
        ("{name: a, role: boss, turns: [{user: 你好}]}", "conversation 'a', role: unknown boss; known are anonymous"),
        ("{name: a, given: {parcel: {}}, turns: [{user: 你好}]}", "given parcel: unknown kind parcel; known are"),
        ("{name: a, given: {orders: {}}, turns: [{user: 你好}]}", "given orders: unknown kind orders"),
        ("{name: a, given: {order: []}, turns: [{user: 你好}]}", "given order: this must be a mapping"),
        ("{name: a, given: {order: {stuck: 1}}, turns: [{user: 你好}]}", "order, stuck: this must be true or false"),
        ("{name: a, given: {order: {parcels: two}}, turns: [{user: 你好}]}", "a number from 0 up, not two"),
        ("{name: a, given: {order: {parcels: 1.5}}, turns: [{user: 你好}]}", "a whole number, not 1.5"),
        ("{name: a, given: {order: {after_sale: never}}, turns: [{user: 你好}]}", "after_sale: unknown never"),
        ("{name: a, given: {order: {invoice: some}}, turns: [{user: 你好}]}", "unknown some; known are none"),
        ("{name: a, given: {order: {category: cars}}, turns: [{user: 你好}]}", "category: unknown cars"),
        ("{name: a, given: {order: {received_days: 5}}, turns: [{user: 你好}]}", r"a range: \[least, most\]"),
        ("{name: a, given: {order: {received_days: [5, 1]}}, turns: [{user: 你好}]}", r"the range \[5, 1\] is empty"),
        ("{name: a, given: {order: {state: {a: b}}}, turns: [{user: 你好}]}", "this must be a value, or a list"),
        ('{name: a, given: {order: {remark: "${order.state}"}}, turns: [{user: 你好}]}', "not filled here"),
        ("{name: a, given: {order: {}}, in_view: {shop: x}, turns: [{user: 你好}]}", "in_view: unknown key shop"),
        ("{name: a, answers: {colour: red}, turns: [{user: 你好}]}", "answers: unknown key colour"),
        ("{name: a, answers: {photo: [sound]}, turns: [{user: 你好}]}", "answers photo: unknown sound"),
        ('{name: a, answers: {note: ""}, turns: [{user: 你好}]}', "an answer needs words"),
        ("{name: a, turns: [{user: 你好, agent: accept}]}", "turn 1: a turn is one of user, agent, clock"),
        ("{name: a, turns: [{expect: {}}]}", "turn 1: a turn is one of user, agent, clock"),
        ("{name: a, turns: [你好]}", "turn 1: this must be a mapping"),
        ("{name: a, turns: [{user: 你好}, {user: true}]}", "turn 2, user: this must be text; write it in quotes"),
        ("{name: a, turns: [{user: 你好, attach: [image]}]}", "turn 1: unknown key attach"),
        ("{name: a, turns: [{agent: accept, attachments: [image]}]}", "turn 1: unknown key attachments"),
        ("{name: a, turns: [{agent: shout}]}", "turn 1, agent: unknown shout; known are accept"),
        ("{name: a, turns: [{agent: {reply: ''}}]}", "a reply needs words"),
        ("{name: a, turns: [{clock: tomorrow}]}", "turn 1, clock: this must be a length of time such as"),
        ("{name: a, turns: [{user: 你好, expect: {text_some: [x]}}]}", "turn 1, expect: unknown key text_some"),
        ("{name: a, turns: [{user: 你好, expect: {text_any: []}}]}", "text_any: an empty text or list"),
        ('{name: a, turns: [{user: 你好, expect: {text_any: [""]}}]}', "text_any: an empty text or list"),
        ("{name: a, turns: [{user: 你好, expect: {status: open}}]}", "status: unknown open; known are bot"),
        ("{name: a, turns: [{user: 你好, expect: {reason: bored}}]}", "reason: unknown bored"),
        ("{name: a, turns: [{user: 你好, expect: {written: {shoe: {}}}}]}", "written: unknown key shoe"),
        ("{name: a, turns: [{user: 你好, expect: {written: {order: {state: []}}}}]}", "an empty list expects nothing"),
        ("{name: a, turns: [{user: 你好, expect: {not_written: [shoe]}}]}", "not_written: unknown shoe"),
        ("{name: a, turns: [{user: 你好, expect: {unchanged: [order]}}]}", "nothing given is named order"),
        ("{name: a, turns: [{user: 你好, expect: {wait: -1}}]}", "a number from 0 up, not -1"),
        ('{name: a, turns: [{user: "${order.order_no}"}]}', "turn 1, user: .*nothing given is named order"),
        (
            '{name: a, given: {order: {}}, turns: [{user: 你好, expect: {written: {order: {remark: "${order.x}"}}}}]}',
            "turn 1, expect, written, order, remark: .*has no x",
        ),
        ("{name: a, name: b, turns: [{user: 你好}]}", "line 2: name is there twice"),
        ("{name: a, true: b, turns: [{user: 你好}]}", "line 2: a key is no text"),
        ("{name: [}", "line 2: "),
    ],
)
def test_a_mistake_is_named_with_its_place(read: Read, conversation: str, words: str) -> None:
    with pytest.raises(ScriptError, match=f"talk.yml.*{words}"):
        read(f"\n- {conversation}\n")


@pytest.mark.parametrize("content", ["", "name: a", "[]", "~"])
def test_a_file_must_hold_a_list_of_conversations(read: Read, content: str) -> None:
    with pytest.raises(ScriptError, match="the file must hold a list of conversations"):
        read(content)


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "talk.yml"
    path.write_bytes("- name: 你好".encode("gbk"))

    with pytest.raises(ScriptError, match=r"talk\.yml: the file is not in UTF-8"):
        read_conversations(path)


def test_plain_words_stay_as_they_are_typed(read: Read) -> None:
    (found,) = read(
        """
        - name: words
          turns:
          - user: 0123
          - user: yes
          - user: 2026-11-21
          - user: 1_000
          - user: "true"
          - user: 3.10
        """
    )

    assert [turn.text for turn in found.turns if isinstance(turn, UserTurn)] == [
        "0123",
        "yes",
        "2026-11-21",
        "1_000",
        "true",
        "3.10",
    ]


def test_parts_can_be_shared_within_a_file(read: Read) -> None:
    _first, second = read(
        """
        - name: first
          turns:
          - &hello {user: 你好, expect: {status: bot}}
        - name: second
          turns:
          - {<<: *hello, user: 在吗}
        """
    )

    assert second.turns == (UserTurn(1, "在吗", expect=Expectation(status=("bot",))),)


def test_folders_stand_for_their_yaml_files_by_name(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "sub/c.yml", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[]")

    found = find_files([tmp_path / "b.yml", tmp_path])

    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["b.yml", "a.yaml", "sub/c.yml"]


def test_missing_files_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="there is no such file"):
        find_files([tmp_path / "none.yml"])
    with pytest.raises(ScriptError, match="the folder has no YAML files"):
        find_files([tmp_path])


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_range_holds_what_lies_in_it_counted_in_whole_units(first: float, second: float, value: float) -> None:
    least, most = sorted([first, second])
    found = parse_range(Place("f"), [repr(least), repr(most)])

    assert found == Range(least, most)
    assert found.holds(least)
    assert found.holds(value) is (least <= value and value // 1 <= most)


@given(st.one_of(st.none(), st.booleans(), st.text(), st.lists(st.text() | st.booleans() | st.none(), max_size=3)))
def test_a_range_is_read_or_refused_and_nothing_else(value: object) -> None:
    try:
        found = parse_range(Place("f"), value)
    except ScriptError:
        return
    assert 0 <= found.least <= found.most
