from __future__ import annotations

import io
import logging
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError

from desk.app import create_app
from desk.logs import MaskingFormatter, mask
from desk.pages import routes
from tests.desk.conftest import FakeRasa, Shop, Talk, error
from xiaoer.database import open_engine
from xiaoer.settings import Settings


def test_all_well(client: TestClient) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "assistant": "ok"}


def test_without_the_assistant(client: TestClient, rasa: FakeRasa) -> None:
    rasa.status = 503
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "database": "ok", "assistant": "unavailable"}


def test_without_the_database(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, rasa_url="http://127.0.0.1:1")
    with TestClient(create_app(settings, engine=open_engine(f"sqlite:///{tmp_path}/empty.db"))) as client:
        response = client.get("/health")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "unavailable", "assistant": "unavailable"}


def test_the_app_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAOER_DATA_DIR", str(tmp_path))
    assert create_app().state.desk.settings.data_dir == tmp_path


# --- pages ----------------------------------------------------------------------------------------------------------


def test_the_root_leads_to_the_chat(client: TestClient) -> None:
    response = client.get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "/chat")


@pytest.mark.parametrize("path", ["/chat", "/chat?merchant=m1&product=P1", "/docs"])
def test_pages_are_their_own(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    policy = response.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    for name in re.findall(r'(?:src|href)="(/[^"]+)"', response.text):
        assert client.get(name).status_code == 200
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', response.text)
    assert "<script>" not in response.text
    assert "style=" not in response.text


def test_every_file_that_a_script_needs_is_there(client: TestClient) -> None:
    for script in routes.FOLDER.glob("*.js"):
        served = client.get(f"/pages/{script.name}")
        assert served.headers["content-type"].startswith("text/javascript")
        for name in re.findall(r'from "\./([a-z]+\.js)"', served.text):
            assert client.get(f"/pages/{name}").status_code == 200
        assert "innerHTML" not in served.text


@pytest.mark.parametrize("name", ["routes.py", "__init__.py", "chat.html", "nothing.js", "..%2fapp.py", "%00.js"])
def test_nothing_else_is_served(client: TestClient, name: str) -> None:
    assert error(client.get(f"/pages/{name}")) == (404, "not_found")


def test_the_api_describes_itself(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/webhooks/rest/webhook", "/api/v1/conversations/{conversation_id}/reply", "/uploads", "/health"} <= set(
        paths
    )
    assert all(operation.get("description") for methods in paths.values() for operation in methods.values())


# --- logs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("phone 13812345678 of", "phone 138****5678 of"),
        ("138 1234 5678", "138****5678"),
        ("order 202611200000000001", "order 202611200000000001"),
        ("to li.si@example.com now", "to ***@*** now"),
        ("住在浙江省杭州市西湖区文三路12号3幢", "***address***"),
        ("token eyJhbGciOi.eyJzdWIiOiJ.c2lnbmF0dXJl end", "token ***token*** end"),
        ("no answer from the assistant: ReadTimeout", "no answer from the assistant: ReadTimeout"),
    ],
)
def test_masks(line: str, masked: str) -> None:
    assert mask(line) == masked


def test_masks_what_databases_tell_of_rows() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(MaskingFormatter("%(message)s"))
    logger = logging.Logger("desk.test")
    logger.addHandler(handler)
    name = "张三"
    cause = Exception(f"duplicate key\nDETAIL:  Key (text)=({name} 13812345678) exists.")
    try:
        raise IntegrityError("INSERT INTO messages (text) VALUES (?)", (name,), cause)
    except IntegrityError:
        logger.exception("broken")
    assert name not in stream.getvalue()
    assert "INSERT INTO messages" in stream.getvalue()
    assert "DETAIL:  ***" in stream.getvalue()


def test_nothing_that_a_customer_writes_is_logged(
    capsys: pytest.CaptureFixture[str], talk: Talk, shop: Shop, rasa: FakeRasa
) -> None:
    rasa.status = 500
    talk.say("我叫张三，电话 13812345678", sender="my-private-name")
    talk.say(7 * "秘密", headers=shop.auth("c2"))
    logged = capsys.readouterr().err
    assert "no answer from the assistant" in logged
    for word in ("张三", "1381", "秘密", "my-private-name"):
        assert word not in logged
