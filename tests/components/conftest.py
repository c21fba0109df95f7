"""Fixtures for components of Rasa's graph: a storage, a context, and the tokenizer."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from components.tokenizer import XiaoerTokenizer


@pytest.fixture
def storage(tmp_path: Path) -> ModelStorage:
    folder = tmp_path / "model"
    folder.mkdir()
    return LocalModelStorage.create(folder)


@pytest.fixture
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), "test")


@pytest.fixture(scope="session")
def tokenizer() -> XiaoerTokenizer:
    return XiaoerTokenizer(XiaoerTokenizer.get_default_config())


@pytest.fixture
def message(tokenizer: XiaoerTokenizer):
    """Make a tokenized message of a text."""

    def make(text: str) -> Message:
        return tokenizer.process([Message({"text": text})])[0]

    return make
