"""Models as they are written in the libraries without tables."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.findings.fields import ModelKind
from bridgewright.engineer.findings.models.forms import NOBODY, UNREAD, Perhaps, Raw
from bridgewright.engineer.findings.models.keys import peeled
from bridgewright.engineer.findings.models.marks import alias_of
from bridgewright.engineer.findings.models.still.lineage import DECORATORS, decorators
from bridgewright.engineer.findings.models.still.renaming import renamed
from bridgewright.engineer.findings.models.still.sources import Scope
from bridgewright.engineer.findings.models.still.validators import Validators
from bridgewright.engineer.findings.models.still.values import keywords

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.findings.models.forms import Facets, Form
    from bridgewright.engineer.findings.models.still.hints import Hints
    from bridgewright.engineer.findings.models.still.lineage import Lineage
    from bridgewright.engineer.findings.models.still.sources import Named

_NO_FIELD = frozenset({"ClassVar", "InitVar"})
_SENTINELS = frozenset({"dataclasses.KW_ONLY", "attrs.NOTHING"})


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of a class that says what a field is."""

    name: str
    annotation: ast.expr | None
    value: ast.expr | None
    node: ast.stmt


def lines(found: Named) -> Iterator[Line]:
    """The statements of a class that annotate or assign a name."""
    for node in found.cls.body if found.cls is not None else ():
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                yield Line(name, annotation, value, node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield Line(name, None, value, node)


@dataclass(frozen=True, slots=True)
class Plain:
    """Reads the fields of such models."""

    hints: Hints

    def fields(self, kind: ModelKind, line: Lineage) -> Mapping[str, Raw]:
        """The fields of a model, its parents' first."""
        found: dict[str, Raw] = {}
        for each in reversed(line.chain):
            if kind is ModelKind.PYDANTIC:
                own = self._pydantic(each, line)
            elif kind is ModelKind.DATACLASS:
                own = self._dataclass(each)
            elif kind is ModelKind.ATTRS:
                own = self._attrs(each)
            elif kind is ModelKind.MSGSPEC:
                own = self._msgspec(each, line)
            else:
                own = self._typed_dict(each)
            found |= {raw.name: raw for raw in own}
        return found

    def _pydantic(self, found: Named, line: Lineage) -> Iterator[Raw]:
        scope = scope_of(found)
        generated = self._generates(line)
        for each in lines(found):
            if each.annotation is None or each.name.startswith("_") or each.name == "model_config":
                continue
            form = self.hints.form(each.annotation, scope)
            if form.name in _NO_FIELD:
                continue
            inner, notes = self.hints.peeled(each.annotation, scope)
            calls = [(note, where) for note, where in notes if self._is_field(note, where)]
            if each.value is not None:
                calls.append((each.value, scope))
            form = self.hints.form(inner, scope) if not notes else form
            yield self._pydantic_field(each, form, calls, scope, generated)

    def _pydantic_field(
        self,
        each: Line,
        form: Form,
        calls: list[tuple[ast.expr, Scope]],
        scope: Scope,
        generated: bool,  # noqa: FBT001 - whether names are made by a function
    ) -> Raw:
        required: bool | None = form.name != "Final" or each.value is None or None
        marks: dict[str, Any] = {}
        for call, where in calls:
            given = self._given(call)
            if not self._is_field(call, where):
                required = (
                    None if self.hints.called(call, where) == "" and _is_call(call) else False
                )
                continue
            marks |= self.hints.marks(call, where)
            required = None if given is None else required and not _has_default(given)
            marks |= _pydantic_alias(self.hints, given, where)
        if generated and "alias" not in marks:
            marks["alias"] = UNREAD
        return Raw(each.name, form, required, marks, scope.source.where(each.node))

    def _is_field(self, call: ast.expr, scope: Scope) -> bool:
        return self.hints.called(call, scope) == "pydantic.Field"

    def _given(self, call: ast.expr) -> Mapping[str, ast.expr] | None:
        """The named arguments, the default among them; None when they cannot all be seen."""
        if not isinstance(call, ast.Call):
            return {}
        given = keywords(call)
        if given is None or any(isinstance(each, ast.Starred) for each in call.args):
            return None
        return {**({"default": call.args[0]} if call.args else {}), **given}

    def _generates(self, line: Lineage) -> bool:
        """Whether names on the wire are made by a function."""
        for found in line.chain:
            texts = [ast.dump(each) for each in found.cls.keywords] if found.cls else []
            texts += [
                ast.dump(each.value) for each in lines(found) if each.value and each.name == _CONFIG
            ]
            if any("alias_generator" in text for text in texts):
                return True
        return False

    def _dataclass(self, found: Named) -> Iterator[Raw]:
        if not self._is_decorated(found, ModelKind.DATACLASS):
            return
        scope = scope_of(found)
        for each in lines(found):
            if each.annotation is None or self._is_sentinel(each.annotation, scope):
                continue
            form = self.hints.form(each.annotation, scope)
            if form.name not in _NO_FIELD:
                required = self._required(each.value, scope, "dataclasses.field")
                yield Raw(each.name, form, required, {}, scope.source.where(each.node))

    def _is_sentinel(self, annotation: ast.expr, scope: Scope) -> bool:
        found = self.hints.sources.named(annotation, scope)
        return found is not None and found.dotted in _SENTINELS

    def _required(self, value: ast.expr | None, scope: Scope, maker: str) -> bool | None:
        """Whether a field has to be given: it has no default, and is one that may be given."""
        if value is None:
            return True
        if not isinstance(value, ast.Call):
            return False
        called = self.hints.called(value, scope)
        if called != maker and not called.startswith("attrs."):
            return None if not called else False
        given = self._given(value)
        if given is None:
            return None
        if self.hints.value(given.get("init", ast.Constant(value=True)), scope) is False:
            return False
        return not any(each in given for each in ("default", "default_factory", "factory"))

    def _is_decorated(self, found: Named, kind: ModelKind) -> bool:
        names = [name for name, _ in decorators(self.hints.sources, found)]
        return any(DECORATORS.get(name) is kind for name in names)

    def _attrs(self, found: Named) -> Iterator[Raw]:
        if not self._is_decorated(found, ModelKind.ATTRS):
            return
        scope, listed = scope_of(found), list(lines(found))
        makers = [each for each in listed if self._is_attribute(each.value, scope)]
        if self._only_makers(found) or any(each.annotation is None for each in makers):
            listed = makers
        later = _defaulted(found)
        for each in listed:
            if each.annotation is None and each not in makers:
                continue
            form = NOBODY if each.annotation is None else self.hints.form(each.annotation, scope)
            if form.name in _NO_FIELD:
                continue
            required = self._required(each.value, scope, "attrs.field")
            required = False if each.name in later else required
            yield self._attribute(each, form, required, scope)

    def _attribute(self, each: Line, form: Form, required: Perhaps, scope: Scope) -> Raw:
        marks: Facets = {}
        if isinstance(each.value, ast.Call) and self._is_attribute(each.value, scope):
            given = self._given(each.value)
            validators = Validators(self.hints)
            marks = validators.marks(given, scope)
            if given is not None and each.annotation is None:
                form = self.hints.form(given["type"], scope) if "type" in given else form
                form = form if form.name else validators.instance(given, scope)
            if given is not None and "alias" in given:
                alias = self.hints.value(given["alias"], scope)
                known = alias in (each.name, each.name.lstrip("_"))
                marks = {**marks, **({} if known else {"alias": alias})}
        return Raw(each.name, form, required, marks, scope.source.where(each.node))

    def _is_attribute(self, value: ast.expr | None, scope: Scope) -> bool:
        return self.hints.called(value, scope) in {"attrs.field", "attrs.ib", "attrs.attrib"}

    def _only_makers(self, found: Named) -> bool:
        """Whether a class has attributes where it says `field()` only, as the older decorator does."""
        for name, node in decorators(self.hints.sources, found):
            given = (keywords(node) if isinstance(node, ast.Call) else {}) or {}
            asked = given.get("auto_attribs")
            if asked is not None and self.hints.value(asked, scope_of(found)) is not None:
                return self.hints.value(asked, scope_of(found)) is False
            if name in ("attrs.s", "attrs.attrs", "attrs.attributes"):
                return True
        return False

    def _msgspec(self, found: Named, line: Lineage) -> Iterator[Raw]:
        scope = scope_of(found)
        for each in lines(found):
            if each.annotation is None:
                continue
            form = self.hints.form(each.annotation, scope)
            if form.name in _NO_FIELD:
                continue
            given = self._given(each.value) if each.value is not None else {}
            is_field = self.hints.called(each.value, scope) == "msgspec.field"
            alias: Any = None
            if is_field and given is None:
                alias = UNREAD
            elif is_field and given is not None and "name" in given:
                alias = self.hints.value(given["name"], scope)
            else:
                alias = renamed(self.hints, line, each.name)
            required = self._required(each.value, scope, "msgspec.field")
            marks = alias_of(None if alias == each.name else alias)
            yield Raw(each.name, form, required, marks, scope.source.where(each.node))

    def _typed_dict(self, found: Named) -> Iterator[Raw]:
        scope = scope_of(found)
        given = {each.arg: each.value for each in found.cls.keywords} if found.cls else {}
        total = self.hints.value(given["total"], scope) if "total" in given else True
        for each in lines(found):
            if each.annotation is not None:
                marked, form = peeled(self.hints.form(each.annotation, scope))
                required = (
                    marked if marked is not None else total if total in (True, False) else None
                )
                yield Raw(each.name, form, required, {}, scope.source.where(each.node))


def _is_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call)


def scope_of(found: Named) -> Scope:
    """The scope of a class of the project."""
    if found.source is None:
        msg = f"{found.dotted} is of no module of the project"
        raise ValueError(msg)
    return Scope(found.source, found.cls, found.dotted)


def _has_default(given: Mapping[str, ast.expr]) -> bool:
    default = given.get("default")
    is_ellipsis = isinstance(default, ast.Constant) and default.value is ...
    return "default_factory" in given or (default is not None and not is_ellipsis)


def _pydantic_alias(hints: Hints, given: Mapping[str, ast.expr] | None, scope: Scope) -> Facets:
    if given is None:
        return {"alias": UNREAD}
    names = ("serialization_alias", "alias", "validation_alias")
    return alias_of(*(hints.value(given[each], scope) if each in given else None for each in names))


def _defaulted(found: Named) -> set[str]:
    """Attributes whose default is made by a method: `@tags.default`."""
    made = set()
    for node in found.cls.body if found.cls is not None else ():
        for each in getattr(node, "decorator_list", ()):
            match each:
                case ast.Attribute(value=ast.Name(id=name), attr="default"):
                    made.add(name)
    return made


_CONFIG = "model_config"
