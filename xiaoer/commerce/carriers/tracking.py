"""A shop system whose parcels are asked for at 快递100 when somebody looks at them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from sqlalchemy.engine import Engine

from xiaoer.clock import Clock
from xiaoer.commerce.carriers.errors import TraceUnknown, TrackingDown, TrackingRefused
from xiaoer.commerce.carriers.kuaidi100 import Access, Kuaidi100
from xiaoer.commerce.carriers.memory import Known, TraceMemory
from xiaoer.commerce.carriers.patience import Patience
from xiaoer.commerce.carriers.recognise import LONGEST, candidates, compact
from xiaoer.commerce.carriers.traces import Trace
from xiaoer.commerce.carriers.vocabulary import Carrier, vocabulary
from xiaoer.commerce.errors import CommerceError
from xiaoer.commerce.model import Shipment
from xiaoer.commerce.port import Commerce
from xiaoer.commerce.states import PARCEL_OVER
from xiaoer.settings import Settings

logger = logging.getLogger(__name__)

UNNAMED = "?"
"""Stands for the carrier of parcels of which only 快递100 could tell whose they are."""

Phone = Callable[[Shipment], str]
"""Gives the recipient's phone of a parcel, or an empty text."""


@dataclass(frozen=True)
class Pushes:
    """Where 快递100 shall push to.

    Attributes:
        callback: Address of the desk's door as the internet sees it.
        salt: What pushes are signed with.
    """

    callback: str
    salt: str


@dataclass(frozen=True)
class _Subject:
    """A parcel to ask for: its number and, where shop or number tell it, its carrier."""

    number: str
    carrier: Carrier | None

    @property
    def key(self) -> str:
        """The carrier as the memory names it."""
        return self.carrier.code if self.carrier else UNNAMED


class Tracker:
    """Brings parcels up to date.

    Args:
        client: 快递100.
        memory: The traces that are known.
        clock: The present moment.
        pushes: Where pushes shall go, or ``None`` where none are asked for.
    """

    def __init__(self, client: Kuaidi100, memory: TraceMemory, clock: Clock, pushes: Pushes | None = None) -> None:
        self._client = client
        self._memory = memory
        self._clock = clock
        self._patience = Patience(clock)
        self._pushes = pushes

    def refresh(self, parcels: Iterable[Shipment], customer: str, phone: Phone) -> list[Shipment]:
        """Return parcels with what their carriers say of them now, or said last.

        Where a carrier can't be asked, a parcel says in ``as_of`` how old what it tells is.

        Args:
            parcels: As the shop system has them.
            customer: Who waits for them.
            phone: Gives the recipient's phone, where a carrier wants it.
        """
        answers = True
        refreshed = []
        for parcel in parcels:
            subject = _subject(parcel)
            if subject is None:
                refreshed.append(parcel)
                continue
            known = self._memory.recall(subject.key, subject.number)
            stale = False
            if known is None or known.ask_at <= self._clock():
                stale = not answers
                if answers and self._patience.lasts(customer) and self._claim(subject):
                    answers = self._ask(subject, known, partial(phone, parcel))
                    known = self._memory.recall(subject.key, subject.number)
            refreshed.append(_told(parcel, known, stale=stale))
        return refreshed

    def _claim(self, subject: _Subject) -> bool:
        return self._memory.claim(subject.key, subject.number, now=self._clock())

    def _ask(self, subject: _Subject, known: Known | None, phone: Callable[[], str]) -> bool:
        """Ask for a parcel, keep what came, and return whether 快递100 answers at all."""
        key, number = subject.key, subject.number
        try:
            carrier = subject.carrier or next(iter(self._client.recognise(number)), None)
            if carrier is None:
                raise TraceUnknown
            digits = phone() if carrier.phone else ""
            trace = self._client.query(carrier, number, phone=digits)
        except TraceUnknown:
            self._memory.keep_silence(key, number, now=self._clock())
        except (TrackingDown, TrackingRefused) as error:
            self._memory.keep_failure(key, number, now=self._clock())
            return isinstance(error, TrackingRefused)
        else:
            self._memory.keep(key, number, trace, now=self._clock())
            if self._pushes and trace.state not in PARCEL_OVER and not (known and known.subscribed):
                self._subscribe(self._pushes, carrier, subject, digits)
        return True

    def _subscribe(self, pushes: Pushes, carrier: Carrier, subject: _Subject, phone: str) -> None:
        try:
            self._client.subscribe(carrier, subject.number, callback=pushes.callback, salt=pushes.salt, phone=phone)
        except TrackingDown:
            return  # the next look at the parcel asks again
        except TrackingRefused as error:
            logger.error("快递100 does not take a subscription: %s", error.code)
        self._memory.keep_subscription(subject.key, subject.number, now=self._clock())


