"""Parses texts with a trained model: a program that reads one JSON string a line and writes one JSON object a line."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

from rasa.core.agent import load_agent
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME

from components.sentiment import SENTIMENT


def parse_lines(model: Path, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Parse texts one after another.

    Args:
        model: A model as ``rasa train`` writes it.
        lines: JSON strings.

    Yields:
        For each text: ``intent``, after the thresholds (``nlu_fallback`` where the model is not sure); ``ranking``,
        ``[[intent, confidence], …]``, the likeliest first; ``sentiment``; ``entities``, ``[[entity, value], …]``.

    Raises:
        ValueError: If there is no such model, or a line is no JSON.
    """
    loop = asyncio.new_event_loop()
    try:
        agent = loop.run_until_complete(load_agent(model_path=str(model)))
        if not agent.is_ready():
            raise ValueError(f"{model} is no model that Rasa can load")
        for line in lines:
            yield _summary(loop.run_until_complete(agent.parse_message(json.loads(line))))
    finally:
        loop.close()


def _summary(parsed: dict[str, Any]) -> dict[str, Any]:
    ranking = [
        [each["name"], each["confidence"]]
        for each in parsed.get("intent_ranking") or []
        if each["name"] != DEFAULT_NLU_FALLBACK_INTENT_NAME
    ]
    return {
        "intent": (parsed.get("intent") or {}).get("name"),
        "ranking": ranking,
        "sentiment": (parsed.get(SENTIMENT) or {}).get("label"),
        "entities": [[each["entity"], each["value"]] for each in parsed.get("entities") or []],
    }


def main(model: Path, texts: TextIO, results: TextIO) -> None:
    """Parse all of ``texts`` into ``results``."""
    for result in parse_lines(model, texts):
        results.write(json.dumps(result, ensure_ascii=False) + "\n")
        results.flush()


if __name__ == "__main__":
    # What Rasa and TensorFlow print must not get between the results.
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(Path(sys.argv[1]), sys.stdin, own)
