"""Forms as PHP, Stripe and Rails nest them: `metadata[order]=7`, `items[0][price]=p`, `expand[]=c`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

DEEPEST = 16
"""Brackets of one name; no provider reads more, and a name of nothing but brackets is none."""
_PART = re.compile(r"[^\[\]]+|\[\]")


def nested(form: str) -> Content:
    """What a form says, with its brackets unfolded; lists keep their order, numbers stay text."""
    content: Content = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        parts = _PART.findall(name)
        if 0 < len(parts) <= DEEPEST:
            _put(content, parts, value)
    return {name: _listed(value) for name, value in content.items()}


def _put(content: Content, parts: list[str], value: str) -> None:
    *outer, last = parts
    for part in outer:
        within = content.setdefault(_key(content, part), {})
        if not isinstance(within, dict):
            return  # the same name as a value and as a folder: the first one wins
        content = within
    content[_key(content, last)] = value


def _key(content: Content, part: str) -> str:
    return str(len(content)) if part == "[]" else part


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdecimal() for name in inner) else inner
