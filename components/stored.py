"""What all trained components have in common: a folder of the model's storage, written by training, read by loading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.training_data import TrainingData
from typing_extensions import Self


class StoredComponent(GraphComponent, ABC):
    """A component that learns into a folder and is restored from it."""

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Prepare; there is nothing to apply until the component is restored.

        Args:
            config: See ``get_default_config``; options that are left out are those of the default.
            model_storage: Where the folder is kept with the model.
            resource: Its place there.
        """
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Create the component untrained (see parent class)."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        """Create the component and restore what it has learned (see parent class)."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component.restore(folder)
        return component

    def train(self, training_data: TrainingData) -> Resource:
        """Learn, and keep the result with the model."""
        with self._model_storage.write_to(self._resource) as folder:
            self.learn(training_data, folder)
        return self._resource

    @abstractmethod
    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learn from the training data and write the result into a folder."""

    @abstractmethod
    def restore(self, folder: Path) -> None:
        """Read what ``learn`` has written; the folder goes away afterwards."""
