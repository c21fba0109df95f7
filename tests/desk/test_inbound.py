from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.errors import DeskError
from desk.inbound import Inbound, parse_inbound

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KNOWN = st.sampled_from(["merchant", "attachments", "message_id", "product_id", "order_no"])


def parse(**body: Any) -> Inbound:
    return parse_inbound({"sender": "s", "message": "你好", **body}, max_chars=20)


def test_a_whole_message() -> None:
    metadata = {
        "message_id": "m-1",
        "product_id": "P1",
        "order_no": "202611200000000001",
        "attachments": [{"type": "image", "url": "https://x.cn/a.png"}, {"type": "file", "upload_id": "Ab-_9"}],
        "anything": {"else": 1},
    }
    assert parse(message=" 你好\u200b ", metadata=metadata) == Inbound(
        sender="s",
        text="你好",
        attachments=({"type": "image", "url": "https://x.cn/a.png"}, {"type": "file", "upload_id": "Ab-_9"}),
        client_id="m-1",
        product_id="P1",
        order_no="202611200000000001",
    )


def test_metadata_may_be_null_and_its_fields_too() -> None:
    assert parse(metadata=None) == parse(metadata={"order_no": None, "attachments": None, "message_id": ""})


def test_a_message_may_be_absent_beside_attachments() -> None:
    attachment = {"type": "video", "url": "http://x.cn/v.mp4"}
    assert parse(message=None, metadata={"attachments": [attachment]}).text == ""


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"sender": None}, 400, "sender_invalid"),
        ({"sender": ""}, 400, "sender_invalid"),
        ({"sender": "  "}, 400, "sender_invalid"),
        ({"sender": 7}, 400, "sender_invalid"),
        ({"sender": "x" * 129}, 400, "sender_invalid"),
        ({"sender": "a\0b"}, 400, "sender_invalid"),
        ({"sender": "\ud800"}, 400, "sender_invalid"),
        ({"message": 7}, 400, "message_invalid"),
        ({"message": ["你好"]}, 400, "message_invalid"),
        ({"message": {"text": "你好"}}, 400, "message_invalid"),
        ({"message": None}, 400, "message_empty"),
        ({"message": ""}, 400, "message_empty"),
        ({"message": " \n\t\u3000"}, 400, "message_empty"),
        ({"message": "\u200b\x00\u202e"}, 400, "message_empty"),
        ({"message": "字" * 21}, 413, "message_too_long"),
        ({"metadata": []}, 400, "metadata_invalid"),
        ({"metadata": "x"}, 400, "metadata_invalid"),
        ({"metadata": {"order_no": 7}}, 400, "metadata_invalid"),
        ({"metadata": {"product_id": "x" * 65}}, 400, "metadata_invalid"),
        ({"metadata": {"message_id": ["x"]}}, 400, "metadata_invalid"),
        ({"metadata": {"message_id": "x" * 129}}, 400, "metadata_invalid"),
        ({"metadata": {"order_no": "1\0"}}, 400, "metadata_invalid"),
    ],
)
def test_refuses(body: dict[str, Any], status: int, code: str) -> None:
    with pytest.raises(DeskError) as refused:
        parse(**body)
    assert (refused.value.status, refused.value.code) == (status, code)


@pytest.mark.parametrize(
    "attachments",
    [
        "x",
        {},
        ["x"],
        [{}],
        [{"type": "image"}],
        [{"type": "program", "url": "https://x.cn/a"}],
        [{"type": ["image"], "url": "https://x.cn/a"}],
        [{"type": "image", "url": "javascript:alert(1)"}],
        [{"type": "image", "url": "file:///etc/passwd"}],
        [{"type": "image", "url": "data:image/png;base64,AA"}],
        [{"type": "image", "url": "https://"}],
        [{"type": "image", "url": "https://[x"}],
        [{"type": "image", "url": "https://x.cn/a b"}],
        [{"type": "image", "url": "https://x.cn/" + "a" * 2000}],
        [{"type": "image", "url": 7}],
        [{"type": "image", "upload_id": "../../etc/passwd"}],
        [{"type": "image", "upload_id": ""}],
        [{"type": "image", "upload_id": "a", "url": "https://x.cn/a"}],
        [{"type": "image", "url": "https://x.cn/a"}] * 10,
    ],
)
def test_refuses_attachments(attachments: object) -> None:
    with pytest.raises(DeskError) as refused:
        parse(metadata={"attachments": attachments})
    assert refused.value.code == "attachment_invalid"


@given(
    st.dictionaries(st.sampled_from(["sender", "message"]), JSON),
    JSON | st.dictionaries(KNOWN, JSON),
)
def test_anything_is_taken_or_refused(body: dict[str, Any], metadata: Any) -> None:
    try:
        inbound = parse_inbound({"sender": "s", "message": "好", **body, "metadata": metadata}, max_chars=20)
    except DeskError as error:
        refused = error.status
    else:
        refused = None
        assert inbound.text or inbound.attachments
        assert 0 < len(inbound.sender) <= 128
    assert refused in {None, 400, 413}
