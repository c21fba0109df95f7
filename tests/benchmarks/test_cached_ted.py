"""TED that remembers its predictions."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.ted_policy import TEDPolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from benchmarks.cached_ted import CachedTEDPolicy

DOMAIN = Domain.from_dict({"intents": ["a", "b"], "actions": ["action_a"]})


def tracker(*intents: str) -> DialogueStateTracker:
    """Return a conversation whose last message has not been answered yet."""
    events: list[Any] = []
    for intent in intents:
        events += [ActionExecuted("action_listen"), UserUttered(intent={"name": intent}), ActionExecuted("action_a")]
    return DialogueStateTracker.from_events("someone", events[:-1], DOMAIN.slots)


def test_the_same_states_are_predicted_once(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[DialogueStateTracker] = []

    def predict(self: TEDPolicy, tracker: DialogueStateTracker, *_: Any, **__: Any) -> PolicyPrediction:
        asked.append(tracker)
        return self._prediction([float(len(asked)), 0.0])

    monkeypatch.setattr(TEDPolicy, "predict_action_probabilities", predict)
    config = {**TEDPolicy.get_default_config(), "max_history": 3}
    policy = CachedTEDPolicy(
        config, LocalModelStorage.create(tmp_path), Resource("ted"), ExecutionContext(GraphSchema({}), "test")
    )

    def first(*intents: str) -> float:
        return policy.predict_action_probabilities(tracker(*intents), DOMAIN).probabilities[0]

    assert [first("a"), first("b"), first("a"), first("b")] == [1, 2, 1, 2]
    assert first("a", "b") == 3
    # What lies further back than three states is not seen, and so decides nothing.
    assert first("b", "b", "a", "b") == first("a", "b", "a", "b") == 3
