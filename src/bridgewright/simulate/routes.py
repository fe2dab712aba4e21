"""What a simulated provider can be asked: its operations, each by method and path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import unquote

from bridgewright.simulate.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.simulate.wire import Heard, Reply

    Schema = dict[str, Any]

Handler = TypeVar("Handler")
NEAREST = 3
"""How many operations an unknown one is told to resemble."""
_NAME = re.compile(r"\{(\w+)(\*?)\}")


@dataclass(frozen=True, slots=True)
class Shape:
    """What an operation takes and gives, as JSON Schema: fields of its query, its body and that body's
    content type, and the body of each status it answers with (None for none)."""

    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    body_needed: bool = False
    content_type: str = "application/json"
    gives: Mapping[int, Schema | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route(Generic[Handler]):
    """One operation: `PaymentIntents` are made by `POST /v1/payment_intents`, and the wire, faults and
    messages call it `payment_intents.create`. A path names its parts: `{id}` for one segment or a
    part of it, `{path*}` for all the rest."""

    method: str
    path: str
    operation: str
    handler: Handler
    shape: Shape = field(default_factory=Shape)


@dataclass(frozen=True, slots=True)
class Match(Generic[Handler]):
    """An operation that was asked for, and what its path named."""

    route: Route[Handler]
    names: Mapping[str, str]


class Routes(Generic[Handler]):
    """The operations of one provider, in the order in which paths are tried."""

    def __init__(self, routes: Iterable[Route[Handler]]) -> None:
        self.all = tuple(routes)
        self._patterns = tuple((_pattern(route.path), route) for route in self.all)

    def find(self, method: str, path: str) -> Match[Handler] | None:
        """The operation that a request asks for, or None."""
        for pattern, route in self._patterns:
            found = pattern.fullmatch(path) if route.method == method else None
            if found is not None:
                names = {name: unquote(value) for name, value in found.groupdict().items()}
                return Match(route, names)
        return None

    def nearest(self, method: str, path: str) -> tuple[str, ...]:
        """What an unknown request most resembles: `POST /v1/refunds (refunds.create)` and others."""
        asked = f"{method} {path}"

        def likeness(route: Route[Handler]) -> float:
            return SequenceMatcher(None, asked, f"{route.method} {route.path}").ratio()

        best = sorted(self.all, key=likeness, reverse=True)[:NEAREST]
        return tuple(f"{route.method} {route.path} ({route.operation})" for route in best)


def unsimulated(provider: str, heard: Heard, nearest: tuple[str, ...]) -> Reply:
    """501: nothing is made up for an operation that is not simulated."""
    message = (
        f"{heard.method} {heard.path} is not simulated. It may be right at {provider}; here nothing is"
        f" made up. Nearest: {'; '.join(nearest)}."
    )
    content = {"error": {"type": "not_simulated", "message": message, "nearest": list(nearest)}}
    return json_reply(content, 501, x_simulated="no")


def _pattern(path: str) -> re.Pattern[str]:
    parts, at = [], 0
    for found in _NAME.finditer(path):
        parts.append(re.escape(path[at : found.start()]))
        parts.append(f"(?P<{found[1]}>{'.*' if found[2] else '[^/]+?'})")
        at = found.end()
    return re.compile("".join(parts) + re.escape(path[at:]))
