"""Starting processes, and talking to several assistants in turns."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import httpx
import pytest

from benchmarks.conversations import hold, read_conversations
from benchmarks.servers import Server, SilentActions
from benchmarks.snapshot import ROOT, take_snapshot
from benchmarks.training import Epochs, train_in
from xiaoer.cli.ports import free_port


class Parrot(BaseHTTPRequestHandler):
    """Says what it is told, in the REST channel's form, with its server's name after 你好."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append(body)  # type: ignore[attr-defined]
        name = self.server.name if body["message"] == "你好" else ""  # type: ignore[attr-defined]
        answer = json.dumps([{"text": body["message"] + name}]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def parrots() -> Iterator[list[ThreadingHTTPServer]]:
    """Two of them."""
    servers = []
    for name in ("a", "b"):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Parrot)
        server.name, server.heard = name, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


def test_all_hear_the_same_and_equal_answers_are_told_apart(parrots: list[ThreadingHTTPServer]) -> None:
    urls = {server.name: f"http://127.0.0.1:{server.server_port}/" for server in parrots}  # type: ignore[attr-defined]

    turns = list(hold(urls, [["你好", "谢谢"], ["再见"]], {"tenant": "shop"}, rounds=2))

    assert [turn.alike for turn in turns] == [False, True, True] * 2
    assert all(set(turn.ms) == {"a", "b"} and min(turn.ms.values()) > 0 for turn in turns)
    heard = [server.heard for server in parrots]  # type: ignore[attr-defined]
    assert heard[0] == heard[1]
    assert len({body["sender"] for body in heard[0]}) == 4
    assert all(body["metadata"] == {"tenant": "shop"} for body in heard[0])


def test_the_one_asked_first_changes(parrots: list[ThreadingHTTPServer]) -> None:
    urls = {server.name: f"http://127.0.0.1:{server.server_port}/" for server in parrots}  # type: ignore[attr-defined]

    first = [next(iter(turn.ms)) for turn in hold(urls, [["1", "2", "3"]], {}, rounds=1)]

    assert first == ["b", "a", "b"]


def test_there_is_something_to_say() -> None:
    assert len([message for messages in read_conversations() for message in messages]) >= 30


def test_a_server_is_waited_for_measured_and_stopped(tmp_path: Path) -> None:
    port = free_port()
    ready = f"http://127.0.0.1:{port}/"

    with Server(["http.server", str(port), "--bind", "127.0.0.1"], tmp_path, {}, ready, tmp_path / "log") as server:
        assert 0 < server.seconds < 60
        assert 1 < server.resident_mb() < 500

    with pytest.raises(RuntimeError):
        server.resident_mb()


def test_a_server_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    broken = Server(["no_such_module"], tmp_path, {}, f"http://127.0.0.1:{free_port()}/", tmp_path / "log")

    with pytest.raises(click.ClickException, match="No module named no_such_module"):
        broken.__enter__()


def test_a_snapshot_has_what_a_model_is_made_of(tmp_path: Path) -> None:
    snapshot = take_snapshot(tmp_path / "project")

    for part in ("config.yml", "domain.yml", "components/tokenizer.py", "data/nlu/orders.yml"):
        assert (snapshot / part).read_bytes() == (ROOT / part).read_bytes()


@pytest.mark.rasa
def test_a_training_that_fails_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yml").write_text("recipe: default.v1\nlanguage: zh\npipeline:\n- name: NoSuchComponent\n")
    (tmp_path / "domain.yml").write_text("intents: [a]\n")
    (tmp_path / "nlu.yml").write_text("nlu:\n- intent: a\n  examples: |\n    - 一\n    - 二\n")

    with pytest.raises(click.ClickException, match="last words are above"):
        train_in(tmp_path, tmp_path / "config.yml", [tmp_path / "nlu.yml"], tmp_path / "model.tar.gz")

    assert "NoSuchComponent" in capsys.readouterr().err


def test_every_tenth_epoch_is_shown_once_and_no_warning() -> None:
    lines = [
        f"Epochs:  50%|## | {done}/20 [00:01<00:01, 9it/s{loss}]" for done in (9, 10, 20) for loss in ("", ", t_loss=1")
    ]
    epochs = Epochs()

    shown = [
        said
        for line in ["/a.py:1: UserWarning: Misaligned entity", "  source", "more", *lines]
        for said in epochs.read(line)
    ]

    assert shown == ["          epoch 10 of 20", "          epoch 20 of 20"]


def test_silent_actions_answer_every_action_with_nothing() -> None:
    with SilentActions({"XIAOER_DATABASE_URL": "sqlite://"}) as actions:
        assert actions.settings["XIAOER_DATABASE_URL"] == "sqlite://"
        answers = [
            httpx.post(actions.settings["XIAOER_ACTIONS_URL"], json={"next_action": name}, trust_env=False)
            for name in ("action_a", "action_b")
        ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"events": [], "responses": []})] * 2
