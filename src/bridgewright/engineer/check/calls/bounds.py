"""Whether a value that bounds a call is finite."""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.words import Given, Literal, Made, Symbol, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bridgewright.engineer.check.calls.registry import Bound, Limit, Registry
    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Origin, Scope


class Length(StrEnum):
    """How long: for so long at most, for ever, or nobody can tell."""

    FINITE = "finite"
    ENDLESS = "endless"
    UNKNOWN = "unknown"


_NUMBERS = frozenset({"float", "int", "min", "max", "abs", "round", "sum", "datetime.timedelta"})
"""What these give is a number or an error, but for `float("inf")`."""
_ENDLESS = frozenset({"math.inf", "numpy.inf"})
_NUMERIC = frozenset({"float", "int", "timedelta", "Decimal"})


@dataclass(frozen=True, slots=True)
class Measure:
    """Tells lengths apart. None is endless unless the library says otherwise."""

    tracer: Tracer
    registry: Registry

    def argument(self, call: ast.Call, bound: Bound, scope: Scope, skip: int = 0) -> Length | None:
        """What a call says of its bound; None where it says nothing. `skip` positional arguments were
        given before."""
        for keyword in call.keywords:
            if keyword.arg in bound.keywords:
                return self.length(keyword.value, scope, bound)
        if bound.position is not None:
            at = bound.position - skip
            if 0 <= at < len(call.args):
                return self.length(call.args[at], scope, bound)
        if any(isinstance(each, ast.Starred) for each in call.args) and bound.position is not None:
            return Length.UNKNOWN
        spread = [each for each in call.keywords if each.arg is None]
        if spread and bound.keywords:
            return self._spread(spread, bound, scope)
        return None

    def length(self, expr: ast.expr, scope: Scope, bound: Bound | None = None) -> Length:
        """How long an expression is."""
        match expr:
            case ast.BoolOp(op=ast.Or(), values=values):
                lengths = [self.length(each, scope, bound) for each in values]
                return lengths[-1] if lengths[-1] is not Length.UNKNOWN else _worst(lengths)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                lengths = [self.length(body, scope, bound), self.length(orelse, scope, bound)]
                return Length.FINITE if _is_guard(test, lengths) else _worst(lengths)
            case _:
                pass
        lengths = [self._of(each, bound) for each in self.tracer.origins(expr, scope)]
        if (
            len(lengths) > 1
            and Length.FINITE in lengths
            and _default_is_replaced(self.tracer.origins(expr, scope))
        ):
            return Length.FINITE
        return _worst(lengths) if len(set(lengths)) == 1 else Length.UNKNOWN

    def _of(self, origin: Origin, bound: Bound | None) -> Length:  # noqa: PLR0911 - one for each origin
        match origin:
            case Literal(value=None):
                return Length.FINITE if bound and bound.none_is_finite else Length.ENDLESS
            case Literal(value=bool()):
                return Length.UNKNOWN
            case Literal(value=int() | float() as number):
                zero = number == 0 and bound is not None and bound.zero_is_endless
                return Length.ENDLESS if zero or math.isinf(number) else Length.FINITE
            case Written(expr=ast.Tuple(elts=elements), scope=scope):
                return _worst([self.length(each, scope, bound) for each in elements])
            case Written(expr=ast.BinOp() | ast.UnaryOp()):
                return Length.FINITE
            case Given():
                return self._given(origin, bound)
            case Symbol(dotted=dotted):
                return Length.ENDLESS if dotted in _ENDLESS else Length.UNKNOWN
            case Made():
                return self._made(origin, bound)
            case _:
                pass
        return Length.UNKNOWN

    def _given(self, given: Given, bound: Bound | None) -> Length:
        if given.default is not None:
            return self.length(given.default, given.scope, bound)
        annotation = given.parameter.annotation
        name = ast.unparse(annotation).rpartition(".")[2] if annotation is not None else ""
        return Length.FINITE if name in _NUMERIC else Length.UNKNOWN

    def _made(self, made: Made, bound: Bound | None) -> Length:
        limit = self.registry.limits.get(made.symbol)
        if limit is not None and made.call is not None:
            return self._limit(made.call, limit, made.scope)
        if made.symbol in _NUMBERS and made.call is not None:
            return Length.ENDLESS if _is_infinity(made.call) else Length.FINITE
        caller = self.registry.caller(made.symbol)
        if caller is not None and caller.default_s is None and made.call is not None:
            said = self.argument(made.call, caller.bound, made.scope)
            return said or Length.ENDLESS
        if made.symbol.endswith(".total_seconds"):
            return Length.FINITE
        del bound
        return Length.UNKNOWN

    def _limit(self, call: ast.Call, limit: Limit, scope: Scope) -> Length:
        given = {each.arg: each.value for each in call.keywords if each.arg is not None}
        given.update(zip(limit.order, call.args, strict=False))
        whole = None
        if limit.whole and (call.args or "timeout" in given):
            whole = self.length(call.args[0] if call.args else given["timeout"], scope)
        absent = whole or (Length.FINITE if limit.absent_is_finite else Length.ENDLESS)
        if len(call.keywords) != sum(each.arg is not None for each in call.keywords):
            absent = Length.UNKNOWN
        found: list[Length] = []
        for names in limit.sufficient:
            lengths = [self._phase(given.get(name), scope, limit, absent) for name in names]
            found.append(_worst(lengths))
        return Length.FINITE if Length.FINITE in found else _worst(found)

    def _phase(self, expr: ast.expr | None, scope: Scope, limit: Limit, absent: Length) -> Length:
        if expr is None:
            return absent
        if limit.zero_is_endless and isinstance(expr, ast.Constant) and expr.value == 0:
            return Length.ENDLESS
        return self.length(expr, scope)

    def _spread(self, spread: Iterable[ast.keyword], bound: Bound, scope: Scope) -> Length | None:
        """What `**options` says: read where it is written down, and unknown where it comes from others."""
        for keyword in spread:
            for origin in self.tracer.origins(keyword.value, scope):
                match origin:
                    case Written(expr=ast.Dict(keys=keys, values=values), scope=where):
                        for key, value in zip(keys, values, strict=True):
                            if key is None:
                                return Length.UNKNOWN
                            if isinstance(key, ast.Constant) and key.value in bound.keywords:
                                return self.length(value, where, bound)
                    case Made(symbol="dict", call=ast.Call() as call, scope=where):
                        return self.argument(call, bound, where)
                    case _:
                        return Length.UNKNOWN
        return None


def _worst(lengths: Iterable[Length]) -> Length:
    found = set(lengths)
    for each in (Length.ENDLESS, Length.UNKNOWN):
        if each in found:
            return each
    return Length.FINITE


def _default_is_replaced(origins: Iterable[Origin]) -> bool:
    """`def f(timeout=None): if timeout is None: timeout = 5`."""
    return any(isinstance(each, Given) for each in origins)


def _is_guard(test: ast.expr, lengths: list[Length]) -> bool:
    """`timeout if timeout is not None else 10`: what could be None is left out by the test."""
    compares = any(
        isinstance(each, ast.Constant) and each.value is None for each in _compared(test)
    )
    return compares and Length.FINITE in lengths


def _compared(test: ast.expr) -> Iterator[ast.expr]:
    for each in ast.walk(test):
        if isinstance(each, ast.Compare):
            yield from each.comparators


def _is_infinity(call: ast.Call) -> bool:
    return any(
        isinstance(each, ast.Constant)
        and str(each.value).lower().lstrip("+") in {"inf", "infinity"}
        for each in call.args
    )
