"""The head of an agent file: a small, strict part of YAML. What is beyond it is refused, never guessed.

OpenCode takes a file whose head it cannot read for a prompt without any rule (1.18.33, measured on
2026-11-20): an unclosed bracket under `permission:` undoes every permission. Hence a reader of our own
that knows mappings, lists, flow lists, texts (in blocks too), numbers and booleans, and says no to all else
with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

FENCE = "---"
MOST_DEEP = 8
_KEY = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:#'"\[\]{},&*!|>%@`-][^:#]*?)\s*:(?:\s+|$)"""
)
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
_BLOCK = re.compile(r"([|>])([+-]?)(?:\s+#.*)?")
_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_REMEDY = "write plain keys, texts in quotes, lists and mappings; nothing else is read here"


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    indent: int
    text: str


def split(lines: Sequence[str], name: str) -> tuple[dict[str, Value], int]:
    """The head as a mapping, and the index of the first line of the body. `ConfigurationError` when there
    is none, when it does not end, or when anything in it is not understood."""
    if not lines or lines[0].rstrip() != FENCE:
        _refuse(name, 1, f"begins without {FENCE}: it has no head", "is this an agent's file?")
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() == FENCE), None)
    if end is None:
        remedy = f"add {FENCE} before the body"
        _refuse(name, 1, f"its head is not closed by a line of {FENCE}", remedy)
    head = lines[1:end]
    return _Reader(name, _told(head, name), head).whole(), end + 1


def _told(lines: Sequence[str], name: str) -> list[_Line]:
    """The lines that say something."""
    found = []
    for number, line in enumerate(lines, start=2):
        text = line.rstrip()
        bare = text.lstrip(" ")
        if "\t" in line:
            _refuse(name, number, "has a tab", "write spaces")
        if bare and not bare.startswith("#"):
            found.append(_Line(number, len(text) - len(bare), bare))
    return found


