"""One table of a TOML file, asked for its keys; what is wrong is kept, and everything is looked at."""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from enum import StrEnum

    from bridgewright.settings.located import Key, Located

    Form = Callable[[str], str | None]

    E = TypeVar("E", bound=StrEnum)

MOST_NUMBER = 1e9


@dataclass(frozen=True, slots=True)
class Problems:
    """What is wrong with a file, in the order in which it was found."""

    located: Located
    found: list[tuple[int, ConfigurationError]] = field(default_factory=list)

    def tell(self, key: Key, problem: str, remedy: str = "") -> None:
        """One more. The place is the line of the key, or of the table that it is missing from."""
        error = ConfigurationError(problem, place=self.located.place(key), remedy=remedy)
        self.found.append((self.located.line(key), error))

    def refuse(self) -> None:
        """`ConfigurationError` with everything that was found, by line; nothing if there is nothing."""
        if not self.found:
            return
        errors = [error for _, error in sorted(self.found, key=lambda pair: pair[0])]
        if len(errors) == 1:
            raise errors[0]
        told = "\n".join(f"  {error}" for error in errors)
        problem = f"{len(errors)} things are wrong:\n{told}"
        raise ConfigurationError(problem, place=self.located.name)


@dataclass(frozen=True, slots=True)
class Table:
    """A table at `key`. Each method takes one key and says what is wrong with it, if anything is; what
    nobody asked for is wrong as well (`close`)."""

    key: Key
    content: dict[str, Any]
    problems: Problems
    asked: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.content

    def text(self, name: str, default: str | None = None, form: Form | None = None) -> str:
        """A text that is not empty; required where there is no default."""
        value = self._value(name, required=default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(name, "must be a text that is not empty")
            return default or ""
        problem = form(value) if form is not None else None
        if problem is not None:
            self.wrong(name, problem)
        return value

    def texts(self, name: str, form: Form | None = None) -> tuple[str, ...]:
        """A list of texts; none where it is not there."""
        value = self._value(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.wrong(name, 'must be a list of texts, like ["a", "b"]')
            return ()
        problem = next((p for one in value if form is not None and (p := form(one))), None)
        if problem is not None:
            self.wrong(name, problem)
        return tuple(value)

    def number(self, name: str) -> float | None:
        """A finite number above 0; None where it is not there."""
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(name, "must be a number")
            return None
        if not (math.isfinite(value) and 0 < value <= MOST_NUMBER):
            self.wrong(name, f"must be finite, more than 0, and at most {MOST_NUMBER:g}")
            return None
        return float(value)

    def whole(self, name: str) -> int | None:
        """A whole number from 1; None where it is not there."""
        value = self._value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_NUMBER:
            self.wrong(name, f"must be a whole number from 1 to {MOST_NUMBER:g}")
            return None
        return value

    def choice(self, name: str, words: type[E], default: E) -> E:
        """One of the words."""
        value = self._value(name)
        if value is None:
            return default
        known = [str(word) for word in words]
        if value not in known:
            self.wrong(name, f"must be one of {', '.join(known)}", nearest(value, known))
            return default
        return words(value)

    def table(self, name: str) -> Table:
        """The table of that name; an empty one where it is not there."""
        value = self._value(name)
        if value is not None and not isinstance(value, dict):
            self.wrong(name, "must be a table")
        return Table((*self.key, name), value if isinstance(value, dict) else {}, self.problems)

    def tables(self) -> Iterator[tuple[str, Table]]:
        """All of them, each with its name."""
        for name in self.content:
            yield name, self.table(name)

    def raw(self, name: str) -> Any:
        """A value of whatever kind; None where it is not there."""
        return self._value(name)

    def wrong(self, name: str, problem: str, remedy: str = "") -> None:
        """Say that a key is."""
        key = (*self.key, name)
        self.problems.tell(key, f"{'.'.join(key)} {problem}", remedy)

    def close(self) -> None:
        """Say what nobody asked for."""
        for name in self.content:
            if name not in self.asked:
                self.wrong(name, "is not known here", nearest(name, sorted(self.asked)))

    def _value(self, name: str, *, required: bool = False) -> Any:
        self.asked.add(name)
        if name not in self.content and required:
            where = f"[{'.'.join(self.key)}]" if self.key else "the file"
            self.problems.tell(self.key, f"{where} lacks {name}", f"add {name} = …")
        return self.content.get(name)


def nearest(given: object, known: list[str]) -> str:
    """The next step after a word that is not known: the one that is like it, or all."""
    near = difflib.get_close_matches(str(given), known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
