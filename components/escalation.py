"""Hands a conversation over to people: a policy that outranks all others, forms included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rasa.core.constants import POLICY_PRIORITY, RULE_POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain, InvalidDomain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY

from components.action_results import check_schema_once
from components.escalation_rules import Facts, Rule, read_rules
from components.lexicon import Lexicon
from components.sentiment import SENTIMENT
from xiaoer.language.normalise import PAYLOAD, normalise

HANDOFF = "action_handoff"
FAILURES = "failures"
HIGH_VALUE = "high_value"
_EYES_NEEDED = frozenset({"image", "video"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class EscalationPolicy(Policy):
    """Predicts the hand-over where a rule of ``escalation.yml`` applies, with the reason and the rule as slots.

    It speaks at two moments only: right after a message, and right after an action that counted an unresolved turn;
    and once the hand-over has run it predicts to listen. At all other moments it leaves the choice to the others.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> None:
        """Read the rules (for the arguments see parent class)."""
        super().__init__(config, model_storage, resource, execution_context, **kwargs)
        check_schema_once()  # policies are what Rasa makes anew with every model it serves
        self._rules = read_rules()
        self._lexicon = Lexicon()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return a priority above that of rules and forms."""
        return {POLICY_PRIORITY: RULE_POLICY_PRIORITY + 2}

    @staticmethod
    def supported_data() -> SupportedData:
        """Return that stories and rules are all the same to it: it learns from none."""
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Check that the domain has what the rules predict and set; there is nothing to learn.

        Raises:
            InvalidDomain: If an action is missing.
        """
        missing = {rule.action for rule in self._rules.rules} - set(domain.action_names_or_texts)
        if missing:
            raise InvalidDomain(f"the escalation policy predicts actions that the domain lacks: {sorted(missing)}")
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the hand-over, to listen after it, or nothing."""
        last, since = _last_turn(tracker.applied_events())
        if last is None:
            return self._abstain(domain)
        ran = [event.action_name for event in since if isinstance(event, ActionExecuted)]
        actions = {rule.action for rule in self._rules.rules}
        if ran and ran[-1] in actions:
            return self._decide(ACTION_LISTEN_NAME, domain)
        refused = {event.action_name for event in since if isinstance(event, ActionExecutionRejected)}
        facts = self._after_message(tracker, last) if not ran else _after_action(since)
        rule = self._rules.first(facts) if facts else None
        if rule is None or rule.action in refused or HANDOFF in ran:
            return self._abstain(domain)
        return self._decide(rule.action, domain, _events(rule))

    def _after_message(self, tracker: DialogueStateTracker, message: UserUttered) -> Facts:
        """Return what is to be judged right after a message."""
        metadata = message.metadata or {}
        return Facts(
            intent=(message.intent or {}).get(INTENT_NAME_KEY) or "",
            text=_typed(message),
            sentiment=self._sentiment(message),
            important=_important(metadata, tracker),
            media=tracker.active_loop_name is None and _has_media(metadata),
            dissatisfied=tuple(self._sentiment(turn) != "calm" for turn in _turns_since_handoff(tracker)),
        )

    def _sentiment(self, message: UserUttered) -> str:
        """Return a turn's sentiment; by the lexicon alone where whoever parsed the message gave none."""
        text = _typed(message)
        if not text:
            return "calm"
        given = (message.parse_data or {}).get(SENTIMENT)
        return str(given["label"]) if given else self._lexicon.judge(text)

    def _decide(self, action: str, domain: Domain, events: Sequence[Event] = ()) -> PolicyPrediction:
        """Predict ``action`` in the one way that overrules forms, which themselves overrule what follows a user."""
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, events=list(events), is_no_user_prediction=True)

    def _abstain(self, domain: Domain) -> PolicyPrediction:
        """Leave the choice to the other policies."""
        return self._prediction(self._default_predictions(domain))


def _events(rule: Rule) -> list[Event]:
    """Return what the action is to know; media are judged by their action, which may not hand over at all."""
    if rule.action != HANDOFF:
        return []
    return [SlotSet("handoff_reason", rule.reason), SlotSet("handoff_rule", rule.name)]


def _last_turn(events: Sequence[Event]) -> tuple[UserUttered | None, list[Event]]:
    """Return the last message and what happened since."""
    for place in range(len(events) - 1, -1, -1):
        event = events[place]
        if isinstance(event, UserUttered):
            return event, list(events[place + 1 :])
    return None, []


def _after_action(since: Sequence[Event]) -> Facts | None:
    """Return what is to be judged after an action: only whether it counted one unresolved turn more."""
    counted = [event.value for event in since if isinstance(event, SlotSet) and event.key == FAILURES]
    return Facts(failures=int(counted[-1])) if counted and counted[-1] else None


def _turns_since_handoff(tracker: DialogueStateTracker) -> Iterator[UserUttered]:
    """Give the turns of this session since the last hand-over, the latest first."""
    for event in reversed(tracker.applied_events()):
        if isinstance(event, SessionStarted) or (isinstance(event, ActionExecuted) and event.action_name == HANDOFF):
            return
        if isinstance(event, UserUttered):
            yield event


def _typed(message: UserUttered) -> str:
    """Return what a person typed, in normal form and lower case; nothing for buttons and triggers."""
    text = message.text or ""
    return "" if PAYLOAD.match(text) else normalise(text).text.lower().strip()


def _important(metadata: dict[str, Any], tracker: DialogueStateTracker) -> bool:
    """Tell whether a VIP speaks or the order in view is of high value."""
    try:
        vip = int(metadata.get("vip_level") or 0) > 0
    except (TypeError, ValueError):
        vip = False
    return vip or metadata.get(HIGH_VALUE) is True or bool(tracker.get_slot(HIGH_VALUE))


def _has_media(metadata: dict[str, Any]) -> bool:
    """Tell whether a picture or video came along."""
    attachments = metadata.get("attachments")
    return isinstance(attachments, list) and any(
        isinstance(each, dict) and each.get("type") in _EYES_NEEDED for each in attachments
    )
