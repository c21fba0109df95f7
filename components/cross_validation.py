"""Cross-validates the examples of intents: tells what a model that has not seen an example makes of it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, TextIO

import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.model_selection import StratifiedKFold

from components.intents import NgramIntentClassifier
from components.tokenizer import XiaoerTokenizer
from components.validation import read_examples


def cross_validate(
    examples: Sequence[tuple[str, str]], folds: int, config: dict[str, Any]
) -> Iterator[tuple[int, list[tuple[str, float]]]]:
    """Train the classifier once for each fold, on the other ones, and have it judge the fold.

    Args:
        examples: Text and intent; of every intent at least as many as there are folds.
        folds: Into how many parts the examples are divided, each intent evenly; the division is always the same.
        config: The options of the classifier that differ from its defaults.

    Yields:
        The place of each example, and the intents that it was ranked under with their confidence.

    Raises:
        ValueError: If an intent has fewer examples than there are folds.
    """
    context = ExecutionContext(GraphSchema({}))
    options = {**NgramIntentClassifier.get_default_config(), **config}
    intents = [intent for _, intent in examples]
    division = StratifiedKFold(folds, shuffle=True, random_state=0)
    for number, (seen, unseen) in enumerate(division.split(intents, intents)):
        with tempfile.TemporaryDirectory() as folder:
            storage = LocalModelStorage.create(Path(folder))
            resource = Resource(f"fold-{number}")
            tokenizer = XiaoerTokenizer.create(XiaoerTokenizer.get_default_config(), storage, resource, context)
            training = [Message({TEXT: examples[place][0], INTENT: examples[place][1]}) for place in seen]
            data = tokenizer.process_training_data(TrainingData(training))
            NgramIntentClassifier.create(options, storage, resource, context).train(data)
            classifier = NgramIntentClassifier.load(options, storage, resource, context)
            for place in unseen:
                message = classifier.process(tokenizer.process([Message({TEXT: examples[place][0]})]))[0]
                yield int(place), [(each["name"], each["confidence"]) for each in message.get(INTENT_RANKING_KEY)]


def options_of(config: Path) -> dict[str, Any]:
    """Return the options that a project gives the classifier.

    Args:
        config: Its ``config.yml``.

    Raises:
        ValueError: If the pipeline has no such classifier.
    """
    name = f"{NgramIntentClassifier.__module__}.{NgramIntentClassifier.__name__}"
    for component in yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]:
        if component["name"] == name:
            return {key: value for key, value in component.items() if key != "name"}
    raise ValueError(f"{config} has no {name} in its pipeline")


def sample(examples: Sequence[tuple[str, str]], size: int) -> list[tuple[str, str]]:
    """Return about ``size`` of the examples, evenly from each intent, always the same ones."""
    by_intent: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for text, intent in examples:
        by_intent[intent].append((text, intent))
    share = min(1.0, size / max(1, len(examples)))
    random = Random(0)  # noqa: S311 - for a choice that can be repeated
    return [each for some in by_intent.values() for each in random.sample(some, max(1, round(share * len(some))))]


def main(root: Path, folds: int, size: int, results: TextIO) -> None:
    """Cross-validate the examples of a project.

    Args:
        root: The project's folder.
        folds: See ``cross_validate``.
        size: How many examples to take; 0 for all.
        results: Gets a JSON object a line: ``text``, ``intent``, ``ranking``.
    """
    every = [(example.text, example.intent) for example in read_examples(root / "data" / "nlu")]
    examples = sample(every, size) if size else every
    for place, ranking in cross_validate(examples, folds, options_of(root / "config.yml")):
        text, intent = examples[place]
        results.write(json.dumps({"text": text, "intent": intent, "ranking": ranking}, ensure_ascii=False) + "\n")
        results.flush()


if __name__ == "__main__":
    # What libraries print must not get between the results.
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(Path.cwd(), int(sys.argv[1]), int(sys.argv[2]), own)
