"""快递100 on the loopback, and a client of it that does not wait between attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.xiaoer.commerce.carriers.fake import CUSTOMER, KEY, FakeKuaidi100, fake_kuaidi100
from xiaoer.commerce.carriers.kuaidi100 import Access, Kuaidi100

ClientMaker = Callable[..., Kuaidi100]


@pytest.fixture
def server() -> Iterator[FakeKuaidi100]:
    with fake_kuaidi100() as server:
        yield server


@pytest.fixture
def make_client(server: FakeKuaidi100) -> ClientMaker:
    """Makes a client; arguments are those of ``Access`` that differ."""

    def make(**different: object) -> Kuaidi100:
        access = {
            "customer": CUSTOMER,
            "key": KEY,
            "url": server.url,
            "recognise_url": f"{server.url}/autonumber/auto",
            "timeout": 5.0,
            "breaker_threshold": 100,
            "breaker_seconds": 3600.0,
            **different,
        }
        return Kuaidi100(Access(**access), pause=lambda seconds: None)

    return make


@pytest.fixture
def client(make_client: ClientMaker) -> Kuaidi100:
    return make_client()
