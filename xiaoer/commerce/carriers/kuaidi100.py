"""快递100's API: query a trace, subscribe to pushes, tell the carrier of a number.

Sources: the query at https://apifox.com/apidoc/project-514987/api-8562559, the subscription at
https://apifox.com/apidoc/project-514987/api-8567477 and https://cloud.tencent.com/developer/article/1828132 (its return
codes), the recognition of numbers at https://api.kuaidi100.com/document/5f1106542977d50a94e10241, and 快递100's SDK
(kuaidi100-api/python-demo: ``code/synquery.py``, ``code/subscribe.py``, ``code/autonumber.py``).
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from purgatory import SyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from xiaoer.commerce.carriers.errors import MalformedTrace, TraceUnknown, TrackingDown, TrackingRefused
from xiaoer.commerce.carriers.recognise import compact
from xiaoer.commerce.carriers.signing import sign
from xiaoer.commerce.carriers.traces import Trace, read_trace
from xiaoer.commerce.carriers.vocabulary import Carrier, Return, vocabulary

logger = logging.getLogger(__name__)

QUERY, SUBSCRIBE = "/poll/query.do", "/poll"
RECOGNISE = "https://www.kuaidi100.com/autonumber/auto"
CIRCUIT = "kuaidi100"
ATTEMPTS = 2
"""How often a question is put; subscriptions are put once, since four a month are allowed for a number."""

PAUSE = (0.1, 0.4)
"""Seconds before another attempt, at least and at most."""

LARGEST = 1_000_000
"""Bytes of the longest answer that is read."""

ACCEPTED = frozenset({"200", "501"})
"""Return codes of a subscription that stands: made now, or made before."""

Reader = Callable[[object], Any]
"""Says what a body means, or raises that it means nothing."""


@dataclass(frozen=True)
class Access:
    """How to reach 快递100.

    Attributes:
        customer: Our number there.
        key: What requests are signed with.
        url: Where it is.
        recognise_url: Where numbers are told apart.
        timeout: Seconds that one request may take.
        breaker_threshold: Failures in a row after which it is not asked for a while.
        breaker_seconds: Seconds of that while.
    """

    customer: str
    key: str = field(repr=False)
    url: str = "https://poll.kuaidi100.com"
    recognise_url: str = RECOGNISE
    timeout: float = 3.0
    breaker_threshold: int = 3
    breaker_seconds: float = 30.0


def masked(waybill_no: str) -> str:
    """Return a number as logs may have it: its carrier's letters and its end."""
    return f"{waybill_no[:2]}***{waybill_no[-3:]}" if len(waybill_no) > 8 else "***"


