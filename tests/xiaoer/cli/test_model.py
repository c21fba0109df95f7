"""``xiaoer model``: when a model is trained, and what becomes of a training that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xiaoer.cli import main
from xiaoer.cli.model import fingerprint, model_path
from xiaoer.cli.progress import Progress

PYTHON = sys.executable
TRAINER = """\
#!{python}
import os, pathlib, sys, time
if sys.argv[1] == "-c":
    assert "learned_meaning()" in sys.argv[2]
    {learner}
    sys.exit()
assert sys.argv[1:4] == ["-m", "rasa", "train"], sys.argv
assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"
name, out = sys.argv[sys.argv.index("--fixed-model-name") + 1], pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
with open("trainings.txt", "a") as log:
    log.write("x")
print("2026-11-21 12:00:00 INFO     rasa.hooks  - Starting to train component 'RulePolicy'.", flush=True)
target = out / name
{body}
"""
GOOD = 'target.write_bytes(b"model")'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with a little of everything that a model is made of."""
    root = tmp_path / "project"
    for file, content in {
        "Procfile": "desk: x",
        "endpoints.yml": "",
        "config.yml": "pipeline: []",
        "domain.yml": "intents: []",
        "data/nlu/orders.yml": "nlu: []",
        "data/rules/orders.yml": "rules: []",
        "components/tokenizer.py": "WORDS = 1",
        "components/words.txt": "大衣",
    }.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Puts a program in the place of the interpreter that trains and learns as it is told."""

    def install(body: str, learner: str = "sys.exit(9)") -> Path:
        program = tmp_path / "python"
        words = TRAINER.format(python=PYTHON, body=textwrap.dedent(body), learner=learner)
        program.write_text(words, encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setattr("xiaoer.cli.model.sys.executable", str(program))
        return program

    return install


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["model", *arguments])


def trainings(project: Path) -> int:
    log = project / "trainings.txt"
    return len(log.read_text()) if log.exists() else 0


def models(project: Path) -> list[str]:
    return sorted(path.name for path in (project / "models").glob("**/*.tar.gz"))


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.yml", "pipeline: [x]"),
        ("domain.yml", "intents: [x]"),
        ("data/nlu/orders.yml", "nlu: [x]"),
        ("data/nlu/new.yml", ""),
        ("components/tokenizer.py", "WORDS = 2"),
        ("components/words.txt", "羽绒服"),
    ],
)
def test_whatever_a_model_is_made_of_changes_its_name(project: Path, file: str, content: str) -> None:
    before = fingerprint(project)
    (project / file).write_text(content, encoding="utf-8")

    assert fingerprint(project) != before


def test_a_moved_file_a_lost_one_and_another_rasa_change_it_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = {fingerprint(project)}
    (project / "data/rules/orders.yml").rename(project / "data/rules/order.yml")
    seen.add(fingerprint(project))
    (project / "data/rules/order.yml").unlink()
    seen.add(fingerprint(project))
    monkeypatch.setattr("xiaoer.cli.model.version", lambda _name: "3.6.22")
    seen.add(fingerprint(project))

    assert len(seen) == 4


def test_what_a_model_is_not_made_of_changes_nothing(project: Path) -> None:
    before = fingerprint(project)
    for file in ("components/__pycache__/tokenizer.cpython-311.pyc", "data/nlu/orders.yml~", "README.md", "var/x.db"):
        path = project / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    os.utime(project / "config.yml", (0, 0))

    assert fingerprint(project) == before


def test_the_name_is_twelve_hexadecimal_digits(project: Path) -> None:
    assert model_path(project).parent == project / "models"
    assert model_path(project).name == f"xiaoer-{fingerprint(project)}.tar.gz"
    assert len(fingerprint(project)) == 12
    assert int(fingerprint(project), 16) >= 0


def test_there_is_no_path_without_a_model(project: Path) -> None:
    result = call("path")

    assert result.exit_code == 1
    assert result.stderr == "Error: there is no model for the present data; run: xiaoer model ensure\n"
    assert result.stdout == ""


def test_nothing_to_train_from_is_said(project: Path) -> None:
    (project / "domain.yml").unlink()

    for command in ("ensure", "path"):
        result = call(command)
        assert result.exit_code == 1
        assert result.stderr == "Error: there is nothing to train from: domain.yml is missing\n"


def test_a_model_is_trained_once_for_the_same_data(project: Path, trainer: Callable[[str], Path]) -> None:
    trainer(GOOD)

    first, second, path = call("ensure"), call("ensure"), call("path")

    assert first.exit_code == 0
    assert "training RulePolicy" in first.stderr
    assert first.stdout == second.stdout == path.stdout == f"{model_path(project)}\n"
    assert second.stderr == ""
    assert trainings(project) == 1
    assert models(project) == [model_path(project).name]

    (project / "domain.yml").write_text("intents: [greet]")
    assert call("ensure").exit_code == 0
    assert trainings(project) == 2
    assert len(models(project)) == 2


def test_a_program_is_told_whether_it_was_trained(project: Path, trainer: Callable[[str], Path]) -> None:
    trainer(GOOD)

    assert f'"model": "{model_path(project)}",\n  "trained": true' in call("ensure", "--json").stdout
    assert '"trained": false' in call("ensure", "--json").stdout
    assert call("path", "--json").stdout == f'{{\n  "model": "{model_path(project)}"\n}}\n'


@pytest.mark.parametrize(
    "body",
    [
        'print("ValueError: bad story"); sys.exit(1)',
        'target.write_bytes(b"mod"); print("ValueError: bad story"); os._exit(137)',
        'print("ValueError: bad story")',
    ],
    ids=["fails", "killed half-way", "writes nothing"],
)
def test_a_training_that_fails_leaves_no_model(project: Path, trainer: Callable[[str], Path], body: str) -> None:
    trainer(body)

    result = call("ensure")

    assert result.exit_code == 1
    assert "ValueError: bad story" in result.stderr
    assert "rasa train failed" in result.stderr.splitlines()[-1]
    assert models(project) == []
    assert call("path").exit_code == 1
    trainer(GOOD)
    assert call("ensure").exit_code == 0


def test_data_that_changes_meanwhile_gives_no_model(project: Path, trainer: Callable[[str], Path]) -> None:
    trainer(f'{GOOD}\nopen("data/nlu/orders.yml", "w").write("nlu: [later]")')

    result = call("ensure")

    assert result.exit_code == 1
    assert "changed during the training" in result.stderr
    assert models(project) == []


@pytest.fixture
def meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the meanings of these lessons are to be kept; nothing has been learned yet."""
    path = tmp_path / "meaning.npz"
    monkeypatch.setattr("xiaoer.knowledge.learning.meaning_path", lambda _root: path)
    return path


