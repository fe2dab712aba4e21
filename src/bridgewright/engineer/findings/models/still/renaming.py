"""The names that a msgspec class gives its fields on the wire (`rename=` of the class)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.forms import UNREAD
from bridgewright.engineer.findings.models.still.sources import Scope

if TYPE_CHECKING:
    from bridgewright.engineer.findings.models.still.hints import Hints
    from bridgewright.engineer.findings.models.still.lineage import Lineage


def renamed(hints: Hints, line: Lineage, name: str) -> Any:
    """The name of a field on the wire; None for its own, `UNREAD` when a function makes it."""
    for found in line.chain:
        for each in found.cls.keywords if found.cls is not None else ():
            if each.arg is None:
                return UNREAD
            if each.arg == "rename" and found.source is not None:
                scope = Scope(found.source)
                if isinstance(each.value, ast.Dict):
                    return UNREAD
                return _made(hints.value(each.value, scope), name)
    return None


def _made(rename: Any, name: str) -> Any:  # noqa: PLR0911 - one for each way
    if rename is None:
        return None
    if name.startswith("_") or name.endswith("_") or "__" in name:
        return UNREAD
    first, *others = name.split("_")
    match rename:
        case "lower":
            return name.lower()
        case "upper":
            return name.upper()
        case "kebab":
            return "-".join([first, *others])
        case "camel":
            return first + "".join(each.title() for each in others)
        case "pascal":
            return "".join(each.title() for each in [first, *others])
        case _:
            return UNREAD
