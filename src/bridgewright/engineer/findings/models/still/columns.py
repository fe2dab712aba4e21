"""A column as it is written: the arguments of `mapped_column` and `Column`, and column types."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.columns import COLUMNS, ENUMS, UNTOLD, column_facets
from bridgewright.engineer.findings.models.elements import element_of
from bridgewright.engineer.findings.models.forms import UNREAD, wire_word
from bridgewright.engineer.findings.models.still.enums import enum_form, is_enum
from bridgewright.engineer.findings.models.still.values import keywords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.models.forms import Facets
    from bridgewright.engineer.findings.models.still.hints import Hints
    from bridgewright.engineer.findings.models.still.sources import Scope

_ROOM = "sqlalchemy."
_FILLING = frozenset({"sqlalchemy.Identity", "sqlalchemy.Computed", "sqlalchemy.Sequence"})
_TYPELESS = frozenset("CheckConstraint UniqueConstraint PrimaryKeyConstraint".split())
_FILLED = ("default", "server_default", "insert_default")
_POSITIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys("Numeric NUMERIC DECIMAL".split(), ("precision", "scale")),
    **dict.fromkeys("Float FLOAT REAL DOUBLE Double DOUBLE_PRECISION".split(), ("precision",)),
    **dict.fromkeys("DateTime DATETIME TIMESTAMP Time TIME".split(), ("timezone",)),
    **dict.fromkeys("LargeBinary BLOB BINARY VARBINARY BYTEA".split(), ("length",)),
    **dict.fromkeys(
        "String VARCHAR NVARCHAR CHAR NCHAR Unicode Text TEXT CLOB UnicodeText".split(),
        ("length", "collation"),
    ),
}


@dataclass(frozen=True, slots=True)
class Written:
    """A column. None of what says yes or no: it is not said; `UNREAD`: it could not be read."""

    type: Facets | None = None
    nullable: Any = None
    primary: Any = False
    unique: Any = False
    filled: Any = False
    counted: Any = "auto"
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """Reads columns and their types."""

    hints: Hints

    def column(self, call: ast.Call, scope: Scope, before: Written | None = None) -> Written:
        """The column of a call; `before` is what `Annotated` said of it already."""
        given = keywords(call)
        if given is None or any(isinstance(each, ast.Starred) for each in call.args):
            return Written(UNTOLD, UNREAD, UNREAD, UNREAD, UNREAD, UNREAD)
        made = before or Written()
        for place, each in enumerate(call.args):
            if place == 0 and isinstance(each, ast.Constant) and isinstance(each.value, str):
                continue
            made = self._argument(made, each, scope)
        if "type_" in given:
            made = replace(made, type=self.type(given["type_"], scope))
        return self._named(made, given, scope)

    def _argument(self, made: Written, node: ast.expr, scope: Scope) -> Written:
        dotted = self._dotted(node, scope)
        if dotted == "sqlalchemy.ForeignKey":
            return replace(made, foreign=True)
        if dotted in _FILLING:
            return replace(made, filled=True)
        if dotted.removeprefix(_ROOM) in _TYPELESS:
            return made
        return replace(made, type=self.type(node, scope))

    def _named(self, made: Written, given: Mapping[str, ast.expr], scope: Scope) -> Written:
        read = {name: self.hints.value(node, scope) for name, node in given.items()}
        filled: Any = made.filled
        for name in _FILLED:
            if name in given:
                plainly = read[name] is not None
                filled = True if filled is True or plainly else UNREAD
        return replace(
            made,
            nullable=read.get("nullable", made.nullable),
            primary=read.get("primary_key", made.primary),
            unique=read.get("unique", made.unique),
            counted=read.get("autoincrement", made.counted),
            filled=filled,
        )

    def type(self, node: ast.expr, scope: Scope) -> Facets:
        """The facets of a column type."""
        dotted = self._dotted(node, scope)
        name = dotted.removeprefix(_ROOM)
        if not dotted.startswith(_ROOM) or name not in COLUMNS:
            return UNTOLD
        call = node if isinstance(node, ast.Call) else ast.Call(node, [], [])
        given = keywords(call)
        if given is None or any(isinstance(each, ast.Starred) for each in call.args):
            return UNTOLD
        if name in ENUMS:
            return column_facets(name, {"enums": self._enums(call, given, scope)})
        if name == "ARRAY":
            item = call.args[0] if call.args else given.get("item_type")
            inner = UNTOLD if item is None else self.type(item, scope)
            return column_facets(name, {"items": element_of(inner)})
        placed = dict(zip(_POSITIONS.get(name, ()), call.args, strict=False))
        read = {key: self.hints.value(each, scope) for key, each in {**placed, **given}.items()}
        return column_facets(name, {key: each for key, each in read.items() if each is not None})

    def _enums(self, call: ast.Call, given: Mapping[str, ast.expr], scope: Scope) -> Any:
        """SQLAlchemy keeps the names of an enum's members, unless it is told how to find values."""
        if len(call.args) == 1:
            found = self.hints.sources.followed(self.hints.sources.named(call.args[0], scope))
            if found is not None and is_enum(self.hints.sources, found):
                names = "values_callable" not in given
                if not names and not _takes_values(given["values_callable"]):
                    return UNREAD
                form = enum_form(self.hints.sources, found, names=names)
                return tuple(wire_word(each) for each in form.values) or UNREAD
        values = [self.hints.value(each, scope) for each in call.args]
        texts = values and all(isinstance(each, str) and each != UNREAD for each in values)
        return tuple(values) if texts else UNREAD

    def _dotted(self, node: ast.expr, scope: Scope) -> str:
        inner = node.func if isinstance(node, ast.Call) else node
        found = self.hints.sources.followed(self.hints.sources.named(inner, scope))
        return "" if found is None or found.source is not None else found.dotted


def _takes_values(node: ast.expr) -> bool:
    """`lambda found: [each.value for each in found]`, by whatever names."""
    match node:
        case ast.Lambda(
            args=ast.arguments(args=[ast.arg(arg=given)]),
            body=ast.ListComp(
                elt=ast.Attribute(value=ast.Name(id=one), attr="value"),
                generators=[
                    ast.comprehension(target=ast.Name(id=each), iter=ast.Name(id=of), ifs=[])
                ],
            ),
        ):
            return one == each and of == given
        case _:
            return False
