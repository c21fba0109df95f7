"""The project's stories: reading them, and writing them without one of them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml


def read_stories(folder: Path) -> list[dict[str, Any]]:
    """Return all stories of a folder."""
    return [
        story
        for file in sorted(folder.glob("*.yml"))
        for story in yaml.safe_load(file.read_text(encoding="utf-8")).get("stories") or []
    ]


def write_stories(stories: list[dict[str, Any]], file: Path) -> Path:
    """Write stories where Rasa can read them, and return the file."""
    document = {"version": "3.1", "stories": stories}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def lay_out(rules: Path, stories: list[dict[str, Any]], folder: Path) -> Path:
    """Make a folder of training data from the rules and some stories, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(rules, folder / "rules")
    write_stories(stories, folder / "stories" / "stories.yml")
    return folder
