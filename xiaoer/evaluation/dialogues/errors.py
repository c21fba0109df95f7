"""What keeps a conversation from being read or held."""

from __future__ import annotations


class DialogueError(Exception):
    """Base of the errors of this package."""


class ScriptError(DialogueError):
    """A file of conversations is not as the format says; the message names the place and what is wrong there."""


class CannotPick(DialogueError):
    """No rows of the database fit what a conversation is given."""


class DeskFailure(DialogueError):
    """The desk did not answer as its contract says."""