class Kuaidi100:
    """A client of 快递100, for one process and any of its threads.

    Args:
        access: How to reach it.
        pause: Waits before another attempt, for the seconds it is given.
    """

    def __init__(self, access: Access, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._access = access
        self._pause = pause
        self._session = requests.Session()
        self._lock = threading.Lock()
        self._breakers = SyncCircuitBreakerFactory(
            default_threshold=access.breaker_threshold,
            default_ttl=access.breaker_seconds,
            exclude=[TraceUnknown, TrackingRefused],
        )

    def query(self, carrier: Carrier, waybill_no: str, *, phone: str = "") -> Trace:
        """Return the present trace of a parcel.

        Args:
            carrier: Whose parcel it is.
            waybill_no: Its number.
            phone: Phone of sender or recipient; its last four digits are sent, and only to carriers that want them.

        Raises:
            TraceUnknown: If the carrier knows nothing of it yet.
            TrackingRefused: If 快递100 will not answer.
            TrackingDown: If there was no usable answer.
        """
        param = {"com": carrier.company, "num": waybill_no, "resultv2": "4", "show": "0", "order": "desc"}
        if carrier.phone and phone:
            param["phone"] = _end_of(phone)
        text = json.dumps(param, ensure_ascii=False)
        signature = sign(text, self._access.key, self._access.customer)
        form = {"customer": self._access.customer, "sign": signature, "param": text}
        trace: Trace = self._ask(self._access.url + QUERY, form, waybill_no, lambda body: _trace(body, waybill_no))
        return trace

    def subscribe(self, carrier: Carrier, waybill_no: str, *, callback: str, salt: str, phone: str = "") -> None:
        """Ask for pushes of what happens to a parcel; it is asked once, whatever becomes of it.

        Args:
            carrier: Whose parcel it is.
            waybill_no: Its number.
            callback: Address of ``POST /callbacks/kuaidi100`` as the internet sees it.
            salt: What 快递100 shall sign its pushes with.
            phone: Phone of sender or recipient, as for a query.

        Raises:
            TrackingRefused: If 快递100 does not take the subscription.
            TrackingDown: If there was no usable answer.
        """
        parameters = {"callbackurl": callback, "salt": salt, "resultv2": "4"}
        if carrier.phone and phone:
            parameters["phone"] = _end_of(phone)
        param = {
            "company": carrier.company,
            "number": waybill_no,
            "key": self._access.key,
            "parameters": parameters,
        }
        form = {"schema": "json", "param": json.dumps(param, ensure_ascii=False)}
        self._attempt(self._access.url + SUBSCRIBE, form, _accepted)

    def recognise(self, waybill_no: str) -> list[Carrier]:
        """Return the carriers that 快递100 takes a number for and that we know, the likeliest first.

        Args:
            waybill_no: The number.

        Raises:
            TrackingRefused: If 快递100 will not answer.
            TrackingDown: If there was no usable answer.
        """
        form = {"key": self._access.key, "num": waybill_no}
        carriers: list[Carrier] = self._ask(self._access.recognise_url, form, waybill_no, _carriers)
        return carriers

    def _ask(self, url: str, form: Mapping[str, str], waybill_no: str, read: Reader) -> Any:
        """Return what a question's answer says; it is put again where that may help."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._attempt(url, form, read)
            except TrackingDown as error:
                logger.warning("快递100: %s: %s (attempt %d)", masked(waybill_no), error, attempt)
                if attempt == ATTEMPTS or isinstance(error.__cause__, OpenedState):
                    raise
                self._pause(random.uniform(*PAUSE))  # noqa: S311 - spreads attempts, keeps no secret
            except TrackingRefused as error:
                logger.error("快递100: %s: refused with %s", masked(waybill_no), error.code)
                raise
        raise AssertionError("unreachable")

    def _attempt(self, url: str, form: Mapping[str, str], read: Reader) -> Any:
        try:
            with self._circuit():
                return read(self._post(url, form))
        except OpenedState as error:
            raise TrackingDown("circuit open") from error

    @contextmanager
    def _circuit(self) -> Iterator[None]:
        """Count how it goes; purgatory's breakers do not lock themselves."""
        with self._lock:
            breaker = self._breakers.get_breaker(CIRCUIT)
            breaker.__enter__()
        try:
            yield
        except BaseException as error:
            with self._lock:
                breaker.__exit__(type(error), error, error.__traceback__)
            raise
        with self._lock:
            breaker.__exit__(None, None, None)

    def _post(self, url: str, form: Mapping[str, str]) -> Any:
        """Return the body of an answer as JSON, read no longer and no further than is allowed."""
        until = time.monotonic() + self._access.timeout
        try:
            # A redirect would carry the signed request, or the key, to somebody else.
            with self._session.post(
                url, data=dict(form), timeout=self._access.timeout, allow_redirects=False, stream=True
            ) as response:
                if response.status_code != 200:
                    raise TrackingDown(f"HTTP {response.status_code}")
                return json.loads(_content(response, until).decode("utf-8"))
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
            # The error's own words would have the address and, on some paths, what was sent.
            raise TrackingDown(type(error).__name__) from error


def _end_of(phone: str) -> str:
    """Return the last four digits of a phone; of a shop's virtual number these are its extension, as 快递100 wants."""
    return "".join(each for each in phone if each.isdigit())[-4:]


def _content(response: requests.Response, until: float) -> bytes:
    """Return the body of an answer that comes in pieces, however slowly, unless it is too large or too late."""
    content = bytearray()
    while piece := response.raw.read1(16_384, decode_content=True):
        content += piece
        if len(content) > LARGEST or time.monotonic() > until:
            raise TrackingDown("too large" if len(content) > LARGEST else "too slow")
    return bytes(content)


def _refuse(body: object) -> None:
    """Raise what a return code says; an answer without one, or with 200, is none of a refusal."""
    if not isinstance(body, dict) or str(body.get("returnCode", "200")) == "200":
        return
    code = str(body["returnCode"])[:8]
    meaning = vocabulary().returns.get(code, Return.REFUSED)
    if meaning is Return.UNKNOWN:
        raise TraceUnknown(code)
    raise TrackingDown(f"busy ({code})") if meaning is Return.BUSY else TrackingRefused(code)


def _trace(body: object, waybill_no: str) -> Trace:
    _refuse(body)
    try:
        trace = read_trace(body)
    except MalformedTrace as error:
        raise TrackingDown("malformed") from error
    if trace.waybill_no != compact(waybill_no):
        raise TrackingDown("another number")
    return trace


def _accepted(body: object) -> None:
    code = str(body.get("returnCode", ""))[:8] if isinstance(body, dict) else ""
    if not code:
        raise TrackingDown("malformed")
    if code not in ACCEPTED:
        raise TrackingRefused(code)


def _carriers(body: object) -> list[Carrier]:
    _refuse(body)
    if not isinstance(body, list):
        raise TrackingDown("malformed")
    companies = [str(each.get("comCode", "")) for each in body if isinstance(each, dict)]
    known = vocabulary().companies
    return list(dict.fromkeys(known[company] for company in companies if company in known))
