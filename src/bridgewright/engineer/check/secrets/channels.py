"""How what is secret travels: without TLS, without verification, or within an address."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from bridgewright.engineer.check.origins.words import Literal, spelt
from bridgewright.engineer.check.secrets.naming import holds_secret
from bridgewright.engineer.check.secrets.values import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Scope
    from bridgewright.engineer.check.project import Module

_SWITCHES = frozenset(
    {
        "verify",
        "verify_ssl",
        "ssl",
        "ssl_verify",
        "check_hostname",
        "verify_ssl_certs",
        "verify_certs",
        "validate_certs",
    }
)
_UNVERIFIED = frozenset(
    {
        "ssl._create_unverified_context",
        "ssl._create_stdlib_context",
        "grpc.insecure_channel",
        "grpc.aio.insecure_channel",
    }
)
_CERT_NONE = frozenset({"ssl.CERT_NONE", "CERT_NONE"})
_TELLS_ADDRESS = re.compile(
    r"(?i)(?:^|_)(?:url|uri|endpoint|base|host|address|api|server|root|target|webhook|callback)s?(?:_|$)"
)
_ASKS = frozenset(
    {
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "request",
        "urlopen",
        "stream",
        "open",
        "send",
        "http",
        "Request",
        "Client",
        "AsyncClient",
        "ClientSession",
    }
)
_PLAIN = re.compile(r"http://(?P<host>\[[^\]]*\]|[^/:?#\s]*)")
_NEAR = re.compile(
    r"(?i)^(?:localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[::1\]|::1|169\.254\.\d+\.\d+|metadata\.google\.internal|testserver|.*\.localhost|)$"
)
_NAMESPACES = re.compile(
    r"^http://(?:www\.w3\.org|schemas\.|json-schema\.org|xmlns\.|purl\.org|ns\.|www\.opengis|schema\.org)"
)
_QUERY = re.compile(r"[?&](?P<name>[\w.-]{2,40})=$")


def unverified(module: Module, tracer: Tracer) -> Iterator[tuple[ast.AST, str]]:
    """Where certificates are not looked at."""
    for node, scope in module.scopes.around.items():
        match node:
            case ast.keyword(arg=str() as name, value=value) if name in _SWITCHES:
                if _is_off(value, scope, tracer, name):
                    yield value, f"{name}=False trusts whoever answers"
            case ast.Assign(targets=[ast.Attribute(attr=attr)], value=value) if (
                attr in _SWITCHES and _is_off(value, scope, tracer, attr)
            ):
                yield node, f"{attr} = False trusts whoever answers"
            case ast.Attribute(attr="CERT_NONE") | ast.Name(id="CERT_NONE"):
                if any(spelt(each) in _CERT_NONE for each in tracer.origins(node, scope)):
                    yield node, "CERT_NONE trusts whoever answers"
            case ast.keyword(arg="cert_reqs", value=ast.Constant(value="CERT_NONE")):
                yield node.value, "CERT_NONE trusts whoever answers"
            case ast.Call(func=func, args=args):
                names = {spelt(each) for each in tracer.origins(func, scope)} & _UNVERIFIED
                if names and not _is_near(args):
                    yield node, f"{min(names)} trusts whoever answers"
            case _:
                pass


def _is_off(value: ast.expr, scope: Scope, tracer: Tracer, name: str) -> bool:
    if name == "ssl" and not isinstance(value, ast.Constant):
        return False
    return any(
        isinstance(each, Literal) and each.value is False for each in tracer.origins(value, scope)
    )


def _is_near(args: list[ast.expr]) -> bool:
    text = text_of(args[0]) if args else None
    host = (text or "").removeprefix("dns:///").partition(":")[0]
    return bool(text) and (host == "unix" or _NEAR.match(host) is not None)


def plain(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Addresses without TLS that something is asked at, beyond this machine."""
    parents = module.scopes.parents
    for node in module.scopes.around:
        text = _start(node)
        found = _PLAIN.match(text) if text else None
        if found is None or isinstance(parents.get(node), ast.JoinedStr | ast.Compare):
            continue
        if _NEAR.match(found["host"]) or _NAMESPACES.match(text):
            continue
        if _is_address(node, module):
            yield node, f"what goes to {text[:60]} can be read on its way"


def _start(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=[ast.Constant(value=str() as text), *_]):
            return text
        case _:
            pass
    return ""


def _is_address(node: ast.AST, module: Module) -> bool:  # noqa: PLR0911 - one for each place
    """Whether a literal is asked: by the name that it has, or by what takes it."""
    parent = module.scopes.parents.get(node)
    match parent:
        case ast.BinOp() | ast.IfExp() | ast.BoolOp():
            return _is_address(parent, module)
        case ast.keyword(arg=str() as name):
            return bool(_TELLS_ADDRESS.search(name))
        case ast.Assign(targets=targets):
            return any(_TELLS_ADDRESS.search(_name(each)) for each in targets)
        case ast.AnnAssign(target=target):
            return bool(_TELLS_ADDRESS.search(_name(target)))
        case ast.Call(func=func):
            name = ast.unparse(func).rpartition(".")[2]
            return name in _ASKS or _reads_address(parent)
        case ast.Dict(keys=keys, values=values) if isinstance(node, ast.expr) and node in values:
            key = keys[values.index(node)]
            return bool(_TELLS_ADDRESS.search(text_of(key) or ""))
        case ast.arguments():
            return True
        case ast.Return():
            scope = module.scopes.around[node]
            return bool(_TELLS_ADDRESS.search(getattr(scope.block, "name", "")))
        case _:
            pass
    return False


def _reads_address(call: ast.Call) -> bool:
    """`os.environ.get("ACME_URL", "http://…")`."""
    first = text_of(call.args[0]) if call.args else None
    return bool(first and _TELLS_ADDRESS.search(first))


def _name(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case _:
            pass
    return ""


def in_addresses(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Secrets that are put into an address, where every log and proxy keeps them."""
    for node in module.scopes.around:
        if isinstance(node, ast.JoinedStr):
            for before, field in zip(node.values, node.values[1:], strict=False):
                text = text_of(before) or ""
                found = _QUERY.search(text)
                if found and isinstance(field, ast.FormattedValue) and holds_secret(found["name"]):
                    yield node, found["name"]
