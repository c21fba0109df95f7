"""Signatures of 快递100."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xiaoer.commerce.carriers.signing import is_signed, sign


def test_a_signature_is_the_md5_in_capitals() -> None:
    assert sign('{"com":"ems"}', "key", "customer") == "C24B998461CFC998D92C8EB63C57B923"
    assert sign("abc") == "900150983CD24FB0D6963F7D28E17F72"
    assert sign("快递", "100") == sign("快递100")


@given(st.text(), st.text())
def test_what_is_signed_is_recognised_in_either_case(param: str, salt: str) -> None:
    signature = sign(param, salt)

    assert is_signed(signature, param, salt)
    assert is_signed(signature.lower(), param, salt)
    assert not is_signed(signature, param + "x", salt)
    assert not is_signed(signature, param, salt + "x")


@given(st.text())
def test_any_text_may_come_as_a_signature(signature: str) -> None:
    assert is_signed(signature, "{}", "salt") == (signature.upper() == sign("{}", "salt"))
