from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import ValidationError, validate
from rasa.core.actions.action import RemoteAction

from components.action_results import check_schema_once

ACTION = RemoteAction("action_x", None)
RASA = RemoteAction._validate_action_result

results = st.fixed_dictionaries(
    {},
    optional={
        "events": st.lists(
            st.one_of(
                st.just({"event": "slot", "name": "a", "value": 1}),
                st.just({"event": "slot"}),
                st.just({"event": "followup", "name": "action_listen"}),
                st.just({"event": "nothing"}),
                st.integers(),
            ),
            max_size=2,
        ),
        "responses": st.one_of(st.lists(st.fixed_dictionaries({"text": st.text(max_size=3)})), st.just("words")),
    },
)


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Put it in place, and Rasa's own way back afterwards."""
    check_schema_once()
    yield
    RemoteAction._validate_action_result = RASA


@given(results)
def test_the_same_results_are_valid_as_in_rasa(result: dict[str, Any]) -> None:
    try:
        validate(result, RemoteAction.action_response_format_spec())
    except ValidationError:
        with pytest.raises(ValidationError, match="no valid result of an action"):
            ACTION._validate_action_result(result)
    else:
        assert ACTION._validate_action_result(result) is True


def test_a_message_says_what_is_wrong() -> None:
    with pytest.raises(ValidationError, match="'words' is not of type 'array'"):
        ACTION._validate_action_result({"responses": "words"})
