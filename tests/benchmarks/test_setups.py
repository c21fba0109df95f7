"""The set-ups that are compared."""

from __future__ import annotations

from benchmarks.policies import WITH, WITH_CACHE, WITHOUT, variants
from benchmarks.setups import OWN, OWN_INTENTS, is_neural, read_config, read_setups, with_epochs
from benchmarks.snapshot import ROOT


def names(configuration: dict, part: str = "pipeline") -> list[str]:
    return [component["name"] for component in configuration[part]]


def test_every_set_up_ends_with_a_fallback_of_its_own() -> None:
    setups = read_setups(ROOT / "config.yml")

    assert len(setups) >= 8
    assert all(names(setup)[-1] == "FallbackClassifier" for name, setup in setups.items() if name != OWN)
    assert [name for name, setup in setups.items() if is_neural(setup)] == ["jieba-diet"]


def test_the_projects_own_set_up_is_compared_whole_and_for_its_intents_alone() -> None:
    own = read_config(ROOT / "config.yml")
    setups = read_setups(ROOT / "config.yml")

    assert setups[OWN] == own
    assert names(own)[: len(names(setups[OWN_INTENTS]))] == names(setups[OWN_INTENTS])
    assert "components.sentiment.SentimentClassifier" not in names(setups[OWN_INTENTS])


def test_epochs_are_shortened_never_prolonged() -> None:
    usual = with_epochs(read_setups(ROOT / "config.yml")["jieba-diet"], 7)
    epochs = [each["epochs"] for part in ("pipeline", "policies") for each in usual[part] if "epochs" in each]

    assert epochs == [7, 7]
    assert with_epochs(usual, 50) == usual


def test_policies_differ_in_ted_alone() -> None:
    compared = variants(read_config(ROOT / "config.yml"), 3)
    plain = names(compared[WITHOUT], "policies")

    assert names(compared[WITH], "policies") == [*plain, "TEDPolicy"]
    assert names(compared[WITH_CACHE], "policies") == [*plain, "benchmarks.cached_ted.CachedTEDPolicy"]
    assert compared[WITH]["policies"][-1]["epochs"] == 3
