"""What can go wrong in a conversation."""

from __future__ import annotations


class ServiceError(Exception):
    """Base of the errors of this package."""


class ConversationNotFound(ServiceError):
    """There is no such conversation, or it is none of the caller's."""


class InvalidTransition(ServiceError):
    """The conversation's status does not allow this step.

    Attributes:
        status: The status that it has.
        step: The step that was tried.
    """

    def __init__(self, status: str, step: str) -> None:
        super().__init__(f"{step} is impossible while {status}")
        self.status = status
        self.step = step


class TicketNotFound(ServiceError):
    """There is no such ticket, or it is none of the caller's."""


class UploadNotFound(ServiceError):
    """There is no such file, or it is none of the caller's."""


class UnsupportedMedia(ServiceError):
    """The file's bytes are of no type that is accepted."""
