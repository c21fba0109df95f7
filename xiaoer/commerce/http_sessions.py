"""Connections to a merchant's system: a pool for reads, which are tried again, and one for writes, which are not."""

from __future__ import annotations

import logging
from http.cookiejar import DefaultCookiePolicy
from types import TracebackType

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from xiaoer.commerce.back_offices import BackOffice

CONNECTIONS = 32
"""Kept open to one system: as many as the action server has threads (``actions/server.py``), so that none waits."""

READ_RETRIES = 2
PASSING = (502, 503, 504)
"""Statuses after which a read is worth another try."""


class ReadRetry(Retry):
    """Tries reads again after what passes quickly; who was too slow once is not waited for again."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> ReadRetry:
        """Return what remains to be tried.

        Raises:
            ReadTimeoutError: If the answer did not come in time.
        """
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


def session_for_reads(back_office: BackOffice) -> requests.Session:
    """Return a session that tries again after connection errors and statuses that pass, with growing, random pauses."""
    retry = ReadRetry(
        total=READ_RETRIES,
        status_forcelist=PASSING,
        allowed_methods={"GET"},
        backoff_factor=0.1,
        backoff_jitter=0.1,
        redirect=0,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    return _session(back_office, retry)


def session_for_writes(back_office: BackOffice) -> requests.Session:
    """Return a session that sends every request once."""
    return _session(back_office, Retry(0, read=False))


def _session(back_office: BackOffice, retry: Retry) -> requests.Session:
    # It writes whole addresses down, and with them whose orders they are about.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    session = requests.Session()
    # Proxies and accounts of the environment (.netrc would replace the token) are not meant for merchants' systems.
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS, max_retries=retry)
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    session.headers.update(
        {
            "Authorization": f"Bearer {back_office.token}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": "xiaoer",
        }
    )
    return session
