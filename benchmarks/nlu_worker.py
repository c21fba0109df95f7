"""A process of its own that trains pipelines and parses texts with them (see ``benchmarks.serving``)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from rasa.core.agent import Agent
from rasa.model_training import train_nlu

from benchmarks.scores import best_of
from benchmarks.serving import serve

MODEL = "benchmark"


class NluTrade:
    """What the process can be asked for; it keeps the model that was loaded last."""

    def __init__(self) -> None:
        self._agent: Agent | None = None

    def nothing(self) -> dict[str, Any]:
        """Answer."""
        return {}

    def train(self, config: str, nlu: str, out: str) -> dict[str, Any]:
        """Train a pipeline and load it.

        Args:
            config: Rasa's configuration.
            nlu: The examples.
            out: Folder of the model.
        """
        began = time.perf_counter()
        model = train_nlu(config, nlu, out, fixed_model_name=MODEL)
        seconds = time.perf_counter() - began
        if model is None:
            raise RuntimeError(f"nothing was trained from {nlu}")
        return {"seconds": seconds, **self.load(model)}

    def load(self, model: str) -> dict[str, Any]:
        """Load a model."""
        self._agent = Agent.load(model)
        return {}

    def parse(self, texts: Sequence[str]) -> dict[str, Any]:
        """Parse texts one after the other, as Rasa does with messages."""
        return {"predictions": asyncio.run(self._parse(texts))}

    async def _parse(self, texts: Sequence[str]) -> list[list[Any]]:
        if self._agent is None:
            raise RuntimeError("no model has been loaded")
        found = []
        for text in texts:
            began = time.perf_counter()
            parsed = await self._agent.parse_message(text)
            ms = 1000 * (time.perf_counter() - began)
            found.append([*best_of(parsed), ms])
        return found


if __name__ == "__main__":
    serve(NluTrade())
