"""What can be wrong with the data files of a mall."""

from __future__ import annotations


class SeedError(Exception):
    """A data file can't be used.

    Attributes:
        file: Path of the file inside its folder.
        entry: The entry as a person finds it there, for example ``entry 3 (P1003)``; empty for the whole file.
        problem: What is wrong.
    """

    def __init__(self, file: str, entry: str, problem: str) -> None:
        super().__init__(f"{file}: {entry}: {problem}" if entry else f"{file}: {problem}")
        self.file = file
        self.entry = entry
        self.problem = problem
