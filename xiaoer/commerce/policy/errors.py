"""What can be wrong with decision tables."""

from __future__ import annotations


class PolicyError(Exception):
    """A file of the decision tables says something that can't be.

    Attributes:
        file: Its name.
        problem: What is wrong, with the rule's id where there is one.
    """

    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file
        self.problem = problem
