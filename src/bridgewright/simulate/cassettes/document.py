"""The file: JSON with its keys in a fixed order, and what is wrong with one, with its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.cassettes import bodies
from bridgewright.simulate.cassettes.exchange import Asked, Exchange, Told
from bridgewright.simulate.cassettes.trouble import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = "bridgewright-cassette/1"
_FAMILY = "bridgewright-cassette/"
_SURROGATE = re.compile("[\ud800-\udfff]")
_HEADER = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+): (.*)", re.DOTALL)
_STATUSES = range(100, 1000)


@dataclass(frozen=True, slots=True)
class Tape:
    """What a cassette's file holds: the upstream it was recorded from, and exchanges in their order."""

    upstream: str = ""
    exchanges: tuple[Exchange, ...] = ()


def content_of(tape: Tape) -> dict[str, Any]:
    """The file's content, as JSON has it."""
    return {
        "format": FORMAT,
        "upstream": tape.upstream,
        "exchanges": [
            {
                "request": _asked(each.asked),
                "turn": each.turn,
                "recorded_at": each.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "response": {
                    "status": each.told.status,
                    "headers": [f"{name}: {value}" for name, value in each.told.headers],
                    "body": bodies.written(each.told.body),
                },
            }
            for each in tape.exchanges
        ],
    }


def text_of(content: dict[str, Any]) -> str:
    """The file's text: indented, and a line for each value."""
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _asked(asked: Asked) -> dict[str, Any]:
    content: dict[str, Any] = {"method": asked.method, "path": asked.path}
    if asked.query:
        content["query"] = list(asked.query)
    content["headers"] = [f"{name}: {value}" for name, value in asked.headers]
    content["body"] = bodies.written(asked.body)
    return content


@dataclass(frozen=True, slots=True)
class _At:
    """A value of the file and where it stands."""

    value: Any = field(repr=False)
    path: str
    pointer: str = ""

    @property
    def place(self) -> str:
        return f"{self.path}#{self.pointer}" if self.pointer else self.path

    def wrong(self, problem: str, remedy: str = "") -> CassetteError:
        return CassetteError(problem, place=self.place, remedy=remedy)

    def under(self, key: str | int) -> _At:
        return _At(self.value[key], self.path, f"{self.pointer}/{key}")

    def member(self, key: str, kind: type, what: str) -> _At:
        """The value under a key, of a kind."""
        if not isinstance(self.value, dict):
            raise self.wrong("this should be an object")
        if key not in self.value:
            raise self.wrong(f"{key!r} is missing", f"Write {what} there")
        below = self.under(key)
        if not isinstance(below.value, kind) or isinstance(below.value, bool):
            raise below.wrong(f"this should be {what}")
        return below

    def only(self, *names: str) -> None:
        """Refuse keys that nobody reads: a misspelt one would be lost on the next recording."""
        unknown = sorted(self.value.keys() - set(names))
        if unknown:
            raise self.under(unknown[0]).wrong(
                "nothing reads this", f"The keys here are {', '.join(names)}"
            )

    def each(self) -> Iterable[_At]:
        return (self.under(number) for number in range(len(self.value)))


def tape_of(text: str, path: str) -> Tape:
    """What the text of a file says. CassetteError with the place of what is wrong in it."""
    try:
        root = _At(json.loads(text), path)
    except ValueError as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "not JSON"
        raise CassetteError(f"this is not JSON: {reason}", place=f"{path}{line}") from None
    except RecursionError:
        raise CassetteError("this is nested too deep", place=path) from None
    _check_format(root)
    root.only("format", "upstream", "exchanges")
    upstream = root.member("upstream", str, "the base URL it was recorded from, or an empty text")
    exchanges = root.member("exchanges", list, "a list of exchanges")
    return Tape(upstream.value, tuple(_exchange(each) for each in exchanges.each()))


def _check_format(root: _At) -> None:
    version = root.member("format", str, f"the text {FORMAT}")
    if version.value == FORMAT:
        return
    if version.value.startswith(_FAMILY):
        raise version.wrong(
            f"this cassette has the format {version.value.removeprefix(_FAMILY)!r}, and this release"
            f" reads {FORMAT.removeprefix(_FAMILY)!r}",
            "Upgrade bridgewright, or record it again with the mode refresh",
        )
    raise version.wrong(
        "this is not a cassette of ours", "import_cassette reads those of VCR, and HAR"
    )


def _exchange(at: _At) -> Exchange:
    asked = at.member("request", dict, "a request")
    told = at.member("response", dict, "a response")
    turn = at.member("turn", int, "which of the same requests it is, from 1")
    if turn.value < 1:
        raise turn.wrong("turns are counted from 1")
    at.only("request", "turn", "recorded_at", "response")
    recorded = at.member("recorded_at", str, "an instant like 2026-11-29T11:15:00Z")
    try:
        recorded_at = datetime.strptime(recorded.value, "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        raise recorded.wrong("this is no instant", "Write it like 2026-11-29T11:15:00Z") from None
    return Exchange(_read_asked(asked), _read_told(told), turn.value, recorded_at)


def _read_asked(at: _At) -> Asked:
    at.only("method", "path", "query", "headers", "body")
    query = at.member("query", list, "a list of name=value") if "query" in at.value else None
    return Asked(
        at.member("method", str, "a method like GET").value,
        at.member("path", str, "a path like /v1/customers").value,
        () if query is None else tuple(_texts(query)),
        _headers(at.member("headers", list, "a list of fields")),
        _body(at),
    )


def _read_told(at: _At) -> Told:
    at.only("status", "headers", "body")
    status = at.member("status", int, "a status like 200")
    if status.value not in _STATUSES:
        raise status.wrong("this is no status")
    return Told(status.value, _headers(at.member("headers", list, "a list of fields")), _body(at))


def _body(at: _At) -> bodies.Body:
    if "body" not in at.value:
        raise at.wrong("'body' is missing", "Write null for none")
    below = at.under("body")
    return bodies.read(below.value, below.place)


def _texts(at: _At) -> Iterable[str]:
    for each in at.each():
        if not isinstance(each.value, str):
            raise each.wrong("this should be a text")
        yield each.value


def _headers(at: _At) -> tuple[tuple[str, str], ...]:
    fields = []
    for number, text in enumerate(_texts(at)):
        found = _HEADER.fullmatch(text)
        if found is None or "\r" in text or "\n" in text:
            raise at.under(number).wrong(
                "this is no header field", "Write it `name: value`, in a line"
            )
        fields.append((found[1], found[2]))
    return tuple(fields)
