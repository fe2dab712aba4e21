"""Which functions answer requests that a provider sends: by their route, their name, and what they read."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from bridgewright.engineer.check.source import Function, decorators, last, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.source import Source

_POSTS = frozenset({"post", "put"})
_ROUTES = frozenset({"route", "api_route", "api_view", "require_http_methods", "hook"})
_WORDS = frozenset(
    "webhook webhooks hook hooks callback callbacks ipn notify notification notifications inbound"
    " interactions events".split()
)
_PROVIDERS = frozenset(
    "adyen braintree discord github gitlab hubspot mailgun paddle paypal plaid postmark sendgrid shopify"
    " slack square stripe svix telegram twilio typeform whatsapp xero zendesk zoom".split()
)
_FRAMEWORKS = (
    "aiohttp",
    "django",
    "fastapi",
    "flask",
    "functools",
    "litestar",
    "ninja",
    "quart",
    "rest_framework",
    "sanic",
    "slowapi",
    "starlette",
    "typing",
)
_SIGNATURE = re.compile(r"signature|hmac|webhook-id", re.IGNORECASE)
_EXEMPT = "/csrf_exempt"
_DJANGO = {"csrf_exempt": _EXEMPT, "require_POST": "/"}
"""Django's routes are elsewhere; a view that is exempt from CSRF is for programs."""
_REGISTERS = frozenset({"add_url_rule", "add_api_route", "add_route", "add_post", "Route"})
_VIEW = re.compile(r"(?:View|ViewSet|Resource|HTTPEndpoint|RequestHandler|Controller)$")
_HUMPS = re.compile(r"(?<=[a-z0-9])([A-Z])")
_SPLIT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A function that answers webhooks, and what its framework runs before it: decorators that are not
    of the framework, and dependencies."""

    function: Function
    before: tuple[ast.expr, ...]


def endpoints(source: Source, names: frozenset[str]) -> Iterator[Endpoint]:
    """Every function of a module that answers webhooks. `names` are those of the integrations."""
    shared = tuple(_dependencies(source, _routers(source)))
    registered = {**dict(_methods(source)), **dict(_registered(source))}
    for function in source.functions.values():
        path = _path(source, function) or registered.get(function.name)
        if path is not None and _is_webhook(function, path, names):
            given = [each for each in (*function.args.defaults, *function.args.kw_defaults) if each]
            noted = [each.annotation for each in function.args.args if each.annotation]
            called = [call for _, call in decorators(function) if call]
            own = _dependencies(source, [*given, *noted, *called])
            yield Endpoint(function, (*_others(source, function), *own, *shared))


def _path(source: Source, function: Function) -> str | None:
    """The path that a function answers POSTs at; None for one that answers none."""
    named = [(last(source.dotted(called)), call) for called, call in decorators(function)]
    if django := [_DJANGO[name] for name, _ in named if name in _DJANGO]:
        return max(django, key=len)
    for name, call in named:
        if call and (name in _POSTS or (name in _ROUTES and _takes_posts(call))):
            return next((text for each in call.args[:1] for text in texts(each)), "/")
    return None


def _methods(source: Source) -> Iterator[tuple[str, str]]:
    """Methods of views: the class's name is all that says what it answers."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and any(
            _VIEW.search(ast.unparse(each)) for each in node.bases
        ):
            words = _HUMPS.sub(r"/\1", node.name).lower()
            yield from ((each.name, words) for each in node.body if _is_post(each))


def _is_post(node: ast.stmt) -> TypeGuard[Function]:
    return isinstance(node, Function) and node.name in _POSTS


def _registered(source: Source) -> Iterator[tuple[str, str]]:
    """Functions that a call gives to a framework, and the path it says."""
    for node in ast.walk(source.tree) if not _REGISTERS.isdisjoint(source.called) else ():
        if isinstance(node, ast.Call) and last(source.dotted(node.func)) in _REGISTERS:
            posts = last(source.dotted(node.func)) == "add_post" or _takes_posts(node)
            given = [*node.args, *(each.value for each in node.keywords)]
            paths = [text for each in node.args for text in texts(each)]
            for each in given if posts else ():
                if own := source.local(each):
                    yield own.name, next(iter(paths), "/")


def _takes_posts(call: ast.Call) -> bool:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(text.upper() in {"POST", "PUT"} for each in given for text in texts(each))


def _is_webhook(function: Function, path: str, names: frozenset[str]) -> bool:
    words = {*_SPLIT.split(path.lower()), *_SPLIT.split(function.name.lower().replace("_", " "))}
    if words & (_WORDS | _PROVIDERS | names) or path == _EXEMPT:
        return True
    return any(_SIGNATURE.search(text) for each in function.body for text in texts(each))


def _others(source: Source, function: Function) -> Iterator[ast.expr]:
    """Decorators that are not of a framework: ours, or of a module that is not seen here."""
    for called, _ in decorators(function):
        root = source.dotted(called).lstrip(".").partition(".")[0]
        if isinstance(called, ast.Name) and not root.startswith(_FRAMEWORKS):
            yield called


def _routers(source: Source) -> Iterator[ast.expr]:
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield node.value


def _dependencies(source: Source, nodes: Iterator[ast.expr] | list[ast.expr]) -> Iterator[ast.expr]:
    """What FastAPI runs first: the arguments of `Depends` and `Security`."""
    for node in nodes:
        for each in ast.walk(node):
            match each:
                case ast.Call(func=func, args=[what, *_]) if last(source.dotted(func)) in {
                    "Depends",
                    "Security",
                    "Provide",
                }:
                    yield what
