"""The set-ups that are compared: files of ``benchmarks/setups``, and the project's own config.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("setups")
OWN = "config.yml"
"""The name of the project's set-up, whole."""

OWN_INTENTS = "config.yml, intents alone"
"""The name of the project's set-up without what finds entities and moods: as much work as the others do."""

NEURAL = frozenset({"DIETClassifier", "ResponseSelector", "LanguageModelFeaturizer"})
"""Components that would train for hours on all data."""


def read_setups(own: Path, folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Return the configuration of each set-up by its name, the project's own ones last.

    Args:
        own: The project's config.yml.
        folder: Where the other ones are.
    """
    setups = {file.stem: read_config(file) for file in sorted(folder.glob("*.yml"))}
    configuration = read_config(own)
    return {**setups, OWN_INTENTS: intents_alone(configuration), OWN: configuration}


def read_config(file: Path) -> dict[str, Any]:
    """Return one of Rasa's configurations."""
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def write_config(configuration: Mapping[str, Any], file: Path) -> Path:
    """Write a configuration where Rasa can read it, and return the file."""
    file.write_text(yaml.safe_dump(dict(configuration), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def intents_alone(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without the components behind the fallback, which find entities and moods."""
    pipeline = configuration["pipeline"]
    names = [component["name"].rsplit(".", 1)[-1] for component in pipeline]
    end = names.index("FallbackClassifier") + 1 if "FallbackClassifier" in names else len(names)
    return {**configuration, "pipeline": pipeline[:end]}


def is_neural(configuration: Mapping[str, Any]) -> bool:
    """Return whether a set-up can only be trained on a sample."""
    return any(component["name"].rsplit(".", 1)[-1] in NEURAL for component in configuration["pipeline"])


def with_epochs(configuration: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """Return a configuration whose neural networks learn for at most ``epochs`` epochs."""

    def shorten(component: Mapping[str, Any]) -> dict[str, Any]:
        return {**component, **({"epochs": min(epochs, component["epochs"])} if "epochs" in component else {})}

    parts = {part: [shorten(each) for each in configuration[part]] for part in _parts(configuration)}
    return {**configuration, **parts}


def _parts(configuration: Mapping[str, Any]) -> list[str]:
    return [part for part in ("pipeline", "policies") if configuration.get(part)]
