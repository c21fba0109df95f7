"""Tokens: what they carry, and every way to tamper with one that we know."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from tests.goods import NOON
from xiaoer.accounts.directory import add_tenant, signing_key
from xiaoer.accounts.errors import ExpiredToken, InvalidToken, TenantNotFound
from xiaoer.accounts.model import PLATFORM, Identity, Role
from xiaoer.accounts.tokens import issue_token, verify_token
from xiaoer.database import open_engine, reading, writing
from xiaoer.schema import metadata

BUYER = Identity("c1", "m1", Role.CONSUMER)
EXP = int((NOON + timedelta(hours=1)).timestamp())
CLAIMS: dict[str, Any] = {"sub": "c1", "tenant": "m1", "role": "consumer", "channel": "web", "exp": EXP}


def tenants(engine: Engine) -> Engine:
    with writing(engine) as session:
        for tenant in ("m1", "m2", PLATFORM):
            add_tenant(session, tenant, name=tenant, now=NOON)
    return engine


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A session that only reads, session because what tokens need of the database is the same in every test."""
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('tokens') / 'xiaoer.db'}")
    metadata.create_all(engine)
    with reading(tenants(engine)) as session:
        yield session
    engine.dispose()


def signed(session: Session, key_of: str = "m1", **claims: Any) -> str:
    """A token with some claims changed; a claim that is ``...`` is left out."""
    content = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not ...}
    return jwt.encode(content, signing_key(session, key_of), algorithm="HS256")


def signed_bytes(session: Session, payload: bytes, header: dict[str, Any] | None = None) -> str:
    """A well-signed token whose payload need not be what JSON Web Tokens allow."""
    head = base64.urlsafe_b64encode(json.dumps(header or {"alg": "HS256", "typ": "JWT"}).encode()).rstrip(b"=")
    body = base64.urlsafe_b64encode(payload).rstrip(b"=")
    key = signing_key(session, "m1").encode()
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(head + b"." + body, key)
    return (head + b"." + body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.mark.parametrize(
    "identity",
    [
        BUYER,
        replace(BUYER, role=Role.MERCHANT, channel="app"),
        replace(BUYER, vip_level=2, product_id="P1", order_no="202611200000000001"),
        replace(BUYER, role=Role.AGENT),
        replace(BUYER, role=Role.MERCHANT_ADMIN),
        Identity("p1", PLATFORM, Role.PLATFORM_ADMIN),
        Identity("客户一", "m1", Role.CONSUMER),
    ],
)
def test_a_token_stands_for_the_identity_it_was_issued_for(session: Session, identity: Identity) -> None:
    assert verify_token(session, issue_token(session, identity, now=NOON), now=NOON) == identity


def test_tenants_are_looked_up_in_either_database(engine: Engine) -> None:
    with reading(tenants(engine)) as session:
        assert verify_token(session, issue_token(session, BUYER, now=NOON), now=NOON) == BUYER
        for tenant in ("m9", "m\u0000", "m\ud800", "m" * 1000, "' OR 1=1 --"):
            payload = json.dumps({**CLAIMS, "tenant": tenant}).encode()
            with pytest.raises(InvalidToken):
                verify_token(session, signed_bytes(session, payload), now=NOON)


def test_the_claims_are_those_of_the_contract(session: Session) -> None:
    identity = replace(BUYER, vip_level=1, product_id="P1", order_no="202611200000000001")
    token = issue_token(session, identity, now=NOON, lifetime=timedelta(hours=1))

    assert jwt.decode(token, signing_key(session, "m1"), algorithms=["HS256"], options={"verify_exp": False}) == {
        **CLAIMS,
        "vip_level": 1,
        "product_id": "P1",
        "order_no": "202611200000000001",
    }


def test_a_shop_may_sign_with_the_required_claims_alone(session: Session) -> None:
    token = jwt.encode({"sub": "c1", "tenant": "m1", "exp": EXP}, signing_key(session, "m1"), algorithm="HS256")

    assert verify_token(session, token, now=NOON) == BUYER


def test_no_token_is_issued_for_an_unknown_tenant(session: Session) -> None:
    with pytest.raises(TenantNotFound):
        issue_token(session, Identity("c1", "m9", Role.CONSUMER), now=NOON)


@pytest.mark.parametrize(("seconds", "good"), [(3599, True), (3600, False), (3601, False), (10**6, False)])
def test_a_token_ends_at_its_second(session: Session, seconds: int, good: bool) -> None:
    token = issue_token(session, BUYER, now=NOON, lifetime=timedelta(hours=1))
    moment = NOON + timedelta(seconds=seconds)

    if good:
        assert verify_token(session, token, now=moment) == BUYER
    else:
        with pytest.raises(ExpiredToken):
            verify_token(session, token, now=moment)


def test_another_tenants_key_signs_nothing_here(session: Session) -> None:
    token = jwt.encode(CLAIMS, signing_key(session, "m2"), algorithm="HS256")

    with pytest.raises(InvalidToken):
        verify_token(session, token, now=NOON)


def test_a_changed_claim_breaks_the_signature(session: Session) -> None:
    head, _, signature = issue_token(session, BUYER, now=NOON).split(".")
    other = base64.urlsafe_b64encode(json.dumps({**CLAIMS, "sub": "c2"}).encode()).rstrip(b"=").decode()

    with pytest.raises(InvalidToken):
        verify_token(session, f"{head}.{other}.{signature}", now=NOON)


def test_a_token_without_a_signature_is_worth_nothing(session: Session) -> None:
    unsigned = jwt.encode(CLAIMS, None, algorithm="none")
    head, body, _ = issue_token(session, BUYER, now=NOON).split(".")

    for token in (unsigned, f"{head}.{body}.", f"{head}.{body}", unsigned.replace("none", "None")):
        with pytest.raises(InvalidToken):
            verify_token(session, token, now=NOON)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_other_algorithms_are_refused_even_with_the_right_key(session: Session, algorithm: str) -> None:
    token = jwt.encode(CLAIMS, signing_key(session, "m1"), algorithm=algorithm)

    with pytest.raises(InvalidToken):
        verify_token(session, token, now=NOON)


@pytest.mark.parametrize("name", ["sub", "tenant", "exp"])
def test_a_required_claim_must_be_there(session: Session, name: str) -> None:
    with pytest.raises(InvalidToken):
        verify_token(session, signed(session, **{name: ...}), now=NOON)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("sub", value) for value in ("", 7, None, ["c1"], {"id": "c1"}, "c" * 65, "c\u0000", "c\u202e1", "c\n")],
        *[("tenant", value) for value in (7, None, ["m1"], {"a": 1}, "m9", "", "m\u0000", "m\ud800")],
        *[("role", value) for value in (None, 7, "", "root", "CONSUMER", ["consumer"], {"a": 1})],
        *[("channel", value) for value in (7, "", "x" * 33, ["web"], "we\u0000b")],
        *[("vip_level", value) for value in ("1", 1.5, True, -1, [1], None)],
        *[("product_id", value) for value in (7, "", ["P1"], "p" * 65, "p\u0000")],
        *[("order_no", value) for value in (202611200000000001, "", {"a": 1}, "1" * 65)],
        *[("exp", value) for value in ("soon", str(EXP), None, True, [EXP], {"a": 1}, float("inf"), float("nan"))],
    ],
)
def test_a_claim_of_the_wrong_shape_is_refused(session: Session, name: str, value: object) -> None:
    payload = json.dumps({**CLAIMS, name: value}).encode("utf-8", "surrogatepass")

    with pytest.raises(InvalidToken) as caught:
        verify_token(session, signed_bytes(session, payload), now=NOON)
    assert not isinstance(caught.value, ExpiredToken)


