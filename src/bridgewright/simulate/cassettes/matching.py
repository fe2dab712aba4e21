"""What makes two requests the same: method, path, query, telling headers and body, but for what is
volatile."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.redact.redaction import spelt_alike
from bridgewright.simulate.cassettes.exchange import TELLING
from bridgewright.simulate.cassettes.placeholders import without_spelling
from bridgewright.simulate.cassettes.trouble import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.cassettes.bodies import Body
    from bridgewright.simulate.cassettes.exchange import Asked

ALWAYS_VOLATILE = (
    "X-Amz-Date X-Amz-Signature X-Amz-Credential X-Amz-Security-Token X-Amz-Expires"
    " X-Amz-SignedHeaders X-Amz-Algorithm AWSAccessKeyId Signature Expires Timestamp"
    " X-Goog-Signature X-Goog-Date X-Goog-Credential oauth_nonce oauth_timestamp"
    " oauth_signature".split()
)
"""Fields of a query that signatures bring along: never matched."""

IDEMPOTENCY = ("idempotency_key", "client_request_token", "client_token")
"""Fields of queries and bodies that are new for every call: never matched."""

_STEPS = re.compile(r"[\[\].]+")
_BLANK = re.compile(r"\{[A-Za-z0-9_]*\}")
_WORD = re.compile(r"[A-Za-z_-]{1,40}|v[0-9]{1,3}|\{\{.*\}\}")


@dataclass(frozen=True, slots=True)
class Key:
    """What is the same in requests that a cassette answers alike."""

    method: str
    path: str = field(repr=False)
    query: tuple[str, ...] = field(default=(), repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)
    body: tuple[str, ...] = field(default=(), repr=False)

    @property
    def lines(self) -> tuple[str, ...]:
        """All but the method and the path, a line each."""
        return (*self.query, *self.headers, *self.body)


@dataclass(frozen=True, slots=True)
class Matching:
    """What is volatile in requests: declared as names of fields in a query, a form or JSON, at any
    depth (`created`), after other names (`metadata.run`), or as a path with blanks in it
    (`/v1/things/{id}`)."""

    fields: frozenset[tuple[str, ...]] = frozenset()
    paths: tuple[tuple[str, re.Pattern[str]], ...] = ()

    def key(self, asked: Asked) -> Key:
        """What a request is found by."""
        return Key(
            asked.method,
            self._path(without_spelling(asked.path)),
            tuple(sorted(self._query(asked.query))),
            tuple(
                f"{name}: {without_spelling(value)}"
                for name, value in asked.headers
                if name in TELLING
            ),
            tuple(self._body(asked.body)),
        )

    def _path(self, path: str) -> str:
        return next((name for name, pattern in self.paths if pattern.fullmatch(path)), path)

    def _pairs(self, pairs: Iterable[str]) -> Iterable[str]:
        for pair in pairs:
            name = pair.partition("=")[0]
            if not self._is_volatile(tuple(filter(None, _STEPS.split(name)))):
                yield without_spelling(pair)

    def _query(self, pairs: Iterable[str]) -> Iterable[str]:
        signing = {name.lower() for name in ALWAYS_VOLATILE}
        return self._pairs(pair for pair in pairs if pair.partition("=")[0].lower() not in signing)

    def _body(self, body: Body) -> Iterable[str]:
        match body.kind:
            case "json":
                yield from self._leaves(body.content, ())
            case "form":  # the order of fields says nothing, that of one field's values does
                yield from sorted(
                    self._pairs(body.content), key=lambda pair: pair.partition("=")[0]
                )
            case "text":
                yield without_spelling(body.content)
            case "base64":
                yield f"sha256 {hashlib.sha256(body.content.encode()).hexdigest()}"
            case _:
                return

    def _leaves(self, value: Any, steps: tuple[str, ...]) -> Iterable[str]:
        if isinstance(value, dict) and value:
            for name in sorted(value):
                if not self._is_volatile((*_names(steps), name)):
                    yield from self._leaves(value[name], (*steps, name))
        elif isinstance(value, list) and value:
            for number, each in enumerate(value):
                yield from self._leaves(each, (*steps, f"#{number}"))
        else:
            pointer = "/".join(
                ("", *(step.replace("~", "~0").replace("/", "~1") for step in steps))
            )
            yield f"{pointer}: {without_spelling(json.dumps(value, ensure_ascii=False))}"

    def _is_volatile(self, steps: tuple[str, ...]) -> bool:
        alike = tuple(spelt_alike(step) for step in steps)
        return any(alike[start:] in self.fields for start in range(len(alike)))


def matching(volatile: Iterable[str]) -> Matching:
    """The rule that leaves out what is declared volatile. CassetteError for what cannot be meant."""
    fields: set[tuple[str, ...]] = {(spelt_alike(name),) for name in IDEMPOTENCY}
    paths = []
    for each in volatile:
        steps = tuple(spelt_alike(step) for step in _STEPS.split(each) if step)
        if each.startswith("/") and _BLANK.search(each):
            pattern = "[^/]+".join(map(re.escape, _BLANK.split(each)))
            paths.append((each, re.compile(pattern)))
        elif "/" in each or not all(steps) or not steps:
            raise CassetteError(
                f"{each!r} names nothing that could be volatile",
                remedy="Write a field (created, metadata.run), or a path with blanks (/things/{id})",
            )
        else:
            fields.add(steps)
    return Matching(frozenset(fields), tuple(paths))


def operation(method: str, path: str) -> str:
    """A request's kind, as people name it: what looks like an id is a blank."""
    parts = [part if not part or _WORD.fullmatch(part) else "{}" for part in path.split("/")]
    return f"{method} {'/'.join(parts)}"


def _names(steps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(step for step in steps if not step.startswith("#"))
