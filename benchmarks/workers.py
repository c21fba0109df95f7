"""The worker processes as whoever asks them sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.asked import AskedProcess
from benchmarks.scores import Prediction

AT_ONCE = 200
"""Texts in one request: an answer is one line, which should stay of a reasonable length."""


class NluWorker(AskedProcess):
    """Trains pipelines and parses texts with them."""

    module = "benchmarks.nlu_worker"

    def train(self, config: Path, nlu: Path, out: Path) -> float:
        """Train a pipeline, load it, and return the seconds of the training."""
        return float(self._ask("train", config=str(config), nlu=str(nlu), out=str(out))["seconds"])

    def load(self, model: Path) -> None:
        """Load a model."""
        self._ask("load", model=str(model))

    def parse(self, texts: Sequence[str]) -> list[Prediction]:
        """Return what the loaded pipeline says about texts."""
        found: list[Prediction] = []
        for start in range(0, len(texts), AT_ONCE):
            answer = self._ask("parse", texts=list(texts[start : start + AT_ONCE]))
            found += [Prediction(*prediction) for prediction in answer["predictions"]]
        return found


@dataclass(frozen=True)
class StoryScore:
    """How many stories and actions were predicted right.

    Attributes:
        stories: How many stories there were.
        stories_right: In how many of them every action was right.
        actions: How many actions there were.
        actions_right: How many of them were right.
        wrong: The wrong ones, in words.
    """

    stories: int = 0
    stories_right: int = 0
    actions: int = 0
    actions_right: int = 0
    wrong: tuple[str, ...] = ()

    def __add__(self, other: StoryScore) -> StoryScore:
        """Return both together."""
        return StoryScore(
            self.stories + other.stories,
            self.stories_right + other.stories_right,
            self.actions + other.actions,
            self.actions_right + other.actions_right,
            self.wrong + other.wrong,
        )


class PolicyWorker(AskedProcess):
    """Trains policies and lets them predict the actions of stories."""

    module = "benchmarks.policy_worker"

    def train(self, config: Path, domain: Path, stories: Path, out: Path, augmentation: int) -> tuple[float, Path]:
        """Train policies, load them, and return the seconds of the training and the model."""
        answer = self._ask(
            "train",
            config=str(config),
            domain=str(domain),
            stories=str(stories),
            out=str(out),
            augmentation=augmentation,
        )
        return float(answer["seconds"]), Path(answer["model"])

    def load(self, model: Path) -> None:
        """Load a model."""
        self._ask("load", model=str(model))

    def test(self, stories: Path) -> StoryScore:
        """Return how well the loaded policies predict stories."""
        answer = self._ask("test", stories=str(stories))
        answer["wrong"] = tuple(answer["wrong"])
        return StoryScore(**{part: answer[part] for part in StoryScore.__dataclass_fields__})

    def time(self, stories: Path) -> list[list[float]]:
        """Return the milliseconds of every turn of some stories, prediction by prediction."""
        return [list(turn) for turn in self._ask("time", stories=str(stories))["turns"]]
