"""Lets Rasa check what actions answer without checking its own schema of answers anew each time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonschema import validators
from jsonschema.exceptions import best_match
from rasa.core.actions.action import RemoteAction


def check_schema_once() -> None:
    """Have every remote action validate its results with a validator that is built once.

    ``RemoteAction`` calls ``jsonschema.validate``, which first checks the schema against the schema of schemas: half of
    the time of a turn, for a schema that never changes. Rasa has no setting and no hook for it.
    """
    RemoteAction._validate_action_result = _validate_action_result


def _validate_action_result(_action: RemoteAction, result: dict[str, Any]) -> bool:
    """Return true for a valid result.

    Args:
        _action: Whose result it is.
        result: What the action server answered.

    Raises:
        ValidationError: If it is none; Rasa tells the conversation and writes the message down.
    """
    error = best_match(_validator().iter_errors(result))
    if error is None:
        return True
    error.message += ". The action server's answer is no valid result of an action."
    raise error


@lru_cache(maxsize=1)
def _validator() -> Any:
    """Return a validator for results of actions, whose schema has been checked."""
    schema = RemoteAction.action_response_format_spec()
    kind = validators.validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
