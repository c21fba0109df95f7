"""People: handing the conversation over to them, and pictures that they have to look at."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from sqlalchemy.orm import Session

from actions.base import Events, TopicAction
from actions.events import WISH_VALUES, forget_wish, leave_form
from actions.order_choice import Found, OrderChooser
from actions.services import Services
from actions.speech import Button, Reply, button, text_of
from actions.standing import FINISHED
from actions.turn import Turn
from xiaoer.accounts.directory import get_tenant
from xiaoer.accounts.errors import TenantNotFound
from xiaoer.accounts.model import Identity, Role
from xiaoer.commerce.errors import BackOfficeDown
from xiaoer.commerce.model import Order, OrderState
from xiaoer.database import writing
from xiaoer.service.conversations import conversation_row, open_conversation
from xiaoer.service.errors import ConversationNotFound, InvalidTransition
from xiaoer.service.model import Conversation, Reason, Status
from xiaoer.service.transitions import hand_over

BACK: Button = {"title": "返回机器人", "payload": "返回机器人"}
"""Gives the conversation back to the assistant; the desk itself reads it, whoever has the floor."""

USEFUL_SLOTS = ("last_topic", "task", "order_no", "product_id", "high_value", "service", "service_order", *WISH_VALUES)
"""What people want to know of what the assistant knew."""

LONGEST_RULE = 64
MEDIA_WORDS = {"image": "图片", "video": "视频"}
NEEDS_EYES = frozenset({OrderState.SHIPPED, OrderState.COMPLETED, OrderState.PARTIALLY_SHIPPED})
"""States in which a picture on an order shows something that a person has to look at."""

MEDIA_RULE = "media_on_order"


class HandOff(TopicAction):
    """Puts the conversation into the queue of people and says who answers next."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_handoff"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Hand over with all that was learned; a conversation that is with people already stays as it is."""
        orders = _orders(turn, services)
        with writing(services.engine) as session:
            before = self._before(session, turn)
            try:
                conversation = self._hand_over(session, turn, before[0], orders)
            except InvalidTransition:
                conversation = None
            who = _who(session, turn)
        if conversation is None:
            reply.say("handoff.closed")
        else:
            self._tell(turn, reply, conversation, who, new=before[1] is Status.BOT)
        return [
            SlotSet("failures", 0),
            SlotSet("offer", None),
            SlotSet("handoff_reason", None),
            SlotSet("handoff_rule", None),
            *leave_form(),
            *forget_wish(),
        ]

    def _before(self, session: Session, turn: Turn) -> tuple[str, Status]:
        """Return the conversation and its status, locked; one is opened for a sender that the desk does not know."""
        try:
            row = conversation_row(session, turn.tenant, turn.conversation_id)
        except ConversationNotFound:
            identity = Identity(turn.subject, turn.tenant, turn.role, turn.channel, turn.vip_level)
            opened = open_conversation(session, identity, turn.conversation_id, now=turn.now)
            return opened.id, opened.status
        return str(row.id), Status(row.status)

    def _hand_over(self, session: Session, turn: Turn, conversation_id: str, orders: list[str]) -> Conversation:
        known = {name: turn.slots.get(name) for name in USEFUL_SLOTS}
        return hand_over(
            session,
            turn.tenant,
            conversation_id,
            reason=_reason(turn),
            rule=_rule(turn)[:LONGEST_RULE],
            now=turn.now,
            sentiment=turn.sentiment,
            failures=int(turn.slots.get("failures") or 0),
            slots={name: value for name, value in known.items() if value},
            orders=orders,
            vip=turn.vip_level > 0,
        )

    def _tell(self, turn: Turn, reply: Reply, conversation: Conversation, who: str, *, new: bool) -> None:
        reason = conversation.handoff.reason if conversation.handoff else _reason(turn)
        card: dict[str, Any] = {"type": "handoff", "status": conversation.status.value, "reason": reason.value}
        if conversation.status is Status.HUMAN:
            reply.show("handoff.with_people", card)
            return
        card["position"] = conversation.queue_position
        media = next(
            (MEDIA_WORDS[each["type"]] for each in turn.attachments if each.get("type") in MEDIA_WORDS), "图片"
        )
        reply.show(
            "handoff.queued" if new else "handoff.queued_before",
            card,
            buttons=[BACK],
            opening=text_of(f"handoff.{reason.value}", media=media),
            who=who,
            position=conversation.queue_position,
        )


def _reason(turn: Turn) -> Reason:
    try:
        return Reason(turn.slots.get("handoff_reason") or Reason.REQUESTED.value)
    except ValueError:
        return Reason.REQUESTED


def _rule(turn: Turn) -> str:
    """Return the rule that fired: the policy's, or else the intent, or the assistant's own offer that was accepted."""
    accepted = turn.intent == "affirm" and turn.slots.get("offer") == "handoff"
    return str(turn.slots.get("handoff_rule") or ("offer" if accepted else turn.intent) or Reason.REQUESTED.value)


def _orders(turn: Turn, services: Services) -> list[str]:
    """Return the numbers of the caller's orders that are in view, the latest first."""
    if turn.role is not Role.CONSUMER:
        return []
    chooser = OrderChooser(turn, services.commerce)
    numbers = [*turn.values("order_no"), turn.slots.get("order_no"), turn.order_in_view, turn.slots.get("order_view")]
    found = (chooser.own(number) for number in numbers)
    try:
        return list(dict.fromkeys(order.order_no for order in found if order is not None))
    except BackOfficeDown:  # a person is all the more needed; whose the numbers are can't be told now
        return []


def _who(session: Session, turn: Turn) -> str:
    try:
        return get_tenant(session, turn.tenant).name
    except TenantNotFound:
        return text_of("handoff.we")


class ReceiveMedia(TopicAction):
    """Decides who looks at a picture or video: a person where an order calls for it, else it asks what it is about."""

    def name(self) -> str:
        """Return the action's name in the domain."""
        return "action_receive_media"

    def act(self, turn: Turn, reply: Reply, services: Services) -> Events:
        """Hand over, or ask."""
        order = _order_shown(turn, services)
        if order is not None and (order.state in NEEDS_EYES or _in_after_sale(turn, services, order)):
            return [
                SlotSet("order_no", order.order_no),
                SlotSet("handoff_reason", Reason.MEDIA.value),
                SlotSet("handoff_rule", MEDIA_RULE),
                FollowupAction("action_handoff"),
            ]
        kinds = {MEDIA_WORDS.get(str(each.get("type")), "文件") for each in turn.attachments} or {"图片"}
        buttons = [button("咨询商品", "ask_product"), button("转人工", "request_human")]
        if turn.role is Role.CONSUMER:
            buttons = [button("商品有问题", "report_item_problem"), button("查订单", "query_order"), *buttons]
        reply.say("handoff.what_media", media="和".join(sorted(kinds)), buttons=buttons)
        return [SlotSet("offer", None)]


def _order_shown(turn: Turn, services: Services) -> Order | None:
    """Return the order that a picture must be about: the one named, in view or talked about, or the only one."""
    if turn.role is not Role.CONSUMER:
        return None
    choice = OrderChooser(turn, services.commerce).choose((NEEDS_EYES, frozenset(OrderState)))
    return choice.orders[0] if isinstance(choice, Found) and len(choice.orders) == 1 else None


def _in_after_sale(turn: Turn, services: Services, order: Order) -> bool:
    cases = services.commerce.list_after_sales(turn.tenant, turn.subject, order.order_no)
    return any(case.state not in FINISHED for case in cases)
