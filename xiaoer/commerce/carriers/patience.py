"""How long a customer waits for carriers: what is asked for in one turn is bounded, whatever it is about."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from xiaoer.clock import Clock

MOST_ASKED = 3
"""Parcels that are asked for while a customer waits; of the others the last that is known is told."""

TURN = timedelta(seconds=15)
"""How long a turn takes at most: what the desk gives Rasa by default."""


class Patience:
    """Counts, for one process, what is asked for each customer.

    Args:
        clock: The present moment.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: dict[str, list[datetime]] = {}

    def lasts(self, customer: str) -> bool:
        """Return whether one more parcel may be asked for, and count it.

        Args:
            customer: Who waits.
        """
        since = self._clock() - TURN
        with self._lock:
            recent = {who: [at for at in moments if at > since] for who, moments in self._asked.items()}
            self._asked = {who: moments for who, moments in recent.items() if moments}
            moments = self._asked.setdefault(customer, [])
            if len(moments) >= MOST_ASKED:
                return False
            moments.append(self._clock())
            return True
