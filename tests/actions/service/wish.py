"""A customer's wish, turn by turn, as the form takes it: what Rasa does between the actions is done here by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action

from actions.service import asking
from actions.service.doing import SubmitService
from actions.service.form import ValidateServiceForm
from actions.services import Services
from tests.actions.conftest import Said, make_tracker, run_action

QUESTIONS = {
    each.slot: each
    for each in vars(asking).values()
    if isinstance(each, type) and issubclass(each, asking.AskServiceSlot) and isinstance(each.slot, str)
}
FORM = "service_form"
IMAGE = {"type": "image", "url": "https://example.com/1.jpg"}


class Wish:
    """One conversation about one wish.

    Args:
        services: The outside world.
        **metadata: Who speaks, as ``make_tracker`` takes it.
    """

    def __init__(self, services: Services, **metadata: Any) -> None:
        self._services = services
        self._metadata = metadata
        self.slots: dict[str, Any] = {}
        self.open = False

    def ask(self, action: type[Action], text: str, intent: str, **entities: Any) -> Said:
        """Utter a wish, or anything that is not said to the form."""
        said = run_action(action(self._services), self._tracker(text, intent, entities, ()))
        return self._go_on(said, text)

    def say(self, text: str, intent: str = "inform", *, image: bool = False, **entities: Any) -> Said:
        """Say something to the open form."""
        tracker = self._tracker(text, intent, entities, [IMAGE] if image else ())
        said = run_action(ValidateServiceForm(self._services), tracker)
        if not said.events:  # the words are no answer: the rules of their own intent would act
            return said
        return self._go_on(said, text)

    def _tracker(self, text: str, intent: str, entities: dict[str, Any], attachments: Sequence[dict[str, str]]) -> Any:
        return make_tracker(
            text,
            intent,
            entities,
            self.slots,
            attachments=attachments,
            active_loop=FORM if self.open else None,
            **self._metadata,
        )

    def _go_on(self, said: Said, text: str) -> Said:
        self._take(said)
        if said.followup == FORM:
            self.open = True
            opening = run_action(ValidateServiceForm(self._services), self._tracker(text, "inform", {}, ()))
            self._take(opening)
            return self._question(said)
        if said.followup is not None or not self.open:
            return said
        if self.slots.get("confirm") is True:
            self.open = False
            done = run_action(SubmitService(self._services), self._tracker(text, "affirm", {}, ()))
            self._take(done)
            return _both(said, done)
        return self._question(said)

    def _question(self, said: Said) -> Said:
        slot = self.slots["requested_slot"]
        return _both(said, run_action(QUESTIONS[slot](self._services), self._tracker("", "inform", {}, ())))

    def _take(self, said: Said) -> None:
        self.slots.update(said.slots)
        if said.leaves_form:
            self.open = said.followup == FORM


def _both(one: Said, other: Said) -> Said:
    return Said(
        [*one.texts, *other.texts],
        [*one.cards, *other.cards],
        [*one.buttons, *other.buttons],
        [*one.events, *other.events],
    )
