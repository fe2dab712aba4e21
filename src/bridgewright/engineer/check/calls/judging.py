"""What is wrong with what goes out: who makes it, how long it may take, and what waits for it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.calls.bounds import Length, Measure
from bridgewright.engineer.check.calls.outgoing import Uses, client_of
from bridgewright.engineer.check.calls.registry import registry
from bridgewright.engineer.check.calls.settling import Settling, socket_default
from bridgewright.engineer.check.origins.words import Given, Made, Member, Unknown, root, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.calls.outgoing import Outgoing
    from bridgewright.engineer.check.origins.words import Scope
    from bridgewright.engineer.check.project import Module, Project

_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
_ENDS = ("timeout", "timeout_s", "deadline", "deadline_s")


@dataclass(frozen=True, slots=True)
class Judged:
    """A place, how long what is there may take, and what says so."""

    node: ast.AST
    length: Length
    message: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the calls of one project."""

    project: Project
    uses: Uses
    settling: Settling

    def lengths(self, module: Module) -> Iterator[Judged]:
        """Each use of a module that is not known to end in time."""
        default = socket_default(module.scopes, self.uses.measure)
        found = list(self.uses.of(module.scopes))
        used = {id(each.made.call) for each in found if each.made is not None}
        for use in found:
            if not self.uses.within(use, module.scopes):
                covered = default and use.caller.socket_default
                yield from self._judged(use, module, used, covered=covered)

    def _judged(
        self, use: Outgoing, module: Module, used: set[int], *, covered: bool
    ) -> Iterator[Judged]:
        said = self.uses.said(use)
        if use.made is None and not use.caller.judged_when_made and use.makes:
            if id(use.call) not in used:
                yield from self._made(use, module, said, covered=covered)
            return
        node: ast.AST = use.call
        if said is None and use.made is not None:
            if use.made.call is not None:
                said = self.uses.measure.argument(use.made.call, use.caller.bound, use.made.scope)
                node = use.made.call if said is not None and self._is_here(use, module) else node
            said = said or self._later(use.made, use, module)
        elif said is None:
            made = Made(use.name, use.call, use.scope)
            said = self._later(made, use, module)
        yield from _told(node, said, use, covered=covered)

    def _made(
        self, use: Outgoing, module: Module, said: Length | None, *, covered: bool
    ) -> Iterator[Judged]:
        """A client that is used elsewhere: what was said of it counts, and nothing said is not known."""
        said = said or self._later(Made(use.name, use.call, use.scope), use, module)
        if said is None and use.caller.default_s is None and not covered and use.caller.tells:
            yield Judged(
                use.call,
                Length.UNKNOWN,
                f"{use.name} is made here without a bound, and where it is used cannot be seen",
            )
        elif said is not None:
            yield from _told(use.call, said, use, covered=covered)

    def _later(self, made: Made, use: Outgoing, module: Module) -> Length | None:
        home = self.project.module(made.scope.module) or module
        found = self.settling.later(made, use.caller, home.scopes)
        if found is None and made.call is None and use.caller.default_s is None:
            return Length.UNKNOWN if use.caller.bound.keywords or use.caller.set_by else None
        return found

    def _is_here(self, use: Outgoing, module: Module) -> bool:
        return use.made is not None and use.made.scope.module == module.name

    def unresolved(self, module: Module) -> Iterator[ast.Call]:
        """Calls that look like requests, on something of which nothing is known, and that say no end."""
        for node, scope in module.scopes.around.items():
            match node:
                case ast.Call(func=ast.Attribute(attr=attr)) if attr in _METHODS:
                    ends = any(each.arg in _ENDS for each in node.keywords)
                    if _asks(node) and not ends and self._is_open(node.func, scope):
                        yield node
                case _:
                    pass

    def _is_open(self, func: ast.expr, scope: Scope) -> bool:
        origins = self.uses.measure.tracer.origins(func, scope)
        return all(
            isinstance(each, Unknown)
            or (isinstance(each, Member) and isinstance(root(each), Given | Unknown))
            for each in origins
        )

    def raw(self, module: Module) -> Iterator[Outgoing]:
        """Clients of its own, and calls past the bridge."""
        for use in self.uses.of(module.scopes):
            if use.caller.raw and use.made is None and not self._is_handed_over(use, module):
                yield use

    def _is_handed_over(self, use: Outgoing, module: Module) -> bool:
        parent = module.scopes.parents.get(use.call)
        if isinstance(parent, ast.keyword):
            parent = module.scopes.parents.get(parent)
        if not isinstance(parent, ast.Call) or parent is use.call:
            return False
        origins = self.uses.measure.tracer.origins(parent.func, use.scope)
        return any(spelt(each).startswith("bridgewright.") for each in origins)

    def blocking(self, module: Module) -> Iterator[tuple[ast.Call, str]]:
        """Calls that stop the thread of an event loop."""
        known = self.uses.measure.registry
        for node, scope in module.scopes.around.items():
            if not isinstance(node, ast.Call) or not isinstance(scope.block, ast.AsyncFunctionDef):
                continue
            if isinstance(module.scopes.parents.get(node), ast.Await):
                continue
            for origin in self.uses.measure.tracer.origins(node.func, scope):
                client = client_of(origin) if isinstance(origin, Member) else None
                caller = known.caller(client.symbol if client else spelt(origin))
                stops = caller is not None and caller.blocking
                if client is None and caller is not None and caller.client:
                    stops = stops and caller.judged_when_made and caller.socket_default
                ours = (
                    client is not None and _begins(client, known.ours) and "._" not in spelt(origin)
                )
                if stops or ours or spelt(origin) in known.blocking:
                    yield node, spelt(origin)
                    break


def judge(project: Project) -> Judge:
    """What judges the calls of a project."""
    measure = Measure(project.tracer, registry())
    return Judge(project, Uses(measure), Settling(measure))


def _told(node: ast.AST, said: Length | None, use: Outgoing, *, covered: bool) -> Iterator[Judged]:
    match said:
        case Length.ENDLESS:
            yield Judged(node, said, f"{use.name} is told to wait for ever")
        case Length.UNKNOWN:
            yield Judged(node, said, f"how long {use.name} may take cannot be told from here")
        case None if use.caller.default_s is None and not covered:
            yield Judged(
                node,
                Length.ENDLESS,
                f"{use.name} waits for ever when nothing is said ({use.caller.library}'s default)",
            )
        case _:
            pass


def _asks(call: ast.Call) -> bool:
    """Whether the first argument looks like the place that is asked."""
    first = call.args[1] if _is_method(call) else call.args[0] if call.args else None
    match first:
        case ast.Constant(value=str() as text):
            return text.startswith(("/", "http://", "https://"))
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
            return text.startswith(("/", "http://", "https://"))
        case _:
            pass
    return False


def _is_method(call: ast.Call) -> bool:
    return (
        len(call.args) > 1
        and isinstance(call.args[0], ast.Constant)
        and str(call.args[0].value).lower() in _METHODS
    )


def _begins(client: Made, names: frozenset[str]) -> bool:
    return any(client.symbol == each or client.symbol.startswith(f"{each}().") for each in names)
