"""The project's examples: reading them once, drawing stratified parts of them, and writing them for Rasa."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.shared.nlu.training_data.entities_parser import replace_entities


@dataclass(frozen=True)
class Example:
    """One utterance.

    Attributes:
        marked: As it stands in the data, with its annotations.
        intent: What it is an example of.
    """

    marked: str
    intent: str

    @property
    def text(self) -> str:
        """The utterance as somebody would type it."""
        return replace_entities(self.marked)


def read_examples(folder: Path) -> list[Example]:
    """Return all examples of a folder of Rasa's YAML files, in the order of files and lines."""
    return [example for file in sorted(folder.rglob("*.yml")) for example in _in_file(file)]


def _in_file(file: Path) -> Iterator[Example]:
    for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu") or []:
        if "intent" in block:
            for line in block["examples"].splitlines():
                if line.startswith("- ") and line[2:].strip():
                    yield Example(line[2:].strip(), block["intent"])


def write_examples(examples: Iterable[Example], file: Path) -> Path:
    """Write examples as a file that ``rasa train`` reads, and return it."""
    by_intent: defaultdict[str, list[str]] = defaultdict(list)
    for example in examples:
        by_intent[example.intent].append(f"- {example.marked}")
    blocks: list[dict[str, Any]] = [
        {"intent": intent, "examples": "\n".join(lines) + "\n"} for intent, lines in by_intent.items()
    ]
    document = {"version": "3.1", "nlu": blocks}
    file.write_text(yaml.safe_dump(document, allow_unicode=True, width=10_000, sort_keys=False), encoding="utf-8")
    return file


def draw(examples: Sequence[Example], count: int | None, seed: int = 0) -> list[Example]:
    """Return a stratified sample: of each intent the same share, and at least two examples where it has two.

    Args:
        examples: What to draw from.
        count: How many there should be, about; all when ``None``.
        seed: Another seed draws others.
    """
    if count is None or count >= len(examples):
        return list(examples)
    share = count / len(examples)
    return [example for group in _shuffled(examples, seed) for example in group[: max(2, round(share * len(group)))]]


def split(examples: Sequence[Example], share: float, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """Return the examples without a stratified ``share`` of them, and that share; an intent's only example stays."""
    kept: list[Example] = []
    held_out: list[Example] = []
    for group in _shuffled(examples, seed):
        border = min(len(group) - 1, max(1, round(share * len(group))))
        held_out += group[:border]
        kept += group[border:]
    return kept, held_out


def fold(examples: Sequence[Example], count: int, seed: int = 0) -> list[tuple[list[Example], list[Example]]]:
    """Return ``count`` pairs of examples to train on and examples to test with; each is tested with once."""
    numbered = [(place % count, example) for group in _shuffled(examples, seed) for place, example in enumerate(group)]
    return [
        (
            [example for number, example in numbered if number != each],
            [example for number, example in numbered if number == each],
        )
        for each in range(count)
    ]


def _shuffled(examples: Sequence[Example], seed: int) -> list[list[Example]]:
    """Return the examples of each intent in a random order that only the seed decides."""
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[example.intent].append(example)
    for intent, group in groups.items():
        random.Random(f"{seed} {intent}").shuffle(group)  # noqa: S311 - a sample, no secret
    return list(groups.values())
