"""Models of SQLAlchemy as they are written."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.models.columns import UNTOLD, column_facets
from bridgewright.engineer.findings.models.forms import (
    ENUM,
    LITERAL,
    NOBODY,
    NULL,
    OTHER,
    UNION,
    UNREAD,
    Form,
    Perhaps,
    Raw,
    wire_word,
)
from bridgewright.engineer.findings.models.still.columns import Columns, Written
from bridgewright.engineer.findings.models.still.enums import enum_form, is_enum
from bridgewright.engineer.findings.models.still.lineage import MAPPED_DATACLASS
from bridgewright.engineer.findings.models.still.plain import Line, lines, scope_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.engineer.findings.models.forms import Facets
    from bridgewright.engineer.findings.models.still.hints import Hints
    from bridgewright.engineer.findings.models.still.lineage import Lineage
    from bridgewright.engineer.findings.models.still.sources import Scope

_COLUMN = frozenset({"sqlalchemy.Column", "sqlalchemy.orm.mapped_column"})
_TYPES = {
    "str": "String",
    "int": "Integer",
    "bool": "Boolean",
    "float": "Float",
    "bytes": "LargeBinary",
    "decimal.Decimal": "Numeric",
    "datetime.date": "Date",
    "datetime.datetime": "DateTime",
    "datetime.time": "Time",
    "datetime.timedelta": "Interval",
    "uuid.UUID": "Uuid",
}
"""`sqlalchemy.orm.registry.type_annotation_map` as it is unless told (2.0 and 2.1)."""
_MAP = "type_annotation_map"


@dataclass(frozen=True, slots=True)
class Tables:
    """Reads the attributes of a mapped class."""

    hints: Hints

    def is_mapped(self, line: Lineage) -> bool:
        """Whether a class has a table, its own or its parent's: a base or mixin has none."""
        own = line.chain[0]
        names = [{each.name for each in lines(found)} for found in line.chain]
        if "__abstract__" in names[0] or own.cls is None:
            return False
        made = any(names_ & {"__tablename__", "__table__"} for names_ in names)
        directives = {
            node.name
            for found in line.chain
            for node in (found.cls.body if found.cls else ())
            if isinstance(node, ast.FunctionDef)
        }
        return made or "__tablename__" in directives

    def fields(self, line: Lineage) -> Mapping[str, Raw]:
        """The columns, relations and the rest, by the names of their attributes."""
        found: dict[str, tuple[Written | None, Raw]] = {}
        for each in reversed(line.chain):
            for stated in lines(each):
                if not stated.name.startswith("__"):
                    made = self._attribute(stated, scope_of(each), line)
                    found |= {} if made is None else {stated.name: made}
        keys = [name for name, (column, _) in found.items() if column and column.primary is True]
        unsure = any(column and column.primary not in (True, False) for column, _ in found.values())
        grouped = any(each.name == "__table_args__" for cls in line.chain for each in lines(cls))
        single = None if unsure or grouped else len(keys) == 1
        return {
            name: raw if column is None else _whole(raw, column, single, grouped, line)
            for name, (column, raw) in found.items()
        }

    def _attribute(
        self, stated: Line, scope: Scope, line: Lineage
    ) -> tuple[Written | None, Raw] | None:
        where = scope.source.where(stated.node)
        called = self.hints.called(stated.value, scope)
        mapped = stated.annotation and self._mapped(stated.annotation, scope)
        if called in _COLUMN or (mapped and stated.value is None):
            inner = mapped or ast.Constant(value="")
            column = self._column(stated.value, inner, scope)
            form = self.hints.form(inner, scope) if mapped else OTHER
            marks = self._type(column, form, inner, scope, line)
            nullable = _nullable(column, form if mapped else None)
            return column, Raw(stated.name, OTHER, None, {**marks, "nullable": nullable}, where)
        if mapped:
            return None, Raw(
                stated.name, self.hints.form(mapped, scope), required=False, where=where
            )
        if isinstance(stated.value, ast.Call) and not stated.name.startswith("_"):
            return None, Raw(stated.name, NOBODY, required=False, where=where)
        return None

    def _mapped(self, annotation: ast.expr, scope: Scope) -> ast.expr | None:
        """What is inside of `Mapped`."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            try:
                annotation = ast.parse(annotation.value, mode="eval").body
            except SyntaxError:
                return None
        if isinstance(annotation, ast.Subscript):
            found = self.hints.sources.named(annotation.value, scope)
            return annotation.slice if found is not None and found.dotted == "Mapped" else None
        return None

    def _column(self, call: ast.expr | None, inner: ast.expr, scope: Scope) -> Written:
        columns, made = Columns(self.hints), Written()
        for note, where in self.hints.peeled(inner, scope)[1]:
            if self.hints.called(note, where) in _COLUMN and isinstance(note, ast.Call):
                made = columns.column(note, where, made)
        return columns.column(call, scope, made) if isinstance(call, ast.Call) else made

    def _type(
        self, column: Written, form: Form, inner: ast.expr, scope: Scope, line: Lineage
    ) -> Facets:
        if column.type is not None:
            return column.type
        real = [each for each in _members(form) if each.name != NULL]
        if column.foreign or len(real) != 1:
            return UNTOLD
        mapped = self._own_types(line, real[0], inner, scope)
        if mapped is not None:
            return mapped
        if real[0].name == LITERAL:
            return column_facets("Enum", {"enums": tuple(wire_word(e) for e in real[0].values)})
        if real[0].name == ENUM or not real[0].name:
            return self._enum(inner, scope)
        name = _TYPES.get(real[0].name)
        return UNTOLD if name is None else column_facets(name, {})

    def _enum(self, inner: ast.expr, scope: Scope) -> Facets:
        """An enum that is named in an annotation is kept by the names of its members."""
        found = [
            self.hints.sources.followed(self.hints.sources.named(node, scope))
            for node in ast.walk(self.hints.peeled(inner, scope)[0])
            if isinstance(node, ast.Name | ast.Attribute)
        ]
        enums = [each for each in found if each and is_enum(self.hints.sources, each)]
        if len(enums) != 1 or enums[0] is None:
            return UNTOLD
        form = enum_form(self.hints.sources, enums[0], names=True)
        return column_facets("Enum", {"enums": tuple(map(str, form.values)) or UNREAD})

    def _own_types(self, line: Lineage, form: Form, inner: ast.expr, scope: Scope) -> Facets | None:
        """The type that the application gives such annotations; None when it says nothing of them."""
        for found in line.chain:
            for node in ast.walk(found.cls) if found.cls is not None else ():
                table = _table(node)
                if isinstance(table, ast.Dict):
                    return self._from_table(table, scope_of(found), form, inner, scope)
                if table is not None:
                    return UNTOLD
        roots_called = any(_MAP in ast.dump(each.source.tree) for each in line.chain if each.source)
        return UNTOLD if roots_called else None

    def _from_table(
        self, table: ast.Dict, where: Scope, form: Form, inner: ast.expr, scope: Scope
    ) -> Facets | None:
        plain = not self.hints.peeled(inner, scope)[1] and form.name in _TYPES
        for key, node in zip(table.keys, table.values, strict=True):
            known = NOBODY if key is None else self.hints.form(key, where)
            noted = key is None or bool(self.hints.peeled(key, where)[1])
            if (noted or known.name not in _TYPES) and not plain:
                return UNTOLD
            if plain and not noted and known.name == form.name:
                return Columns(self.hints).type(node, where)
        return None


def _members(form: Form) -> tuple[Form, ...]:
    if form.name != UNION:
        return (form,)
    return tuple(inner for each in form.args for inner in _members(each))


def _table(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == _MAP:
            return value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if name == _MAP:
            return value
        case ast.keyword(arg=name, value=value) if name == _MAP:
            return value
        case _:
            return None


def _nullable(column: Written, form: Form | None) -> Any:
    if column.nullable is not None:
        return column.nullable
    if column.primary is not False:
        return False if column.primary is True else UNREAD
    if form is None:
        return True
    members = _members(form)
    if any(each.name == NULL for each in members):
        return True
    return UNREAD if any(not each.name for each in members) else False


def _whole(raw: Raw, column: Written, single: Perhaps, grouped: Perhaps, line: Lineage) -> Raw:
    """With what depends on the other columns: the only key is counted, and unique."""
    marks = dict(raw.marks)
    is_key = column.primary is True
    unique: Any = column.unique is True or (is_key and single)
    if not unique and (grouped or column.unique not in (True, False, None) or single is None):
        unique = UNREAD
    marks["unique"] = unique
    return Raw(raw.name, raw.form, _required(raw, column, single, line), marks, raw.where)


def _required(raw: Raw, column: Written, single: Perhaps, line: Lineage) -> bool | None:
    nullable = raw.marks["nullable"]
    if nullable is True:
        return False
    if MAPPED_DATACLASS in line.roots and column.filled is not False:
        return None
    if column.filled is True:
        return False
    counted = _counted(raw, column, single)
    if counted is True:
        return False
    known = nullable is False and column.filled is False and counted is False
    return True if known else None


def _counted(raw: Raw, column: Written, single: Perhaps) -> bool | None:
    """Whether the database counts a key by itself: the only one, of integers, that refers to no other."""
    if column.primary is False or column.counted is False:
        return False
    if column.primary is not True or column.counted not in (True, "auto"):
        return None
    if column.counted is True:
        return True
    kind = str(raw.marks.get("kind"))
    if kind == "unknown" and not column.foreign:
        return None
    return (kind == "integer" and not column.foreign) and single