def _subject(parcel: Shipment) -> _Subject | None:
    """Return what to ask for; ``None`` where a parcel has come to its end, or its number can be none."""
    number = compact(parcel.waybill_no)
    if parcel.state in PARCEL_OVER or not 0 < len(number) <= LONGEST:
        return None
    carrier = vocabulary().carrier(parcel.carrier) or vocabulary().carrier(parcel.carrier_name)
    possible = [] if carrier else candidates(number)
    return _Subject(number, possible[0] if len(possible) == 1 else carrier)


def _told(parcel: Shipment, known: Known | None, *, stale: bool = False) -> Shipment:
    """Return a parcel with the trace that is known, where that says more than the shop system does."""
    trace = known.trace if known else None
    if trace is not None and _says_more(trace, parcel):
        delivered_at = trace.delivered_at or parcel.delivered_at
        parcel = replace(parcel, state=trace.state, events=trace.events, delivered_at=delivered_at)
    if not stale and not (known and known.failed):
        return parcel
    return replace(parcel, as_of=(known.known_at if known else None) or parcel.moved_at)


def _says_more(trace: Trace, parcel: Shipment) -> bool:
    if trace.moved_at is None:
        return False
    return not parcel.events or trace.moved_at >= parcel.moved_at


class TrackedCommerce:
    """A shop system whose parcels are brought up to date; everything else is the inner one's.

    Args:
        inner: The shop system.
        tracker: Brings parcels up to date.
    """

    def __init__(self, inner: Commerce, tracker: Tracker) -> None:
        self._inner = inner
        self._tracker = tracker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def list_shipments(self, tenant: str, customer: str, order_no: str) -> list[Shipment]:
        """Return the parcels of an order as their carriers know them."""
        parcels = self._inner.list_shipments(tenant, customer, order_no)
        return self._tracker.refresh(parcels, customer, partial(self._phone, tenant, customer))

    def find_shipment(self, tenant: str, customer: str, waybill_no: str) -> Shipment:
        """Return a parcel of the customer as its carrier knows it."""
        parcel = self._inner.find_shipment(tenant, customer, waybill_no)
        return self._tracker.refresh([parcel], customer, partial(self._phone, tenant, customer))[0]

    def _phone(self, tenant: str, customer: str, parcel: Shipment) -> str:
        try:
            return self._inner.get_order(tenant, customer, parcel.order_no).receiver_phone
        except CommerceError:  # the trace of most carriers is known without it
            return ""


def tracked(inner: Commerce, settings: Settings, engine: Engine, clock: Clock) -> Commerce:
    """Return a shop system whose parcels 快递100 is asked for, or the inner one where the settings name no account.

    Args:
        inner: The shop system.
        settings: Account, address and limits of 快递100.
        engine: The domain's database.
        clock: The present moment.
    """
    if not (settings.kuaidi100_customer and settings.kuaidi100_key):
        return inner
    url = settings.kuaidi100_url.rstrip("/")
    own = url != Access.url
    access = Access(
        customer=settings.kuaidi100_customer,
        key=settings.kuaidi100_key,
        url=url,
        recognise_url=f"{url}/autonumber/auto" if own else Access.recognise_url,
        timeout=settings.kuaidi100_timeout,
    )
    wanted = settings.kuaidi100_callback and settings.kuaidi100_salt
    pushes = Pushes(settings.kuaidi100_callback, settings.kuaidi100_salt) if wanted else None
    tracker = Tracker(Kuaidi100(access), TraceMemory(engine), clock, pushes)
    return cast(Commerce, TrackedCommerce(inner, tracker))
