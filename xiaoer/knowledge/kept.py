"""Entries taken apart, kept in files that the processes of a machine share: what one has done no other does again."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import numpy as np

from xiaoer.knowledge import anatomy, index, meaning, products, synonyms, text
from xiaoer.knowledge.anatomy import Anatomy
from xiaoer.knowledge.index import Taken, product_key
from xiaoer.knowledge.learning import CHECKOUT, meaning_path
from xiaoer.knowledge.model import Draft, Entry
from xiaoer.language import normalise

logger = logging.getLogger(__name__)

Names = tuple[tuple[str, str, str], ...]
"""Key, name and short name of products."""

Words = tuple[tuple[str, ...], ...]
"""Groups of words that count as one."""

CODE = (anatomy, index, meaning, products, synonyms, text, normalise)
"""Modules that decide what an entry is taken apart into."""

LIBRARIES = ("jieba", "numpy", "opencc-python-reimplemented", "pypinyin")

ANATOMIES = ("phrasings", "answers")
PARTS = ("keys", "weights", "blocks")


class TakenFiles:
    """The files of one folder, one for each scope; losing them costs time and nothing else."""

    def __init__(self, folder: Path) -> None:
        """Keep files in a folder, which is made when the first one is written.

        Args:
            folder: Where to keep them; processes that share it share the work.
        """
        self._folder = folder
        self._made_by = _made_by()

    @contextmanager
    def alone(self, scope: str) -> Iterator[None]:
        """Keep other threads and processes from writing a scope's file while the block runs; readers never wait."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = (self._folder / f".{_plain(scope)}.lock").open("w")
        except OSError as error:
            logger.warning("entries can not be kept in %s: %s", self._folder, error)
            yield
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read(self, scope: str) -> dict[str, Taken]:
        """Return what is kept of a scope by ``digests``; nothing where the file is of other code, or broken."""
        try:
            with np.load(self._path(scope), allow_pickle=False) as kept:
                return _unpacked(kept)
        except FileNotFoundError:
            return {}
        except Exception as error:  # the library raises whatever its parsers raise on what no program has written
            logger.warning("the file of %s is not used: %s", scope, error)
            return {}

    def write(self, scope: str, taken: Mapping[str, Taken]) -> None:
        """Keep entries of a scope instead of what is kept of it; a full disk is no reason to stop.

        Args:
            scope: Merchant id, or ``platform``.
            taken: The entries by ``digests``.
        """
        path = self._path(scope)
        unfinished = path.with_suffix(".unfinished")
        try:
            with unfinished.open("wb") as file:
                np.savez_compressed(file, **_packed(taken))
            unfinished.replace(path)
            for other in self._folder.glob("*.npz"):  # what earlier code has left of this scope
                if other != path and other.stem.rpartition(".")[0] == _plain(scope):
                    other.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("the entries of %s can not be kept: %s", scope, error)
            with suppress(OSError):
                unfinished.unlink()

    def _path(self, scope: str) -> Path:
        return self._folder / f"{_plain(scope)}.{self._made_by}.npz"


def digests(entries: Iterable[Entry | Draft], names: Names, words: Words) -> list[str]:
    """Return for each entry what it shares with those alone that are taken apart into the same.

    Args:
        entries: Entries of one scope.
        names: The products that they can be about.
        words: The scope's own synonyms.
    """
    called = {key: (name, short) for key, name, short in names}
    synonyms = hashlib.blake2b(json.dumps(words).encode()).hexdigest()
    return [_digest(entry, called.get(product_key(entry) or ""), synonyms) for entry in entries]


def _digest(entry: Entry | Draft, called: tuple[str, str] | None, synonyms: str) -> str:
    told = [entry.question, entry.similar_questions, entry.answer, product_key(entry), called, synonyms]
    return hashlib.blake2b(json.dumps(told).encode(), digest_size=12).hexdigest()


def _made_by() -> str:
    """Return what changes when the code, what it has learned or its dictionaries change."""
    made = hashlib.sha256(meaning_path(CHECKOUT).name.encode())
    for module in CODE:
        made.update(Path(str(module.__file__)).read_bytes())
    made.update(" ".join(version(library) for library in LIBRARIES).encode())
    return made.hexdigest()[:12]


def _plain(scope: str) -> str:
    return quote(scope, safe="")


def _packed(taken: Mapping[str, Taken]) -> dict[str, np.ndarray]:
    entries = list(taken.values())
    phrasings = [phrasing for each in entries for phrasing in each.phrasings]
    packed = {
        "digests": np.array(list(taken), dtype="S24"),
        "counts": np.array([len(each.phrasings) for each in entries], dtype=np.int32),
        "uses": np.array([use for each in entries for use in each.uses], dtype=np.uint8),
        "forms": np.array([form for each in entries for form in each.forms], dtype=np.uint32),
        "meanings": np.concatenate([each.meanings for each in entries]),
    }
    for name, anatomies in zip(ANATOMIES, (phrasings, [each.answer for each in entries]), strict=True):
        packed[f"{name}_lengths"] = np.array([len(each.keys) for each in anatomies], dtype=np.int32)
        for part in PARTS:
            packed[f"{name}_{part}"] = np.concatenate([getattr(each, part) for each in anatomies])
    return packed


def _unpacked(kept: Mapping[str, np.ndarray]) -> dict[str, Taken]:
    phrasings, answers = (_anatomies(kept, name) for name in ANATOMIES)
    uses, forms, meanings = kept["uses"].tolist(), kept["forms"].tolist(), kept["meanings"]
    ends = [0, *np.cumsum(kept["counts"]).tolist()]
    return {
        key.decode(): Taken(
            tuple(uses[begin:end]),
            tuple(forms[begin:end]),
            tuple(phrasings[begin:end]),
            answers[number],
            meanings[2 * number : 2 * number + 2],
        )
        for number, (key, (begin, end)) in enumerate(zip(kept["digests"].tolist(), pairwise(ends), strict=True))
    }


def _anatomies(kept: Mapping[str, np.ndarray], name: str) -> list[Anatomy]:
    keys, weights, blocks = (kept[f"{name}_{part}"] for part in PARTS)
    ends = [0, *np.cumsum(kept[f"{name}_lengths"]).tolist()]
    return [Anatomy(keys[begin:end], weights[begin:end], blocks[begin:end]) for begin, end in pairwise(ends)]