def test_what_questions_mean_is_learned_once_beside_the_training(
    project: Path, trainer: Callable[..., Path], meaning: Path
) -> None:
    waits = f'while not os.path.exists("learning"): time.sleep(0.01)\n{GOOD}'
    trainer(waits, f'open("learning", "w").close(); open({str(meaning)!r}, "w").close()')

    first, second = call("ensure"), call("ensure")

    assert first.exit_code == second.exit_code == 0
    assert first.stderr.startswith("learning what questions mean")
    assert second.stderr == ""
    assert models(project) == [model_path(project).name]


@pytest.mark.parametrize("body", [GOOD, "time.sleep(0.5); sys.exit(1)"], ids=["alone", "as the training does"])
def test_a_learning_that_fails_is_told(project: Path, trainer: Callable[..., Path], meaning: Path, body: str) -> None:
    trainer(body, "sys.exit(3)")

    result = call("ensure")

    assert result.exit_code == 1
    expected = "could not be learned (exit status 3)" if body == GOOD else "rasa train failed"
    assert expected in result.stderr.splitlines()[-1]
    assert models(project) == ([model_path(project).name] if body == GOOD else [])


def test_a_training_that_fails_stops_the_learning(project: Path, trainer: Callable[..., Path], meaning: Path) -> None:
    waits = 'while not os.path.exists("learning"): time.sleep(0.01)\nsys.exit(1)'
    trainer(waits, 'open("pid", "w").write(str(os.getpid())); os.replace("pid", "learning"); time.sleep(60)')

    assert call("ensure").exit_code == 1

    with pytest.raises(ProcessLookupError):
        os.kill(int((project / "learning").read_text()), 0)


