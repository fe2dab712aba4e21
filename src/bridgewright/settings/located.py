"""A TOML file whose keys know their lines."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """A parsed file. `name` is how messages call it."""

    path: Path
    name: str
    text: str = field(repr=False)
    content: dict[str, Any] = field(repr=False)

    def place(self, key: Key) -> str:
        """`file:line` of a key or table, or of the nearest table around it that the file has."""
        near = self._near(key)
        return f"{self.name}:{_lines(self.text)[near]}" if near else self.name

    def line(self, key: Key) -> int:
        """The line of the same, counted from 1; the first line where nothing around it is there."""
        near = self._near(key)
        return _lines(self.text)[near] if near else 1

    def _near(self, key: Key) -> Key:
        lines = _lines(self.text)
        while key and key not in lines:
            key = key[:-1]
        return key


def read(path: Path, name: str) -> Located:
    """Read and parse a file; what keeps it from that is a `ConfigurationError` with its line."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        remedy = "correct the path, or write one with `bridgewright init`"
        problem = "there is no such file"
        raise ConfigurationError(problem, place=name, remedy=remedy) from None
    except UnicodeDecodeError:
        problem = "is not UTF-8 text"
        raise ConfigurationError(problem, place=name) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
        raise ConfigurationError(problem, place=name) from None
    try:
        return Located(path, name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, name) from None
    except (RecursionError, ValueError):
        problem = "is not TOML that settings are made of: nested too deeply, or a number too long"
        raise ConfigurationError(problem, place=name) from None


def _not_toml(message: str, text: str, name: str) -> ConfigurationError:
    at = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(at[1]) if at else text.count("\n") + 1
    what = message.split(" (at ", maxsplit=1)[0]
    remedy = "texts stand in double quotes, tables in [brackets]: see https://toml.io"
    return ConfigurationError(f"is not TOML: {what}", place=f"{name}:{line}", remedy=remedy)


@lru_cache(maxsize=4)  # a file is asked for the lines of many keys, one after the other
def _lines(text: str) -> Mapping[Key, int]:
    """The line on which each key and table begins.

    The parser does not tell, but parses every prefix of the file that ends with a statement: the
    statement that adds a key to the result began where the prefix before it ended. Slow (each
    prefix is parsed), and only needed to say what is wrong.
    """
    found: dict[Key, int] = {}
    began = 1
    rows = text.split("\n")
    for n, row in enumerate(rows, start=1):
        if began == n and row.lstrip()[:1] in {"", "#"}:
            began = n + 1  # between two statements nothing begins here
            continue
        try:
            content = tomllib.loads("\n".join(rows[:n]))
        except tomllib.TOMLDecodeError:
            continue  # inside a value of several lines
        for key in _keys(content):
            found.setdefault(key, began)
        began = n + 1
    return found


def _keys(content: Mapping[str, Any], above: Key = ()) -> Iterator[Key]:
    for name, value in content.items():
        yield (*above, name)
        if isinstance(value, dict):
            yield from _keys(value, (*above, name))
