"""A document of GraphQL, read: as much of the language as clients of GitHub write.

https://spec.graphql.org/October2021/, read 2026-11. Operations, variables with defaults, arguments, aliases,
fragments by name and in line, `@include` and `@skip`. A schema is not read here: `graph` knows the fields.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.github.trouble import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(
    r"[\s,\ufeff]+|#[^\n]*"
    r"|(?P<token>\.\.\.|[!$()\[\]{}:=@|&]|[_A-Za-z]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
    r'|"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\\n]|\\.)*")'
)
_WORDS = {"true": True, "false": False, "null": None}
_MOST_TOKENS = 20_000
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Variable:
    """Stands for what the request gives by that name."""

    name: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked for: a field, or (with `name` empty) more of a kind of object, "" for any."""

    name: str
    key: str = ""
    kind: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    spread: str = ""
    conditions: tuple[tuple[str, Any], ...] = ()
    inside: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """One operation: query or mutation, and what it asks for; `given` are its variables."""

    kind: str
    name: str
    inside: tuple[Selection, ...]
    fragments: Mapping[str, Selection] = field(repr=False)
    given: Mapping[str, Any] = field(repr=False)

    def value(self, written: Any) -> Any:
        """What stands for an argument, its variables filled in; a variable that is not given is None."""
        if isinstance(written, Variable):
            return self.given.get(written.name)
        if isinstance(written, list):
            return [self.value(each) for each in written]
        if isinstance(written, dict):
            return {key: self.value(each) for key, each in written.items() if self.has(each)}
        return written

    def has(self, written: Any) -> bool:
        """Whether an argument is given at all."""
        return not isinstance(written, Variable) or written.name in self.given

    def fields(
        self, inside: tuple[Selection, ...], kind: str, depth: int = 0
    ) -> tuple[Selection, ...]:
        """The fields that are asked of an object of this kind, with those of its fragments."""
        found: list[Selection] = []
        if depth > _DEEPEST:
            raise _wrong("A fragment is within itself")
        for each in inside:
            wanted = {"include": True, "skip": False}
            if any(self.value(given) is not wanted[word] for word, given in each.conditions):
                continue
            if each.spread:
                whole = self.fragments.get(each.spread)
                if whole is None:
                    raise _wrong(f"Fragment {each.spread} was used, but not defined")
                found += self.fields((whole,), kind, depth + 1)
            elif each.name:
                found.append(each)
            elif each.kind in {"", kind}:
                found += self.fields(each.inside, kind, depth + 1)
        return tuple(found)


def read(document: str, variables: Mapping[str, Any] | None, name: str | None) -> Query:
    """The operation of a document that is meant; a refusal for what is no document."""
    reader = _Reader(_tokens(document), {})
    operations: list[Query] = []
    while reader.more:
        if reader.peek() == "fragment":
            found = reader.fragment()
            reader.fragments[found.key] = found
        else:
            operations.append(reader.operation())
    chosen = [each for each in operations if name in {None, "", each.name}]
    if len(chosen) != 1:
        raise _wrong("Which operation is meant is not said, or it is not there")
    return replace(chosen[0], given={**chosen[0].given, **(variables or {})})


