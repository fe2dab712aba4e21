"""Structured content (JSON, forms) without the values of secret fields and without secret values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from bridgewright.core.redact.fields import is_secret
from bridgewright.core.redact.redaction import MASK
from bridgewright.core.redact.values import redacted

if TYPE_CHECKING:
    from bridgewright.core.redact.redaction import Redaction

MAX_DEPTH = 24
MAX_NODES = 5_000
MAX_PARAMETERS = 1_000
_NAME_KEYS = frozenset({"name", "key", "field", "Name", "Key", "Field", "ParameterName"})
TOO_DEEP = "… (too deep)"
TOO_MANY = "… (more)"


class Unreadable(Exception):
    """Content that is not what it says it is."""


def json_without_secrets(text: str, redaction: Redaction) -> str:
    """JSON, compact, without its secrets. Raises `Unreadable` for what is not JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable from None
    return json.dumps(tree(value, redaction), ensure_ascii=False, separators=(",", ":"))


def form_without_secrets(text: str, redaction: Redaction) -> str:
    """The pairs of a form, decoded, without its secrets. Raises `Unreadable` for what is none."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        raise Unreadable from None
    walk = _Walk(redaction)
    return "&".join(
        f"{redacted(name, redaction)}={_text(walk.named(name, value, '', 0))}"
        for name, value in pairs
    )


def tree(value: object, redaction: Redaction) -> object:
    """A value out of JSON without its secrets: fields by their names, values by their looks, and
    JSON within texts (an SNS message, a webhook's payload) as JSON."""
    return _Walk(redaction).shown(value, "", 0)


class _Walk:
    """One way through a tree, which ends after so many nodes."""

    __slots__ = ("_left", "_redaction")

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._left = MAX_NODES

    def named(self, name: str, value: object, parent: str, depth: int) -> object:
        """The value under a name; whether there is one at all may be known."""
        if value is None or isinstance(value, bool) or value == "":
            return value
        if is_secret(name, self._redaction, parent):
            return MASK
        return self.shown(value, name, depth)

    def shown(self, value: object, name: str, depth: int) -> object:
        """A value whose name is no secret (`name` is that of the field it stands in)."""
        self._left -= 1
        if self._left < 0:
            return TOO_MANY
        match value:
            case dict() | list() if depth >= MAX_DEPTH:
                shown: object = TOO_DEEP
            case dict():
                shown = self._fields(value, name, depth)
            case list():
                shown = [self.shown(each, name, depth + 1) for each in value[: self._left + 1]]
            case str():
                shown = self._words(value, depth)
            case _:
                shown = self._number(value)
        return shown

    def _number(self, value: object) -> object:
        """A number that is no card's, or True, False, None."""
        whole = isinstance(value, float) and value.is_integer()
        digits = f"{value:.0f}" if whole else str(value)
        text = redacted(digits, self._redaction)
        return value if text == digits else text

    def _fields(self, value: dict[str, object], parent: str, depth: int) -> dict[str, object]:
        said = next((value[key] for key in _NAME_KEYS & value.keys()), None)
        if isinstance(said, str) and is_secret(said, self._redaction):  # {"name": …, "value": …}
            return {
                redacted(key, self._redaction): each if key in _NAME_KEYS else MASK
                for key, each in value.items()
            }
        shown: dict[str, object] = {}
        for key, each in value.items():
            if self._left < 0:
                shown[TOO_MANY] = len(value) - len(shown)
                break
            shown[redacted(key, self._redaction)] = self.named(key, each, parent, depth + 1)
        return shown

    def _words(self, value: str, depth: int) -> object:
        start = value.lstrip()[:1]
        if start and start in "{[" and depth < MAX_DEPTH:
            try:
                inside = json.loads(value)
            except (ValueError, RecursionError):
                return redacted(value, self._redaction, named=True)
            return self.shown(inside, "", depth + 1)
        return redacted(value, self._redaction, named=True)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
