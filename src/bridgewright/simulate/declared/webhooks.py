"""The webhooks that a document declares: what can be triggered, and what is told then."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.declared.examples import UnmadeError
from bridgewright.simulate.declared.schemas import Way
from bridgewright.simulate.simulator import UnknownTriggerError

if TYPE_CHECKING:
    from bridgewright.simulate.declared.examples import Maker
    from bridgewright.simulate.declared.paper import Paper
    from bridgewright.simulate.declared.schemas import Schemas
    from bridgewright.simulate.wire import Content

DEEPEST = 4
"""Levels of an event that an override can name."""


class Webhooks:
    """Reads `webhooks` (OpenAPI 3.1) and `x-webhooks`; each event's schema is that of its POST."""

    def __init__(self, paper: Paper, schemas: Schemas, maker: Maker) -> None:
        self._schemas = schemas
        self._maker = maker
        self._pointers = {
            name: pointer
            for place in ("x-webhooks", "webhooks")
            for name in (paper.content.get(place) or {})
            if (pointer := _event(paper, place, name)) is not None
        }

    def triggers(self) -> dict[str, tuple[str, ...]]:
        """The events, each with the paths of its properties: `data.amount`."""
        return {n: tuple(self._paths(p, "", 0)) for n, p in self._pointers.items()}

    def event(self, name: str, overrides: dict[str, str]) -> Content:
        """An event with its overrides, if it fits; UnknownTriggerError where none would."""
        pointer = self._pointers[name]
        try:
            made: Any = self._maker.make(pointer)
        except UnmadeError as error:
            raise UnknownTriggerError(f"{name} cannot be made: {error}") from None
        if not isinstance(made, dict):
            raise UnknownTriggerError(f"{name} is declared as something other than an object")
        known = self._maker.properties(pointer)
        if "type" in known and "type" not in made:
            made["type"] = name
        for path, text in overrides.items():
            _put(made, path.split("."), _value(text))
        problems = self._schemas.problems(pointer, made, Way.ANSWERED)
        if problems:
            told = ", ".join(f"{each.place or '/'} {each.what}" for each in problems)
            raise UnknownTriggerError(f"{name} would not be as it is declared: {told}")
        return made

    def _paths(self, pointer: str, prefix: str, depth: int) -> list[str]:
        found: list[str] = []
        for name, inside in self._maker.properties(pointer).items():
            deeper = self._paths(inside, f"{prefix}{name}.", depth + 1) if depth < DEEPEST else []
            found += deeper or [f"{prefix}{name}"]
        return found


def _event(paper: Paper, place: str, name: str) -> str | None:
    pointer, body = paper.child("", place, name, "post", "requestBody")
    content = body.get("content") if isinstance(body, dict) else None
    media = next((m for m in (content if isinstance(content, dict) else {}) if "json" in m), None)
    if media is None:
        return None
    return paper.child(pointer, "content", media, "schema")[0]


def _put(content: Content, path: list[str], value: Any) -> None:
    *outer, last = path
    for name in outer:
        inside = content.setdefault(name, {})
        if not isinstance(inside, dict):
            raise UnknownTriggerError(f"{name} holds no properties in this event")
        content = inside
    content[last] = value


def _value(text: str) -> Any:
    """A number, a truth or null where a text is one; the text itself otherwise."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
