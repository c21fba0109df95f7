"""How often one visitor may write."""

from __future__ import annotations

import math
import time

from limits import parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from desk.errors import DeskError

SWEEP_EVERY = 1000


class Throttle:
    """Counts hits per visitor in moving windows, in this process.

    Args:
        notation: Limits as the ``limits`` library writes them, for example ``60/minute``.

    Raises:
        ValueError: If the notation is not understood.
    """

    def __init__(self, notation: str) -> None:
        self._limits = parse_many(notation)
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._hits = 0

    def hit(self, *who: str) -> None:
        """Count one message.

        Args:
            who: What tells this visitor from others.

        Raises:
            DeskError: If the visitor has to wait, with the seconds.
        """
        self._sweep()
        for limit in self._limits:
            if not self._limiter.hit(limit, *who):
                free_at = self._limiter.get_window_stats(limit, *who).reset_time
                seconds = max(1, math.ceil(free_at - time.time()))
                raise DeskError("rate_limited", retry_after=seconds, seconds=seconds)

    def _sweep(self) -> None:
        # The storage empties the windows of visitors who have gone, but never forgets their keys.
        self._hits += 1
        if self._hits % SWEEP_EVERY == 0:
            for key in [key for key, events in self._storage.events.items() if not events]:
                self._storage.clear(key)
