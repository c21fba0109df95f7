"""Reading YAML so that what was written is what is read: numbers stay text, and a key twice is a mistake."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from xiaoer.evaluation.dialogues.errors import ScriptError


class _Loader(yaml.SafeLoader):
    """Knows truth values, empty values and merging, and nothing else that a plain word could mean."""

    # An order number, 0123 or 是的/yes must reach the customer's mouth as they stand in the file.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own name

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping whose keys are texts, each there once.

        Raises:
            yaml.constructor.ConstructorError: If a key is no text, or is there twice.
        """
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        self.flatten_mapping(node)
        seen = set()
        for key in own:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str):
                raise yaml.constructor.ConstructorError(None, None, "a key is no text", key.start_mark)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name} is there twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), ["<"])


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds: mappings, lists, texts, truth values and ``None``.

    Raises:
        ScriptError: If the file can't be read, or is no YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScriptError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ScriptError(f"{path}: the file is not in UTF-8") from error
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ScriptError(f"{path}{line}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ScriptError(f"{path}: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ScriptError(f"{path}: the file is nested too deeply") from error
