"""Secrets as placeholders: `{{secret:stripe.key}}` in the file, the value wherever a test looks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.cassettes import base64s
from bridgewright.simulate.cassettes.spellings import ONE, spellings, spelt
from bridgewright.simulate.cassettes.trouble import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.secret import Secret

LEAST_CHARS = 6
"""A shorter secret would be found in ordinary words, and its placeholders change what they say."""

MOST_LAYERS = 3
"""How deep base64 in base64 is looked into."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MARKS = r"(?:literal:)*(?:secret:|base64|close)"
_LITERAL = re.compile(r"\{\{(?=" + _MARKS + ")")
_OPEN = re.compile(
    r"\{\{(?:"
    r"(?P<literal>literal:)(?=" + _MARKS + r")"
    r"|secret:(?P<name>[A-Za-z0-9._-]{1,64})(?:\|(?P<spelling>[a-z0-9+-]{1,40}))?\}\}"
    r"|(?P<base64>base64(?:url)?(?:-nopad)?(?:\|url)?):"
    r"|(?P<close>close\}\})"
    r"|(?P<broken>secret:|base64|close))"
)
_OPEN_OR_END = re.compile(_OPEN.pattern + r"|(?P<end>\}\})")
_SPELLING = re.compile(
    r"(\{\{(?:secret:[A-Za-z0-9._-]{1,64}|base64(?:url)?(?:-nopad)?))\|[a-z0-9+-]{1,40}"
)
_OWN_WORDS = "{{secret:base64url-nopad|literal:close}} " + " ".join(ONE)


