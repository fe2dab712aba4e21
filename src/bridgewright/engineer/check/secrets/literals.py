"""Secrets that are written down in code."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.redact.tokens import is_opaque
from bridgewright.engineer.check.origins.words import Literal, spelt
from bridgewright.engineer.check.secrets.naming import holds_secret, may_hold_secret
from bridgewright.engineer.check.secrets.values import is_secret_of, is_strong, text_of
from bridgewright.engineer.leaks.texts import leaks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.engineer.check.origins.tracing import Tracer
    from bridgewright.engineer.check.origins.words import Scope
    from bridgewright.engineer.check.project import Module

_POSITIONS = {
    "hmac.new": 0,
    "hmac.HMAC": 0,
    "hmac.digest": 0,
    "jwt.encode": 1,
    "jwt.decode": 1,
    "jose.jwt.encode": 1,
    "jose.jwt.decode": 1,
    "cryptography.fernet.Fernet": 0,
    "requests.auth.HTTPBasicAuth": 1,
    "requests.auth.HTTPDigestAuth": 1,
    "httpx.BasicAuth": 1,
    "httpx2.BasicAuth": 1,
    "aiohttp.BasicAuth": 1,
    "twilio.rest.Client": 1,
    "twilio.request_validator.RequestValidator": 0,
    "sendgrid.SendGridAPIClient": 0,
    "stripe.StripeClient": 0,
    "stripe.Webhook.construct_event": 2,
    "stripe.WebhookSignature.verify_header": 2,
    "standardwebhooks.Webhook": 0,
    "standardwebhooks.webhooks.Webhook": 0,
    "svix.webhooks.Webhook": 0,
    "github.Github": 0,
    "github.Auth.Token": 0,
    "slack_sdk.WebClient": 0,
    "slack_sdk.signature.SignatureVerifier": 0,
    "itsdangerous.URLSafeSerializer": 0,
    "itsdangerous.URLSafeTimedSerializer": 0,
    "itsdangerous.TimestampSigner": 0,
}
"""Where libraries take a secret without a name."""
_LOGINS = frozenset({"login", "set_password", "starttls_login", "auth_login", "basic_auth"})
_PAIRS = frozenset({"auth", "basic_auth", "http_auth"})
_HEADERS = re.compile(
    r"(?i)^(?:authorization|proxy-authorization|cookie|(?:x-)?[\w-]*(?:key|token|secret|auth)[\w-]*)$"
)
_QUERY = re.compile(
    r"[?&](?P<name>[\w.-]{2,40})=(?P<value>[^&#\s]*)$|[?&](?P<other>[\w.-]{2,40})=(?P<there>[^&#\s]+)"
)
_LOGIN = re.compile(
    r"://[^\s/?#@:]{0,256}:(?P<password>[^\s/?#@]{1,256})@(?!localhost|127\.|\[::1\])[\w.-]+"
)
_NAMED = "what looks like a secret"
_INTERNAL = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Written:
    """A place, and what stands there."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Literals:
    """Looks for secrets in one module."""

    tracer: Tracer
    module: Module

    def all(self) -> Iterator[Written]:
        """Each secret that is written down: by the shape that its issuer gave it, by the name that it has,
        or by where it is handed over. Of tests only the shapes: what they make up is none."""
        for leak in leaks(self.module.text):
            if not (self.module.is_test and leak.kind.startswith(_NAMED)):
                yield Written(leak.line, leak.column - 1, f"{leak.kind} is written down here")
        if self.module.is_test:
            return
        for node, scope in self.module.scopes.around.items():
            for value, what in self._handed(node, scope):
                yield Written(
                    getattr(value, "lineno", 1),
                    getattr(value, "col_offset", 0),
                    f"{what} is written down here",
                )

    def _handed(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, str]]:  # noqa: C901, PLR0912 - one for each syntax
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from self._assigned(target, value, scope)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if not _is_field(scope):
                yield from self._named(_name_of(target), value)
            case ast.NamedExpr(target=target, value=value):
                yield from self._named(_name_of(target), value)
            case ast.keyword(arg=str() as name, value=value) if name != "default":
                yield from self._named(name, value)
                if name in _PAIRS:
                    yield from self._pair(value)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield from self._entry(text_of(key), value, scope)
            case ast.Compare(left=left, comparators=[right]) if isinstance(
                node.ops[0], ast.Eq | ast.NotEq
            ):
                yield from self._named(_name_of(left), right)
                yield from self._named(_name_of(right), left)
            case ast.Return(value=ast.expr() as value) if isinstance(
                scope.block, ast.FunctionDef | ast.AsyncFunctionDef
            ):
                yield from self._named(scope.block.name, value)
            case ast.Call():
                yield from self._positional(node, scope)
            case ast.JoinedStr() | ast.Constant(value=str()):
                yield from self._address(node, scope)
            case _:
                pass

    def _named(self, name: str, value: ast.AST | None) -> Iterator[tuple[ast.AST, str]]:
        text = text_of(value)
        if value is not None and name and text and is_secret_of(name, text):
            yield value, f"the secret {name}"

    def _assigned(
        self, target: ast.expr, value: ast.expr, scope: Scope
    ) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(target, ast.Subscript):
            yield from self._entry(text_of(target.slice), value, scope)
        else:
            yield from self._named(_name_of(target), value)
        yield from self._pairs(target, value)

    def _pairs(self, target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.AST, str]]:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, other in zip(target.elts, value.elts, strict=False):
                yield from self._named(_name_of(one), other)
        if _name_of(target).lower() in _PAIRS:
            yield from self._pair(value)

    def _pair(self, value: ast.AST) -> Iterator[tuple[ast.AST, str]]:
        match value:
            case ast.Tuple(elts=[_, second]):
                text = text_of(second)
                if text and is_secret_of("password", text):
                    yield second, "the password of a login"
            case _:
                pass

    def _entry(
        self, key: str | None, value: ast.expr, scope: Scope
    ) -> Iterator[tuple[ast.AST, str]]:
        """An entry of a dictionary: by its name, and as a header, put together from what is written down."""
        if not key:
            return
        found = list(self._named(key, value))
        yield from found
        if not found and _HEADERS.match(key) and (holds_secret(key) or may_hold_secret(key)):
            for part in _parts(value):
                text = self._resolved(part, scope)
                if text and is_opaque(text) and is_strong(text):
                    yield value, f"the secret in the header {key}"
                    return

    def _positional(self, call: ast.Call, scope: Scope) -> Iterator[tuple[ast.AST, str]]:
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _LOGINS
            and len(call.args) > 1
        ):
            text = self._resolved(call.args[1], scope)
            if text and is_secret_of("password", text):
                yield call.args[1], "the password of a login"
        if not call.args:
            return
        for origin in self.tracer.origins(call.func, scope):
            at = _POSITIONS.get(spelt(origin))
            if at is not None and len(call.args) > at:
                text = self._resolved(call.args[at], scope)
                if text and "PUBLIC KEY" not in text and is_strong(text):
                    yield call.args[at], f"the secret that {spelt(origin)} takes"
                    return

    def _resolved(self, expr: ast.expr, scope: Scope) -> str | None:
        """The text of an expression, also where it is kept under a name that says nothing."""
        text = text_of(expr)
        if text is not None:
            return text
        inner = expr
        while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
            inner = inner.func.value
        for origin in self.tracer.origins(inner, scope):
            if isinstance(origin, Literal) and isinstance(origin.value, str | bytes):
                value = origin.value
                return value.decode("latin-1") if isinstance(value, bytes) else value
        return None

    def _address(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.AST, str]]:
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        for at, part in enumerate(parts):
            text = text_of(part) or ""
            login = _LOGIN.search(text)
            if login is not None and is_secret_of("password", login["password"]):
                yield node, "the password of a login, in an address,"
            for found in (
                _QUERY.finditer(text) if "=" in text and not _INTERNAL.search(text) else ()
            ):
                name, value = found["name"] or found["other"], found["value"] or found["there"]
                if not value and at + 1 < len(parts):
                    field = parts[at + 1]
                    value = self._field(field, scope)
                if value and is_secret_of(name, value):
                    yield node, f"the secret {name}, in an address,"

    def _field(self, field: ast.AST, scope: Scope) -> str:
        if isinstance(field, ast.FormattedValue):
            return self._resolved(field.value, scope) or ""
        return ""


def _name_of(target: ast.AST) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str() as name), *_]):
            return name
        case _:
            pass
    return ""


def _is_field(scope: Scope) -> bool:
    return isinstance(scope.block, ast.ClassDef)


def _parts(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.JoinedStr(values=values):
            for each in values:
                yield each.value if isinstance(each, ast.FormattedValue) else each
        case ast.BinOp(left=left, right=right):
            yield from _parts(left)
            yield from _parts(right)
        case ast.Call(func=ast.Attribute(attr="format"), args=args):
            yield from args
        case _:
            yield value
