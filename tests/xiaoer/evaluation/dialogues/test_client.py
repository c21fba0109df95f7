from __future__ import annotations

import struct

import pytest

from xiaoer.evaluation.dialogues.client import Reply
from xiaoer.evaluation.dialogues.samples import SAMPLES, mp4
from xiaoer.service.uploads import media_type_of


@pytest.mark.parametrize("kind", ["image", "video", "file"])
def test_samples_are_what_they_claim_to_be(kind: str) -> None:
    _name, media_type, make = SAMPLES[kind]

    assert media_type_of(make()) == media_type


def test_the_boxes_of_the_film_fill_it() -> None:
    content, names = mp4(), []
    while content:
        (size,) = struct.unpack(">I", content[:4])
        names.append(content[4:8])
        content = content[size:]

    assert names == [b"ftyp", b"moov", b"mdat"]


def test_words_of_a_reply_are_all_that_can_be_read_of_it() -> None:
    reply = Reply("已发货", ("查物流",), {"type": "order_card", "order_no": "1", "lines": [{"name": "大衣"}]})

    assert reply.words == "已发货\n查物流\n1\n大衣"
    assert reply.type == "order_card"
    assert Reply(custom={"type": 3}).type == ""
