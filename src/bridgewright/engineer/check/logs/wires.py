"""Loggers that write down what goes over the wire."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.words import Literal, Member, Symbol, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Scope
    from bridgewright.engineer.check.project import Module

WIRES = re.compile(
    r"^(?:httpx2?|httpcore2?|urllib3|requests|aiohttp|botocore|boto3|boto|s3transfer|stripe|twilio|sendgrid|python_http_client|slack_sdk"
    r"|github|openai|anthropic|hpack|h2|h11|http|websockets|paramiko|suds|zeep|google|googleapiclient|oauthlib|requests_oauthlib)(?:\.|$)"
)
_DEBUG = 10
_STREAMS = frozenset({"boto3.set_stream_logger", "boto.set_stream_logger"})
_DEBUGS = frozenset({"debug", "DEBUG", "NOTSET", "TRACE", "trace", 10, 5, 1, 0})
_SWITCHES = frozenset({"set_debuglevel", "set_debug_logger", "enable_http_debug", "enable_debug"})


def loud(module: Module, tracer: Tracer) -> Iterator[tuple[ast.AST, str]]:  # noqa: C901, PLR0912 - one for each way
    """Where such a logger is told to say everything."""
    quiet = any(_is_pinned(node) for node in module.scopes.around)
    for node, scope in module.scopes.around.items():
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr="setLevel"), args=[level]):
                for name in _loggers(owner, scope, tracer):
                    wire = WIRES.match(name) or (not name and not quiet)
                    if wire and _is_debug(level, scope, tracer):
                        yield node, name or "every library"
            case ast.Call(func=ast.Attribute(attr=attr), args=args) if attr in _SWITCHES:
                if not args or not _is_off(args[0]):
                    yield node, attr
            case ast.Call():
                yield from _called(node, scope, tracer, quiet=quiet)
            case ast.Assign(targets=[ast.Attribute() as target], value=value):
                if _is_switch(target, scope, tracer) and not _is_off(value):
                    yield node, ast.unparse(target)
            case ast.Dict(keys=keys, values=values):
                for key, each in zip(keys, values, strict=True):
                    said = key.value if isinstance(key, ast.Constant) else ""
                    if isinstance(said, str) and WIRES.match(said) and _says_debug(each):
                        yield each, said
            case _:
                pass


def _loggers(owner: ast.expr, scope: Scope, tracer: Tracer) -> Iterator[str]:
    """The names of the loggers that an expression may be: empty for the root."""
    for origin in tracer.origins(owner, scope):
        call = getattr(origin, "call", None)
        name = spelt(origin)
        if name == "logging.getLogger()" and isinstance(call, ast.Call):
            if not call.args:
                yield ""
                continue
            where = getattr(origin, "scope", scope)
            yield from _texts(call.args[0], where, tracer)
        elif isinstance(origin, Symbol | Member) and name == "logging.root":
            yield ""


def _texts(expr: ast.expr, scope: Scope, tracer: Tracer) -> Iterator[str]:
    match expr:
        case ast.Constant(value=str() as text):
            yield text
            return
        case ast.Constant(value=None):
            yield ""
            return
        case ast.Name(id=name):
            for binding in scope.names.get(name, ()):
                if isinstance(binding.value, ast.Tuple | ast.List | ast.Set):
                    for each in binding.value.elts:
                        yield from _texts(each, scope, tracer)
        case _:
            pass
    for origin in tracer.origins(expr, scope):
        if isinstance(origin, Literal) and isinstance(origin.value, str):
            yield origin.value


def _called(
    call: ast.Call, scope: Scope, tracer: Tracer, *, quiet: bool
) -> Iterator[tuple[ast.AST, str]]:
    names = {spelt(each) for each in tracer.origins(call.func, scope)}
    if names & _STREAMS:
        level = call.args[1] if len(call.args) > 1 else _keyword(call, "level")
        if level is None or _is_debug(level, scope, tracer):
            yield call, min(names & _STREAMS)
    elif "logging.basicConfig" in names and not quiet:
        level = _keyword(call, "level")
        if level is not None and _is_debug(level, scope, tracer):
            yield call, "every library"


def _is_debug(level: ast.expr, scope: Scope, tracer: Tracer) -> bool:
    for origin in tracer.origins(level, scope):
        match origin:
            case Literal(value=value) if not isinstance(value, bool) and value in _DEBUGS:
                return True
            case Symbol(dotted="logging.DEBUG" | "logging.NOTSET"):
                return True
            case _:
                pass
    return False


def _is_switch(target: ast.Attribute, scope: Scope, tracer: Tracer) -> bool:
    """`http.client.HTTPConnection.debuglevel`, and `stripe.log`."""
    names = {spelt(each) for each in tracer.origins(target, scope)}
    return bool(
        names & {"stripe.log", "openai.log"}
        or any(each.endswith(".debuglevel") for each in names)
        or target.attr == "debuglevel"
    )


def _is_pinned(node: ast.AST) -> bool:
    """Whether something tells a logger of the wire to be quiet: then the root may speak."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(args=[name, *_]), attr="setLevel"), args=[level]
        ):
            named = isinstance(name, ast.Name) or (
                isinstance(name, ast.Constant) and bool(WIRES.match(str(name.value)))
            )
            return (
                named
                and re.search(r"(?i)warn|error|critical|info|[2-5]0", ast.unparse(level))
                is not None
            )
        case _:
            pass
    return False


def _is_off(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value in (0, None, "info", "error")


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((each.value for each in call.keywords if each.arg == name), None)


def _says_debug(value: ast.expr) -> bool:
    """`{"level": "DEBUG"}`, as `dictConfig` takes it."""
    if not isinstance(value, ast.Dict):
        return False
    for key, each in zip(value.keys, value.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == "level":
            return (isinstance(each, ast.Constant) and each.value in _DEBUGS) or ast.unparse(
                each
            ).endswith(".DEBUG")
    return False
