"""The database as coroutines use it: every piece of work runs in a thread, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import to_thread
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from xiaoer.database import reading, writing

T = TypeVar("T")


class Store:
    """Runs work on the database without holding up the event loop.

    Args:
        engine: The domain's database.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run work that only reads.

        Args:
            work: Receives a session; what it returns must not need the session any more.
        """

        def run() -> T:
            with reading(self.engine) as session:
                return work(session)

        return await to_thread.run_sync(run)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run work that is committed as a whole, or not at all when it raises.

        Args:
            work: Receives a writing session.
        """

        def run() -> T:
            with writing(self.engine) as session:
                return work(session)

        return await to_thread.run_sync(run)
