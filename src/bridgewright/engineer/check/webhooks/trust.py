"""Which calls verify a signature: those of libraries by their names, our own by what is in them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import StrEnum

from bridgewright.engineer.check.source import Function, Source, inside, last
from bridgewright.engineer.check.webhooks import digests

_DEEP = 3
"""How many functions of a module are followed: more than a check and its helper are not written."""
_RAISING = frozenset(
    {"construct_event", "parse_thin_event", "parse_event_notification", "verify", "unwrap"}
)
_ANSWERING = frozenset({"compare_digest", "constant_time_compare", "is_valid_request", "bytes_eq"})
_ANSWERING_OF = {"validate": "RequestValidator", "verify_signature": "EventWebhook"}
"""Methods that answer, and the class whose they are: Twilio's and SendGrid's."""
_NAMED = re.compile(r"(?:^|_)(?:verif\w*|authenticate\w*|valid(?:ate\w*)?|check)(?:_|$)")
_OF_WHAT = re.compile(r"sign|webhook|hmac|hook|delivery|payload|request|stripe|github|slack|twilio")
_BRIDGE = re.compile(r"(?:^|\.)(?:bridge|bridgewright)\b.*\.(?:receive\w*|verify\w*)$")


class Kind(StrEnum):
    """How a call says that a signature is wrong: by raising, by what it returns, or one of both."""

    RAISES = "raises"
    ANSWERS = "answers"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Trust:
    """What verifies in one module, seen from one function of it."""

    source: Source
    function: Function
    digests: frozenset[str]
    depth: int = 0

    def kind(self, node: ast.AST) -> Kind | None:
        """How a call, or a comparison of a digest, verifies; None when it does not."""
        if isinstance(node, ast.Compare):
            wrong = digests.is_guessable(self.source, node, self.digests)
            return Kind.ANSWERS if wrong else None
        if not isinstance(node, ast.Call):
            return None
        return self.callee(node.func)

    def callee(self, func: ast.expr) -> Kind | None:
        """How what is called verifies, or what is handed over to be called, as a dependency is."""
        if own := self.source.local(func):
            return self._own(own)
        dotted = self.source.dotted(func)
        name = last(dotted)
        if name in _ANSWERING_OF and _ANSWERING_OF[name] in self._made(func):
            return Kind.ANSWERS
        if name in _ANSWERING:
            return Kind.ANSWERS
        if name in _RAISING or _BRIDGE.search(dotted):
            return Kind.RAISES
        return Kind.EITHER if _NAMED.search(name) and _OF_WHAT.search(name) else None

    def within(self, function: Function) -> Trust:
        """The same, seen from another function."""
        return trust(self.source, function, self.depth + 1)

    def _made(self, func: ast.expr) -> str:
        """What the object of a method was made by, as it is written."""
        if not isinstance(func, ast.Attribute):
            return ""
        dotted = self.source.dotted(func.value)
        for node in ast.walk(self.source.tree):
            match node:
                case ast.Assign(targets=[target], value=ast.Call(func=maker)) if (
                    self.source.dotted(target) == dotted
                ):
                    return self.source.dotted(maker)
        return dotted

    def _own(self, function: Function) -> Kind | None:
        if self.depth >= _DEEP or function is self.function:
            return None
        looked = (function, *(each for each in inside(function) if isinstance(each, Function)))
        for each in looked:
            seen = self.within(each)
            kinds = [kind for node in inside(each) if (kind := seen.kind(node))]
            if kinds:
                return Kind.ANSWERS if _answers(each, seen) else Kind.RAISES
        return None


def trust(source: Source, function: Function, depth: int = 0) -> Trust:
    """What verifies, seen from a function."""
    return Trust(source, function, digests.names(source, function), depth)


def _answers(function: Function, seen: Trust) -> bool:
    """Whether what a function returns says that a signature was good."""
    for node in inside(function):
        match node:
            case ast.Return(value=ast.Constant(value=bool())):
                return True
            case ast.Return(value=ast.expr() as value) if any(
                seen.kind(each) is Kind.ANSWERS for each in ast.walk(value)
            ):
                return True
    return False
