"""The loop of a worker process: one JSON request a line on standard input, one JSON answer a line."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PEAK = "peak_mb"


def serve(trade: object) -> None:
    """Answer until nothing more is asked.

    Args:
        trade: Its public methods are what can be asked for: they take the request's arguments and return the answer.
    """
    # What Rasa prints must not come between the answers: from here on it goes where errors go.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    # The snapshot's components come before the installed ones.
    sys.path.insert(0, str(Path.cwd()))
    for line in sys.stdin:
        request = json.loads(line)
        act: Callable[..., dict[str, Any]] = getattr(trade, request.pop("do"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({PEAK: peak, **act(**request)}, ensure_ascii=False), file=answers)
