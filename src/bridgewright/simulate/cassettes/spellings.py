"""How a value is spelt where it stands: plainly, in a URL, in JSON, in markup, and one in another."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Spell = Callable[[str], str]

_HEX = re.compile(r"%[0-9A-F]{2}")


def _url(value: str) -> str:
    return quote(_octets(value), safe="")


def _path(value: str) -> str:
    return quote(_octets(value), safe="/")


def _form(value: str) -> str:
    return quote_plus(_octets(value))


def _low(spell: Spell) -> Spell:
    return lambda value: _HEX.sub(lambda found: found[0].lower(), spell(value))


def _json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _json_utf8(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _php(value: str) -> str:
    return _json(value).replace("/", r"\/")


def _xml(value: str) -> str:
    return escape(value, quote=False)


def _latin1(value: str) -> str:
    """As it reads when its bytes are those of Latin-1 and were taken for UTF-8."""
    return value.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


ONE: dict[str, Spell] = {
    "url": _url,
    "path": _path,
    "form": _form,
    "url-low": _low(_url),
    "form-low": _low(_form),
    "json": _json,
    "json-utf8": _json_utf8,
    "json-php": _php,
    "html": escape,
    "xml": _xml,
    "latin1": _latin1,
}
"""By the name that stands in a placeholder; `{{secret:a|json+url}}` is first JSON, then URL."""

INSIDE = ("json", "json-utf8", "url", "form", "html")
"""Spellings that are looked for inside one another: JSON in a form, a form in JSON, URLs in URLs."""


def spelt(value: str, name: str) -> str:
    """The value as a spelling of that name writes it; KeyError for a name that there is none of."""
    for step in filter(None, name.split("+")):
        value = ONE[step](value)
    return value


def spellings(value: str, preferred: str = "") -> Iterator[tuple[str, str]]:
    """Each way a value may be written, and its name; the preferred one first, then the plain one."""
    names = [preferred, "", *ONE, *(f"{one}+{two}" for one in INSIDE for two in INSIDE)]
    seen: set[str] = set()
    for name in names:
        text = spelt(value, name)
        if text not in seen:
            seen.add(text)
            yield text, name


def _octets(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")
