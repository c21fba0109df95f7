"""Every route of the knowledge API, for every kind of caller, at every scope: who may do what, and see whose words.

What is expected follows from three small tables: who may read and write which scope, what each route needs, and what it
does where it is allowed. A route without a place in the tables fails.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from tests.desk.conftest import fill
from tests.desk.knowledge import snapshot
from tests.desk.secrets_of_shops import PUBLIC, SCOPES, SECRETS, A, B, World, opened, plant
from xiaoer.accounts.model import PLATFORM
from xiaoer.database import open_engine, writing
from xiaoer.knowledge.model import Change, Draft
from xiaoer.knowledge.store import update_entry
from xiaoer.knowledge.tables import VersionRow

Refusal = tuple[int, str]


@dataclass(frozen=True)
class Caller:
    """Somebody who calls.

    Attributes:
        reads: Scopes that the caller may read.
        writes: Scopes that the caller may change.
        refused: What the caller is told at every door, whatever the scope.
    """

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    refused: Refusal | None = None


EVERYTHING = frozenset({A, B, PLATFORM})
NO_STAFF = Caller(refused=(403, "not_an_agent"))

CALLERS: dict[str, Caller] = {
    "nobody": Caller(refused=(401, "token_required")),
    "forged": Caller(refused=(401, "token_invalid")),
    "expired": Caller(refused=(401, "token_expired")),
    "consumer of A": NO_STAFF,
    "anonymous at A": NO_STAFF,
    "merchant visitor of A": NO_STAFF,
    "system of A": NO_STAFF,
    "agent of A": Caller(frozenset({A}), frozenset({A})),
    "admin of A": Caller(frozenset({A}), frozenset({A})),
    "agent of B": Caller(frozenset({B}), frozenset({B})),
    "platform agent": Caller(EVERYTHING, frozenset({PLATFORM})),
    "platform admin": Caller(EVERYTHING, frozenset({PLATFORM})),
}


@dataclass(frozen=True)
class Route:
    """What a route needs and does.

    Attributes:
        writes: Whether it changes something.
        request: What is sent; ``{…}`` stands for the ids of the scope.
        missing: What is told where the scope is none of the caller's.
        everywhere: Whether its path names no scope: the caller is told of all that may be read.
        silent: Whether an allowed answer has none of the scope's own words in it.
        published: Whether it is about published entries alone, and so about the platform's too.
    """

    writes: bool = False
    request: Mapping[str, Any] = field(default_factory=dict)
    missing: Refusal = (404, "tenant_not_found")
    everywhere: bool = False
    silent: bool = False
    published: bool = False


BASE = "/api/v1/knowledge"
WORDS = {"question": "能不能刻字", "answer": "能"}
FILE = {"files": {"file": ("知识.csv", "问题,答案\n能不能刻字,能\n".encode(), "text/csv")}}

ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/{scope}/entries"): Route(),
    ("POST", "/{scope}/entries"): Route(writes=True, request={"json": WORDS}, silent=True),
    ("GET", "/{scope}/entries/{entry_id}"): Route(),
    ("PUT", "/{scope}/entries/{entry_id}"): Route(writes=True, request={"json": {**WORDS, "version": 2}}, silent=True),
    ("POST", "/{scope}/entries/{entry_id}/publish"): Route(writes=True, request={"json": {"version": 2}}),
    ("POST", "/{scope}/entries/{entry_id}/retire"): Route(writes=True),
    ("GET", "/{scope}/entries/{entry_id}/versions"): Route(),
    ("POST", "/{scope}/entries/{entry_id}/rollback"): Route(writes=True, request={"json": {"to_version": 1}}),
    ("POST", "/{scope}/imports"): Route(writes=True, request=FILE, silent=True),
    ("GET", "/{scope}/imports"): Route(),
    ("GET", "/{scope}/imports/{import_id}"): Route(),
    ("GET", "/{scope}/imports/{import_id}/rejected"): Route(),
    ("POST", "/{scope}/imports/{import_id}/rollback"): Route(writes=True, silent=True),
    ("GET", "/{scope}/export"): Route(request={"params": {"format": "xlsx"}}),
    ("GET", "/{scope}/search"): Route(request={"params": {"q": "{first}", "limit": 50}}, published=True),
    ("GET", "/{scope}/feedback"): Route(),
    ("GET", "/{scope}/conflicts"): Route(published=True),
    ("GET", "/{scope}/synonyms"): Route(),
    ("PUT", "/{scope}/synonyms"): Route(writes=True, request={"json": {"groups": [["刻字", "镌刻"]]}}, silent=True),
    ("GET", "/questions"): Route(everywhere=True),
    ("GET", "/{scope}/questions"): Route(),
    ("POST", "/{scope}/questions/close"): Route(
        writes=True, request={"json": {"ids": ["{question_id}"], "status": "dismissed"}}, silent=True
    ),
    ("POST", "/api/v1/conversations/{conversation_id}/messages/{message_id}/propose"): Route(
        writes=True, missing=(404, "conversation_not_found")
    ),
}

ALLOWED = [(route, caller) for route in ROUTES for caller in CALLERS if CALLERS[caller].refused is None]


def call(world: World, route: tuple[str, str], caller: str, ids: Mapping[str, str]) -> httpx.Response:
    """Send what a route needs as a caller, with the ids of a scope."""
    method, path = route
    request = dict(ROUTES[route].request)
    for part in ("json", "params"):
        if part in request:
            request[part] = filled(request[part], ids)
    address = (path if path.startswith("/api") else BASE + path).format(**ids)
    return world.client.request(method, address, headers=world.headers[caller], **request)


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    """Return what is sent with the ids in their places."""
    if isinstance(value, dict):
        return {name: filled(each, ids) for name, each in value.items()}
    if isinstance(value, list):
        return [filled(each, ids) for each in value]
    if value == "{question_id}":
        return int(ids["question_id"])
    return value.format(**ids) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, now: datetime) -> Path:
    path = tmp_path_factory.mktemp("planted") / "planted.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    plant(engine, fill(engine, now))
    engine.dispose()  # which writes the journal back into the file
    return path


@pytest.fixture(scope="module")
def still(planted: Path, tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Iterator[World]:
    """A world in which nobody is let change anything, for all tests together."""
    with opened(planted, tmp_path_factory.mktemp("still"), now) as world:
        yield world


@pytest.fixture(scope="module")
def moving(planted: Path, tmp_path_factory: pytest.TempPathFactory, now: datetime) -> Iterator[World]:
    """A world that is changed and restored over and over; nobody searches in it, since indexes go with revisions."""
    with opened(planted, tmp_path_factory.mktemp("moving"), now) as world:
        yield world


@pytest.fixture
def world(moving: World) -> World:
    moving.restore()
    return moving


def words_of(response: httpx.Response) -> str:
    """Return all that can be read in a response, headers and what a spreadsheet has packed included."""
    packed = zipfile.is_zipfile(io.BytesIO(response.content))
    parts = zipfile.ZipFile(io.BytesIO(response.content)) if packed else None
    body = response.content if parts is None else b"".join(parts.read(name) for name in parts.namelist())
    return (body.decode("utf-8", "replace") + json.dumps(dict(response.headers))).lower()


def told(response: httpx.Response) -> Refusal:
    return response.status_code, response.json()["error"]["code"]


def expected(route: Route, caller: Caller, scope: str) -> Refusal | None:
    """Return how a cell is refused, or ``None`` where it is allowed."""
    if caller.refused is not None:
        return caller.refused
    if route.everywhere:
        return None
    if scope not in caller.reads:
        return route.missing
    if route.writes and scope not in caller.writes:
        return 403, "knowledge_read_only"
    return None


def test_every_route_has_a_place(still: World) -> None:
    found = set()
    for route in still.client.app.routes:  # type: ignore[attr-defined]
        path = getattr(route, "path", "")
        module = getattr(getattr(route, "endpoint", None), "__module__", "")
        if path.startswith(BASE) or "knowledge" in module or "knowledge" in getattr(route, "tags", ()):
            assert isinstance(route, APIRoute)
            found |= {(method, path.removeprefix(BASE)) for method in route.methods}
    assert found == set(ROUTES)
    described = still.client.get("/openapi.json").json()["paths"]
    assert {
        (method.upper(), path.removeprefix(BASE))
        for path, methods in described.items()
        for method in methods
        if path.startswith(BASE) or "knowledge" in methods[method]["tags"]
    } == set(ROUTES)
    assert {route.writes for (method, _), route in ROUTES.items() if method == "GET"} == {False}
    assert {route.writes for (method, _), route in ROUTES.items() if method != "GET"} == {True}


def test_the_secrets_are_where_they_should_be(still: World) -> None:
    before = snapshot(still.shop.engine)
    for table in (
        "knowledge_entries",
        "knowledge_versions",
        "knowledge_imports",
        "knowledge_synonyms",
        "knowledge_questions",
        "messages",
    ):
        for secret in SECRETS.values():
            assert any(secret in column for row in before[table] for column in row), (table, secret)


def named(each: object) -> str:
    return each if isinstance(each, str) else " ".join(each)  # type: ignore[call-overload]


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_who_is_refused_learns_and_changes_nothing(still: World, route: tuple[str, str]) -> None:
    before = still.state()
    for caller, who in CALLERS.items():
        for scope in SCOPES:
            refused = expected(ROUTES[route], who, scope)
            if refused is None:
                continue
            response = call(still, route, caller, still.ids[scope])
            assert told(response) == refused, (caller, scope)
            said = words_of(response)
            assert not [secret for secret in (*SECRETS.values(), PUBLIC) if secret in said], (caller, scope)
            if ROUTES[route].writes:
                assert still.state() == before, (caller, scope)
    assert still.state() == before


@pytest.mark.parametrize(("route", "caller"), ALLOWED, ids=named)
def test_who_is_allowed_sees_the_scopes_own_words_alone(
    request: pytest.FixtureRequest, route: tuple[str, str], caller: str
) -> None:
    rules, who = ROUTES[route], CALLERS[caller]
    world: World = request.getfixturevalue("world" if rules.writes else "still")
    allowed = [scope for scope in SCOPES if expected(rules, who, scope) is None]
    for scope in allowed:
        before = world.state()
        response = call(world, route, caller, world.ids[scope])
        assert response.status_code == 200, response.text
        said = words_of(response)
        visible = who.reads if rules.everywhere else {scope}
        if rules.silent:
            visible = set()
        if rules.published:
            visible = visible - {PLATFORM}
            assert scope != PLATFORM or PUBLIC in said
        assert {name for name, secret in SECRETS.items() if secret in said} == visible
        assert rules.published or rules.everywhere or scope == PLATFORM or PUBLIC not in said
        assert (world.state() != before) is rules.writes
    if not rules.everywhere:
        assert set(allowed) == (who.writes if rules.writes else who.reads)


WITH_IDS = [route for route in ROUTES if {"entry_id", "import_id"} & set(route[1].replace("}", "{").split("{"))]


@pytest.mark.parametrize("caller", ["agent of A", "admin of A", "platform agent", "platform admin"])
@pytest.mark.parametrize("route", WITH_IDS, ids=named)
def test_ids_of_another_scope_are_not_found(still: World, route: tuple[str, str], caller: str) -> None:
    before = still.state()
    who = CALLERS[caller]
    name = "entry_id" if "entry_id" in route[1] else "import_id"
    scopes = [scope for scope in SECRETS if scope in (who.writes if ROUTES[route].writes else who.reads)]
    for scope in scopes:
        for other in SECRETS:
            if other == scope:
                continue
            response = call(still, route, caller, {**still.ids[scope], name: still.ids[other][name]})
            assert told(response) == (404, "entry_not_found" if name == "entry_id" else "import_not_found")
            said = words_of(response)
            assert not [secret for secret in (*SECRETS.values(), PUBLIC) if secret in said]
    assert still.state() == before
    assert scopes


def test_ids_of_another_scope_in_what_is_sent(world: World) -> None:
    mine, theirs = world.ids[A], world.ids[B]
    with writing(world.shop.engine) as session:
        for number in range(5):  # the other shop's entry gets versions that ours has not
            update_entry(
                session, B, int(theirs["entry_id"]), Draft(f"新问{number}", SECRETS[B]), Change("tests", world.shop.now)
            )
    before = world.state()
    latest = max(row.version for row in world.shop.rows(VersionRow) if row.entry_id == int(theirs["entry_id"]))
    headers = world.headers["agent of A"]
    entry = f"{BASE}/{A}/entries/{mine['entry_id']}"
    close = f"{BASE}/{A}/questions/close"
    conversation = f"/api/v1/conversations/{mine['conversation_id']}/messages"
    sent: list[tuple[str, str, dict[str, Any], Refusal]] = [
        ("POST", f"{entry}/rollback", {"to_version": latest}, (404, "version_not_found")),
        ("POST", close, {"ids": [int(theirs["question_id"])], "status": "dismissed"}, (404, "question_not_found")),
        (
            "POST",
            close,
            {"ids": [int(mine["question_id"]), int(theirs["question_id"])], "status": "dismissed"},
            (404, "question_not_found"),
        ),
        (
            "POST",
            close,
            {"ids": [int(mine["question_id"])], "status": "answered", "entry_id": int(theirs["entry_id"])},
            (404, "entry_not_found"),
        ),
        ("POST", f"{conversation}/{theirs['message_id']}/propose", {}, (404, "message_not_found")),
    ]
    for method, path, body, refused in sent:
        response = world.client.request(method, path, json=body, headers=headers)
        assert told(response) == refused
        assert SECRETS[B] not in words_of(response)
    theirs_ask = world.client.post(
        f"{BASE}/{B}/entries", json={**WORDS, "product_id": "P1"}, headers=world.headers["agent of B"]
    )
    assert told(theirs_ask) == (422, "entry_invalid")
    assert world.state() == before
