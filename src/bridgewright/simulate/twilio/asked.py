"""What a request asks for: the fields of its form or its query, each with all its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from bridgewright.simulate.twilio.trouble import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.simulate.wire import Heard

_LONGEST_NUMBER = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """The path, where the simulator is addressed, and the fields: Twilio ignores those it does not
    know."""

    path: str
    origin: str
    fields: Mapping[str, tuple[str, ...]] = field(repr=False)

    def text(self, name: str, otherwise: str = "") -> str:
        """The last value of a field."""
        return self.fields.get(name, (otherwise,))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field, but empty ones."""
        return tuple(value for value in self.fields.get(name, ()) if value)

    def has(self, name: str) -> bool:
        """Whether a field is there, empty or not."""
        return name in self.fields

    def number(self, name: str, otherwise: int, bounds: range, code: int) -> int:
        """A whole number within bounds; TroubleError with `code` for anything else."""
        text = self.text(name, str(otherwise))
        plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
        if not plain or int(text) not in bounds:
            raise invalid(
                code, f"Invalid {name} value: {text}; {bounds[0]} to {bounds[-1]} is allowed"
            )
        return int(text)

    def url(self, name: str, code: int) -> str:
        """An address of the web, or nothing; TroubleError with `code` for anything else."""
        text = self.text(name)
        if text and not is_url(text):
            raise invalid(code, f"The '{name}' URL {text} is not a valid URL.")
        return text


def asked_of(heard: Heard) -> Asked:
    """The query of a request, and then its form."""
    parts = [heard.target.partition("?")[2], heard.body.decode(errors="replace")]
    pairs = [pair for part in parts for pair in parse_qsl(part, keep_blank_values=True)]
    return Asked(heard.path, f"http://{heard.header('host') or ''}", _gathered(pairs))


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    gathered: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        gathered[name] = (*gathered.get(name, ()), value)
    return gathered


def is_url(text: str) -> bool:
    """Whether a text is an address that something can be posted to."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()
