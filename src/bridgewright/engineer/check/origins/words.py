"""What an expression may turn out to be, as far as reading can tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Block = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Binding:
    """One way in which a name gets its value: an import (`dotted`), a parameter (`parameter`), a function
    or class (`made`), or an expression. `scope` is where the expression is read; `opaque` says that what
    is bound is only a part of it, such as an element."""

    scope: Scope
    value: ast.expr | None = None
    dotted: str = ""
    parameter: ast.arg | None = None
    made: Block | None = None
    annotation: ast.expr | None = None
    opaque: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A module, class or function: what its names are bound to, and of a class what its objects hold."""

    block: Block
    module: str
    package: str
    outer: Scope | None
    names: Mapping[str, tuple[Binding, ...]] = field(repr=False)
    attributes: Mapping[str, tuple[Binding, ...]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something of a library, by its full name: `requests.get`. Never called yet."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Made:
    """What a call of a symbol gives: `requests.Session()`. `call` is None where only an annotation says
    that there is one."""

    symbol: str
    call: ast.Call | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class Member:
    """Something of a value: `session.get`."""

    of: Origin
    name: str


@dataclass(frozen=True, slots=True)
class Partial:
    """A function with a part of its arguments."""

    of: Origin
    call: ast.Call
    scope: Scope


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: object


@dataclass(frozen=True, slots=True)
class Written:
    """An expression that is what it is: a tuple, a sum, a text put together."""

    expr: ast.expr
    scope: Scope


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter: its default, and nothing known of what callers give."""

    parameter: ast.arg
    default: ast.expr | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class Own:
    """A function or class of the project itself."""

    block: Block
    scope: Scope


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a class of the project."""

    block: ast.ClassDef
    scope: Scope


@dataclass(frozen=True, slots=True)
class Unknown:
    """What reading cannot tell."""


Origin = Symbol | Made | Member | Partial | Literal | Written | Given | Own | Thing | Unknown


def spelt(origin: Origin) -> str:
    """A full name of what is of a library: `requests.Session().get`; empty for everything else."""
    match origin:
        case Symbol(dotted=dotted):
            return dotted
        case Made(symbol=symbol):
            return f"{symbol}()"
        case Member(of=of, name=name):
            before = spelt(of)
            return f"{before}.{name}" if before else ""
        case Partial(of=of):
            return spelt(of)
        case _:
            pass
    return ""


def root(origin: Origin) -> Origin:
    """What a chain of members begins with."""
    while isinstance(origin, Member):
        origin = origin.of
    return origin
