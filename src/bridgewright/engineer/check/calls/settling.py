"""What bounds a client after it was made: attributes, methods, adapters and classes of the project."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.calls.bounds import Length
from bridgewright.engineer.check.origins.words import Made, Partial, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.calls.bounds import Measure
    from bridgewright.engineer.check.calls.registry import Caller
    from bridgewright.engineer.check.origins.scopes import Scopes
    from bridgewright.engineer.check.origins.words import Scope

_PLAIN_ADAPTERS = frozenset({"requests.adapters.HTTPAdapter"})
_SENDS = frozenset({"request", "send"})


@dataclass(frozen=True, slots=True)
class Settling:
    """Looks, in the module where a client is made, for what is said of it later."""

    measure: Measure

    def later(self, made: Made, caller: Caller, scopes: Scopes) -> Length | None:
        """How long calls of a client may take by what was said after it was made; None for nothing."""
        if made.call is None:
            return self._overridden(made, caller)
        for node, scope in scopes.around.items():
            match node:
                case ast.Assign(targets=[ast.Attribute() as target], value=value):
                    found = self._assigned(target, value, scope, made, caller)
                case ast.Call(func=ast.Attribute() as func, args=args):
                    found = self._told(func, args, scope, made, caller)
                case _:
                    continue
            if found is not None:
                return found
        return None

    def _assigned(
        self, target: ast.Attribute, value: ast.expr, scope: Scope, made: Made, caller: Caller
    ) -> Length | None:
        for path in caller.set_by:
            owner = _owner(target, path.split("."))
            if owner is not None and self._is_same(owner, scope, made):
                return self.measure.length(value, scope)
        if target.attr in caller.calls and self._is_same(target.value, scope, made):
            for origin in self.measure.tracer.origins(value, scope):
                if isinstance(origin, Partial):
                    return self.measure.argument(origin.call, caller.call_bound, origin.scope, -1)
            return Length.UNKNOWN
        return None

    def _told(
        self, func: ast.Attribute, args: list[ast.expr], scope: Scope, made: Made, caller: Caller
    ) -> Length | None:
        sets = f"{func.attr}()" in caller.set_by and len(args) > 0
        if sets and self._is_same(func.value, scope, made):
            return self.measure.length(args[0], scope)
        if func.attr == "mount" and len(args) > 1 and self._is_same(func.value, scope, made):
            adapters = self.measure.tracer.origins(args[1], scope)
            if not all(spelt(each).removesuffix("()") in _PLAIN_ADAPTERS for each in adapters):
                return Length.UNKNOWN
        return None

    def _is_same(self, owner: ast.expr, scope: Scope, made: Made) -> bool:
        return any(
            isinstance(each, Made) and each.call is made.call
            for each in self.measure.tracer.origins(owner, scope)
        )

    def _overridden(self, made: Made, caller: Caller) -> Length | None:
        """Of a class of the project that is such a client: what its own way of sending says."""
        block = made.scope.block
        if not isinstance(block, ast.ClassDef):
            return None
        for each in block.body:
            if (
                isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
                and each.name in _SENDS | caller.calls
            ):
                inner = self.measure.tracer.blocks[each]
                lengths = [self.measure.length(value, inner) for value in _timeouts(each)]
                return lengths[0] if lengths else Length.UNKNOWN
        return None


def socket_default(scopes: Scopes, measure: Measure) -> bool:
    """Whether a module says how long sockets wait that are not told."""
    for node, scope in scopes.around.items():
        if (
            isinstance(node, ast.Call)
            and node.args
            and isinstance(node.func, ast.Attribute | ast.Name)
            and any(
                spelt(each) == "socket.setdefaulttimeout"
                for each in measure.tracer.origins(node.func, scope)
            )
        ):
            return measure.length(node.args[0], scope) is Length.FINITE
    return False


def _owner(target: ast.Attribute, path: list[str]) -> ast.expr | None:
    """`twilio` of `twilio.http_client.timeout` for `["http_client", "timeout"]`."""
    at: ast.expr = target
    for name in reversed(path):
        if not isinstance(at, ast.Attribute) or at.attr != name:
            return None
        at = at.value
    return at


def _timeouts(block: ast.AST) -> Iterator[ast.expr]:
    """What a function gives as a timeout: `timeout=…`, `kwargs["timeout"] = …`, `setdefault`."""
    for node in ast.walk(block):
        match node:
            case ast.keyword(arg="timeout", value=value):
                yield value
            case ast.Call(
                func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value="timeout"), value]
            ):
                yield value
            case ast.Assign(
                targets=[ast.Subscript(slice=ast.Constant(value="timeout"))], value=value
            ):
                yield value
            case _:
                pass
