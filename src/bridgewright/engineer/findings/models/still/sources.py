"""A project's modules as syntax, and what a name in one of them stands for."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.engineer.findings.fields import Where
from bridgewright.engineer.findings.models.places import parsed, relative, statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEPTH = 40
"""How many names may stand for one another in a row: more is a circle."""


@dataclass(frozen=True, slots=True)
class Source:
    """One module. `names` are the statements that bind a name; one bound twice differently is bound by
    nobody knows which."""

    name: str
    file: str
    package: bool
    tree: ast.Module
    names: Mapping[str, tuple[ast.stmt, ...]]
    stars: tuple[ast.ImportFrom, ...]

    def where(self, node: ast.AST) -> Where:
        """The line of a node."""
        return Where(self.file, getattr(node, "lineno", 0))


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: something of a library (`dotted` only), a module of the project, a class
    of it (`node` is its statement), or a value (`node` is its expression)."""

    dotted: str
    source: Source | None = None
    node: ast.ClassDef | ast.expr | None = None

    @property
    def cls(self) -> ast.ClassDef | None:
        """The class, when it is one of the project."""
        return self.node if isinstance(self.node, ast.ClassDef) else None

    @property
    def path(self) -> str:
        """`app.models:User`."""
        return self.dotted


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: a module, and maybe a class of it."""

    source: Source
    cls: ast.ClassDef | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """The modules below a root and its `src`; each file is read once."""

    root: Path
    known: dict[str, Source | None] = field(default_factory=dict)

    def source(self, name: str) -> Source | None:
        """A module of the project; None for one that is not there, or cannot be parsed."""
        if name not in self.known:
            self.known[name] = self._read(name)
        return self.known[name]

    def _read(self, name: str) -> Source | None:
        parts = name.split(".")
        for folder in (self.root, self.root / "src"):
            below = folder.joinpath(*parts)
            for path, package in ((below / "__init__.py", True), (below.with_suffix(".py"), False)):
                file = relative(path, self.root)
                if path.is_file() and file is not None:
                    tree = parsed(path)
                    return None if tree is None else _source(name, file, tree, package=package)
        return None

    def named(self, expression: ast.expr, scope: Scope, depth: int = DEPTH) -> Named | None:
        """What a name, or a name of something in a module or class, stands for; None: unknown."""
        if depth <= 0:
            return None
        if isinstance(expression, ast.Name):
            return self._local(expression.id, scope, depth - 1)
        if not isinstance(expression, ast.Attribute):
            return None
        holder = self.named(expression.value, scope, depth - 1)
        return None if holder is None else self._inside(holder, expression.attr, depth - 1)

    def followed(self, found: Named | None) -> Named | None:
        """What a name stands for in the end, when it stands for another name."""
        for _ in range(DEPTH):
            if found is None or found.source is None or not isinstance(found.node, _NAMES):
                return found
            found = self.named(found.node, Scope(found.source))
        return None

    def _local(self, name: str, scope: Scope, depth: int) -> Named | None:
        if scope.cls is not None:
            inner = _inner(scope.cls, name)
            if inner is not None:
                return Named(f"{scope.path}.{name}", scope.source, inner)
        return self._global(scope.source, name, depth)

    def _global(self, source: Source, name: str, depth: int) -> Named | None:
        if depth <= 0:
            return None
        bound = source.names.get(name, ())
        if len({ast.dump(each) for each in bound}) > 1:
            return None
        if bound:
            return self._bound(source, name, bound[0], depth)
        for star in source.stars:
            target = self.source(_absolute(star, source))
            found = None if target is None else self._global(target, name, depth - 1)
            if target is None or found is not None:
                return found
        return Named(name) if hasattr(builtins, name) else None

    def _bound(self, source: Source, name: str, node: ast.stmt, depth: int) -> Named | None:
        match node:
            case ast.ClassDef():
                return Named(f"{source.name}:{name}", source, node)
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                return Named(f"{source.name}:{name}", source, value)
            case ast.Import(names=aliases):
                return self._module(_imported(aliases, name))
            case ast.ImportFrom(names=aliases):
                original = next(each.name for each in aliases if name in (each.asname, each.name))
                return self._from(_absolute(node, source), original, depth)
            case _ if type(node).__name__ == "TypeAlias":
                return Named(f"{source.name}:{name}", source, node.value)  # type: ignore[attr-defined]
            case _:
                return None

    def _module(self, name: str) -> Named:
        return Named(name, self.source(name))

    def _from(self, module: str, name: str, depth: int) -> Named | None:
        target = self.source(module)
        if target is not None and (name in target.names or target.stars):
            return self._global(target, name, depth - 1)
        inner = f"{module}.{name}"
        if self.source(inner) is not None:
            return self._module(inner)
        return None if target is not None else Named(canonical(inner))

    def _inside(self, holder: Named, name: str, depth: int) -> Named | None:
        if holder.cls is not None and holder.source is not None:
            inner = _inner(holder.cls, name)
            return None if inner is None else Named(f"{holder.dotted}.{name}", holder.source, inner)
        if isinstance(holder.node, ast.expr):
            followed = self.followed(holder)
            return None if followed in (None, holder) else self._inside(followed, name, depth)
        if holder.source is None and self.source(f"{holder.dotted}.{name}") is None:
            return Named(canonical(f"{holder.dotted}.{name}"))
        return self._from(holder.dotted, name, depth)


def _source(name: str, file: str, tree: ast.Module, *, package: bool) -> Source:
    names: dict[str, list[ast.stmt]] = {}
    stars = []
    for node in statements(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            stars.append(node)
        for bound in _names(node):
            names.setdefault(bound, []).append(node)
    return Source(
        name, file, package, tree, {key: tuple(each) for key, each in names.items()}, tuple(stars)
    )


def _names(node: ast.stmt) -> list[str]:  # noqa: PLR0911 - one for each statement
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [name for target in targets for name in _targets(target)]
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Import(names=aliases):
            return [each.asname or each.name.partition(".")[0] for each in aliases]
        case ast.ImportFrom(names=aliases):
            return [each.asname or each.name for each in aliases]
        case _ if type(node).__name__ == "TypeAlias":
            return [node.name.id]  # type: ignore[attr-defined]
        case _:
            return []


def _targets(node: ast.expr) -> list[str]:
    return [each.id for each in ast.walk(node) if isinstance(each, ast.Name)]


def _inner(cls: ast.ClassDef, name: str) -> ast.ClassDef | None:
    found = [each for each in cls.body if isinstance(each, ast.ClassDef) and each.name == name]
    return found[0] if len(found) == 1 else None


def _imported(aliases: list[ast.alias], name: str) -> str:
    for each in aliases:
        if each.asname == name:
            return each.name
    return name


def _absolute(node: ast.ImportFrom, source: Source) -> str:
    if not node.level:
        return node.module or ""
    parts = source.name.split(".")
    up = node.level - 1 if source.package else node.level
    kept = parts[: len(parts) - up] if up else parts
    return ".".join([*kept, node.module] if node.module else kept)


def canonical(dotted: str) -> str:
    """One name for what libraries give several: `typing_extensions.Literal`, `attr.field`."""
    for old, new in _PREFIXES:
        if dotted.startswith(old):
            dotted = new + dotted.removeprefix(old)
    return _SAME.get(dotted, dotted)


_NAMES = (ast.Name, ast.Attribute)
_PREFIXES = (
    ("typing_extensions.", "typing."),
    ("attr.", "attrs."),
    ("sqlalchemy.types.", "sqlalchemy."),
    ("sqlalchemy.sql.sqltypes.", "sqlalchemy."),
    ("sqlalchemy.dialects.postgresql.", "sqlalchemy."),
    ("sqlalchemy.ext.declarative.declarative_base", "sqlalchemy.orm.declarative_base"),
    ("sqlalchemy.orm.decl_api.", "sqlalchemy.orm."),
    ("django.db.models.fields.json.", "django.db.models."),
    ("django.db.models.fields.related.", "django.db.models."),
    ("django.db.models.fields.", "django.db.models."),
    ("django.db.models.base.", "django.db.models."),
    ("pydantic.fields.", "pydantic."),
    ("pydantic.main.", "pydantic."),
    ("pydantic.types.", "pydantic."),
    ("pydantic.networks.", "pydantic."),
)
_ABSTRACT = "Sequence Iterable MutableSequence Collection MutableSet Mapping MutableMapping".split()
_SAME: Mapping[str, str] = {
    **{f"typing.{each}": f"collections.abc.{each}" for each in _ABSTRACT},
    "typing.AbstractSet": "collections.abc.Set",
    "typing.List": "list",
    "typing.Dict": "dict",
    "typing.Set": "set",
    "typing.FrozenSet": "frozenset",
    "typing.Tuple": "tuple",
    "typing.Deque": "collections.deque",
    "typing.DefaultDict": "collections.defaultdict",
    "typing.OrderedDict": "collections.OrderedDict",
    "typing.Text": "str",
    "pydantic.StrictStr": "str",
    "pydantic.StrictInt": "int",
    "pydantic.StrictFloat": "float",
    "pydantic.StrictBool": "bool",
    "pydantic.StrictBytes": "bytes",
    **dict.fromkeys(
        (f"pydantic.{sign}Int" for sign in ("Positive", "Negative", "NonPositive", "NonNegative")),
        "int",
    ),
    **dict.fromkeys(
        (
            f"pydantic.{sign}Float"
            for sign in ("Positive", "Negative", "NonPositive", "NonNegative", "Finite")
        ),
        "float",
    ),
    "pydantic.UUID1": "uuid.UUID",
    "pydantic.UUID3": "uuid.UUID",
    "pydantic.UUID4": "uuid.UUID",
    "pydantic.UUID5": "uuid.UUID",
    "dataclasses.InitVar": "InitVar",
    "typing.ClassVar": "ClassVar",
    "typing.Final": "Final",
    "typing.Required": "Required",
    "typing.NotRequired": "NotRequired",
    "typing.ReadOnly": "ReadOnly",
    "sqlalchemy.orm.Mapped": "Mapped",
}
