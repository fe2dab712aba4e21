"""What is wrong with a function that answers webhooks, or that says whether one is genuine."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.engineer.check.source import Function, Source, inside, last
from bridgewright.engineer.check.webhooks import digests, routes
from bridgewright.engineer.check.webhooks.paths import Ways
from bridgewright.engineer.check.webhooks.trust import Kind, Trust, trust

if TYPE_CHECKING:
    from collections.abc import Iterator

_STAMP = re.compile(r"(?:^|_)(?:time_?stamp|stamp|ts|t|time|sent_at)(?:$|_)", re.IGNORECASE)
_CLOCK = re.compile(
    r"(?:^|[._])(?:time|now|utcnow|tolerance|max_age|age|fresh\w*|skew|monotonic)(?:$|[._(])"
)
_TOLERANT = frozenset({"construct_event", "verify_header"})
_CHECKER = re.compile(r"verif|valid|sign|auth|trust|check|genuine|secure|^from_|^is_")
_NETWORK = frozenset(
    "requests httpx httpx2 aiohttp urllib urllib3 http smtplib ftplib boto3 sendgrid twilio openai".split()
)
_PASSED = frozenset(
    {
        "aiohttp.web",
        "sendgrid.helpers",
        "twilio.request_validator",
        "http.HTTPStatus",
        "urllib.parse",
    }
)
_WAITS = frozenset({"time.sleep", "asyncio.sleep", "subprocess.run"})
_STRIPE = re.compile(
    r"^stripe\.(?!Webhook|Event\.construct|SignatureVerif|error)\w+(?:\.\w+)*\.(?:create|retrieve|modify|list|delete|cancel|confirm|capture)$"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is wrong at a node; `undecided` where it could not be told."""

    node: ast.AST
    message: str
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """An endpoint, and what its ways showed. `trusted`: something before it verifies."""

    endpoint: routes.Endpoint
    ways: Ways
    trusted: bool
    unknown: tuple[ast.expr, ...]


def looked(source: Source, names: frozenset[str]) -> Iterator[Looked]:
    """Every endpoint of a module."""
    for endpoint in routes.endpoints(source, names):
        seen = trust(source, endpoint.function)
        kinds = [(each, seen.callee(each)) for each in endpoint.before]
        unknown = tuple(each for each, kind in kinds if not kind and not source.local(each))
        trusted = any(kind for _, kind in kinds)
        yield Looked(endpoint, Ways(seen, answers=False).walk(), trusted, unknown)


def unverified(source: Source, names: frozenset[str]) -> Iterator[Seen]:
    """Endpoints that nobody guards."""
    for each in looked(source, names):
        if each.trusted or each.ways.verified:
            continue
        function = each.endpoint.function
        doubts = (*each.unknown, *_handed_over(source, function))
        if doubts:
            what = f"whether {source.dotted(doubts[0])} verifies signatures is not to be seen here"
            yield Seen(function, f"{function.name} answers webhooks, and {what}", undecided=True)
        else:
            yield Seen(
                function, f"{function.name} answers webhooks of anybody: it verifies no signature"
            )


def unequal(source: Source) -> Iterator[Seen]:
    """Digests that are compared with an operator."""
    for function in source.functions.values():
        for node in digests.compared(source, function):
            yield Seen(
                node,
                "a signature is compared with an operator, which tells by its time how far it is right",
            )


def conditional(source: Source, names: frozenset[str]) -> Iterator[Seen]:
    """Ways past a verification that is there."""
    answering = {id(each.endpoint.function) for each in looked(source, names)}
    for each in looked(source, names):
        if each.ways.verified and not each.trusted:
            for node in each.ways.open:
                yield Seen(
                    node, f"{each.endpoint.function.name} gets here without a verified signature"
                )
    for function in source.functions.values():
        if id(function) not in answering and _CHECKER.search(function.name):
            yield from _unsound(source, function)


def _unsound(source: Source, function: Function) -> Iterator[Seen]:
    seen = trust(source, function)
    kinds = [kind for node in inside(function) if (kind := seen.kind(node))]
    if not kinds:
        return
    answers = _says(seen)
    for node in Ways(seen, answers=answers).walk().open:
        yield Seen(node, f"{function.name} accepts here what it has not verified")


