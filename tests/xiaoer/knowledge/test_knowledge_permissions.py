"""Whose knowledge each role sees and changes."""

from __future__ import annotations

import pytest

from xiaoer.accounts.model import Agent, Role
from xiaoer.knowledge.permissions import may_read, may_write

OWN, OTHER, PLATFORM = "m1", "m2", "platform"


@pytest.mark.parametrize(
    ("tenant", "role", "read", "written"),
    [
        ("m1", Role.AGENT, {OWN}, {OWN}),
        ("m1", Role.MERCHANT_ADMIN, {OWN}, {OWN}),
        ("platform", Role.PLATFORM_AGENT, {OWN, OTHER, PLATFORM}, {PLATFORM}),
        ("platform", Role.PLATFORM_ADMIN, {OWN, OTHER, PLATFORM}, {PLATFORM}),
        ("platform", Role.AGENT, set(), set()),
        ("m1", Role.SYSTEM, set(), set()),
        ("m1", Role.CONSUMER, set(), set()),
        ("m1", Role.MERCHANT, set(), set()),
        ("m1", Role.ANONYMOUS, set(), set()),
    ],
)
def test_who_sees_and_changes_what(tenant: str, role: Role, read: set[str], written: set[str]) -> None:
    agent = Agent("a1", tenant, "小王", role)
    scopes = (OWN, OTHER, PLATFORM)
    assert {scope for scope in scopes if may_read(agent, scope)} == read
    assert {scope for scope in scopes if may_write(agent, scope)} == written
