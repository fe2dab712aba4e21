"""Which literals are secrets, by what they look like."""

from __future__ import annotations

import ast
import re

from bridgewright.core.redact.tokens import is_opaque
from bridgewright.engineer.check.secrets.naming import holds_secret, is_password, may_hold_secret
from bridgewright.engineer.check.source import last

_STAND_IN = re.compile(
    r"(?i)example|placeholder|change[_-]?me|dummy|fake|redacted|not[_-]a[_-]|your[_-]|^test|x{4}|\*{3}|[<>{}$]|%[(s]|…|\.\.\."
)
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:.*|.*/.*/.*|[\w.-]+/[a-z][\w.-]*", re.DOTALL)
_REFERENCE = re.compile(r"[a-z][a-z0-9+-]{1,20}:(?://)?[\w./#-]+")
_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|[A-Za-z])*[0-9]{0,4}|[0-9]+")
_SHORTEST = 6
_SCHEME = re.compile(r"(?i)^(?:bearer|basic|token|apikey|bot|key)\s+")
_WRAPS = frozenset(
    {"SecretStr", "SecretBytes", "Secret", "str", "bytes", "b64decode", "a2b_base64", "fromhex"}
)
_METHODS = frozenset({"encode", "strip", "decode"})


def text_of(expr: ast.AST | None) -> str | None:  # noqa: PLR0911 - one for each syntax
    """The text that is written down in an expression, within what wraps or joins it; None for none."""
    match expr:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=bytes() as raw):
            return raw.decode("latin-1")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = text_of(left), text_of(right)
            return None if one is None or other is None else one + other
        case ast.JoinedStr(values=values) if all(isinstance(each, ast.Constant) for each in values):
            return "".join(str(each.value) for each in values if isinstance(each, ast.Constant))
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in _METHODS:
            return text_of(value)
        case ast.Call(func=func, args=[value, *_]) if last(ast.unparse(func)) in _WRAPS:
            return text_of(value)
        case _:
            pass
    return None


def is_secret_of(name: str, value: str) -> bool:
    """Whether a literal under a name is a secret. The name decides how much is asked of the value."""
    if is_password(name):
        return is_strong(value) or _is_made_up(value)
    if holds_secret(name):
        return is_strong(value)
    return may_hold_secret(name) and is_opaque(value) and is_strong(value)


def is_strong(value: str) -> bool:
    """Whether a literal that stands where a secret does is one: neither a stand-in, nor words, nor a
    place where it is kept."""
    value = _SCHEME.sub("", value.strip())
    if len(value) < _SHORTEST or any(each.isspace() for each in value):
        return False
    if _STAND_IN.search(value):
        return False
    if _PLACE.fullmatch(value) and not is_opaque(value.replace("/", "").replace("+", "")):
        return False
    return not is_worded(value)


def is_worded(value: str) -> bool:
    """Whether it is made of words, with a short number behind each at most."""
    return all(_is_word(each) for each in _SEGMENT.findall(value))


def _is_word(segment: str) -> bool:
    if _WORD.fullmatch(segment) is None:
        return False
    humps = re.findall(r"[A-Z]?[a-z]+|[A-Z]+", segment)
    return not humps or sum(map(len, humps)) / len(humps) >= min(2.5, len(segment))


def _is_made_up(value: str) -> bool:
    """`hunter2`: a word with a number, as people make passwords."""
    if len(value) < _SHORTEST or any(each.isspace() for each in value) or _STAND_IN.search(value):
        return False
    return any(each.isdigit() for each in value) and any(each.isalpha() for each in value)


def is_said(value: str | None) -> bool:
    """Whether a default is one: something, and not the place where the secret is kept (`env:NAME`)."""
    return bool(value and value.strip() and not _REFERENCE.fullmatch(value.strip()))
