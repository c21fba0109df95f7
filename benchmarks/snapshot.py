"""A copy of what a model is made of, so that a run measures one state of it whatever changes meanwhile."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from xiaoer.cli.model import SOURCES
from xiaoer.cli.project import quiet_environment

ROOT = Path(__file__).resolve().parents[1]


def take_snapshot(folder: Path, root: Path = ROOT) -> Path:
    """Copy the sources of a model into ``folder``, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        if (root / source).is_dir():
            shutil.copytree(root / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(root / source, folder / source)
    return folder


def environment() -> dict[str, str]:
    """Return the environment of processes that run in a snapshot: this package is found, nothing is cached.

    The snapshot's own ``components`` win, because Python looks in the present folder first.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # A training that finds its result in Rasa's cache would measure the cache.
    return {**quiet_environment(), "PYTHONPATH": path, "RASA_MAX_CACHE_SIZE": "0"}
