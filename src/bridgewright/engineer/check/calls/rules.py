"""The rules of the 100s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.check.calls.bounds import Length
from bridgewright.engineer.check.calls.judging import judge
from bridgewright.engineer.check.rule import Place, Rule, Severity, Verdict

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from bridgewright.engineer.check.project import Module, Project


def raw(project: Project) -> Iterator[Place]:
    """Clients that an integration makes for itself."""
    judging = judge(project)
    for module in project.modules:
        if module.in_package:
            for use in judging.raw(module):
                yield _place(module, use.call, f"{use.name} goes past the bridge")


def endless(project: Project) -> Iterator[Place]:
    """Calls that may take for ever."""
    judging = judge(project)
    for module in project.modules:
        if not module.is_test:
            for each in judging.lengths(module):
                if each.length is Length.ENDLESS:
                    yield _place(module, each.node, each.message)


def undecided(project: Project) -> Iterator[Place]:
    """Calls of which nobody can tell."""
    judging = judge(project)
    for module in project.modules:
        if module.is_test:
            continue
        for each in judging.lengths(module):
            if each.length is Length.UNKNOWN:
                yield _place(module, each.node, each.message, Verdict.UNKNOWN)
        if module.in_package:
            for call in judging.unresolved(module):
                message = "what is asked here is not known, and no timeout is said"
                yield _place(module, call, message, Verdict.UNKNOWN)


def blocking(project: Project) -> Iterator[Place]:
    """Waiting that stops an event loop."""
    judging = judge(project)
    for module in project.modules:
        if not module.is_test:
            for call, name in judging.blocking(module):
                yield _place(module, call, f"{name} stops the event loop while it waits")


def _place(
    module: Module, node: ast.AST, message: str, verdict: Verdict = Verdict.PROBLEM
) -> Place:
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    return Place(module.path, line, message, column, verdict)


RULES = (
    Rule(
        "BW101",
        "An integration calls through the bridge",
        Severity.ERROR,
        "A client of its own knows no deadline, no breaker, no limit that others share, and no redaction.",
        "Call through `bridge.http(...)`, or give the vendor's SDK the transport of its connector.",
        raw,
    ),
    Rule(
        "BW102",
        "Every call has an end",
        Severity.ERROR,
        "A provider that accepts a connection and stays silent holds a thread, then all of them.",
        "Say a finite timeout for each phase, or call through the bridge, which has a deadline.",
        endless,
    ),
    Rule(
        "BW103",
        "Whether a call has an end can be told",
        Severity.WARNING,
        "What cannot be decided by reading is decided by the provider, on its worst day.",
        "Say the timeout where the call is, annotate what is called, or excuse the line.",
        undecided,
    ),
    Rule(
        "BW105",
        "A coroutine does not block",
        Severity.ERROR,
        "While one coroutine waits in a blocking call, every other one of the process stands still.",
        "Await an async client (`AsyncBridge`), or hand the call to `asyncio.to_thread`.",
        blocking,
    ),
)
