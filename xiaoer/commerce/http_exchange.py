"""Asking a merchant's system: one request and its answer, bounded in time and size, behind a circuit breaker."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, NoReturn, TypeVar

import requests
from purgatory import SyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState
from pydantic import ValidationError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from xiaoer.commerce.back_offices import BackOffice
from xiaoer.commerce.errors import BackOfficeDown, CommerceError, InvalidRequest
from xiaoer.commerce.http_sessions import session_for_reads, session_for_writes
from xiaoer.commerce.wire.refusals import read_refusal
from xiaoer.commerce.wire.values import Shape
from xiaoer.database import storable

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
LARGEST_ANSWER = 2_000_000
"""Bytes of an answer that are read; the longest list of orders has a tenth of that."""

CHUNK = 65_536
LONGEST_KEY = 128
VISIBLE = re.compile(r"[\x21-\x7e]+")
DONE = (200, 201)
FAILURES_TO_OPEN = 3
SECONDS_OPEN = 10.0

Query = Sequence[tuple[str, str]]
T = TypeVar("T", bound=Shape)


class Unusable(Exception):
    """There was no usable answer.

    Attributes:
        sent: Whether the request may have arrived and been done.
    """

    def __init__(self, why: str, *, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


@dataclass(frozen=True)
class Call:
    """A request to a merchant's system.

    Attributes:
        path: Path below the base address, quoted.
        query: Names and values.
        expected: Errors that may be the answer.
        key: Idempotency key; ``None`` for reads.
        body: What is sent as JSON; ``None`` for reads.
    """

    path: str
    query: Query
    expected: tuple[type[CommerceError], ...] = ()
    key: str | None = None
    body: Mapping[str, Any] | None = None

    @property
    def writes(self) -> bool:
        """Whether it asks for a change."""
        return self.key is not None

    @property
    def headers(self) -> dict[str, str]:
        """What goes beside it."""
        return {} if self.key is None else {"Idempotency-Key": _sendable(self.key)}


class Exchange:
    """The way to one merchant's system; many threads may use it at once.

    Args:
        back_office: Whom to ask.
        seconds_open: How long nobody asks a system that failed three times in a row.
    """

    def __init__(self, back_office: BackOffice, *, seconds_open: float = SECONDS_OPEN) -> None:
        self._back_office = back_office
        self._reads, self._writes = session_for_reads(back_office), session_for_writes(back_office)
        self._breakers = SyncCircuitBreakerFactory(default_threshold=FAILURES_TO_OPEN, default_ttl=seconds_open)
        self._lock = Lock()

    def read(self, path: str, query: Query, shape: type[T], *expected: type[CommerceError]) -> T:
        """Ask for something.

        Args:
            path: Path below the base address, quoted.
            query: Names and values.
            shape: What the answer looks like.
            *expected: Errors that the system may answer with.

        Raises:
            BackOfficeDown: If there is no usable answer.
            CommerceError: If the system answers with one of those that are expected.
        """
        return self._ask(Call(path, query, expected), shape)

    def write(
        self,
        path: str,
        query: Query,
        shape: type[T],
        *expected: type[CommerceError],
        key: str,
        body: Mapping[str, Any],
    ) -> T:
        """Ask for a change, once.

        Args:
            path: Path below the base address, quoted.
            query: Names and values.
            shape: What the answer looks like.
            *expected: Errors that the system may answer with.
            key: Idempotency key.
            body: What is sent as JSON.

        Raises:
            BackOfficeDown: If there is no usable answer; ``written`` where the change may have been made all the same.
            CommerceError: If the system answers with one of those that are expected.
        """
        if not 0 < len(key) <= LONGEST_KEY or not storable(key):
            raise InvalidRequest("key")
        return self._ask(Call(path, query, expected, key, body), shape)

    def unusable(self, why: str, *, written: bool = False) -> NoReturn:
        """Give up on an answer that can't be true.

        Args:
            why: What is wrong with it, without anything that it holds.
            written: Whether a change may have been made.

        Raises:
            BackOfficeDown: Always.
        """
        logger.warning("back office of %s: %s", self._back_office.tenant, why)
        raise BackOfficeDown(self._back_office.tenant, written=written)

    def _ask(self, call: Call, shape: type[T]) -> T:
        try:
            with self._guarded():
                status, answer = self._send(call)
            refusal = None if status in DONE else read_refusal(status, answer)
            if status not in DONE and refusal is None:
                raise Unusable(f"status {status}", sent=False)
            found = shape.parse_obj(answer) if refusal is None else None
        except OpenedState:
            self.unusable("not asked, it failed just now")
        except Unusable as error:
            self.unusable(str(error), written=call.writes and error.sent)
        except (ValidationError, ValueError, RecursionError):
            self.unusable("an answer of the wrong shape", written=call.writes)
        if found is not None:
            return found
        # Another refusal does not fit the question; whoever asked would not know what to make of it.
        if not isinstance(refusal, call.expected):
            self.unusable("a refusal that does not fit the request")
        raise refusal

    def _send(self, call: Call) -> tuple[int, Any]:
        seconds = self._back_office.timeout_seconds
        until = time.monotonic() + 2 * seconds
        try:
            response = (self._writes if call.writes else self._reads).request(
                "POST" if call.writes else "GET",
                self._back_office.base_url.rstrip("/") + call.path,
                params=list(call.query),
                headers=call.headers,
                data=None if call.body is None else json.dumps(call.body),
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                allow_redirects=False,
                stream=True,
            )
            with response:
                status = response.status_code
                if status not in DONE and not 400 <= status < 500:
                    raise Unusable(f"status {status}", sent=status >= 500)
                return status, _parsed(_content(response, until), sent=status in DONE)
        except (requests.RequestException, HTTPError, OSError, UnicodeError) as error:
            raise Unusable(type(error).__name__, sent=not _never_sent(error)) from error

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        # The breaker's list of events is not made for threads that leave it together.
        breaker = self._breakers.get_breaker(self._back_office.tenant)
        with self._lock:
            breaker.__enter__()
        try:
            yield
        except BaseException as error:
            with self._lock:
                breaker.__exit__(type(error), error, None)
            raise
        with self._lock:
            breaker.__exit__(None, None, None)


def _content(response: requests.Response, until: float) -> bytes:
    """Return the body; what is packed, too large or dripping is not read to its end."""
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unusable("an answer that is packed", sent=True)
    content = bytearray()
    while chunk := response.raw.read1(CHUNK, decode_content=False):
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise Unusable("an answer that is too large", sent=True)
        if time.monotonic() > until:
            raise Unusable("an answer that does not end", sent=True)
    return bytes(content)


def _parsed(content: bytes, *, sent: bool) -> Any:
    try:
        return json.loads(content, object_pairs_hook=_object, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Unusable("an answer that is no JSON", sent=sent) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError("no number")


def _sendable(key: str) -> str:
    """Return a key as a header can carry it: itself where it is of visible ASCII, else its fingerprint."""
    return key if VISIBLE.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()


def _never_sent(error: Exception) -> bool:
    """Return whether there was no connection at all, so that nothing can have been done."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(
        getattr(cause, "reason", cause), ConnectTimeoutError | NewConnectionError
    )
