"""The values inside a body, by where they stand: of JSON, or of a form, which is a list for each name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Path = tuple[str | int, ...]
    Leaves = Mapping[Path, Any]

GONE = object()
PROBES = 12
"""Of a text, as many characters are changed one by one to see whether it is bound."""


def leaves(body: bytes) -> dict[Path, Any]:
    """Every value that holds no others. Empty for a body that is neither JSON nor a form."""
    found = _opened(body)
    return {path: value for path, value in _below(found, ()) if path}


def hold(body: bytes, bound: Leaves) -> bool:
    """Whether these values still stand where they stood. A list may have lost its end: each item of a
    batch is signed by itself."""
    found = _opened(body)
    return all(_same(_at(found, path), value) for path, value in bound.items())


def with_leaf(body: bytes, path: Path, value: object) -> bytes:
    """The body with another value at one of its leaves."""
    found: Any = _opened(body)
    here = found
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    return _written(found, body)


def respelled(body: bytes) -> bytes:
    """The same values in other bytes; the body itself where it holds none."""
    found = _opened(body)
    return body if found is None else _written(found, body)


def other_values(value: object) -> Iterator[object]:
    """What could stand there instead: texts of the same length and kind, and other kinds."""
    if isinstance(value, str):
        places = range(0, len(value), max(1, len(value) // PROBES))
        yield from (_changed(value, place) for place in places)
    yield from (each for each in ("x", 7) if each != value)


def _changed(text: str, place: int) -> str:
    other = "b" if text[place] == "a" else "a"
    return text[:place] + other + text[place + 1 :]


def _same(found: object, value: object) -> bool:
    """Whether both make the same text, or the place is gone. JSON has two ways to write `true`."""
    return found is GONE or found == value or str(found).lower() == str(value).lower()


def _opened(body: bytes) -> Any:
    try:
        found = json.loads(body.decode())
    except (ValueError, RecursionError):
        text = body.decode("latin-1")
        return parse_qs(text, keep_blank_values=True, encoding="latin-1") or None
    return found if isinstance(found, dict | list) else None


def _written(found: Any, body: bytes) -> bytes:
    if body.lstrip()[:1] in {b"{", b"["}:
        return json.dumps(found).encode() + b"\n"
    return urlencode(found, doseq=True, encoding="latin-1").encode()


def _at(found: Any, path: Path) -> object:
    for step in path:
        try:
            found = found[step]
        except IndexError:
            return GONE
        except (KeyError, TypeError):
            return None
    return found


def _below(found: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(found, dict | list) and found:
        steps = found.items() if isinstance(found, dict) else enumerate(found)
        for step, inner in steps:
            yield from _below(inner, (*path, step))
    else:
        yield path, found
