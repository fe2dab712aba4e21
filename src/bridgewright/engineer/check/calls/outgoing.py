"""Every place of a module where something goes out, and what bounds it there."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.engineer.check.calls.bounds import Length
from bridgewright.engineer.check.calls.registry import EVERY
from bridgewright.engineer.check.origins.words import Made, Member, Partial, Symbol, root, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.calls.bounds import Measure
    from bridgewright.engineer.check.calls.registry import Caller
    from bridgewright.engineer.check.origins.scopes import Scopes
    from bridgewright.engineer.check.origins.words import Origin, Scope

_DEFERS = {
    "asyncio.to_thread": 0,
    "anyio.to_thread.run_sync": 0,
    "starlette.concurrency.run_in_threadpool": 0,
    "fastapi.concurrency.run_in_threadpool": 0,
    "map": 0,
    "threading.Timer": 1,
}
_DEFERRING_METHODS = {"run_in_executor": 1, "submit": 0, "map": 0, "apply": 0, "apply_async": 0}
_PASSES_KEYWORDS = frozenset(
    {
        "asyncio.to_thread",
        "starlette.concurrency.run_in_threadpool",
        "fastapi.concurrency.run_in_threadpool",
        "submit",
    }
)
_WITHIN = frozenset(
    {
        "asyncio.timeout",
        "asyncio.timeouts.timeout",
        "async_timeout.timeout",
        "anyio.fail_after",
        "anyio.move_on_after",
        "trio.fail_after",
        "trio.move_on_after",
    }
)
_WAITS = frozenset({"asyncio.wait_for", "asyncio.wait"})

Before = tuple[ast.Call, "Scope", int]
"""An earlier call that gave arguments, and by how many its positional ones are shifted."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One use of a caller: `made` is the client whose method it is, None for functions and for the
    making of clients; `deferred` says that another thread calls it."""

    caller: Caller
    name: str
    call: ast.Call
    scope: Scope
    made: Made | None = None
    before: tuple[Before, ...] = ()
    makes: bool = False
    deferred: bool = False

    @property
    def goes(self) -> bool:
        """Whether a request leaves here: not where a client is only made, to be used by its methods."""
        return not self.makes or self.caller.judged_when_made


@dataclass(frozen=True, slots=True)
class Uses:
    """Finds what goes out of a module."""

    measure: Measure

    def of(self, scopes: Scopes) -> Iterator[Outgoing]:
        """Each use, once."""
        for node, scope in scopes.around.items():
            if isinstance(node, ast.Call):
                for origin in self.measure.tracer.origins(node.func, scope):
                    yield from self._direct(origin, node, scope)
                yield from self._deferred(node, scope)

    def _direct(self, origin: Origin, call: ast.Call, scope: Scope) -> Iterator[Outgoing]:
        whole, before = _whole(origin)
        found = self._use(whole, call, scope, before)
        if found is not None:
            yield found

    def _use(
        self,
        origin: Origin,
        call: ast.Call,
        scope: Scope,
        before: tuple[Before, ...] = (),
    ) -> Outgoing | None:
        registry = self.measure.registry
        match origin:
            case Member(of=Made() as made, name=name):
                caller = registry.caller(made.symbol)
                if caller is not None and (name in caller.calls or EVERY in caller.calls):
                    return Outgoing(caller, spelt(origin), call, scope, made, before)
            case _:
                pass
        caller = registry.caller(spelt(origin))
        if caller is None:
            return None
        return Outgoing(caller, spelt(origin), call, scope, None, before, makes=caller.client)

    def _deferred(self, call: ast.Call, scope: Scope) -> Iterator[Outgoing]:
        """Functions that are handed to something which calls them."""
        at, keywords = self._hands(call, scope)
        if at is None or len(call.args) <= at:
            return
        for origin in self.measure.tracer.origins(call.args[at], scope):
            if isinstance(origin, Symbol | Member | Partial):
                whole, before = _whole(origin)
                handed = ast.Call(call.func, call.args[at + 1 :], call.keywords if keywords else [])
                found = self._use(whole, call, scope, (*before, (handed, scope, 0)))
                if found is not None:
                    yield replace(found, deferred=True)

    def _hands(self, call: ast.Call, scope: Scope) -> tuple[int | None, bool]:
        for origin in self.measure.tracer.origins(call.func, scope):
            name = spelt(origin)
            if name in _DEFERS:
                return _DEFERS[name], name in _PASSES_KEYWORDS
        if isinstance(call.func, ast.Attribute) and call.func.attr in _DEFERRING_METHODS:
            return _DEFERRING_METHODS[call.func.attr], call.func.attr in _PASSES_KEYWORDS
        return None, False

    def said(self, use: Outgoing) -> Length | None:
        """What a use itself says of its bound, by its own arguments or a partial's."""
        caller = use.caller
        bound = caller.call_bound if use.made is not None else caller.bound
        own = () if use.deferred else ((use.call, use.scope, sum(_positional(use))),)
        for call, scope, skip in (*own, *use.before):
            for keyword in call.keywords:
                if keyword.arg in caller.bounded_by:
                    return Length.UNKNOWN
            found = self.measure.argument(call, bound, scope, skip)
            if found is not None:
                return found
        return None

    def within(self, use: Outgoing, scopes: Scopes) -> bool:
        """Whether something around it ends it in time: for what does not block a thread."""
        if use.caller.blocking:
            return False
        child: ast.AST = use.call
        while child in scopes.parents:
            parent = scopes.parents[child]
            if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return False
            if isinstance(parent, ast.Call) and self._is_finite(parent, _WAITS, scopes):
                return True
            if isinstance(parent, ast.AsyncWith | ast.With):
                items = [each.context_expr for each in parent.items]
                if any(
                    isinstance(each, ast.Call) and self._is_finite(each, _WITHIN, scopes)
                    for each in items
                ):
                    return True
            child = parent
        return False

    def _is_finite(self, call: ast.Call, names: frozenset[str], scopes: Scopes) -> bool:
        scope = scopes.around[call]
        if not any(spelt(each) in names for each in self.measure.tracer.origins(call.func, scope)):
            return False
        first = call.args[:1] if names is _WITHIN else call.args[1:2]
        given = [
            *first,
            *(each.value for each in call.keywords if each.arg in {"timeout", "delay"}),
        ]
        return any(self.measure.length(each, scope) is Length.FINITE for each in given)


def _whole(origin: Origin) -> tuple[Origin, tuple[Before, ...]]:
    """The function that a partial is of, and the calls that gave it a part of its arguments."""
    before: list[Before] = []
    while isinstance(origin, Partial):
        before.append((origin.call, origin.scope, -1))
        origin = origin.of
    return origin, tuple(before)


def _positional(use: Outgoing) -> Iterator[int]:
    for call, _, shift in use.before:
        yield max(len(call.args) + shift, 0)


def client_of(origin: Origin) -> Made | None:
    """The client at the beginning of a chain, such as `client.messages.create`."""
    start = root(origin)
    return start if isinstance(start, Made) else None
