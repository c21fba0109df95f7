from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.desk.conftest import FakeRasa, Shop, Talk, desk_on, error
from xiaoer.accounts.model import Role
from xiaoer.service.tables import ConversationRow, MessageRow, UploadRow
from xiaoer.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
KINDS = [
    (b"\xff\xd8\xff\xe0" + b"0" * 20, "image", "image/jpeg", ".jpg"),
    (PNG, "image", "image/png", ".png"),
    (b"GIF89a" + b"0" * 20, "image", "image/gif", ".gif"),
    (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image", "image/webp", ".webp"),
    (b"\x00\x00\x00\x18ftypisom" + b"0" * 20, "video", "video/mp4", ".mp4"),
    (b"%PDF-1.7\n" + b"0" * 20, "file", "application/pdf", ".pdf"),
]
OTHERS = [
    b"MZ\x90\x00" + b"0" * 50,
    b"<html><script>alert(1)</script>",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"PK\x03\x04" + b"0" * 50,
    b"GIF8",
    b"RIFF\x10\x00\x00\x00WAVEfmt ",
    b"\x00",
    "你好".encode(),
]


def put(client: TestClient, headers: dict[str, str], content: bytes, name: str = "a.png") -> Any:
    return client.post("/uploads", files={"file": (name, content, "image/png")}, headers=headers)


def folder(settings: Settings) -> list[Path]:
    path = settings.data_dir / "uploads"
    return sorted(path.iterdir()) if path.exists() else []


@pytest.mark.parametrize(("content", "kind", "media_type", "suffix"), KINDS)
def test_keeps_and_gives(
    client: TestClient, shop: Shop, settings: Settings, content: bytes, kind: str, media_type: str, suffix: str
) -> None:
    answer = put(client, shop.auth(), content, "evil.exe").json()
    row = shop.rows(UploadRow)[0]
    assert answer == {"upload_id": row.id, "type": kind}
    assert (row.tenant, row.subject, row.media_type, row.size, row.at) == (
        "m1",
        "c1",
        media_type,
        len(content),
        shop.now,
    )
    assert [path.name for path in folder(settings)] == [row.id + suffix]
    given = client.get(f"/uploads/{row.id}", headers=shop.auth())
    assert given.content == content
    assert given.headers["content-type"] == media_type
    assert given.headers["x-content-type-options"] == "nosniff"
    way = "attachment" if kind == "file" else "inline"
    assert given.headers["content-disposition"] == f'{way}; filename="{row.id}{suffix}"'
    assert given.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("content", OTHERS)
def test_refuses_by_the_bytes_and_not_by_the_name(
    client: TestClient, shop: Shop, settings: Settings, content: bytes
) -> None:
    assert error(put(client, shop.auth(), content)) == (415, "upload_type")
    assert shop.count(UploadRow) == [0]
    assert folder(settings) == []


def test_size(shop: Shop, rasa: FakeRasa, settings: Settings) -> None:
    app = desk_on(shop, rasa, settings.copy(update={"max_upload_bytes": 1000}))
    with TestClient(app) as client:
        fits = PNG.ljust(1000, b"0")
        assert put(client, shop.auth(), fits).status_code == 200
        response = put(client, shop.auth(), fits + b"0")
        assert error(response) == (413, "upload_too_large")
        assert response.json()["error"]["message"] == "文件太大了，最大 0.001 MB。"
        assert error(put(client, shop.auth(), PNG + b"0" * 100_000)) == (413, "body_too_large")
    assert shop.count(UploadRow) == [1]
    assert len(folder(settings)) == 1


def test_nothing_to_keep(client: TestClient, shop: Shop) -> None:
    assert error(put(client, shop.auth(), b"")) == (400, "upload_missing")
    assert error(client.post("/uploads", headers=shop.auth())) == (400, "upload_missing")
    assert error(client.post("/uploads", data={"file": "text"}, headers=shop.auth())) == (422, "request_invalid")
    broken = {**shop.auth(), "Content-Type": "multipart/form-data"}
    assert error(client.post("/uploads", content=b"x", headers=broken)) == (400, "body_invalid")
    assert shop.count(UploadRow) == [0]


def test_only_visitors_with_a_token(client: TestClient, shop: Shop, settings: Settings) -> None:
    assert error(put(client, {}, PNG)) == (401, "token_required")
    assert error(client.post("/uploads?merchant=m2", files={"file": PNG})) == (401, "token_required")
    assert error(put(client, shop.auth("a1", role=Role.AGENT), PNG)) == (403, "not_a_visitor")
    assert shop.count(UploadRow) == [0]
    assert folder(settings) == []


def test_who_may_see_it(client: TestClient, shop: Shop) -> None:
    path = "/uploads/" + put(client, shop.auth(), PNG).json()["upload_id"]
    for headers in (
        shop.auth(),
        shop.auth("a1", role=Role.AGENT),
        shop.auth("p1", "platform", Role.PLATFORM_AGENT),
    ):
        assert client.get(path, headers=headers).status_code == 200
    for headers in (shop.auth("c2"), shop.auth("c1", "m2"), shop.auth("a2", "m2", Role.MERCHANT_ADMIN)):
        assert error(client.get(path, headers=headers)) == (404, "upload_not_found")
    assert error(client.get(path)) == (401, "token_required")
    assert error(client.get(path, headers=shop.auth("a9", role=Role.AGENT))) == (403, "agent_unknown")
    for name in ("nothing", "%00", "x" * 65, ".hidden"):
        assert error(client.get(f"/uploads/{name}", headers=shop.auth())) == (404, "upload_not_found")


def test_a_file_that_was_lost(client: TestClient, shop: Shop, settings: Settings) -> None:
    upload = put(client, shop.auth(), PNG).json()["upload_id"]
    folder(settings)[0].unlink()
    assert error(client.get(f"/uploads/{upload}", headers=shop.auth())) == (404, "upload_not_found")


def test_sent_along_with_a_message(client: TestClient, talk: Talk, shop: Shop, rasa: FakeRasa) -> None:
    attachment = {"type": "image", "upload_id": put(client, shop.auth(), PNG).json()["upload_id"]}
    talk.say(None, attachments=[attachment])
    assert rasa.last["metadata"]["attachments"] == [attachment]
    assert shop.rows(MessageRow)[0].attachments == [attachment]


def test_only_the_own_upload_can_be_sent_and_only_as_what_it_is(
    client: TestClient, talk: Talk, shop: Shop, rasa: FakeRasa
) -> None:
    own = put(client, shop.auth(), PNG).json()["upload_id"]
    foreign = put(client, shop.auth("c2"), PNG).json()["upload_id"]
    elsewhere = put(client, shop.auth("c1", "m2"), PNG).json()["upload_id"]
    for kind, upload in (("image", foreign), ("image", elsewhere), ("image", "nothing"), ("video", own)):
        attachments = [{"type": "image", "upload_id": own}, {"type": kind, "upload_id": upload}]
        assert error(talk.send("看", attachments=attachments)) == (400, "attachment_invalid")
    assert shop.count(ConversationRow, MessageRow) == [0, 0]
    assert rasa.asked == []
