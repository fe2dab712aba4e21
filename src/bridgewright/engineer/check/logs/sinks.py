"""Where something is written down for people: logs, standard output, telemetry, warnings."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.words import Given, Literal, Member, Unknown, root, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Origin, Scope

LEVELS = frozenset(
    {
        "debug",
        "info",
        "warning",
        "warn",
        "error",
        "exception",
        "critical",
        "fatal",
        "log",
        "success",
        "trace",
        "notice",
        "msg",
    }
)
"""Methods of loggers, of every library that has any."""
_SHOWN = frozenset(
    {
        "print",
        "pprint.pprint",
        "pprint.pp",
        "sys.stdout.write",
        "sys.stderr.write",
        "warnings.warn",
        "click.echo",
        "click.secho",
        "rich.print",
        "typer.echo",
        "syslog.syslog",
        "sentry_sdk.capture_message",
        "sentry_sdk.set_extra",
        "sentry_sdk.set_context",
        "sentry_sdk.set_tag",
        "sentry_sdk.add_breadcrumb",
        "sentry_sdk.set_user",
    }
)
_TELEMETRY = frozenset(
    {"set_attribute", "set_attributes", "add_event", "set_tag", "set_extra", "capture_message"}
)
_MADE = re.compile(
    r"^(?:logging|structlog|loguru|eliot|logbook|twisted\.logger|celery\.utils\.log|absl\.logging|flask\.current_app\.logger)\b"
)
_CALLED = re.compile(
    r"(?i)^(?:_*(?:[a-z0-9]+_)*(?:log|logger|logging|audit_log|audit|tracer_log)_*|LOG|LOGGER)$"
)
_MAKERS = frozenset({"bind", "opt", "new", "getLogger", "get_logger", "getChild"})
_NAMES = frozenset({"log", "logger", "LOG"})


@dataclass(frozen=True, slots=True)
class Written:
    """A call that writes something down; `message` is the text that is to be one for all occurrences, where
    it is a log's."""

    call: ast.Call
    scope: Scope
    values: tuple[tuple[str, ast.expr], ...]
    message: ast.expr | None


@dataclass(frozen=True, slots=True)
class Sinks:
    """Finds them."""

    tracer: Tracer

    def of(self, node: ast.AST, scope: Scope) -> Written | None:
        """What a node writes down, if it does."""
        if not isinstance(node, ast.Call):
            return None
        values = [("", each) for each in node.args]
        values += [(each.arg or "", each.value) for each in node.keywords if each.arg != "exc_info"]
        match node.func:
            case ast.Attribute(value=owner, attr=attr) if attr in LEVELS:
                if not self._is_log(owner, scope):
                    return None
                message = node.args[1:2] if attr == "log" else node.args[:1]
                return Written(node, scope, tuple(values), message[0] if message else None)
            case ast.Attribute(attr=attr) if attr in _TELEMETRY:
                return Written(node, scope, tuple(_attributes(node, values)), None)
            case _:
                pass
        for origin in self.tracer.origins(node.func, scope):
            if spelt(origin) in _SHOWN:
                return Written(node, scope, tuple(values), None)
        return None

    def _is_log(self, owner: ast.expr, scope: Scope) -> bool:
        match owner:
            case ast.Call(func=ast.Attribute(attr=attr)) if attr in _MAKERS:
                return True
            case _:
                pass
        origins = self.tracer.origins(owner, scope)
        return any(_is_log(each, _last(owner)) for each in origins)


def _is_log(origin: Origin, name: str) -> bool:
    """Whether something is a log: by how it is made, or by its name where that is all there is."""
    spelled = spelt(origin)
    if _MADE.match(spelled) or spelled.endswith((".logger", "getLogger()", "get_logger()")):
        return True
    if isinstance(origin, Member):
        return _CALLED.match(origin.name) is not None
    known = bool(spelled) and not isinstance(root(origin), Given | Unknown)
    named = _CALLED.match(name) is not None
    return spelled in _NAMES or (named and not known and not isinstance(origin, Literal))


def _attributes(
    call: ast.Call, values: list[tuple[str, ast.expr]]
) -> Iterator[tuple[str, ast.expr]]:
    """`span.set_attribute("http.request.header.authorization", token)`: a name and what it says."""
    match call.args:
        case [ast.Constant(value=str() as name), value]:
            yield name, value
        case _:
            yield from values


def _last(owner: ast.expr) -> str:
    match owner:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            pass
    return ""
