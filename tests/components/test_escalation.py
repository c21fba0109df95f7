from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.constants import RULE_POLICY_PRIORITY
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain, InvalidDomain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException

from components.escalation import EscalationPolicy
from components.escalation_rules import RULES, Facts, read_rules

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [complain, request_human, query_order, inform, greet]
    slots:
      failures: {type: any, influence_conversation: false, mappings: [{type: custom}]}
      high_value: {type: bool, influence_conversation: false, mappings: [{type: custom}]}
      handoff_reason: {type: text, influence_conversation: false, mappings: [{type: custom}]}
      handoff_rule: {type: text, influence_conversation: false, mappings: [{type: custom}]}
    forms:
      order_form: {required_slots: []}
    actions: [action_handoff, action_receive_media, action_query_order, action_fallback]
    """
)
LISTEN = ActionExecuted("action_listen")


@pytest.fixture(scope="module")
def policy() -> EscalationPolicy:
    context = ExecutionContext(GraphSchema({}), "test")
    return EscalationPolicy.create(EscalationPolicy.get_default_config(), None, Resource("policy"), context)


def said(text: str, mood: str | None = "calm", intent: str = "inform", **metadata: Any) -> UserUttered:
    """A turn, with its sentiment as the pipeline would have set it."""
    parsed = {} if mood is None else {"sentiment": {"label": mood, "confidence": 0.9, "ranking": []}}
    return UserUttered(text, {"name": intent}, parse_data=parsed, metadata=metadata or None)


def predict(policy: EscalationPolicy, *events: Event) -> PolicyPrediction:
    tracker = DialogueStateTracker.from_events("someone", [LISTEN, *events], slots=DOMAIN.slots, domain=DOMAIN)
    return policy.predict_action_probabilities(tracker, DOMAIN)


def decision(policy: EscalationPolicy, *events: Event) -> tuple[str, str | None, str | None] | None:
    """What is predicted: the action, the reason, and the rule; nothing where others are to decide."""
    prediction = predict(policy, *events)
    if prediction.max_confidence == 0:
        assert prediction.events == []
        return None
    slots = {event.key: event.value for event in prediction.events if isinstance(event, SlotSet)}
    action = DOMAIN.action_names_or_texts[prediction.probabilities.index(1.0)]
    return action, slots.get("handoff_reason"), slots.get("handoff_rule")


def test_it_outranks_rules_and_forms(policy: EscalationPolicy) -> None:
    form = [0.0] * DOMAIN.num_actions
    form[DOMAIN.index_for_action("order_form")] = 1.0
    rules = PolicyPrediction(form, "RulePolicy", RULE_POLICY_PRIORITY, is_no_user_prediction=True)
    ours = predict(policy, ActiveLoop("order_form"), said("转人工", intent="request_human"))
    for order in ([rules, ours], [ours, rules]):
        best = DefaultPolicyPredictionEnsemble._pick_best_policy(order)
        assert best.policy_name == "EscalationPolicy"
        assert SlotSet("handoff_reason", "requested") in best.events
    quiet = predict(policy, ActiveLoop("order_form"), said("第二个"))
    assert DefaultPolicyPredictionEnsemble._pick_best_policy([quiet, rules]).policy_name == "RulePolicy"


@pytest.mark.parametrize("text", ["转人工", "/request_human", '/request_human{"order_no": "1"}'])
def test_a_person_is_asked_for(policy: EscalationPolicy, text: str) -> None:
    turn = said(text, intent="request_human")
    assert decision(policy, turn) == ("action_handoff", "requested", "person_requested")


@pytest.mark.parametrize(
    ("text", "mood", "intent"),
    [
        ("你们太差劲了我要投诉到12315", "angry", "complain"),
        ("再不处理我就打12315", "calm", "urge"),
        ("消协见", "calm", "nlu_fallback"),
        ("我去消费者协会告你们", "dissatisfied", "complain"),
        ("等着收律师函吧", "calm", "nlu_fallback"),
        ("我已经找了电视台的记者", "calm", "nlu_fallback"),
        ("不退就法院见", "calm", "request_refund"),
        ("信不信我曝光你们", "angry", "complain"),
        ("是不是要我打１２３１５你们才处理？", "dissatisfied", "complain"),
        ("工商局会来管你们的", "dissatisfied", "complain"),
    ],
)
def test_threats_of_law_and_media(policy: EscalationPolicy, text: str, mood: str, intent: str) -> None:
    assert decision(policy, said(text, mood, intent)) == ("action_handoff", "policy", "legal_threat")


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("12315的电话是多少", "ask_service_info"),
        ("消协的投诉怎么撤回", "withdraw_after_sale"),
        ("寄到海淀法院路12号", "change_address"),
        ("收货地址改到人民法院3楼", "change_address"),
        ("我是律师事务所的，开专票", "request_invoice"),
        ("有电视台同款的锅吗", "ask_stock"),
        ("给律师朋友挑个礼物", "recommend_product"),
        ("这本讲法院的书还有吗", "ask_stock"),
    ],
)
def test_law_and_media_in_a_calm_question(policy: EscalationPolicy, text: str, intent: str) -> None:
    assert decision(policy, said(text, "calm", intent)) is None


@pytest.mark.parametrize(
    "text",
    [
        "充电宝在孩子旁边爆炸了", "电热毯着火了", "用着用着冒烟了", "刚才漏电电到我了", "杯子炸裂把手割伤了",
        "吃完上吐下泻", "擦了脸肿了过敏进医院了", "我妈吃了你们的东西食物中毒送医院了", "孩子被零件噎到了",
        "玻璃渣扎到手了流血了",
    ],
)  # fmt: skip
def test_harm_that_was_done(policy: EscalationPolicy, text: str) -> None:
    assert decision(policy, said(text, "calm", "report_item_problem")) == ("action_handoff", "policy", "safety")


@pytest.mark.parametrize(
    "text",
    [
        "这个充电宝会不会爆炸", "热水袋容易漏电吗", "有防烫伤设计吗", "爆炸盐还有货吗", "万一漏电怎么办", "不会着火吧",
        "小零件会噎到宝宝吗", "地址改到人民医院急诊楼", "烫伤膏多少钱", "敏感肌会过敏吗", "气炸锅怎么用",
    ],
)  # fmt: skip
def test_harm_that_is_only_supposed(policy: EscalationPolicy, text: str) -> None:
    assert decision(policy, said(text, "calm", "ask_product")) is None


@pytest.mark.parametrize("metadata", [{"vip_level": 1}, {"vip_level": "2"}, {"high_value": True}])
def test_vip_and_high_value_go_over_at_the_first_complaint(policy: EscalationPolicy, metadata: dict[str, Any]) -> None:
    expected = ("action_handoff", "policy", "important_customer")
    assert decision(policy, said("有点失望", "dissatisfied", **metadata)) == expected
    assert decision(policy, said("我要投诉", "calm", "complain", **metadata)) == expected
    assert decision(policy, said("订单到哪了", "calm", "query_order", **metadata)) is None


@pytest.mark.parametrize(
    "metadata", [{}, {"vip_level": 0}, {"vip_level": "gold"}, {"vip_level": None, "high_value": False}]
)
def test_others_do_not_go_over_at_the_first_complaint(policy: EscalationPolicy, metadata: dict[str, Any]) -> None:
    assert decision(policy, said("有点失望", "dissatisfied", "complain", **metadata)) is None


def test_a_high_value_order_talked_about(policy: EscalationPolicy) -> None:
    turns = [SlotSet("high_value", True), said("有点失望", "dissatisfied", "complain")]
    assert decision(policy, *turns) == ("action_handoff", "policy", "important_customer")


def test_anger(policy: EscalationPolicy) -> None:
    assert decision(policy, said("你们就是骗子", "angry", "complain")) == ("action_handoff", "angry", "anger")


def turns(*moods: str) -> list[Event]:
    """Turns of these moods, each but the last answered."""
    events: list[Event] = []
    for mood in moods:
        events += [said("还没好吗", mood), ActionExecuted("action_query_order"), BotUttered("…"), LISTEN]
    return events[:-3]


@pytest.mark.parametrize(
    ("moods", "over"),
    [
        (("dissatisfied", "dissatisfied", "dissatisfied"), True),
        (("dissatisfied", "calm", "dissatisfied", "calm", "dissatisfied"), True),
        (("dissatisfied", "calm", "calm", "dissatisfied", "calm", "dissatisfied"), False),
        (("dissatisfied", "dissatisfied"), False),
        (("dissatisfied", "dissatisfied", "calm"), False),
    ],
)
def test_dissatisfaction_on_three_of_the_last_five(
    policy: EscalationPolicy, moods: tuple[str, ...], over: bool
) -> None:
    expected = ("action_handoff", "angry", "repeated_dissatisfaction") if over else None
    assert decision(policy, *turns(*moods)) == expected


@pytest.mark.parametrize("border", [ActionExecuted("action_handoff"), SessionStarted()])
def test_turns_before_a_handoff_or_another_session_do_not_count(policy: EscalationPolicy, border: Event) -> None:
    before = [*turns("dissatisfied", "dissatisfied"), ActionExecuted("action_query_order"), border, LISTEN]
    assert decision(policy, *before, *turns("dissatisfied", "calm", "dissatisfied")) is None
    assert decision(policy, *before, *turns("dissatisfied", "dissatisfied", "dissatisfied")) is not None


@pytest.mark.parametrize("kind", ["image", "video"])
def test_media_outside_a_form(policy: EscalationPolicy, kind: str) -> None:
    turn = said("", attachments=[{"type": "file"}, {"type": kind, "url": "u"}])
    assert decision(policy, turn) == ("action_receive_media", None, None)
    assert decision(policy, ActiveLoop("order_form"), turn) is None


@pytest.mark.parametrize("attachments", [[], [{"type": "file"}], None, "image", [None, "image"]])
def test_no_media(policy: EscalationPolicy, attachments: Any) -> None:
    assert decision(policy, said("看看", attachments=attachments)) is None


def test_the_first_rule_names_the_reason(policy: EscalationPolicy) -> None:
    picture = {"attachments": [{"type": "image"}], "vip_level": 3}
    text = "骗子！我要去消协告你们"
    assert decision(policy, said(text, "angry", "request_human", **picture))[1] == "requested"
    assert decision(policy, said(text, "angry", "complain", **picture))[2] == "legal_threat"
    assert decision(policy, said("骗子", "angry", "complain", **picture))[2] == "important_customer"
    assert decision(policy, said("骗子", "angry", "complain", attachments=[{"type": "image"}]))[1] == "angry"


@pytest.mark.parametrize(("failures", "over"), [(3, True), (4, True), (2, False), (0, False), (None, False)])
def test_three_unresolved_turns(policy: EscalationPolicy, failures: int | None, over: bool) -> None:
    turn = [said("啊啊"), ActionExecuted("action_fallback"), SlotSet("failures", failures)]
    expected = ("action_handoff", "unresolved", "unresolved") if over else None
    assert decision(policy, *turn) == expected
    assert decision(policy, *turn, LISTEN, said("啊啊啊")) is None, "counted before this message, not in this turn"


def test_a_count_that_was_taken_back(policy: EscalationPolicy) -> None:
    turn = [said("啊"), ActionExecuted("action_fallback"), SlotSet("failures", 3), SlotSet("failures", 0)]
    assert decision(policy, *turn) is None


@pytest.mark.parametrize("action", ["action_handoff", "action_receive_media"])
def test_after_the_hand_over_it_listens(policy: EscalationPolicy, action: str) -> None:
    turn = [said("骗子", "angry"), ActionExecuted(action), SlotSet("failures", 0), BotUttered("…")]
    assert decision(policy, *turn) == ("action_listen", None, None)
    assert decision(policy, *turn, LISTEN) is None


def test_after_any_other_action_it_says_nothing(policy: EscalationPolicy) -> None:
    assert decision(policy, said("骗子", "angry"), ActionExecuted("action_query_order")) is None
    assert decision(policy) is None


def test_a_refused_hand_over_is_not_repeated(policy: EscalationPolicy) -> None:
    assert decision(policy, said("骗子", "angry"), ActionExecutionRejected("action_handoff")) is None
    assert decision(policy, said("骗子", "angry"), ActionExecutionRejected("order_form")) is not None


@pytest.mark.parametrize("text", ["/complain", '/inform{"note": "12315 骗子 爆炸了"}', "EXTERNAL: complain"])
def test_buttons_have_no_mood(policy: EscalationPolicy, text: str) -> None:
    assert decision(policy, said(text, "angry", "complain")) is None


def test_a_slash_that_a_person_typed_is_no_button(policy: EscalationPolicy) -> None:
    assert decision(policy, said("/你们就是骗子", "angry"))[1] == "angry"


@pytest.mark.parametrize(
    ("text", "reason"), [("一群骗子垃圾店铺", "angry"), ("你们服务有点让人失望", None), ("你好", None), ("", None)]
)
def test_without_a_parsed_mood_the_lexicon_judges(policy: EscalationPolicy, text: str, reason: str | None) -> None:
    decided = decision(policy, said(text, None, "complain"))
    assert (decided[1] if decided else None) == reason


def test_training_needs_the_actions_in_the_domain(policy: EscalationPolicy) -> None:
    assert policy.train([], DOMAIN).name == "policy"
    poorer = Domain.from_yaml("version: '3.1'\nactions: [action_handoff]")
    with pytest.raises(InvalidDomain, match="action_receive_media"):
        policy.train([], poorer)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("reason: angry", "reason: furious", "reason"),
        ("said: [harm]", "said: [harms]", "harm"),
        ("- media: true", "- {}", "always hold"),
        ("- media: true", "- medium: true", "extra fields"),
        ("name: media", "name: anger", "one name"),
        ("- failures: 3", "- failures: 0", "greater than 0"),
        ("  authorities:\n  - ", "  authorities:\n  - (", "missing"),
    ],
)
def test_a_mistaken_table_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    text = RULES.read_text(encoding="utf-8")
    assert old in text
    table = tmp_path / "escalation.yml"
    table.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InvalidConfigException, match=re.escape(complaint)):
        read_rules(table)


REASONS = ["requested", "policy", "angry", "media", "unresolved"]


@given(
    st.builds(
        Facts,
        intent=st.sampled_from(["request_human", "complain", "inform"]),
        text=st.sampled_from(["", "12315见", "爆炸了", "你好"]),
        sentiment=st.sampled_from(["calm", "dissatisfied", "angry"]),
        important=st.booleans(),
        media=st.booleans(),
        dissatisfied=st.lists(st.booleans(), max_size=6).map(tuple),
        failures=st.integers(0, 4),
    )
)
def test_more_never_makes_a_weaker_reason(facts: Facts) -> None:
    rules = read_rules()
    rule = rules.first(facts)
    place = REASONS.index(rule.reason) if rule else len(REASONS)
    asked = rules.first(facts.copy(update={"intent": "request_human"}))
    assert asked is not None
    assert asked.reason == "requested"
    angrier = rules.first(facts.copy(update={"sentiment": "angry"}))
    assert angrier is not None
    assert REASONS.index(angrier.reason) <= min(place, REASONS.index("angry"))
