"""What is shown of a training that is measured: also the epochs of neural networks, which take the longest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.snapshot import environment
from xiaoer.cli.progress import Progress
from xiaoer.cli.training import rasa_train

EPOCH = re.compile(r"Epochs:.*?\| (?P<done>\d+)/(?P<all>\d+) \[")
SHOWN_EVERY = 10


def train_in(snapshot: Path, config: Path, data: list[Path], model: Path) -> float:
    """Train a whole model, and return the seconds of ``rasa train``.

    Args:
        snapshot: The folder to train in; its domain is used.
        config: The configuration.
        data: Files and folders of training data.
        model: The model file to write.

    Raises:
        click.ClickException: If the training fails; its last words have been shown.
    """
    options = ["--force", "--config", str(config), "--domain", str(snapshot / "domain.yml"), "--data", *map(str, data)]
    return rasa_train(snapshot, model, options, environment=environment(), progress=Epochs())


class Epochs(Progress):
    """Picks the steps, the errors and every tenth epoch."""

    def read(self, line: str) -> Iterator[str]:
        """Yield what to show for a line, without Rasa's warnings about borders that jieba cuts through."""
        yield from (said for said in super().read(line) if not said.startswith(("  warning", "           ")))
        epoch = EPOCH.search(line)
        # Rasa prints an epoch twice: when it ends, and with its loss.
        if epoch and "loss" in line and int(epoch["done"]) % SHOWN_EVERY == 0:
            yield f"          epoch {epoch['done']} of {epoch['all']}"
