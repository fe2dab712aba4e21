"""Secrets in a text: by the shapes that issuers give them, by value, and by the name beside them.

What is drawn by dice is told from words by its segments, so that a name of a variable, a place in a
vault or a sentence is none. A stand-in that says it is one (`example`, `fake`, `<your key>`) is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.redaction import Redaction, spelt_alike
from bridgewright.core.redact.tokens import is_opaque, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

OWN = "the value of a variable that the integration reads"
"""The kind of a leak that was found by its value."""

_NOTHING = Redaction()
_NAMED = re.compile(
    r"(?<![\w.-])(?P<name>[\w.-]{1,128}+)(?:[\"']?\])?[\"']?"
    r"\s{0,4}(?::\s{0,4}[A-Za-z][\w.]{0,40}\s{0,4}=(?!=)|:=|=>|[:=](?!=))\s{0,4}\(?\s{0,16}"
    r"(?:[rbuf]{0,2}(?P<quote>[\"'])(?:(?i:bearer|basic|token)\s)?(?P<quoted>[^\"'\r\n]{8,4096})(?P=quote)"
    r"|(?:(?i:bearer|basic|token)\s)?(?P<plain>[A-Za-z0-9_+/=.~-]{16,4096}+)(?=[\s,;&#\"'`]|$))"
)
_STAND_IN = re.compile(
    r"(?i)example|placeholder|changeme|change[_-]me|dummy|fake|redacted|not[_-]a[_-]|your[_-]|x{6}|\*{3}|[<>{}$]|%[(s]|…|\.\.\."
)
_PLACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:(?://)?[^\s@]*")
"""`env:NAME`, `https://…`: where something is, not what it is."""
_NOT_HELD = re.compile(
    r"signature|(?:^|_|-)sig$|(?i:hash|sha\d{1,3}|digest|fingerprint|id|ids|uri|url|name|header|type|env|variable"
    r"|path|file|scheme|field|algorithm|alg|issuer|ttl|pattern|format|prefix)$"
)
"""Names with a secret's word in them, of what is beside a secret: its address, its sum, its kind."""
_PAGING = frozenset(
    "nexttoken nextpagetoken pagetoken continuationtoken nextcontinuationtoken synctoken"
    " paginationtoken startingtoken clientrequesttoken clienttoken".split()
)
_SEGMENT = re.compile(r"[A-Za-z0-9]+")
_WORD = re.compile(r"(?:[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])|[A-Za-z])*[0-9]{0,4}|[0-9]+")
_HUMPS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SHORTEST_HUMP = 2.5
_LONG, _SHORTEST_HUMP_OF_LONG = 30, 4.0
"""Of letters that were drawn humps have two on average, one long draw in a thousand 2.5; of words four."""
_CERTAIN = frozenset({"a private key", "an access key of AWS", "a webhook URL of Slack"})
"""Kinds whose mark alone says enough."""
_WITH_PASSWORD = "a URL with a password"  # noqa: S105 - a kind
_HARMLESS_URL = re.compile(
    r"://[^:]*:(?:password|passwd|pass|secret|pw|postgres|guest|user|root|admin)@"
)
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\]|[\w.-]*\.?example(?:\.\w+)?)(?![\w.-])")


@dataclass(frozen=True, slots=True)
class Leak:
    """Where a secret stands, and its kind: never a character of it. Lines and columns count from 1;
    `path` is empty for a text that is no file."""

    line: int
    column: int
    kind: str
    path: str = ""

    @property
    def place(self) -> str:
        """`path:line`, or `line N`."""
        return f"{self.path}:{self.line}" if self.path else f"line {self.line}"


def leaks(text: str, known: re.Pattern[str] | None = None) -> tuple[Leak, ...]:
    """What of a text must not leave, by line and column.

    `known` finds secrets by their values (`core.redact.redaction.known`): none of them is excused. A
    text in UTF-16 that was read as another encoding is looked at all the same.
    """
    text = text.replace("\0", "")
    found: dict[tuple[int, int], str] = {}
    for kind, begin in (*_by_value(text, known), *_by_shape(text), *_by_name(text)):
        line = text.count("\n", 0, begin) + 1
        found.setdefault((line, begin - text.rfind("\n", 0, begin)), kind)
    return tuple(Leak(line, column, kind) for (line, column), kind in sorted(found.items()))


def _by_value(text: str, known: re.Pattern[str] | None) -> Iterator[tuple[str, int]]:
    if known is not None:
        yield from ((OWN, found.start()) for found in known.finditer(text))


def _by_shape(text: str) -> Iterator[tuple[str, int]]:
    for begin, end, kind in tokens(text):
        value = text[begin:end]
        if _STAND_IN.search(value) is None and not _is_harmless(kind, value, text, end):
            yield kind, begin


def _is_harmless(kind: str, value: str, text: str, end: int) -> bool:
    """Whether what has a secret's shape is words, a filling, or of this machine alone."""
    if kind == _WITH_PASSWORD:
        return bool(_HARMLESS_URL.fullmatch(value) or _LOOPBACK.match(text, end))
    return kind not in _CERTAIN and (_is_worded(value) or _is_flat(value))


def _by_name(text: str) -> Iterator[tuple[str, int]]:
    found = _NAMED.search(text)
    while found is not None:
        name, group = found["name"], "quoted" if found["quoted"] else "plain"
        if _holds_secret(name) and _is_secret_value(found[group].strip()):
            yield f"what looks like a secret, in {name[-64:]!r}", found.start(group)
            found = _NAMED.search(text, found.end(group))
        else:  # what stands in the value may have a name of its own
            found = _NAMED.search(text, max(found.start(group), found.end("name") + 1))


def _holds_secret(name: str) -> bool:
    last = name.rpartition(".")[2]
    if spelt_alike(last) in _PAGING or _NOT_HELD.search(last.lower()) is not None:
        return False
    return is_secret(name, _NOTHING)


def _is_secret_value(value: str) -> bool:
    return (
        is_opaque(value)
        and _STAND_IN.search(value) is None
        and _PLACE.fullmatch(value) is None
        and not _is_worded(value)
    )


def _is_worded(value: str) -> bool:
    """Whether every segment is a word, or words in humps, with a short number behind it at most."""
    return all(_is_word(segment) for segment in _SEGMENT.findall(value))


def _is_word(segment: str) -> bool:
    if _WORD.fullmatch(segment) is None:
        return False
    humps = _HUMPS.findall(segment)
    shortest = _SHORTEST_HUMP if len(segment) < _LONG else _SHORTEST_HUMP_OF_LONG
    return not humps or sum(map(len, humps)) / len(humps) >= min(shortest, len(segment))


def _is_flat(value: str) -> bool:
    """Whether what follows the mark is the same few characters again and again."""
    return len(set(value[8:])) <= 4 and "-----" not in value and "slack" not in value  # noqa: PLR2004 - xxxx, 0000
