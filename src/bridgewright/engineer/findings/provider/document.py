"""A pinned OpenAPI document: a stranger's, so read with bounds, its references kept inside it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 16_777_216
"""Of the file, 16 MiB: the whole of GitHub's is smaller, a slice of it a hundredth."""
LONGEST_CHAIN = 32
"""References that lead to one another."""
_REMEDY = "pin a slice of an OpenAPI 3.0 or 3.1 document, as JSON, with its references inside it"


@dataclass(frozen=True, slots=True)
class Document:
    """The parsed content. `name` is how messages call the file."""

    name: str
    content: dict[str, Any] = field(repr=False)

    def resolved(self, node: Any) -> dict[str, Any]:
        """A node with its references followed; an empty one where they lead nowhere, out of the
        document, or in a circle."""
        for _ in range(LONGEST_CHAIN):
            if not isinstance(node, dict):
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            node = self._at(reference)
        return {}

    def section(self, *keys: str) -> dict[str, Any]:
        """The object that keys lead to from the top; an empty one where there is none."""
        node: Any = self.content
        for key in keys:
            node = self.resolved(node).get(key)
        return self.resolved(node)

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#/"):
            return None
        node: Any = self.content
        for key in unquote(reference[2:]).split("/"):
            name = key.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, dict):
                node = node.get(name)
            else:
                return None
        return node


def load(path: Path, name: str) -> Document:
    """Read one. `ConfigurationError` for what is not there, too large, not JSON, or no OpenAPI 3."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _unfit(name, f"is larger than {LARGEST_BYTES} bytes")
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise _unfit(name, f"cannot be read: {error.strerror or type(error).__name__}") from None
    except (ValueError, RecursionError):
        raise _unfit(name, "is not JSON") from None
    version = content.get("openapi") if isinstance(content, dict) else None
    if not isinstance(version, str) or not version.startswith("3."):
        raise _unfit(name, "does not declare openapi 3.0 or 3.1")
    return Document(name, content)


def _unfit(name: str, problem: str) -> ConfigurationError:
    return ConfigurationError(problem, place=name, remedy=_REMEDY)
