from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message

from components.importer import Example, ExampleImporter
from components.tokenizer import XiaoerTokenizer

ROOT = Path(__file__).parents[2]
DATA = """version: "3.1"
nlu:
- intent: ask_stock
  examples: |
    - [黑色](color)的有吗
    - 还有货吗
"""


def example(text: str = "黑色的有吗", value: str = "黑色") -> Example:
    entities = [{"entity": "color", "start": 0, "end": 2, "value": value}]
    return Example.of(Message({"text": text, "intent": "ask_stock", "entities": entities}))


def test_a_copy_shares_nothing_that_changes() -> None:
    one = example()
    twin = deepcopy(one)
    assert twin == one
    twin.get("entities")[0]["value"] = "白色"
    twin.set("intent", "inform", add_to_output=True)
    assert one.get("entities")[0]["value"] == "黑色"
    assert one.get("intent") == "ask_stock"
    assert "intent" not in one.output_properties
    assert twin != one


def test_fingerprints_tell_messages_apart(tokenizer: XiaoerTokenizer) -> None:
    assert example().fingerprint() == example().fingerprint()
    assert len({example().fingerprint(), example(value="黑").fingerprint(), example("黑色的有么").fingerprint()}) == 3
    one, other = example(), example()
    tokenizer.process([one])
    assert one.fingerprint() != other.fingerprint()
    tokenizer.process([other])
    assert one.fingerprint() == other.fingerprint()


def test_what_is_no_plain_value_is_left_to_rasa() -> None:
    odd = example()
    odd.set("odd", {1, 2})
    assert odd.fingerprint() == deepcopy(odd).fingerprint()


def test_the_examples_are_those_of_rasas_own_importer(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}.yml").write_text(DATA.replace("吗", name), encoding="utf-8")
    ours = ExampleImporter(training_data_paths=[str(tmp_path)]).get_nlu_data()
    theirs = RasaFileImporter(training_data_paths=[str(tmp_path)]).get_nlu_data()
    assert [each.data for each in ours.training_examples] == [each.data for each in theirs.training_examples]
    assert len(ours.training_examples) == 4


def test_the_project_reads_its_data_with_it() -> None:
    importer = TrainingDataImporter.load_from_config(str(ROOT / "config.yml"))
    files = importer.importer._importer._importers  # type: ignore[attr-defined]
    assert [type(each) for each in files] == [ExampleImporter]