PROCESS = "import sys; from xiaoer.cli import main; sys.executable = sys.argv.pop(1); main(['model', 'ensure'])"


def test_two_at_once_train_once(project: Path, trainer: Callable[[str], Path]) -> None:
    program = trainer(f"time.sleep(1)\n{GOOD}")
    both = [
        subprocess.Popen([PYTHON, "-c", PROCESS, str(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=60) for each in both]

    assert [each.returncode for each in both] == [0, 0]
    assert {out for out, _ in said} == {f"{model_path(project)}\n".encode()}
    assert sum("waiting for it" in err.decode() for _, err in said) <= 1
    assert trainings(project) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_who_stops_it_stops_the_training(project: Path, trainer: Callable[[str], Path], number: signal.Signals) -> None:
    program = trainer('open("pid.txt", "w").write(str(os.getpid())); os.replace("pid.txt", "pid"); time.sleep(60)')
    process = subprocess.Popen([PYTHON, "-c", PROCESS, str(program)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 20
    while not (project / "pid").exists():
        assert time.monotonic() < until
        time.sleep(0.05)

    process.send_signal(number)

    assert process.wait(timeout=20) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int((project / "pid").read_text()), 0)
    assert list((project / "models").glob(".training-*")) == []


def test_progress_shows_steps_warnings_and_errors_only() -> None:
    seconds = iter([0.0, 11.4, 12.0])
    progress = Progress(clock=lambda: next(seconds))
    lines = """\
/venv/rasa/x.py:12: DeprecationWarning: pkg_resources is deprecated
  import pkg_resources
2026-11-21 22:19:58 INFO     rasa.validator  - Validating intents...
2026-11-21 22:19:59 INFO     rasa.engine.training.hooks  - Starting to train component 'CRF'.
Epochs:  50%|#####     | 1/2 [00:00<00:00, 20it/s]
2026-11-21 22:19:59 INFO     rasa.engine.training.hooks  - Finished training component 'CRF'.
2026-11-21 22:19:59 INFO     rasa.engine.training.hooks  - Restored component 'RulePolicy' from cache.
/venv/rasa/shared/utils/io.py:99: UserWarning: Misaligned entity annotation in '查订单'.
Make sure the start and end values are right.
  More info at https://example.com
  rasa.shared.utils.io.raise_warning(
/venv/rasa/shared/utils/io.py:99: UserWarning: You have defined training data consisting of entity examples, but your \
NLU configuration does not include an entity extractor trained on your training data.
  rasa.shared.utils.io.raise_warning(
2026-11-21 22:20:00 WARNING  rasa.validator  - The intent 'x' is not used.
\x1b[92mYour Rasa model is trained and saved at 'models/t.tar.gz'.\x1b[0m
""".splitlines(keepends=True)

    assert [said for line in lines for said in progress.read(line)] == [
        "    11 s  training CRF",
        "    12 s  unchanged: RulePolicy",
        "  warning: Misaligned entity annotation in '查订单'.",
        "           Make sure the start and end values are right.",
        "  warning: The intent 'x' is not used.",
    ]
    assert progress.latest[-1] == "Your Rasa model is trained and saved at 'models/t.tar.gz'."
    assert not any("Epochs" in line for line in progress.latest)