@pytest.mark.parametrize("exp", [10**17, 10**30, 10**400, EXP + 0.5])
def test_a_far_or_fractional_end_is_a_number_like_any_other(session: Session, exp: float) -> None:
    assert verify_token(session, signed(session, exp=exp), now=NOON) == BUYER


@pytest.mark.parametrize(
    ("tenant", "role"),
    [
        ("m1", Role.PLATFORM_AGENT),
        ("m1", Role.PLATFORM_ADMIN),
        (PLATFORM, Role.AGENT),
        (PLATFORM, Role.MERCHANT_ADMIN),
    ],
)
def test_a_tenants_key_does_not_make_people_of_another(session: Session, tenant: str, role: Role) -> None:
    token = signed(session, tenant, tenant=tenant, role=role.value)

    with pytest.raises(InvalidToken):
        verify_token(session, token, now=NOON)


@pytest.mark.parametrize("payload", [b"", b"[]", b"7", b'"x"', b"null", b"{", b"\xff\xfe", b'{"a":' * 3000])
def test_a_payload_that_is_no_object_is_refused(session: Session, payload: bytes) -> None:
    with pytest.raises(InvalidToken):
        verify_token(session, signed_bytes(session, payload), now=NOON)


def test_deep_nesting_and_length_are_refused(session: Session) -> None:
    deep = b'{"a":' * 500 + b"1" + b"}" * 500
    for payload in (deep, json.dumps({**CLAIMS, "note": "x" * 5000}).encode()):
        with pytest.raises(InvalidToken):
            verify_token(session, signed_bytes(session, payload), now=NOON)


@given(
    token=st.one_of(
        st.text(), st.from_regex(r"[\w=-]*\.[\w=-]*\.[\w=-]*"), st.binary().map(lambda b: b.decode("latin-1"))
    )
)
def test_garbage_is_refused_and_nothing_else(session: Session, token: str) -> None:
    with pytest.raises(InvalidToken):
        verify_token(session, token, now=NOON)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=5,
)


@given(
    changed=st.dictionaries(st.sampled_from(["sub", "role", "channel", "exp", "vip_level", "order_no"]), json_values)
)
def test_whatever_a_shop_signs_is_an_identity_or_refused(session: Session, changed: dict[str, Any]) -> None:
    payload = json.dumps({**CLAIMS, **changed}).encode("utf-8", "surrogatepass")
    try:
        identity = verify_token(session, signed_bytes(session, payload), now=NOON)
    except InvalidToken:
        return
    assert identity.tenant == "m1"
    assert identity.role in set(Role)
    assert 0 < len(identity.subject) <= 64
    assert identity.vip_level >= 0


@given(data=st.data())
def test_any_changed_character_is_noticed(session: Session, data: st.DataObject) -> None:
    token = issue_token(session, BUYER, now=NOON)
    # The last character of the signature carries two bits that belong to nothing.
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=126).filter(lambda one: one != token[place]))
    with pytest.raises(InvalidToken):
        verify_token(session, token[:place] + other + token[place + 1 :], now=NOON)


def test_a_moment_may_stand_in_any_zone(session: Session) -> None:
    token = issue_token(session, BUYER, now=NOON, lifetime=timedelta(minutes=5))
    shanghai = datetime.fromisoformat("2026-11-21T12:04:59+08:00")

    assert verify_token(session, token, now=shanghai) == BUYER
    with pytest.raises(ExpiredToken):
        verify_token(session, token, now=shanghai + timedelta(seconds=1))
