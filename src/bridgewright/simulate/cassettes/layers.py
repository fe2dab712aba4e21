"""What a text says below its surface: URL-encoded, escaped, in base64, compressed, in UTF-16."""

from __future__ import annotations

import re
from base64 import b64decode
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from bridgewright.simulate.cassettes.bodies import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

DEEPEST = 3
"""How many layers are taken off: base64 in JSON in a form, say."""

LARGE_CHARS = 65_536
"""A text larger than this has its first layer taken off, and no more: the work is bounded by its size."""

MOST = 64
"""How many texts come of one at most."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){8,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([\"\\/])")
_URL_SAFE = str.maketrans("-_", "+/")
_SHORT = 4_096
_GZIP = b"\x1f\x8b\x08"


def layers(text: str) -> Iterator[str]:
    """The text, and what it says when it is read in one way after another, up to three deep."""
    seen = {text}
    shown = [text]
    yield text
    for _ in range(DEEPEST):
        below = []
        for each in shown:
            for read in _readings(each):
                if read and read not in seen and len(seen) < MOST:
                    seen.add(read)
                    below += [read] * (len(read) <= LARGE_CHARS)
                    yield read
        shown = below


def _readings(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote(text, errors="surrogateescape")
    if "%" in text or "+" in text:
        yield unquote_plus(text, errors="surrogateescape")
    if "\\" in text:
        yield _ESCAPE.sub(_unescaped, text)
    if "&" in text:
        yield unescape(text)
    if "\0" in text:
        yield text.replace("\0", "")
    yield from _encoded(text)
    joined = "".join(text.split())
    if joined != text:
        yield from _encoded(joined)  # base64 that was broken into lines


def _encoded(text: str) -> Iterator[str]:
    yield "\n".join(read for found in _BASE64.finditer(text) for read in _from_base64(found[0]))
    yield "\n".join(_text(bytes.fromhex(found[0])) for found in _HEX.finditer(text))


def _from_base64(token: str) -> Iterator[str]:
    """What it says; a short one also as if it began later, after a name or a slash, say."""
    whole = token.rstrip("=").translate(_URL_SAFE)
    for begin in range(4 if len(whole) <= _SHORT else 1):
        letters = whole[begin : len(whole) - ((len(whole) - begin) % 4 == 1)]
        yield _text(b64decode(letters + "=" * (-len(letters) % 4)))


def _text(raw: bytes) -> str:
    if (begin := raw.find(_GZIP)) >= 0:
        raw = unpacked(raw[begin:], "gzip") or raw
    return raw.decode("utf-8", "surrogateescape")


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else found[3]
