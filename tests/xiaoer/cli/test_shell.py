"""``xiaoer shell``: as whom it speaks, and what it starts and stops."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from tests.goods import add_buyer, add_order, add_product, add_shop
from xiaoer import migrations
from xiaoer.accounts.tables import CustomerRow
from xiaoer.cli import main
from xiaoer.cli.model import SOURCES, model_path
from xiaoer.cli.shell import pick_identity
from xiaoer.database import open_engine, writing

PROGRAM = f"""\
#!{sys.executable}
import http.server, json, os, sys, urllib.parse
if sys.argv[1:] == ["-m", "actions.server"]:
    open("actions.pid", "w").write(str(os.getpid()))
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
        def log_message(self, *args): pass
    url = urllib.parse.urlsplit(os.environ["XIAOER_ACTIONS_URL"])
    if os.environ.get("BROKEN"): sys.exit("no module named x")
    http.server.ThreadingHTTPServer((url.hostname, url.port), Handler).serve_forever()
names = ("XIAOER_SHELL_IDENTITY", "XIAOER_ACTIONS_URL", "RASA_TELEMETRY_ENABLED")
open("shell.json", "w").write(json.dumps(dict(arguments=sys.argv[1:], **{{name: os.environ[name] for name in names}})))
print("/x.py:1: DeprecationWarning: old", file=sys.stderr)
print("  import x", file=sys.stderr)
print("something that matters", file=sys.stderr)
sys.exit(int(os.environ.get("STATUS", "0")))
"""


@pytest.fixture
def mall(engine: Engine) -> Engine:
    add_shop(engine, "m1")
    add_product(engine)
    for number, (customer, state) in enumerate([("c1", "paid"), ("c2", "shipped"), ("c3", "shipped")]):
        add_buyer(engine, customer)
        add_order(engine, f"20261120000000000{number}", state=state, customer=customer)
    with writing(engine) as session:
        session.get(CustomerRow, "c2").vip_level = 1
    return engine


def test_it_speaks_as_the_customer_of_the_first_parcel_on_its_way(mall: Engine) -> None:
    assert pick_identity(mall, None) == {
        "tenant": "m1",
        "subject": "c2",
        "role": "consumer",
        "channel": "shell",
        "vip_level": 1,
    }


def test_it_speaks_as_whom_one_wants(mall: Engine) -> None:
    assert pick_identity(mall, "c1")["subject"] == "c1"
    for nobody in ("c9", ""):
        with pytest.raises(click.ClickException, match="is in the database"):
            pick_identity(mall, nobody)


def test_an_empty_database_has_nobody(engine: Engine) -> None:
    with pytest.raises(click.ClickException, match="no order of anybody"):
        pick_identity(engine, None)


@pytest.fixture
def project(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with a model, a shop, and a program in the place of Python."""
    root = tmp_path / "project"
    root.mkdir()
    for file in (*SOURCES, "Procfile", "endpoints.yml"):
        (root / file).write_text("x")
    model_path(root).parent.mkdir()
    model_path(root).write_bytes(b"model")
    program = tmp_path / "python"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    engine = open_engine(sqlite_url)
    migrations.upgrade(engine)
    add_shop(engine)
    add_buyer(engine)
    add_product(engine)
    add_order(engine, "202611200000000001", state="shipped")
    monkeypatch.chdir(root)
    monkeypatch.setenv("XIAOER_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("XIAOER_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("xiaoer.cli.shell.sys.executable", str(program))
    return root


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("status", [0, 3])
def test_it_starts_rasa_with_actions_that_know_the_customer_and_stops_them(
    project: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("STATUS", str(status))

    result = CliRunner().invoke(main, ["shell"])

    assert result.exit_code == status
    assert "you are customer c1 of m1" in result.stdout
    assert result.stderr == "something that matters\n"
    started = json.loads((project / "shell.json").read_text())
    assert json.loads(started["XIAOER_SHELL_IDENTITY"])["subject"] == "c1"
    assert started["RASA_TELEMETRY_ENABLED"] == "false"
    assert started["arguments"][:3] == ["-m", "rasa", "shell"]
    assert str(model_path(project)) in started["arguments"]
    ports = {started["arguments"][started["arguments"].index("--port") + 1], started["XIAOER_ACTIONS_URL"]}
    assert not ports & {"5005", "http://127.0.0.1:5055/webhook"}
    assert not alive(int((project / "actions.pid").read_text()))


def test_actions_that_do_not_start_are_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROKEN", "yes")

    result = CliRunner().invoke(main, ["shell"])

    assert result.exit_code == 1
    assert result.stderr == "no module named x\nError: the actions could not be started; what they said is above\n"
    assert not (project / "shell.json").exists()
