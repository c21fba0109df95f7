"""TED that remembers what it predicted: a prediction depends on nothing but the last states of a conversation."""

from __future__ import annotations

import copy
import json
from collections import OrderedDict
from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.ted_policy import TEDPolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

REMEMBERED = 10_000


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITH_END_TO_END_SUPPORT, is_trainable=True)
class CachedTEDPolicy(TEDPolicy):
    """Keeps the latest predictions by the states that they were made from."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """Remember nothing yet (for the arguments see parent class)."""
        super().__init__(*arguments, **named)
        self._known: OrderedDict[str, PolicyPrediction] = OrderedDict()

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        precomputations: Any | None = None,
        **named: Any,
    ) -> PolicyPrediction:
        """Return what was predicted from these states before, or predict it."""
        states = self._prediction_states(tracker, domain, rule_only_data=rule_only_data)
        key = json.dumps(states, sort_keys=True, default=str)
        if key not in self._known:
            self._known[key] = super().predict_action_probabilities(
                tracker, domain, rule_only_data, precomputations, **named
            )
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return copy.copy(self._known[key])
