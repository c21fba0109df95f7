"""Tells Rasa's training cache when the code or a file that a component reads has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from xiaoer.language import normalise

OUTSIDE = (Path(normalise.__file__),)
"""The one module that the components take from elsewhere."""


def of_files(paths: Iterable[Path] = ()) -> str:
    """Return a hash of the modules that components run, and of ``paths``; a missing file counts as an empty one.

    Rasa itself looks at the source of the component's class only, not at the functions that it calls: without this a
    change of the normal form would leave the old model in place.
    """
    digest = hashlib.sha256()
    for path in [*sorted(Path(__file__).parent.glob("*.py")), *OUTSIDE, *paths]:
        digest.update(path.name.encode() + b"\0" + (path.read_bytes() if path.exists() else b"") + b"\0")
    return digest.hexdigest()
