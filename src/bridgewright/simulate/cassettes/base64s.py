"""Secrets inside base64: Basic credentials, tokens, messages in messages."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STANDARD = re.compile(r"(?:[A-Za-z0-9+/]|%2[BF])+(?:=|%3D){0,2}")
_URL = re.compile(r"[A-Za-z0-9_-]+(?:=|%3D){0,2}")
_TO_URL = str.maketrans("+/", "-_")
_TO_STANDARD = str.maketrans("-_", "+/")
_QUARTET = 4


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a text that is base64 and holds a secret: what it says, and its kind, by which it
    is `written` again."""

    start: int
    end: int
    kind: str
    inner: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds base64 of secrets by what it must contain, wherever in three bytes they begin."""

    pattern: re.Pattern[str] = field(repr=False)
    offsets: dict[str, int] = field(repr=False)
    """How far from a quartet's beginning each such piece begins."""

    def sees(self, text: str) -> bool:
        """Whether there is base64 of a secret in the text, written exactly again or not."""
        return self.pattern.search(text) is not None

    def runs(self, text: str) -> Iterator[Run]:
        """The stretches, in their order, that are written again exactly."""
        if self.pattern.search(unquote(text) if "%" in text else text) is None:
            return
        at = 0
        while at < len(text):
            run = self._next(text, at)
            if run is None:
                return
            yield run
            at = run.end

    def _next(self, text: str, at: int) -> Run | None:
        found = (
            run
            for token in _tokens(text, at)
            if (run := self._run(token[0], token.start())) is not None
        )
        return next(found, None)

    def _run(self, token: str, start: int) -> Run | None:
        plain = unquote(token)
        url = "-" in plain or "_" in plain
        found = self.pattern.search(plain)
        if found is None:
            return None
        skipped = (found.start() - self.offsets[found[0]]) % _QUARTET
        if quote(plain[:skipped], safe="=") != plain[:skipped]:
            skipped += _QUARTET  # what is skipped is written as it is, so it must be plain
        return _trimmed(token, start, skipped, url=url)


def _tokens(text: str, at: int) -> Iterator[re.Match[str]]:
    """What may be base64: in the standard alphabet, or in that of URLs where a neighbour says so."""
    for token in _STANDARD.finditer(text, at):
        around = (
            text[max(at, token.start() - 1) : token.start()] + text[token.end() : token.end() + 1]
        )
        if "-" in around or "_" in around:
            yield from _URL.finditer(
                text, max(at, _back(text, token.start())), _on(text, token.end())
            )
        else:
            yield token


def _back(text: str, place: int) -> int:
    while place > 0 and (text[place - 1].isalnum() or text[place - 1] in "_-"):
        place -= 1
    return place


def _on(text: str, place: int) -> int:
    while place < len(text) and (text[place].isalnum() or text[place] in "_-="):
        place += 1
    return place


def _trimmed(token: str, start: int, skipped: int, *, url: bool) -> Run | None:
    """The longest stretch from the skipped part on that comes out the same when written again."""
    plain = unquote(token)
    carrier = "|url" if plain != token else ""
    name = "base64url" if url else "base64"
    letters = plain.rstrip("=")
    whole = skipped + (len(letters) - skipped) // _QUARTET * _QUARTET
    for body in (plain[skipped:], letters[skipped:], letters[skipped:whole]):
        raw = _decoded(body)
        if raw is None:
            continue
        inner = raw.decode("utf-8", "surrogateescape")
        for kind in (f"{name}{carrier}", f"{name}-nopad{carrier}"):
            spelt = written(inner, kind)
            if token[skipped:].startswith(spelt) and unquote(spelt) == body:
                return Run(start + skipped, start + skipped + len(spelt), kind, inner)
    return None


def _decoded(body: str) -> bytes | None:
    letters = body.translate(_TO_STANDARD).rstrip("=")
    try:
        return b64decode(letters + "=" * (-len(letters) % _QUARTET), validate=True)
    except ValueError:
        return None


def written(inner: str, kind: str) -> str:
    """What was read from base64 as that kind of it writes it."""
    text = b64encode(inner.encode("utf-8", "surrogateescape")).decode()
    name, _, carrier = kind.partition("|")
    if name.startswith("base64url"):
        text = text.translate(_TO_URL)
    if name.endswith("-nopad"):
        text = text.rstrip("=")
    return quote(text, safe="") if carrier else text


def finder(texts: Iterable[str]) -> Finder | None:
    """What finds the base64 of any of these texts."""
    offsets: dict[str, int] = {}
    for text in texts:
        raw = text.encode("utf-8", "surrogateescape")
        for before in range(3):
            encoded = b64encode(b"\0" * before + raw).decode()
            first = -(-8 * before // 6)
            piece = encoded[first : 8 * (before + len(raw)) // 6]
            offsets.setdefault(piece, first)
            offsets.setdefault(piece.translate(_TO_URL), first)
    longest_first = sorted(filter(None, offsets), key=lambda text: (-len(text), text))
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return Finder(pattern, offsets) if longest_first else None
