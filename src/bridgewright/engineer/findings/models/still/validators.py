"""What validators of attrs say of a field, as they are written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.forms import NOBODY, UNREAD, unread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.findings.models.forms import Facets, Form
    from bridgewright.engineer.findings.models.still.hints import Hints
    from bridgewright.engineer.findings.models.still.sources import Scope

_LIMITS = {"max_len": "max_len", "min_len": "min_len", "matches_re": "pattern", "in_": "enum"}
_ROOM = "attrs.validators."


@dataclass(frozen=True, slots=True)
class Validators:
    """Reads the `validator=` of a field."""

    hints: Hints

    def marks(self, given: Mapping[str, ast.expr] | None, scope: Scope) -> Facets:
        """The limits that validators set; of those that are not known, that they may set some."""
        if given is None:
            return unread(_LIMITS.values())
        found: dict[str, Any] = {}
        for each in self._each(given.get("validator"), scope):
            found |= self._limit(each, scope)
        return found

    def instance(self, given: Mapping[str, ast.expr], scope: Scope) -> Form:
        """The type that `instance_of` asks for."""
        for each in self._each(given.get("validator"), scope):
            if self.hints.called(each, scope) == f"{_ROOM}instance_of" and isinstance(
                each, ast.Call
            ):
                single = each.args and not isinstance(each.args[0], ast.Tuple)
                return self.hints.form(each.args[0], scope) if single else NOBODY
        return NOBODY

    def _each(self, node: ast.expr | None, scope: Scope) -> Iterator[ast.expr]:
        if node is None:
            return
        called = self.hints.called(node, scope)
        if isinstance(node, ast.List | ast.Tuple):
            inner = node.elts
        elif isinstance(node, ast.Call) and called in (f"{_ROOM}optional", f"{_ROOM}and_"):
            inner = node.args
        else:
            yield node
            return
        for each in inner:
            yield from self._each(each, scope)

    def _limit(self, node: ast.expr, scope: Scope) -> Facets:
        called = self.hints.called(node, scope)
        if not isinstance(node, ast.Call):
            named = self.hints.sources.named(node, scope)
            return {} if named is not None else unread(_LIMITS.values())
        facet = _LIMITS.get(called.removeprefix(_ROOM)) if called.startswith(_ROOM) else None
        if facet is None:
            return {} if called.startswith(_ROOM) else unread(_LIMITS.values())
        value = self.hints.value(node.args[0], scope) if node.args else UNREAD
        if facet == "enum":
            texts = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
            return {"enum": value if texts else UNREAD}
        return {facet: value if isinstance(value, str if facet == "pattern" else int) else UNREAD}
