"""The meanings that this checkout's lessons teach: learned once for the present ones and kept beside the models."""

from __future__ import annotations

import fcntl
import hashlib
import os
from functools import lru_cache
from pathlib import Path

from xiaoer.knowledge import meaning, synonyms
from xiaoer.knowledge.lessons import read_lesson, read_shop
from xiaoer.knowledge.meaning import Meaning

CHECKOUT = Path(__file__).resolve().parents[2]

LESSONS = "data/lessons/*.tsv"
"""What shops write down, and what people ask them."""

SHOPS = "data/knowledge/*.csv"
"""Shops that weights and thresholds are chosen with, each with its questions beside it."""

TEACHING = Path(__file__).with_name("teaching.py")


def meaning_path(root: Path) -> Path:
    """Return where the meanings of the present lessons are kept, whether they were learned yet or not.

    Args:
        root: The checkout.
    """
    digest = hashlib.sha256()
    shops = sorted(root.glob(SHOPS))
    questions = [path.with_suffix(".tsv") for path in shops]
    code = (TEACHING, Path(meaning.__file__), synonyms.DEFAULT)
    for path in (*code, *sorted(root.glob(LESSONS)), *shops, *questions):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return root / "models" / f"meaning-{digest.hexdigest()[:12]}.npz"


def learned_meaning(root: Path = CHECKOUT) -> Meaning:
    """Return the meanings of a checkout's lessons, learning them first where that was not done yet (some minutes).

    Several processes may call this at once: one learns, the others wait for it. What earlier lessons taught is deleted.

    Args:
        root: The checkout.
    """
    return _kept(meaning_path(root), root)


@lru_cache(maxsize=1)
def _kept(path: Path, root: Path) -> Meaning:
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with (path.parent / ".meaning.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.is_file():
                _learn(root, path)
    return Meaning.load(path)


def _learn(root: Path, path: Path) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # it tells at length what it does, as if it were a fault
    # Only who learns needs it, and it loads TensorFlow, which takes seconds.
    from xiaoer.knowledge.teaching import learn  # noqa: PLC0415

    lessons = [read_lesson(file) for file in sorted(root.glob(LESSONS))]
    lessons += [read_shop(file, file.with_suffix(".tsv")) for file in sorted(root.glob(SHOPS))]
    unfinished = path.with_suffix(".unfinished")
    learn(lessons, synonyms.default_synonyms()).save(unfinished)
    for earlier in path.parent.glob("meaning-*.npz"):
        earlier.unlink()
    unfinished.replace(path)
