"""What of a visitor's message goes to the assistant: a button's payload, or typed words that can be no command."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desk.cleaning import as_typed, clean
from desk.wording import ATTACHMENT_WORDS, BACK_WORDS

NOT_WORDS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Prompt:
    """A visitor's message, understood as far as the desk needs to.

    Attributes:
        shown: What people read in the transcript: the words, or the title of the button.
        sent: What the assistant is given.
    """

    shown: str
    sent: str

    @property
    def goes_back(self) -> bool:
        """Whether the visitor no longer wants to wait for a person."""
        return NOT_WORDS.sub("", self.shown) in BACK_WORDS


def read_prompt(
    text: str, attachments: Sequence[dict[str, str]], offered: Sequence[Sequence[dict[str, str]]]
) -> Prompt:
    """Return what a message means.

    Only payloads that were offered count as payloads: a typed one is typed text, with its slashes taken away.

    Args:
        text: Cleaned words of the visitor.
        attachments: What came along.
        offered: Buttons of the assistant's latest turns, the latest turn first.
    """
    if not text:
        return Prompt(shown="", sent=" ".join(ATTACHMENT_WORDS[each["type"]] for each in attachments))
    for button in (button for turn in offered for button in turn):
        if clean(button["payload"]) == text:
            return Prompt(shown=button["title"], sent=button["payload"])
    for button in offered[0] if offered else ():
        if clean(button["title"]) == text:
            return Prompt(shown=text, sent=button["payload"])
    return Prompt(shown=text, sent=as_typed(text))