def _says(seen: Trust) -> bool:
    """Whether a function says by what it returns that a signature is good."""
    returns = [
        node.value for node in inside(seen.function) if isinstance(node, ast.Return) and node.value
    ]
    return any(
        (isinstance(value, ast.Constant) and isinstance(value.value, bool))
        or any(seen.kind(each) is Kind.ANSWERS for each in ast.walk(value))
        for value in returns
    )


def parsed_early(source: Source, names: frozenset[str]) -> Iterator[Seen]:
    """Bodies that are parsed before anybody knows whose they are."""
    for each in looked(source, names):
        if each.ways.verified and not each.trusted:
            for node in each.ways.early[:1]:
                yield Seen(
                    node, f"{each.endpoint.function.name} parses the body before it has verified it"
                )


def ageless(source: Source) -> Iterator[Seen]:
    """Signatures of a time that nobody compares with the clock."""
    for function in source.functions.values() if digests.may_sign(source) else ():
        if _signs_time(source, function) and not _tells_time(source, function):
            yield Seen(
                function, f"{function.name} verifies a signed time, and accepts one of any age"
            )
    if not _TOLERANT.isdisjoint(source.called):
        yield from _endless(source)


def _endless(source: Source) -> Iterator[Seen]:
    """Libraries whose tolerance was switched off."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and last(source.dotted(node.func)) in _TOLERANT:
            for each in node.keywords:
                off = isinstance(each.value, ast.Constant) and not each.value.value
                if each.arg == "tolerance" and off:
                    yield Seen(each.value, "without a tolerance, a delivery is good for ever")


def _signs_time(source: Source, function: Function) -> bool:
    if not (digests.names(source, function) or list(digests.compared(source, function))):
        return False
    seen = trust(source, function)
    if not any(seen.kind(node) for node in inside(function)):
        return False
    named = {node.id for node in inside(function) if isinstance(node, ast.Name)}
    return any(_STAMP.search(name) for name in named)


def _tells_time(source: Source, function: Function) -> bool:
    for node in [*inside(function), *ast.walk(function.args)]:
        if isinstance(node, ast.Call):
            if _CLOCK.search(source.dotted(node.func) + "("):
                return True
            own = source.local(node.func)
            if (
                own
                and own is not function
                and any(
                    isinstance(each, ast.Call) and _CLOCK.search(source.dotted(each.func) + "(")
                    for each in inside(own)
                )
            ):
                return True
        if isinstance(node, ast.arg) and _CLOCK.search(node.arg + "("):
            return True
    return False


def working(source: Source, names: frozenset[str]) -> Iterator[Seen]:
    """Endpoints that call somebody else before they have answered."""
    for each in looked(source, names):
        function = each.endpoint.function
        for node in _calls(source, function):
            dotted = source.outside(node.func)
            if _is_work(dotted):
                yield Seen(
                    node, f"{function.name} waits for {dotted} before it answers the provider"
                )
                break


def _calls(source: Source, function: Function) -> Iterator[ast.Call]:
    for node in inside(function):
        if isinstance(node, ast.Call):
            yield node
            if (own := source.local(node.func)) and own is not function:
                yield from (each for each in inside(own) if isinstance(each, ast.Call))


def _is_work(dotted: str) -> bool:
    if dotted in _WAITS or _STRIPE.match(dotted):
        return True
    return (
        dotted.partition(".")[0] in _NETWORK
        and "." in dotted
        and not dotted.startswith(tuple(_PASSED))
    )


def _handed_over(source: Source, function: Function) -> Iterator[ast.expr]:
    """Calls of what is not seen here that are given the whole request."""
    given = {arg.arg for arg in function.args.args} | {"request"}
    for node in inside(function):
        match node:
            case ast.Call(func=func, args=args) if not source.local(func):
                whole = [each for each in args if isinstance(each, ast.Name) and each.id in given]
                if any(each.id in {"request", "req"} for each in whole):
                    yield func
