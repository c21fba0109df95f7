"""Checks the examples of intents: enough of each, none twice or of two intents, names marked where words end."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from components.tokenizer import XiaoerTokenizer
from xiaoer.language.normalise import normalise

FEWEST = 150
"""Examples that an intent must have at least."""
MOST_ASTRAY = 0.05
"""The share of marked names that may begin or end inside a word: no tokenizer knows every name."""

MARKED = frozenset({"product", "color", "size", "carrier", "city", "merchant", "address", "person"})
"""Entities that are marked by hand; the regular ones are found by their form."""

_MARK = re.compile(r"\[(?P<text>[^\[\]]*)\]\((?P<entity>\w+)\)")
_SPACES_OR_SIGNS = re.compile(r"[\W_]+")
_CLEAN_BORDERS = re.compile(r"[^\s,.，。!！?？、;；:：].*(?<![\s,.，。!！?？、;；:：])", re.DOTALL)


@dataclass(frozen=True)
class Mark:
    """A name that is marked in an example.

    Attributes:
        entity: What it is.
        start: First character, in the text without marks.
        end: One past the last character.
    """

    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """An example of an intent.

    Attributes:
        place: File and line.
        intent: The intent.
        text: The text without marks.
        marks: What is marked in it.
    """

    place: str
    intent: str
    text: str
    marks: tuple[Mark, ...]


def read_examples(folder: Path) -> list[Example]:
    """Read the examples of all files of a folder, in the form that Rasa's documentation calls inline.

    Args:
        folder: Where the files of the topics are, ``*.yml``.

    Raises:
        ValueError: If a line before the first intent is an example.
    """
    return [example for path in sorted(folder.glob("*.yml")) for example in _examples(path)]


def _examples(path: Path) -> Iterator[Example]:
    intent = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("- intent:"):
            intent = line.partition(":")[2].strip()
        elif line.startswith("    - "):
            if not intent:
                raise ValueError(f"{path.name}:{number}: an example of no intent")
            yield _example(f"{path.name}:{number}", intent, line[6:])


def _example(place: str, intent: str, marked: str) -> Example:
    text, marks, position = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[position : mark.start()]
        marks.append(Mark(mark["entity"], len(text), len(text) + len(mark["text"])))
        text += mark["text"]
        position = mark.end()
    return Example(place, intent, text + marked[position:], tuple(marks))


def problems(examples: Sequence[Example], intents: Sequence[str]) -> list[str]:
    """Return what is wrong with the examples, each as a line that names the place.

    Args:
        examples: The examples of all intents.
        intents: The intents of the domain.
    """
    intents = [intent for intent in intents if intent != DEFAULT_NLU_FALLBACK_INTENT_NAME]
    return [*_counts(examples, intents), *_twice(examples), *_wrong_marks(examples), *_astray(examples)]


def _counts(examples: Sequence[Example], intents: Sequence[str]) -> Iterator[str]:
    counts = Counter(example.intent for example in examples)
    for unknown in sorted(set(counts) - set(intents)):
        yield f"{unknown}: no intent of the domain"
    for intent in intents:
        if counts[intent] < FEWEST:
            yield f"{intent}: {counts[intent]} examples, {FEWEST} are needed"


def _twice(examples: Sequence[Example]) -> Iterator[str]:
    """Find examples that differ by spaces, signs, width or script alone: the model can't tell them apart."""
    same = defaultdict(list)
    for example in examples:
        plain = normalise(example.text).text.lower()
        same[_SPACES_OR_SIGNS.sub("", plain) or plain].append(example)
    for first, *others in same.values():
        for other in others:
            if other.intent == first.intent:
                yield f"{other.place}: {other.text!r} stands at {first.place} already"
            else:
                yield f"{other.place}: {other.text!r} is {other.intent} here and {first.intent} at {first.place}"


def _wrong_marks(examples: Sequence[Example]) -> Iterator[str]:
    for example in examples:
        for mark in example.marks:
            marked = example.text[mark.start : mark.end]
            if mark.entity not in MARKED:
                yield f"{example.place}: [{marked}]({mark.entity}) is no entity that is marked by hand"
            elif not _CLEAN_BORDERS.fullmatch(marked):
                yield f"{example.place}: [{marked}]({mark.entity}) begins or ends beside a name"


def _astray(examples: Sequence[Example]) -> Iterator[str]:
    marked = [example for example in examples if example.marks]
    tokenizer = XiaoerTokenizer.create(XiaoerTokenizer.get_default_config(), _NOWHERE, Resource("validation"), _NOWHERE)
    astray = [
        f"{example.place}: {example.text[mark.start : mark.end]!r} is no whole word in {example.text!r}"
        for example in marked
        for mark in _inside_words(example, tokenizer)
    ]
    total = sum(len(example.marks) for example in marked)
    if len(astray) > MOST_ASTRAY * total:
        yield f"{len(astray)} of {total} marked names begin or end inside a word; teach the tokenizer's dictionary:"
        yield from astray


# The tokenizer asks neither where models are stored nor where it runs.
_NOWHERE: Any = None


def _inside_words(example: Example, tokenizer: XiaoerTokenizer) -> Iterator[Mark]:
    message = Message({TEXT: example.text})
    tokenizer.process([message])
    tokens = message.get(TOKENS_NAMES[TEXT])
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    for mark in example.marks:
        if mark.start not in starts or mark.end not in ends:
            yield mark


def main(root: Path) -> int:
    """Print the problems of a project's examples, and return the exit status: 1 if there are any."""
    domain = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))
    intents = [each if isinstance(each, str) else next(iter(each)) for each in domain["intents"]]
    examples = read_examples(root / "data" / "nlu")
    found = problems(examples, intents)
    for problem in found:
        sys.stdout.write(problem + "\n")
    sys.stdout.write(f"{len(examples)} examples, {len(found)} problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
