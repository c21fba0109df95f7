"""A process of its own that trains policies and predicts the actions of stories (see ``benchmarks.serving``)."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from rasa.core.agent import Agent
from rasa.core.test import test as test_stories
from rasa.core.training import load_data
from rasa.model_training import train_core
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from benchmarks.serving import serve

MODEL = "benchmark"


class PolicyTrade:
    """What the process can be asked for; it keeps the model that was loaded last."""

    def __init__(self) -> None:
        self._agent: Agent | None = None

    def nothing(self) -> dict[str, Any]:
        """Answer."""
        return {}

    def train(self, config: str, domain: str, stories: str, out: str, augmentation: int) -> dict[str, Any]:
        """Train policies and load them.

        Args:
            config: Rasa's configuration.
            domain: The domain.
            stories: Folder of rules and stories.
            out: Folder of the model.
            augmentation: Rasa's augmentation factor: how many longer stories it makes of the given ones.
        """
        began = time.perf_counter()
        arguments = {"augmentation_factor": augmentation}
        model = train_core(domain, config, stories, out, fixed_model_name=MODEL, additional_arguments=arguments)
        seconds = time.perf_counter() - began
        if model is None:
            raise RuntimeError(f"nothing was trained from {stories}")
        return {"seconds": seconds, "model": model, **self.load(model)}

    def load(self, model: str) -> dict[str, Any]:
        """Load a model."""
        self._agent = Agent.load(model)
        return {}

    def test(self, stories: str) -> dict[str, Any]:
        """Count the stories and the actions that are predicted right, each after what really came before it."""
        with tempfile.TemporaryDirectory() as folder:
            result = asyncio.run(test_stories(stories, self._loaded(), out_directory=folder, disable_plotting=True))
        conversations = result["report"]["conversation_accuracy"]
        wrong = [action for action in result["actions"] if action["action"] != action["predicted"]]
        return {
            "stories": conversations["total"],
            "stories_right": conversations["correct"],
            "actions": len(result["actions"]),
            "actions_right": len(result["actions"]) - len(wrong),
            "wrong": [f"{action['predicted']} for {action['action']} ({action['policy']})" for action in wrong],
        }

    def time(self, stories: str) -> dict[str, Any]:
        """Predict every action of the stories, and tell the milliseconds of each turn, prediction by prediction."""
        agent = self._loaded()
        trackers = load_data(stories, agent.domain, remove_duplicates=False, augmentation_factor=0)
        return {"turns": [turn for tracker in trackers for turn in self._turns(agent, tracker)]}

    def _loaded(self) -> Agent:
        if self._agent is None or self._agent.processor is None:
            raise RuntimeError("no model has been loaded")
        return self._agent

    def _turns(self, agent: Agent, tracker: DialogueStateTracker) -> Iterator[list[float]]:
        """Give the times of each turn of a story; what comes before the first message belongs to none."""
        replayed = DialogueStateTracker(tracker.sender_id, agent.domain.slots)
        turn: list[float] | None = None
        for event in tracker.events:
            if isinstance(event, UserUttered):
                if turn:
                    yield turn
                turn = []
            elif isinstance(event, ActionExecuted) and turn is not None:
                began = time.perf_counter()
                agent.processor.predict_next_with_tracker_if_should(replayed)
                turn.append(1000 * (time.perf_counter() - began))
            replayed.update(event, agent.domain)
        if turn:
            yield turn


if __name__ == "__main__":
    serve(PolicyTrade())
