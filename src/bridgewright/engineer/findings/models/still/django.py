"""Models of Django as they are written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import Kind
from bridgewright.engineer.findings.models.columns import DJANGO, UNTOLD, django_facets
from bridgewright.engineer.findings.models.forms import (
    NOBODY,
    OTHER,
    UNREAD,
    Perhaps,
    Raw,
    wire_word,
)
from bridgewright.engineer.findings.models.frameworks import django_settings
from bridgewright.engineer.findings.models.still.enums import enum_form, is_enum
from bridgewright.engineer.findings.models.still.plain import lines, scope_of
from bridgewright.engineer.findings.models.still.sources import Scope
from bridgewright.engineer.findings.models.still.values import keywords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.findings.models.forms import Facets
    from bridgewright.engineer.findings.models.still.hints import Hints
    from bridgewright.engineer.findings.models.still.lineage import Lineage
    from bridgewright.engineer.findings.models.still.plain import Line

_ROOM = "django.db.models."
_KEYS = frozenset({"ForeignKey", "OneToOneField"})
_NONE = frozenset({"ManyToManyField", "Manager"})
_LIMITS = ("max_length", "max_digits", "decimal_places", "db_collation")
_FILLED = ("default", "db_default")
_NOW = ("auto_now", "auto_now_add")


@dataclass(frozen=True, slots=True)
class Django:
    """Reads the fields of a model of Django."""

    hints: Hints

    def is_abstract(self, line: Lineage) -> bool:
        """Whether a model is for others to inherit from, and has no table."""
        own = line.chain[0]
        for node in own.cls.body if own.cls is not None else ():
            if isinstance(node, ast.ClassDef) and node.name == "Meta":
                return any(
                    isinstance(each, ast.Assign) and ast.unparse(each) == "abstract = True"
                    for each in node.body
                )
        return False

    def fields(self, line: Lineage) -> Mapping[str, Raw]:
        """The fields of a model and its parents; of a foreign key two, and the `id` that is made."""
        found: dict[str, Raw] = {}
        keyed: bool | None = False
        for each in reversed(line.chain):
            for stated in lines(each):
                scope = scope_of(each)
                if isinstance(stated.value, ast.Constant) and stated.value.value is None:
                    found.pop(stated.name, None)
                for raw in self._field(stated, scope):
                    found[raw.name] = raw
                keyed = keyed or self._is_key(stated, scope)
        if keyed is not True and "id" not in found:
            where = line.chain[0].source and line.chain[0].source.where(
                line.chain[0].node or ast.Pass()
            )
            marks = {"kind": Kind.INTEGER, "bits": UNREAD, "nullable": False, "unique": True}
            if keyed is False and line.complete and where:
                found = {"id": Raw("id", OTHER, required=False, marks=marks, where=where), **found}
        return found

    def _is_key(self, stated: Line, scope: Scope) -> bool | None:
        given = keywords(stated.value) if isinstance(stated.value, ast.Call) else {}
        if given is None:
            return None
        node = given.get("primary_key")
        if node is None:
            return False
        value = self.hints.value(node, scope)
        return value if isinstance(value, bool) else None

    def _field(self, stated: Line, scope: Scope) -> Iterator[Raw]:
        call = stated.value
        if not isinstance(call, ast.Call) or stated.name.startswith("_"):
            return
        where = scope.source.where(stated.node)
        found = self.hints.sources.followed(self.hints.sources.named(call.func, scope))
        dotted = "" if found is None or found.source is not None else found.dotted
        name = dotted.rpartition(".")[2]
        given = keywords(call)
        if name in _NONE:
            return
        if given is None or not dotted.startswith("django."):
            yield Raw(stated.name, NOBODY, None, {"unique": UNREAD}, where)
        elif dotted == f"{_ROOM}{name}" and name in _KEYS:
            yield from self._foreign(stated, name, call, given, scope)
        elif dotted == f"{_ROOM}{name}" and name in DJANGO:
            yield self._plain(stated, name, call, given, scope)
        else:
            yield Raw(stated.name, NOBODY, None, {"unique": UNREAD}, where)

    def _plain(
        self,
        stated: Line,
        name: str,
        call: ast.Call,
        given: Mapping[str, ast.expr],
        scope: Scope,
    ) -> Raw:
        read: dict[str, Any] = {
            each: self.hints.value(given[each], scope) for each in _LIMITS if each in given
        }
        if len(call.args) > 1:
            read |= dict.fromkeys(_LIMITS[:3], UNREAD)
        if "choices" in given:
            read["enums"] = self._choices(given["choices"], scope)
        facets = django_facets(name, {**read, "use_tz": self.use_tz()})
        filled: bool | None = "Auto" in name or any(each in given for each in _FILLED)
        for each in _NOW:
            if not filled and each in given:
                filled = self._flag(given, each, scope)
        return self._made(stated, facets, given, scope, filled)

    def _made(
        self,
        stated: Line,
        facets: Facets,
        given: Mapping[str, ast.expr],
        scope: Scope,
        filled: Perhaps,
    ) -> Raw:
        null, blank = self._flag(given, "null", scope), self._flag(given, "blank", scope)
        unique = self._flag(given, "unique", scope)
        if self._flag(given, "primary_key", scope) is not False:
            unique = self._flag(given, "primary_key", scope) or unique
        given_up = [null, blank, filled]
        required = False if True in given_up else None if None in given_up else True
        marks = {
            **facets,
            "nullable": UNREAD if null is None else null,
            "unique": UNREAD if unique is None else unique,
        }
        return Raw(stated.name, OTHER, required, marks, scope.source.where(stated.node))

    def _foreign(
        self,
        stated: Line,
        name: str,
        call: ast.Call,
        given: Mapping[str, ast.expr],
        scope: Scope,
    ) -> Iterator[Raw]:
        target = call.args[0] if call.args else given.get("to")
        if self._flag(given, "parent_link", scope) is not False:
            return
        filled = any(each in given for each in _FILLED)
        model = UNREAD if target is None else self._model(target, scope)
        raw = self._made(stated, {"kind": Kind.OBJECT, "model": model}, given, scope, filled)
        if name == "OneToOneField":
            raw = Raw(raw.name, raw.form, raw.required, {**raw.marks, "unique": True}, raw.where)
        yield raw
        both = {key: raw.marks[key] for key in ("nullable", "unique")}
        yield Raw(f"{stated.name}_id", OTHER, raw.required, {**UNTOLD, **both}, raw.where)

    def _model(self, target: ast.expr, scope: Scope) -> str:
        if isinstance(target, ast.Constant) and target.value == "self":
            return scope.path
        found = self.hints.sources.followed(self.hints.sources.named(target, scope))
        return found.path if found is not None and found.cls is not None else UNREAD

    def _flag(self, given: Mapping[str, ast.expr], name: str, scope: Scope) -> bool | None:
        """A yes or no, no unless it is said; None when it could not be read."""
        if name not in given:
            return False
        value = self.hints.value(given[name], scope)
        return value if isinstance(value, bool) else None

    def _choices(self, node: ast.expr, scope: Scope) -> Any:
        """The values of `choices`: an enum's, or those of pairs, in groups or not."""
        is_attribute = isinstance(node, ast.Attribute) and node.attr == "choices"
        inner = node.value if is_attribute and isinstance(node, ast.Attribute) else node
        found = self.hints.sources.followed(self.hints.sources.named(inner, scope))
        if found is not None and is_enum(self.hints.sources, found):
            values = enum_form(self.hints.sources, found).values
            return tuple(wire_word(each) for each in values) or UNREAD
        pairs = self.hints.value(node, scope)
        if not isinstance(pairs, tuple):
            pairs = self._from_class(node, scope)
        return _flat(pairs) or UNREAD

    def _from_class(self, node: ast.expr, scope: Scope) -> Any:
        """A constant of the class itself: `choices=SIZES` below `SIZES = [...]`."""
        if isinstance(node, ast.Name) and scope.cls is not None:
            for each in scope.cls.body:
                match each:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.id:
                        return self.hints.value(value, Scope(scope.source))
        return ()

    def use_tz(self) -> Any:
        """Whether times are aware: as the settings say, where they do so plainly."""
        name = django_settings(self.hints.sources.root)
        source = self.hints.sources.source(name) if name else None
        if source is None:
            return UNREAD
        value = self.hints.value(ast.Name("USE_TZ"), Scope(source))
        return value if isinstance(value, bool) else UNREAD


def _flat(pairs: Any) -> tuple[str, ...]:
    """The values of pairs. A pair whose second part is a list is a group of them; without a list that is
    plain, none."""
    words: list[str] = []
    for each in pairs if isinstance(pairs, tuple) else ():
        match each:
            case (_, tuple() as group):
                words += _flat(group)
            case (value, str()) if value not in (None, ""):
                words.append(wire_word(value))
            case (None | "", str()):
                pass
            case _:
                return ()
    return tuple(words)
