"""``xiaoer run``: starting the lines of a Procfile, and stopping them whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from xiaoer import migrations
from xiaoer.cli import main
from xiaoer.cli.model import SOURCES, model_path
from xiaoer.cli.noise import Noise
from xiaoer.cli.ports import free_port
from xiaoer.cli.project import address_of, quiet_environment, service_environment
from xiaoer.cli.run import _reachable
from xiaoer.database import open_engine
from xiaoer.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
SERVER = """\
import http.server, os, sys
name, port = sys.argv[1], int(sys.argv[2])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        found = self.path == {"desk": "/health", "rasa": "/", "actions": "/health"}[name]
        self.send_response(200 if found else 404)
        self.end_headers()
    def log_message(self, *args): pass
open(f"{name}.pid", "w").write(str(os.getpid()))
print(f"{name} serves with {os.environ['XIAOER_MODEL']}", flush=True)
print("/venv/x.py:1: DeprecationWarning: old", flush=True)
print("  import x", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""
PROCFILE = f"""\
desk: {sys.executable} server.py desk $XIAOER_DESK_PORT
rasa: {sys.executable} server.py rasa $XIAOER_RASA_PORT
actions: {sys.executable} server.py actions $ACTIONS_PORT
"""
RUN = [sys.executable, "-c", "from xiaoer.cli import main; main(['run', '--no-demo'])"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project's folder with a model and small servers instead of the large ones."""
    for source in SOURCES:
        (tmp_path / source).write_text("x")
    (tmp_path / "endpoints.yml").write_text("")
    (tmp_path / "server.py").write_text(SERVER)
    (tmp_path / "Procfile").write_text(PROCFILE)
    model_path(tmp_path).parent.mkdir()
    model_path(tmp_path).write_bytes(b"model")
    return tmp_path


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a second set of servers, beside whatever runs on this machine."""
    actions = free_port()
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("XIAOER_")},
        "XIAOER_DATA_DIR": str(tmp_path / "var"),
        "XIAOER_DESK_PORT": str(free_port()),
        "XIAOER_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "XIAOER_ACTIONS_URL": f"http://127.0.0.1:{actions}/webhook",
        "ACTIONS_PORT": str(actions),
    }


Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(project: Path, environment: dict[str, str]) -> Iterator[Start]:
    """Starts ``xiaoer run`` in the project's folder; what it prints is in ``run.log``."""
    running = []

    def run() -> subprocess.Popen[bytes]:
        with (project / "run.log").open("wb") as log:
            process = subprocess.Popen(
                RUN, cwd=project, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        running.append(process)
        return process

    yield run
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    for name in ("desk", "rasa", "actions"):
        pid = child(project, name)
        if pid is not None and alive(pid):
            os.kill(pid, signal.SIGKILL)


def wait_until(what: Callable[[], bool], log: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)


def child(project: Path, name: str) -> int | None:
    file = project / f"{name}.pid"
    return int(file.read_text() or 0) or None if file.exists() else None


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children(project: Path) -> list[int]:
    return [pid for name in ("desk", "rasa", "actions") if (pid := child(project, name)) is not None]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_three_start_are_announced_and_stop(
    project: Path, environment: dict[str, str], start: Start, number: signal.Signals
) -> None:
    process, log = start(), project / "run.log"
    wait_until(lambda: "Ctrl-C stops it" in log.read_text(), log)
    desk = f"http://127.0.0.1:{environment['XIAOER_DESK_PORT']}"
    pids = children(project)

    process.send_signal(number)

    assert process.wait(timeout=20) == 0
    assert len(pids) == 3
    assert not any(alive(pid) for pid in pids)
    said = log.read_text()
    assert f"customers   {desk}/chat" in said
    assert f"rasa {environment['XIAOER_RASA_URL']}, actions {environment['XIAOER_ACTIONS_URL']}" in said
    assert said.count("Xiaoer is ready") == 1
    assert f"serves with {model_path(project)}" in said
    assert "Deprecation" not in said
    assert "import x" not in said
    database = open_engine(f"sqlite:///{project / 'var' / 'xiaoer.db'}")
    assert migrations.current(database) == migrations.head()


@pytest.mark.parametrize("delay", [0.0, 0.1, 0.3, 0.6, 1.0])
def test_stopping_while_it_starts_leaves_nothing_behind(project: Path, start: Start, delay: float) -> None:
    process, log = start(), project / "run.log"
    wait_until(lambda: "starting desk" in log.read_text(), log)
    time.sleep(delay)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=20) == 0, log.read_text()
    assert not any(alive(pid) for pid in children(project))


@pytest.mark.parametrize("name", ["desk", "rasa", "actions"])
def test_one_that_ends_ends_all(project: Path, start: Start, name: str) -> None:
    process, log = start(), project / "run.log"
    wait_until(lambda: "Ctrl-C stops it" in log.read_text(), log)
    pids = children(project)
    pid = child(project, name)
    assert pid is not None

    os.kill(pid, signal.SIGKILL)

    assert process.wait(timeout=20) != 0
    assert not any(alive(each) for each in pids)
    assert f"{name} stopped" in log.read_text()


@pytest.mark.parametrize("name", ["desk", "rasa", "actions"])
def test_a_port_in_use_is_said_before_anything_starts(
    project: Path, environment: dict[str, str], start: Start, name: str
) -> None:
    variable = {"desk": "XIAOER_DESK_PORT", "rasa": "XIAOER_RASA_URL", "actions": "XIAOER_ACTIONS_URL"}[name]
    port = int(environment[variable].removesuffix("/webhook").rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        process = start()
        assert process.wait(timeout=20) == 1

    assert (project / "run.log").read_text() == (
        f"Error: {name}: port {port} is in use: another copy may be running. Stop it, or set {variable}.\n"
    )
    assert not (project / "var").exists()
    assert children(project) == []


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("XIAOER_RASA_URL", "127.0.0.1:5005", "XIAOER_RASA_URL: 127.0.0.1:5005 is no address such as"),
        ("XIAOER_RASA_URL", "http://127.0.0.1:99999", "XIAOER_RASA_URL: http://127.0.0.1:99999 has no usable port"),
        ("XIAOER_ACTIONS_URL", "http:///webhook", "XIAOER_ACTIONS_URL: http:///webhook is no address such as"),
        ("XIAOER_DESK_HOST", "no.such.host.invalid", "desk: no.such.host.invalid:"),
        ("XIAOER_DESK_HOST", "192.0.2.1", "desk: 192.0.2.1:"),
    ],
)
def test_an_address_that_can_not_be_is_said(
    project: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.chdir(project)
    for name, each in {**environment, variable: value}.items():
        monkeypatch.setenv(name, each)

    result = CliRunner().invoke(main, ["run", "--no-demo"])

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {said}")
    assert not (project / "var").exists()


def test_the_processes_find_what_the_files_of_the_project_name(tmp_path: Path) -> None:
    environment = service_environment(Settings(data_dir=tmp_path, rasa_url="http://127.0.0.1:5105"), Path("m.tar.gz"))
    for file in ("Procfile", "endpoints.yml"):
        for name in _variables((ROOT / file).read_text(encoding="utf-8")):
            assert environment[name], name

    assert environment["XIAOER_RASA_PORT"] == "5105"
    assert environment["XIAOER_DESK_PORT"] == "8000"
    assert environment["XIAOER_TRACKER_URL"] == f"sqlite:///{tmp_path / 'tracker.db'}"
    assert environment["XIAOER_DATABASE_URL"] == f"sqlite:///{tmp_path / 'xiaoer.db'}"
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"


def _variables(text: str) -> set[str]:
    words = text.replace('"', " ").replace("{", "").replace("}", " ").split()
    return {word.removeprefix("$") for word in words if word.startswith("$")}


def test_telemetry_can_not_be_switched_on_by_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASA_TELEMETRY_ENABLED", "true")
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")

    assert quiet_environment()["RASA_TELEMETRY_ENABLED"] == "false"
    assert quiet_environment()["TF_CPP_MIN_LOG_LEVEL"] == "0"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:5105", ("127.0.0.1", 5105)),
        ("http://rasa/", ("rasa", 5005)),
        ("http://[::1]:7000/webhook", ("::1", 7000)),
    ],
)
def test_an_address_is_read(url: str, address: tuple[str, int]) -> None:
    assert address_of(url, "X", 5005) == address


@pytest.mark.parametrize(
    ("host", "reachable"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("shop.lan", "shop.lan")],
)
def test_the_addresses_can_be_opened(host: str, reachable: str) -> None:
    assert _reachable(host) == reachable


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["a", "/x.py:1: DeprecationWarning: old", "  import x", "b"], ["a", "b"]),
        (["/x.py:1: PyparsingDeprecationWarning: old", "  import x", "  b"], ["  b"]),
        (["/x.py:1: DeprecationWarning: old", "and more of it", "  import x", "b"], ["b"]),
        (["/x.py:1: DeprecationWarning: a", "/x.py:2: DeprecationWarning: b", "  import x", "c"], ["c"]),
        (["/x.py:1: UserWarning: mind this", "  warn()"], ["/x.py:1: UserWarning: mind this", "  warn()"]),
        (["/x.py:1: DeprecationWarning: old", *"abcde"], ["d", "e"]),
    ],
)
def test_noise_is_told_from_the_rest(lines: list[str], kept: list[str]) -> None:
    noise = Noise()

    assert [line for line in lines if not noise.contains(line)] == kept