@dataclass(frozen=True, slots=True)
class Table:
    """Where secrets are found in a text: all their spellings, and how each is said again."""

    pattern: re.Pattern[str] = field(repr=False)
    tokens: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Placeholders:
    """The secrets of one cassette, bound to names, and the stand-ins of values that are masked.

    Texts are UTF-8 with surrogates for bytes that are not (`surrogateescape`), so that any bytes are
    restored. CassetteError for a name that cannot stand in a placeholder, and for a secret of fewer
    than 6 characters or one that is a word of the placeholders themselves.
    """

    secrets: Mapping[str, Secret] = field(default_factory=dict)
    masks: Mapping[str, str] = field(default_factory=dict, repr=False)
    _tables: dict[str, Table] = field(default_factory=dict, repr=False, compare=False)
    _encoded: base64s.Finder | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be told apart, and prepare what is looked for."""
        for name, secret in self.secrets.items():
            _check(name, secret.reveal(), self.secrets)
        values = [secret.reveal() for secret in self.secrets.values()]
        texts = {text for value in values for text, _ in spellings(value)}
        finder = base64s.finder(texts | set(self.masks)) if texts or self.masks else None
        object.__setattr__(self, "_encoded", finder)

    def hide(self, text: str, preferred: str = "") -> str:
        """The text with placeholders for secrets; `preferred` is how a value is spelt here."""
        return self._hidden(text, preferred, 0)

    def reveal(self, text: str) -> str:
        """The text with this test's secrets for placeholders.

        CassetteError for a placeholder that is broken, or whose secret was not given.
        """
        return self._revealed(text, 0, nested=False)[0]

    def holds(self, text: str) -> bool:
        """Whether there is a secret in the text."""
        return self.hide(text) != _escaped(text, 0)

    def betrayed(self, text: str) -> bool:
        """Whether the text gives a secret away, whatever its case: as it is, or in base64."""
        lower = text.casefold()
        values = (*(secret.reveal() for secret in self.secrets.values()), *self.masks)
        return any(value.casefold() in lower for value in values) or (
            self._encoded is not None and self._encoded.sees(text)
        )

    def _hidden(self, text: str, preferred: str, layer: int) -> str:
        table = self._table(preferred)
        if table is None:
            return _escaped(text, layer)
        parts: list[str] = []
        at = 0
        for found in table.pattern.finditer(text):
            parts += [self._literal(text[at : found.start()], layer), table.tokens[found[0]]]
            at = found.end()
        return "".join((*parts, self._literal(text[at:], layer)))

    def _literal(self, text: str, layer: int) -> str:
        """A part without a secret in plain view: perhaps one in base64."""
        if self._encoded is None or layer == MOST_LAYERS:
            return _escaped(text, layer)
        parts: list[str] = []
        at = 0
        for run in self._encoded.runs(text):
            inner = self._hidden(run.inner, "", layer + 1)
            parts += [_escaped(text[at : run.start], layer), f"{{{{{run.kind}:{inner}}}}}"]
            at = run.end
        return "".join((*parts, _escaped(text[at:], layer)))

    def _table(self, preferred: str) -> Table | None:
        if preferred not in self._tables:
            tokens: dict[str, str] = {}
            for name, secret in self.secrets.items():
                for text, spelling in spellings(secret.reveal(), preferred):
                    how = f"|{spelling}" if spelling else ""
                    tokens.setdefault(text, f"{{{{secret:{name}{how}}}}}")
            for value, stand_in in self.masks.items():
                for text, spelling in spellings(value):
                    tokens.setdefault(text, spelt(stand_in, spelling))
            longest_first = sorted(tokens, key=lambda text: (-len(text), text))
            self._tables[preferred] = Table(
                re.compile("|".join(map(re.escape, longest_first))), tokens
            )
        table = self._tables[preferred]
        return table if table.tokens else None

    def _revealed(self, text: str, at: int, *, nested: bool) -> tuple[str, int]:
        """The text from a place on, and where it ended: at its end, or at the end of base64."""
        parts: list[str] = []
        while (found := (_OPEN_OR_END if nested else _OPEN).search(text, at)) is not None:
            parts.append(text[at : found.start()])
            at = found.end()
            if nested and found["end"]:
                return "".join(parts), at
            if found["base64"]:
                inner, at = self._revealed(text, at, nested=True)
                parts.append(base64s.written(inner, found["base64"]))
            else:
                parts.append(self._said(found))
        if nested:
            raise CassetteError("a {{base64:…}} does not end", remedy="Close it with }}")
        return "".join((*parts, text[at:])), len(text)

    def _said(self, found: re.Match[str]) -> str:
        if found["literal"]:
            return "{{"
        if found["close"]:
            return "}"
        if found["broken"]:
            raise CassetteError(
                "a placeholder is broken", remedy="Write it {{secret:name}} or {{secret:name|url}}"
            )
        name = found["name"]
        if name not in self.secrets:
            raise CassetteError(
                f"the secret {name!r} was not given",
                remedy=f'Pass secrets={{"{name}": Secret(…)}}; any value will do for playing',
            )
        try:
            return spelt(self.secrets[name].reveal(), found["spelling"] or "")
        except KeyError:
            raise CassetteError(
                f"there is no spelling {found['spelling']!r}", remedy=f"There are: {', '.join(ONE)}"
            ) from None


def literal(text: str) -> str:
    """How a text without secrets stands in a file."""
    return _escaped(text, 0)


def without_spelling(text: str) -> str:
    """A text with placeholders that compare equal however their values are spelt."""
    return _SPELLING.sub(r"\1", text)


def stripped(text: str) -> str:
    """A text without its placeholders: what is left to be searched for secrets."""
    return _OPEN.sub(lambda found: " " if found["name"] else found[0], text)


def in_strings(value: object, change: Callable[[str], str]) -> object:
    """A value out of JSON with each of its texts changed, names included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [in_strings(each, change) for each in value]
    if isinstance(value, dict):
        return {change(name): in_strings(each, change) for name, each in value.items()}
    return value


def _escaped(text: str, layer: int) -> str:
    text = _LITERAL.sub("{{literal:", text)
    return text if not layer else _closed(text)


def _closed(text: str) -> str:
    """Inside base64, a brace is no end of it."""
    return text.replace("}", "{{close}}")


def _check(name: str, value: str, secrets: Mapping[str, Secret]) -> None:
    if not _NAME.fullmatch(name):
        raise CassetteError(
            f"{name!r} cannot name a secret",
            remedy="Use letters, digits, dots, dashes and underscores, like stripe.key",
        )
    if len(value) < LEAST_CHARS:
        raise CassetteError(
            f"the secret {name!r} has fewer than {LEAST_CHARS} characters, which stand in ordinary words",
            remedy="Use a longer one for the test",
        )
    if value in _OWN_WORDS or any(value in other for other in secrets):
        raise CassetteError(
            f"the secret {name!r} is a word that placeholders are made of",
            remedy="Use another one for the test, or another name",
        )
