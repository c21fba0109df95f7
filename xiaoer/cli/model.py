"""``xiaoer model``: training the assistant's model when the present data has none, and finding it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click

from xiaoer.cli.output import json_option, print_json
from xiaoer.cli.project import project_root, quiet_environment
from xiaoer.cli.training import rasa_train
from xiaoer.language import normalise

SOURCES = ("config.yml", "domain.yml", "data", "components")
"""Files and folders that a model is made of."""

MODELS = "models"
UNREAD = frozenset({"__pycache__", ".DS_Store", "knowledge", "lessons"})
"""What no model is made of: among the data the shops and lessons, of which the knowledge search learns by itself."""


@click.group()
def model() -> None:
    """Train the assistant's model and find it."""


@model.command("ensure")
@json_option
def ensure(as_json: bool) -> None:
    """Train a model unless there is one for the present data, and print its path."""
    root = project_root()
    path = model_path(root)
    trained = ensure_learned(root)
    if as_json:
        print_json({"model": str(path), "trained": trained})
    else:
        click.echo(path)


@model.command("path")
@json_option
def path(as_json: bool) -> None:
    """Print the path of the model for the present data; exit status 1 where there is none."""
    found = model_path(project_root())
    if not found.is_file():
        raise click.ClickException("there is no model for the present data; run: xiaoer model ensure")
    if as_json:
        print_json({"model": str(found)})
    else:
        click.echo(found)


@model.command("check")
def check() -> None:
    """Check the examples of data/nlu, and list what is wrong with them; exit status 1 where something is."""
    command = [sys.executable, "-m", "components.validation", "."]
    checking = subprocess.run(  # noqa: S603 - our own interpreter with fixed arguments
        command, cwd=project_root(), env=quiet_environment(), stderr=subprocess.DEVNULL, check=False
    )
    sys.exit(checking.returncode)


def fingerprint(root: Path) -> str:
    """Return 12 hexadecimal digits that change when anything that a model is made of changes.

    Args:
        root: The project's folder.

    Raises:
        click.ClickException: If a source is missing.
    """
    digest = hashlib.sha256(f"rasa {version('rasa')}\n".encode())
    digest.update(Path(normalise.__file__).read_bytes())  # the one module outside that the components use
    for source in SOURCES:
        if not (root / source).exists():
            raise click.ClickException(f"there is nothing to train from: {source} is missing")
        for file in _files(root / source):
            content = hashlib.sha256(file.read_bytes()).hexdigest()
            digest.update(f"{file.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()[:12]


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return [source]
    inside = (file for file in source.rglob("*") if file.is_file())
    return sorted(
        file
        for file in inside
        if not UNREAD & set(file.relative_to(source).parts) and file.suffix != ".pyc" and file.name[-1] != "~"
    )


def model_path(root: Path) -> Path:
    """Return where the model for the present data is, or would be."""
    return root / MODELS / f"xiaoer-{fingerprint(root)}.tar.gz"


def ensure_model(root: Path) -> bool:
    """Train a model unless there is one for the present data, and return whether that was needed.

    Two processes that want the same model train it once. A training that fails or is cut off leaves no model.

    Args:
        root: The project's folder.

    Raises:
        click.ClickException: If the training fails, or the data changes meanwhile.
    """
    target = model_path(root)
    if target.is_file():
        return False
    target.parent.mkdir(exist_ok=True)
    with _alone(target.parent / ".lock"):
        if target.is_file():
            return False
        for left_over in target.parent.glob(".training-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        workshop = target.parent / f".training-{secrets.token_hex(4)}"
        workshop.mkdir()
        try:
            click.echo("training the assistant's model; this takes a minute or two …", err=True)
            seconds = rasa_train(root, workshop / target.name)
            click.echo(f"trained in {seconds:.0f} s", err=True)
            if model_path(root) != target:
                raise click.ClickException("the training data changed during the training; please start again")
            os.replace(workshop / target.name, target)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return True


def ensure_learned(root: Path) -> bool:
    """Train a model, and learn beside it what questions mean, unless there is both; so that no customer waits for it.

    Args:
        root: The project's folder.

    Returns:
        Whether a model was trained.

    Raises:
        click.ClickException: If one of them fails, or the data changes meanwhile.
    """
    with _learning_meaning():
        return ensure_model(root)


@contextmanager
def _learning_meaning() -> Iterator[None]:
    """Learn what questions mean while the block runs, unless that was done for the present lessons."""
    # Loads the dictionaries, which takes seconds that the other commands need not wait.
    from xiaoer.knowledge.learning import CHECKOUT, meaning_path  # noqa: PLC0415

    if meaning_path(CHECKOUT).is_file():
        yield
        return
    click.echo("learning what questions mean; this takes some minutes …", err=True)
    # A process of its own: the training leaves a core to it.
    learning = subprocess.Popen(
        [sys.executable, "-c", "from xiaoer.knowledge.learning import learned_meaning; learned_meaning()"],
        env=quiet_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
        if learning.wait() != 0:
            raise click.ClickException(
                f"what questions mean could not be learned (exit status {learning.returncode}); the reason is above"
            )
    finally:
        learning.terminate()
        learning.wait()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            click.echo("another training is under way; waiting for it …", err=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
