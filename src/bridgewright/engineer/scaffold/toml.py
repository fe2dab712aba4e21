"""Literals of TOML, for texts of strangers too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def text(value: str) -> str:
    """A basic string (TOML 1.0, "String"): what does not print is escaped."""
    return f'"{"".join(map(_character, value))}"'


def texts(values: Iterable[str]) -> str:
    """A list of them."""
    return f"[{', '.join(map(text, values))}]"


def key(name: str) -> str:
    """A key: bare where it may be, else quoted."""
    bare = name.isascii() and name.replace("-", "a").replace("_", "a").isalnum()
    return name if bare else text(name)


def _character(c: str) -> str:
    if c in _SHORT:
        return _SHORT[c]
    if "\ud800" <= c <= "\udfff":
        return "\\uFFFD"
    if c.isprintable():
        return c
    return f"\\U{ord(c):08X}"
