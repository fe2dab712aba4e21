"""The gate before the file: what looks like a secret is not written, and the place is named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.headers import NEVER
from bridgewright.core.redact.pan import cards
from bridgewright.core.redact.redaction import Redaction, spelt_alike
from bridgewright.core.redact.tokens import is_opaque, tokens
from bridgewright.simulate.cassettes.layers import layers
from bridgewright.simulate.cassettes.placeholders import stripped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.cassettes.placeholders import Placeholders

TEST_CARDS = frozenset(
    "4242424242424242 4000056655665556 4000000000000002 4000000000009995 4000000000009987"
    " 4000000000000069 4000000000000127 4000000000000119 4000002500003155 4000002760003184"
    " 4000000000003220 4111111111111111 5555555555554444 2223003122003222 5200828282828210"
    " 5105105105105100 378282246310005 371449635398431 6011111111111117 3056930009020004".split()
)
"""Numbers that payment providers publish for tests (docs.stripe.com/testing, read 2026-11)."""

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}+@((?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w@])"
)
_RESERVED = re.compile(
    r"(?:.*\.)?(?:example(?:\.(?:com|net|org))?|test|invalid|localhost)", re.IGNORECASE
)
_PAIR = re.compile(r"([^:=\s]{1,128})(?:: |=)(.*)", re.DOTALL)
_NAMED = re.compile(
    r"<(?P<element>[A-Za-z][\w:.-]{0,127})(?:\s[^<>]{0,512})?>(?P<content>[^<]{8,4096})<"
    r"|(?<![\w.-])(?P<name>[\w.-]{1,128}+)[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<value>[^\s\"'&,;<>{}]{16,4096})"
)
_WORDS = re.compile(r"[\s;,=&\"']+")
_STAND_IN = re.compile(r"masked-[0-9a-f]{12}")
_PAGING = frozenset(
    "nexttoken nextpagetoken pagetoken continuationtoken nextcontinuationtoken synctoken"
    " paginationtoken startingtoken nextsynctoken clientrequesttoken clienttoken".split()
)
"""Names that sound secret and are not: where the next page begins."""
_NOTHING = Redaction()
OWN = "one of the test's own secrets, encoded in a way that has no placeholder"


@dataclass(frozen=True, slots=True)
class Leak:
    """A place that would hold a secret: its JSON pointer, the kind of secret, and what to do."""

    pointer: str
    kind: str
    remedy: str


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of the file: where it stands, and the name it stands under."""

    pointer: str
    name: str
    parent: str
    text: str = field(repr=False)


def leaks(
    content: dict[str, Any], placeholders: Placeholders, allowed: Iterable[str] = ()
) -> tuple[Leak, ...]:
    """What in a file's content must not be written.

    `allowed` are fields, by their name or JSON pointer, that only look secret; credentials of the
    test itself are refused even there.
    """
    spelt = {spelt_alike(name) for name in allowed if not name.startswith("/")} | _PAGING
    pointers = tuple(name for name in allowed if name.startswith("/"))
    found: dict[str, Leak] = {}
    judged: dict[tuple[str, str, str, bool], str] = {}
    for text in _texts(content, "", "", ""):
        excused = spelt_alike(text.name) in spelt or text.pointer.startswith(pointers)
        same = (text.name, text.parent, text.text, excused)
        if same not in judged:  # names of fields, and many values, come again and again
            judged[same] = _judged(text, placeholders, excused=excused)
        kind = judged[same]
        if kind:
            found.setdefault(text.pointer, Leak(text.pointer, kind, _remedy(text, kind)))
    return tuple(found.values())


def _texts(value: Any, pointer: str, name: str, parent: str) -> Iterable[_Text]:
    """Every text and number of a value, names of fields too."""
    if isinstance(value, dict):
        for key, each in value.items():
            below = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            yield _Text(below, "", name, key)
            yield from _texts(each, below, key, name)
    elif isinstance(value, list):
        for number, each in enumerate(value):
            below = f"{pointer}/{number}"
            if isinstance(each, str) and name in {"headers", "query", "form"}:
                found = _PAIR.fullmatch(each)
                yield _Text(below, found[1], "", found[2]) if found else _Text(below, "", "", each)
                yield _Text(below, "", "", found[1] if found else "")
            else:
                yield from _texts(each, below, name, parent)
    elif isinstance(value, str):
        yield _Text(pointer, name, parent, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield _Text(pointer, name, parent, f"{value}")


def _judged(text: _Text, placeholders: Placeholders, *, excused: bool) -> str:
    """What kind of secret a text holds: of the test's own, in whatever way it is encoded, or any."""
    rest = stripped(text.text)
    shown = tuple(layers(rest))
    if any(map(placeholders.betrayed, shown)):
        return OWN
    return "" if excused else _marked(shown) or _kind(text, rest)


def _marked(shown: Iterable[str]) -> str:
    """The first kind of token in any of these texts."""
    return next((kind for layer in shown for _, _, kind in tokens(layer)), "")


def _kind(text: _Text, rest: str) -> str:
    """What a value is by its place or by what it says."""
    if _is_sensitive(text.name, text.parent) and any(map(_drawn, _WORDS.split(rest))):
        return f"what looks like a secret, in {text.name!r}"
    if text.name == "base64":
        return ""  # numbers and addresses in what is no text are chance
    return _named(rest) or _personal(rest)


def _is_sensitive(name: str, parent: str) -> bool:
    return bool(name) and (
        is_secret(name, _NOTHING, parent) or NEVER.search(name.lower()) is not None
    )


def _named(text: str) -> str:
    """A secret beside its name, in a text that has no structure of its own."""
    for found in _NAMED.finditer(text):
        name = (found["element"] or found["name"]).rpartition(":")[2]
        value = found["content"] or found["value"]
        harmless = spelt_alike(name) in _PAGING
        if not harmless and is_secret(name, _NOTHING) and _drawn(value):
            return f"what looks like a secret, in {name!r}"
    return ""


def _personal(text: str) -> str:
    for _, _, digits in cards(text):
        if digits not in TEST_CARDS:
            return "the number of a payment card"
    for found in _EMAIL.finditer(text.replace("%40", "@")):
        if not _RESERVED.fullmatch(found[1]):
            return "an e-mail address outside the domains reserved for examples"
    return ""


def _drawn(text: str) -> bool:
    """Whether a text looks drawn by dice, and is none of the stand-ins of a cassette."""
    return is_opaque(_STAND_IN.sub("", text))


def _remedy(text: _Text, kind: str) -> str:
    if kind == OWN:
        return "Send it plainly, or leave that request out of the recording"
    name = text.name or "field"
    if "/response/" in text.pointer:
        return (
            f"If it is a secret of the test's, name it in secrets; if the provider made it,"
            f' masked=("{name}",) keeps a stand-in; if it is none, allowed=("{name}",)'
        )
    return f'Name it: secrets={{"provider.key": Secret(…)}}; if it is none, allowed=("{name}",)'