def _tokens(document: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(document):
        match = _TOKEN.match(document, position)
        if match is None or len(found) > _MOST_TOKENS:
            raise _wrong(f"Parse error at character {position}")
        if match["token"]:
            found.append(match["token"])
        position = match.end()
    return found


class _Reader:
    """Reads tokens, one after the other."""

    def __init__(self, tokens: list[str], fragments: dict[str, Selection]) -> None:
        self._tokens = tokens
        self._at = 0
        self.fragments = fragments

    @property
    def more(self) -> bool:
        return self._at < len(self._tokens)

    def peek(self) -> str:
        return self._tokens[self._at] if self.more else ""

    def take(self, *wanted: str) -> str:
        found = self.peek()
        if not found or (wanted and found not in wanted):
            raise _wrong(f"Parse error on {found[:40]!r} ({' or '.join(wanted) or 'the end'})")
        self._at += 1
        return found

    def word(self) -> str:
        found = self.take()
        if not (found[0].isalpha() or found[0] == "_"):
            raise _wrong(f"Parse error on {found[:40]!r}, which is no name")
        return found

    def given(self, token: str) -> bool:
        """Take a token, if it is the next one."""
        if self.peek() != token:
            return False
        self._at += 1
        return True

    def operation(self) -> Query:
        kind = "query" if self.peek() == "{" else self.take("query", "mutation")
        name = "" if self.peek() in {"{", "("} else self.word()
        defaults: dict[str, Any] = {}
        if self.given("("):
            while not self.given(")"):
                self.take("$")
                variable = self.word()
                self.take(":")
                self.type()
                if self.given("="):
                    defaults[variable] = self.value()
        return Query(kind, name, self.selections(0), self.fragments, defaults)

    def type(self) -> None:
        """The type of a variable, which is not looked into."""
        if self.given("["):
            self.type()
            self.take("]")
        else:
            self.word()
        self.given("!")

    def fragment(self) -> Selection:
        self.take("fragment")
        name = self.word()
        self.take("on")
        kind = self.word()
        return Selection("", name, kind, inside=self.selections(0))

    def selections(self, depth: int) -> tuple[Selection, ...]:
        if depth > _DEEPEST:
            raise _wrong("The document is too deep")
        self.take("{")
        found: list[Selection] = []
        while not self.given("}"):
            found.append(self._more_of(depth) if self.given("...") else self._field(depth))
        return tuple(found)

    def _more_of(self, depth: int) -> Selection:
        if self.peek() not in {"on", "{", "@"}:
            return Selection("", spread=self.word(), conditions=self._conditions())
        kind = self.word() if self.given("on") else ""
        conditions = self._conditions()
        return Selection("", kind=kind, conditions=conditions, inside=self.selections(depth + 1))

    def _field(self, depth: int) -> Selection:
        key = name = self.word()
        if self.given(":"):
            name = self.word()
        arguments = self._arguments()
        conditions = self._conditions()
        inside = self.selections(depth + 1) if self.peek() == "{" else ()
        return Selection(name, key, "", arguments, "", conditions, inside)

    def _arguments(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.given("("):
            while not self.given(")"):
                name = self.word()
                self.take(":")
                found[name] = self.value()
        return found

    def _conditions(self) -> tuple[tuple[str, Any], ...]:
        found: list[tuple[str, Any]] = []
        while self.given("@"):
            word = self.take("include", "skip")
            found.append((word, self._arguments().get("if")))
        return tuple(found)

    def value(self, depth: int = 0) -> Any:
        token = self.take()
        if depth > _DEEPEST:
            raise _wrong("The document is too deep")
        if token == "$":  # noqa: S105 - a sign
            return Variable(self.word())
        if token == "[":  # noqa: S105 - a sign
            listed = []
            while not self.given("]"):
                listed.append(self.value(depth + 1))
            return listed
        if token == "{":  # noqa: S105 - a sign
            made: dict[str, Any] = {}
            while not self.given("}"):
                name = self.word()
                self.take(":")
                made[name] = self.value(depth + 1)
            return made
        return _plain(token)


def _plain(token: str) -> Any:
    """A number, a text, or a word: of an enumeration unless it is one of three."""
    if token.startswith('"""'):
        return token[3:-3].strip("\n")
    if token[0] in '"-' or token[0].isdigit():
        try:
            return json.loads(token)
        except ValueError:
            raise _wrong(f"Parse error on {token[:40]!r}") from None
    if not (token[0].isalpha() or token[0] == "_"):
        raise _wrong(f"Parse error on {token[:40]!r}")
    return _WORDS.get(token, token)


def _wrong(message: str) -> Exception:
    return refused(400, f"Problems parsing GraphQL: {message}")
