"""The rules of the 300s."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from bridgewright.engineer.check.logs import wires
from bridgewright.engineer.check.logs.kinds import Kind
from bridgewright.engineer.check.logs.sinks import Sinks
from bridgewright.engineer.check.logs.taint import Taint
from bridgewright.engineer.check.rule import Place, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.logs.sinks import Written
    from bridgewright.engineer.check.project import Module, Project

_MESSAGES = frozenset({"message", "msg", "detail", "reason", "description", "problem"})
_PUT_TOGETHER = "is put together before the log sees it"


def shown(project: Project) -> Iterator[Place]:
    """What is written down and must not be."""
    tracer = project.tracer
    sinks, taint = Sinks(tracer), Taint(tracer)
    for module in project.modules:
        if module.is_test:
            continue
        for node, scope in module.scopes.around.items():
            written = sinks.of(node, scope)
            kinds: set[Kind] = _kinds(written, taint) if written is not None else set()
            if kinds:
                yield _place(module, node, f"{_said(kinds)} would be written down")
            if isinstance(node, ast.Call) and written is None:
                writes = _writes(node, scope, sinks, taint)
                for name, found in taint.handed_on(node, scope, writes):
                    message = f"{_said(set(found))} would be written down as {name}"
                    yield _place(module, node, message)


def _kinds(written: Written, taint: Taint) -> set[Kind]:
    found: set[Kind] = set()
    for name, value in written.values:
        found.update(taint.entry(name, value, written.scope))
    return found


def _writes(
    call: ast.Call, scope: object, sinks: Sinks, taint: Taint
) -> Iterator[tuple[ast.AST, str]]:
    """The parameters that the called function of the project writes down as they are."""
    for origin in taint.tracer.origins(call.func, scope):  # type: ignore[arg-type]
        block = getattr(origin, "block", None)
        if isinstance(block, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = taint.tracer.blocks.get(block)
            for node in ast.walk(block) if inner is not None else ():
                written = sinks.of(node, inner)  # type: ignore[arg-type]
                for _, value in written.values if written is not None else ():
                    for each in _plain(value):
                        yield node, each


def _plain(value: ast.expr) -> Iterator[str]:
    match value:
        case ast.Name(id=name):
            yield name
        case ast.JoinedStr(values=values):
            for each in values:
                if isinstance(each, ast.FormattedValue):
                    yield from _plain(each.value)
        case ast.BinOp(left=left, right=right):
            yield from _plain(left)
            yield from _plain(right)
        case _:
            pass


def composed(project: Project) -> Iterator[Place]:
    """Messages of logs that are put together by their callers."""
    sinks = Sinks(project.tracer)
    for module in project.modules:
        if module.in_package:
            for node, scope in module.scopes.around.items():
                written = sinks.of(node, scope)
                if written is not None and _is_composed(written.message):
                    yield _place(module, node, f"this message {_PUT_TOGETHER}")


def _is_composed(message: ast.expr | None) -> bool:
    match message:
        case ast.JoinedStr(values=values):
            return any(isinstance(each, ast.FormattedValue) for each in values)
        case ast.BinOp(op=ast.Mod() | ast.Add()):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
            return True
        case _:
            pass
    return False


def loud(project: Project) -> Iterator[Place]:
    """Loggers of the wire that say everything."""
    tracer = project.tracer
    for module in project.modules:
        if not module.is_test:
            for node, name in wires.loud(module, tracer):
                yield _place(module, node, f"{name} writes down what goes over the wire")


def messages(project: Project) -> Iterator[Place]:
    """Exceptions whose message holds what was received."""
    taint = Taint(project.tracer)
    for module in project.modules:
        if module.is_test:
            continue
        for node, scope in module.scopes.around.items():
            match node:
                case ast.Raise(exc=ast.Call(func=func, args=args, keywords=keywords)):
                    said = [each.value for each in keywords if each.arg in _MESSAGES]
                    shown = [*args, *said] if _is_class(func) else []
                    found = {kind for each in shown for kind in taint.kinds(each, scope)}
                    found -= set() if module.in_package else {Kind.SECRET, Kind.PERSON}
                    if found:
                        yield _place(module, node, f"{_said(found)} would be in a message")
                case ast.Call(func=ast.Attribute(attr="add_note"), args=[note]):
                    kinds = taint.kinds(note, scope)
                    if kinds:
                        yield _place(module, node, f"{_said(set(kinds))} would be in a message")
                case _:
                    pass


def _is_class(func: ast.expr) -> bool:
    return ast.unparse(func).rpartition(".")[2][:1].isupper()


def _said(kinds: set[Kind]) -> str:
    return " and ".join(sorted(kinds))


def _place(module: Module, node: ast.AST, message: str) -> Place:
    return Place(module.path, getattr(node, "lineno", 1), message, getattr(node, "col_offset", 0))


RULES = (
    Rule(
        "BW301",
        "Logs hold nothing that is anybody's",
        Severity.ERROR,
        "Logs are copied, kept and read by more people than the data base, and nobody deletes from them.",
        "Log the operation, the status, ids and lengths; what is needed of a body goes through `redact`.",
        shown,
    ),
    Rule(
        "BW302",
        "Messages of logs are constants",
        Severity.WARNING,
        "What is put together beforehand cannot be redacted by field, nor counted by its message.",
        'Give the values as arguments: `logger.info("order %s", number)`.',
        composed,
    ),
    Rule(
        "BW303",
        "The wire is not logged",
        Severity.ERROR,
        "At this level libraries write down addresses, headers and bodies, with whatever is in them.",
        "Leave it at WARNING; the engine logs each call without what is secret.",
        loud,
    ),
    Rule(
        "BW304",
        "Messages of exceptions hold no body",
        Severity.WARNING,
        "A message is logged, shown and sent to trackers sooner or later.",
        "Say the operation, the status and the provider's request id.",
        messages,
    ),
)
