"""A wish from its first words to its end, as Rasa would run its actions, without Rasa."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Action

from actions.base import SERVICE_FORM
from actions.service import asking
from actions.service.doing import ResumeService, SubmitService
from actions.service.form import ValidateServiceForm
from actions.services import Services
from actions.smalltalk import ActionLeaveFlow
from tests.actions.conftest import Said, make_tracker, run_action

QUESTIONS: dict[str, type[asking.AskServiceSlot]] = {
    kind.slot: kind  # type: ignore[type-abstract, misc]
    for kind in vars(asking).values()
    if isinstance(kind, type) and issubclass(kind, asking.AskServiceSlot) and isinstance(vars(kind).get("slot"), str)
}


class Talk:
    """A conversation of one customer.

    Args:
        services: The outside world.
        **more: Arguments of every tracker, for example ``subject``.
    """

    def __init__(self, services: Services, **more: Any) -> None:
        self.services = services
        self.more = more
        self.slots: dict[str, Any] = {}
        self.open = False
        self.told: list[Said] = []

    def begin(
        self,
        action: type[Action],
        text: str,
        intent: str,
        entities: dict[str, Any] | Sequence[dict[str, Any]] = (),
    ) -> str:
        """Say what begins a wish, and return what is answered."""
        self.told = []
        said = self._run(action(self.services), text, intent, entities)
        self.open = said.followup == SERVICE_FORM
        if self.open:
            self._run_form(text, intent, entities)
        return self.text

    def say(self, text: str, intent: str = "inform", entities: dict[str, Any] | Sequence[dict[str, Any]] = ()) -> str:
        """Say something to the open form, and return what is answered; nothing where it is no answer to the form."""
        self.told = []
        self._run_form(text, intent, entities)
        return self.text

    def resume(self) -> str:
        """Accept to go on with what was put aside."""
        return self.begin(ResumeService, "继续", "affirm")

    @property
    def text(self) -> str:
        """What was answered last."""
        return "\n".join(said.text for said in self.told if said.text)

    @property
    def asked(self) -> str | None:
        """The slot that is being asked for."""
        return self.slots.get("requested_slot") if self.open else None

    @property
    def fields(self) -> dict[str, str]:
        """The last summary, without order and goods."""
        cards = [card for said in self.told for card in said.cards if card["type"] == "form_summary"]
        shown = {field["label"]: field["value"] for field in cards[-1]["fields"]} if cards else {}
        return {label: value for label, value in shown.items() if label not in ("订单", "商品")}

    def _run_form(self, text: str, intent: str, entities: Any) -> None:
        said = self._run(ValidateServiceForm(self.services), text, intent, entities)
        if said.followup == "action_leave_flow":
            self._run(ActionLeaveFlow(self.services), text, intent, entities)
            self.open = False
        elif said.leaves_form and said.followup == SERVICE_FORM:
            self._run_form(text, intent, entities)
        elif said.leaves_form:
            self.open = False
        elif self.slots.get("requested_slot"):
            if said.events:
                self._run(QUESTIONS[self.slots["requested_slot"]](self.services), text, intent, entities)
        else:
            self.open = False
            self._run(SubmitService(self.services), text, intent, entities)

    def _run(self, action: Action, text: str, intent: str, entities: Any) -> Said:
        loop = SERVICE_FORM if self.open else None
        said = run_action(action, make_tracker(text, intent, entities, dict(self.slots), active_loop=loop, **self.more))
        self.slots.update(said.slots)
        self.told.append(said)
        return said