class _Reader:
    """Goes through the lines once."""

    def __init__(self, name: str, lines: Sequence[_Line], head: Sequence[str]) -> None:
        self._name = name
        self._lines = lines
        self._head = head
        self._at = 0

    def whole(self) -> dict[str, Value]:
        if not self._lines:
            return {}
        found = self._mapping(self._lines[0].indent, 0)
        if self._at < len(self._lines):
            line = self._lines[self._at]
            _refuse(self._name, line.number, "is indented less than what it belongs to")
        return found

    def _next(self) -> _Line | None:
        return self._lines[self._at] if self._at < len(self._lines) else None

    def _mapping(self, indent: int, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while (line := self._next()) is not None and line.indent >= indent:
            if line.indent > indent:
                _refuse(self._name, line.number, "is indented more than the line before it")
            match = _KEY.match(line.text)
            if match is None:
                _refuse(self._name, line.number, "is no `key: value`")
            key = str(self._scalar(match[1], line)) if match[1][0] in "\"'" else match[1]
            if key in found:
                _refuse(self._name, line.number, f"says {key!r} for the second time", "remove one")
            self._at += 1
            found[key] = self._value(line.text[match.end() :], line, depth)
        return found

    def _value(self, text: str, line: _Line, depth: int) -> Value:
        block = _BLOCK.fullmatch(text)
        if block is not None:
            return self._block(block[1], block[2], line)
        if text and not text.startswith("#"):
            return self._inline(text, line)
        inner = self._next()
        if inner is None or inner.indent < line.indent:
            return None
        if inner.text.startswith("- ") or inner.text == "-":
            return self._list(inner.indent)
        if inner.indent == line.indent:
            return None
        if depth >= MOST_DEEP:
            _refuse(self._name, inner.number, f"is nested more than {MOST_DEEP} deep")
        return self._mapping(inner.indent, depth + 1)

    def _block(self, style: str, chomping: str, line: _Line) -> str:
        """A text of several lines: `|` keeps their ends, `>` makes one line of those that belong together."""
        below = self._head[line.number - 1 :]
        indents = [len(each) - len(each.lstrip(" ")) if each.strip() else None for each in below]
        first = next((indent for indent in indents if indent is not None), 0)
        if first <= line.indent:
            _refuse(self._name, line.number, f"begins a text by {style}, and none is below it")
        ended = (at for at, indent in enumerate(indents) if indent is not None and indent < first)
        count = next(ended, len(below))
        taken = below[:count]
        if count < len(below) and (indents[count] or 0) > line.indent:
            _refuse(self._name, line.number + count + 1, "is indented less than the text above it")
        if any(not each.strip() and len(each) > first for each in taken) or (
            style == ">" and any((indent or 0) > first for indent in indents[:count])
        ):
            _refuse(self._name, line.number, "begins a text with lines that are indented more")
        while (told := self._next()) is not None and told.number <= line.number + count:
            self._at += 1
        return _joined([each[first:] for each in taken], style, chomping)

    def _list(self, indent: int) -> list[Value]:
        found: list[Value] = []
        while (line := self._next()) is not None and line.indent == indent:
            if not line.text.startswith("- "):
                break
            self._at += 1
            found.append(self._inline(line.text[2:].strip(), line))
        return found

    def _inline(self, text: str, line: _Line) -> Value:
        if text.startswith("["):
            return self._flow(text, line)
        return self._scalar(text, line)

    def _flow(self, text: str, line: _Line) -> list[Value]:
        body = re.fullmatch(r"\[(.*)\]\s*(?:#.*)?", text)
        if body is None or set("[]{}") & set(_unquoted(body[1])):
            _refuse(self._name, line.number, "has a bracket that is not closed, or one in another")
        parts = re.findall(r"""((?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,"'])+)(?:,|$)""", body[1])
        return [self._scalar(part.strip(), line) for part in parts if part.strip()]

    def _scalar(self, text: str, line: _Line) -> Value:
        if text[:1] in {'"', "'"}:
            return self._quoted(text, line)
        plain = re.split(r"\s#", text, maxsplit=1)[0].rstrip()
        if plain[:1] and plain[0] in "[]{}&*!|>%@`":
            _refuse(self._name, line.number, f"has a value that begins with {plain[0]}")
        if re.search(r":(\s|$)", plain):
            _refuse(
                self._name, line.number, "has a colon in its value", "put the value into quotes"
            )
        if plain in _WORDS:
            return _WORDS[plain]
        number = _NUMBER.fullmatch(plain)
        if number is not None:
            return float(plain) if number[1] else int(plain)
        return plain

    def _quoted(self, text: str, line: _Line) -> str:
        single = re.fullmatch(r"'((?:[^']|'')*)'\s*(?:#.*)?", text)
        if single is not None:
            return single[1].replace("''", "'")
        double = re.fullmatch(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?', text)
        if double is None:
            _refuse(self._name, line.number, "has a quote that is not closed")
        if not set(re.findall(r"\\(.)", double[1])) <= set(_ESCAPES):
            _refuse(self._name, line.number, "has an escape that is not known")
        return re.sub(r"\\(.)", lambda match: _ESCAPES[match[1]], double[1])


def _joined(lines: list[str], style: str, chomping: str) -> str:
    """The lines of a text by the rules of YAML 1.2, 8.1: blank ones at its end are its tail."""
    body = list(lines)
    while body and not body[-1].strip():
        body.pop()
    tail = "\n" * (len(lines) - len(body) + 1)
    text = "\n".join(body)
    if style == ">":
        text = re.sub(r"(?<=[^\n])\n(\n*)(?=[^\n])", lambda found: found[1] or " ", text)
    return text + {"-": "", "+": tail, "": "\n"}[chomping]


def _unquoted(text: str) -> str:
    return re.sub(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""", "", text)


def _refuse(name: str, number: int, problem: str, remedy: str = _REMEDY) -> NoReturn:
    raise ConfigurationError(problem, place=f"{name}:{number}", remedy=remedy)
