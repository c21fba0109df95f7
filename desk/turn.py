"""One turn: a visitor's message is checked, written down and answered by whoever has the floor."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from weakref import WeakValueDictionary

from anyio import to_thread
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from desk import wording
from desk.assistant import Assistant, AssistantUnavailable, Reply
from desk.errors import DeskError
from desk.inbound import Inbound
from desk.prompts import read_prompt
from desk.store import Store
from desk.throttle import Throttle
from xiaoer.accounts.model import Identity, Role
from xiaoer.clock import Clock
from xiaoer.commerce.errors import BackOfficeDown, OrderNotFound
from xiaoer.commerce.model import Order
from xiaoer.commerce.port import Commerce
from xiaoer.service.conversations import add_message, get_conversation, open_conversation, replies_to
from xiaoer.service.errors import InvalidTransition, UploadNotFound
from xiaoer.service.inbox import latest_message_id, offered_buttons, visitor_message
from xiaoer.service.model import Author, Conversation, Message, Reason, Status
from xiaoer.service.transitions import hand_over, return_to_bot
from xiaoer.service.uploads import own_upload

logger = logging.getLogger(__name__)

HIGH_VALUE = Decimal(5000)
"""Yuan from which on an order in view makes a complaint a matter for people."""

ASSISTANT_DOWN = "assistant_down"


@dataclass(frozen=True)
class Outcome:
    """What came of a message.

    Attributes:
        conversation: The conversation afterwards.
        replies: What the customer is answered now, oldest first.
        repeated: Whether the message was known already, so that nothing was written.
    """

    conversation: Conversation
    replies: list[Message]
    repeated: bool = False


@dataclass(frozen=True)
class _Begun:
    """A message that is written down; ``sent`` is what the assistant is to be asked, if it has the floor."""

    outcome: Outcome
    message: Message
    sent: str | None = None


class Turns:
    """Takes the visitors' messages, those of one conversation one after the other.

    Args:
        store: The domain's database.
        assistant: Who answers first.
        commerce: Where orders are looked up.
        throttle: How often one visitor may write.
        clock: The present moment.
    """

    def __init__(
        self, store: Store, assistant: Assistant, commerce: Commerce, throttle: Throttle, clock: Clock
    ) -> None:
        self._store = store
        self._assistant = assistant
        self._commerce = commerce
        self._throttle = throttle
        self._clock = clock
        self._locks: WeakValueDictionary[tuple[str, ...], asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[Outcome]] = set()

    async def take(self, identity: Identity, inbound: Inbound, address: str) -> Outcome:
        """Take a message and return what it is answered.

        The turn goes on when the caller is cancelled, so that a customer who hangs up finds the answer later.

        Args:
            identity: The visitor, verified.
            inbound: The message, checked.
            address: Network address of the client.

        Raises:
            DeskError: If the visitor writes too often, or names an upload that is not there.
        """
        if identity.role is Role.ANONYMOUS:
            self._throttle.hit(identity.tenant, identity.subject, inbound.sender, address)
        else:
            self._throttle.hit(identity.tenant, identity.subject)
        task = asyncio.create_task(self._in_order(identity, inbound))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def drain(self, seconds: float) -> None:
        """Wait for the turns that still go on, for some seconds at most."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)

    async def _in_order(self, identity: Identity, inbound: Inbound) -> Outcome:
        key = (identity.tenant, identity.role.value, identity.subject, inbound.sender)
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            return await self._take(identity, inbound)

    async def _take(self, identity: Identity, inbound: Inbound) -> Outcome:
        try:
            begun = await self._store.write(lambda session: self._begin(session, identity, inbound))
        except IntegrityError:  # another desk wrote the same message between our look and our write
            begun = await self._store.write(lambda session: self._begin(session, identity, inbound))
        if begun.sent is None:
            return begun.outcome
        order = await self._order_in_view(identity, inbound)
        metadata = rasa_metadata(identity, inbound, begun.outcome.conversation.id, order)
        try:
            replies = await self._assistant.ask(begun.outcome.conversation.id, begun.sent, metadata)
        except AssistantUnavailable:
            replies = []
        return await self._store.write(lambda session: self._finish(session, identity, begun, replies, order))

    def _begin(self, session: Session, identity: Identity, inbound: Inbound) -> _Begun:
        now = self._clock()
        known = inbound.client_id and visitor_message(session, identity, inbound.sender, inbound.client_id)
        if known:
            return self._again(session, identity, inbound, known)
        _check_uploads(session, identity, inbound)
        conversation = open_conversation(session, identity, inbound.sender, now=now)
        prompt = read_prompt(inbound.text, inbound.attachments, offered_buttons(session, conversation.id))
        message = add_message(
            session,
            conversation.id,
            Author.CUSTOMER,
            now=now,
            text=prompt.shown,
            attachments=list(inbound.attachments),
            client_id=inbound.client_id,
        )
        if conversation.status is Status.BOT:
            return _Begun(Outcome(conversation, []), message, sent=prompt.sent)
        if not prompt.goes_back:
            return _Begun(Outcome(conversation, []), message)
        conversation = return_to_bot(session, identity.tenant, conversation.id, now=now)
        reply = add_message(
            session,
            conversation.id,
            Author.BOT,
            now=now,
            text=wording.BACK_TO_BOT,
            custom=wording.handoff_card(conversation),
            reply_to=message.id,
        )
        return _Begun(Outcome(conversation, [reply]), message)

    def _again(self, session: Session, identity: Identity, inbound: Inbound, known: Message) -> _Begun:
        conversation = get_conversation(session, identity.tenant, known.conversation_id)
        replies = replies_to(session, known.id)
        outcome = Outcome(conversation, replies, repeated=True)
        # The bot answers every message in the turn that writes it down; one without an answer, with nothing after it,
        # was cut short when the desk stopped. Asking again is safe: what the assistant writes carries idempotency keys.
        cut_short = (
            not replies
            and conversation.status is Status.BOT
            and latest_message_id(session, conversation.id) == known.id
        )
        if not cut_short:
            return _Begun(outcome, known)
        prompt = read_prompt(inbound.text, inbound.attachments, offered_buttons(session, conversation.id))
        return _Begun(outcome, known, sent=prompt.sent)

    async def _order_in_view(self, identity: Identity, inbound: Inbound) -> Order | None:
        order_no = inbound.order_no or identity.order_no
        if order_no is None or identity.role is not Role.CONSUMER:
            return None
        try:
            return await to_thread.run_sync(self._commerce.get_order, identity.tenant, identity.subject, order_no)
        except (OrderNotFound, BackOfficeDown):  # without the order a complaint merely weighs less
            return None

    def _finish(
        self, session: Session, identity: Identity, begun: _Begun, replies: list[Reply], order: Order | None
    ) -> Outcome:
        now, conversation_id = self._clock(), begun.message.conversation_id
        stored = [
            add_message(
                session,
                conversation_id,
                Author.BOT,
                now=now,
                text=reply.text,
                buttons=reply.buttons,
                custom=reply.custom,
                image=reply.image,
                reply_to=begun.message.id,
            )
            for reply in replies
        ]
        if stored:
            return Outcome(get_conversation(session, identity.tenant, conversation_id), stored)
        try:
            conversation = hand_over(
                session,
                identity.tenant,
                conversation_id,
                reason=Reason.ASSISTANT_DOWN,
                rule=ASSISTANT_DOWN,
                now=now,
                orders=[order.order_no] if order else [],
                vip=identity.vip_level > 0,
            )
        except InvalidTransition:  # an agent has closed it meanwhile; the next message begins a new one
            conversation = get_conversation(session, identity.tenant, conversation_id)
        if conversation.status is Status.HUMAN:
            return Outcome(conversation, [])
        waiting = conversation.status is Status.QUEUED
        reply = add_message(
            session,
            conversation_id,
            Author.BOT,
            now=now,
            text=wording.queued(conversation) if waiting else wording.TRY_AGAIN,
            custom=wording.handoff_card(conversation) if waiting else None,
            reply_to=begun.message.id,
        )
        return Outcome(conversation, [reply])


def _check_uploads(session: Session, identity: Identity, inbound: Inbound) -> None:
    for attachment in inbound.attachments:
        if "upload_id" not in attachment:
            continue
        try:
            upload = own_upload(session, identity, attachment["upload_id"])
        except UploadNotFound as error:
            raise DeskError("attachment_invalid") from error
        if upload.kind != attachment["type"]:
            raise DeskError("attachment_invalid")


def rasa_metadata(identity: Identity, inbound: Inbound, conversation_id: str, order: Order | None) -> dict[str, Any]:
    """Return what the desk vouches for before the assistant.

    Args:
        identity: The visitor, verified.
        inbound: The message, checked.
        conversation_id: The conversation.
        order: The order in view, if it is the visitor's own.
    """
    return {
        "tenant": identity.tenant,
        "subject": identity.subject,
        "role": identity.role.value,
        "channel": identity.channel,
        "vip_level": identity.vip_level,
        "conversation_id": conversation_id,
        "product_id": inbound.product_id or identity.product_id,
        "order_no": inbound.order_no or identity.order_no,
        "attachments": list(inbound.attachments),
        "high_value": order is not None and order.amount >= HIGH_VALUE,
    }
