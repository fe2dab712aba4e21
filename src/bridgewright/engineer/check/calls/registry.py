"""What is known of libraries that go out: how their calls are bounded, and what they do by default."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Bound:
    """How a call is bounded: by keywords, the first of which may be the positional argument `position`;
    `none_is_finite` and `zero_is_endless` where a library reads these so."""

    keywords: tuple[str, ...]
    position: int | None
    none_is_finite: bool
    zero_is_endless: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """A function that goes out (`calls` empty, `client` false), or what is made and goes out by methods.
    `default_s` is how long it waits when nothing is said, None for ever."""

    library: str
    names: tuple[str, ...]
    pattern: re.Pattern[str] | None
    client: bool
    calls: frozenset[str]
    bound: Bound
    call_bound: Bound
    default_s: float | None
    set_by: tuple[str, ...]
    bounded_by: frozenset[str]
    raw: bool
    blocking: bool
    socket_default: bool
    proof: str

    @property
    def tells(self) -> bool:
        """Whether making it says that something will go out: a socket may listen."""
        return self.library != "socket"

    @property
    def judged_when_made(self) -> bool:
        """Whether making it decides about all of its calls."""
        return self.client and not self.calls


@dataclass(frozen=True, slots=True)
class Limit:
    """A value that says how long: finite when all names of one of `sufficient` are. `whole` is the first
    positional argument where it stands for all of them; `absent_is_finite` where defaults are finite."""

    names: tuple[str, ...]
    whole: bool
    order: tuple[str, ...]
    sufficient: tuple[tuple[str, ...], ...]
    absent_is_finite: bool
    zero_is_endless: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """All of it, by full name; `versions` are those that the defaults were read of. `blocking` are functions
    that stop a thread without going out, `ours` views of ours that do."""

    callers: Mapping[str, Caller]
    patterns: tuple[Caller, ...]
    limits: Mapping[str, Limit]
    versions: Mapping[str, str]
    blocking: frozenset[str]
    ours: frozenset[str]

    def caller(self, name: str) -> Caller | None:
        """What goes out under a full name."""
        found = self.callers.get(name)
        if found is None and name.endswith("Stub"):
            return next((each for each in self.patterns if _fits(each, name)), None)
        return found


def registry() -> Registry:
    """The registry that comes with this version."""
    text = (
        files("bridgewright.engineer.check.calls")
        .joinpath("defaults.toml")
        .read_text(encoding="utf-8")
    )
    read = tomllib.loads(text)
    callers = [
        *(_caller(row, client=False) for row in read["calls"]),
        *(_caller(row, client=True) for row in read["clients"]),
    ]
    return Registry(
        {name: caller for caller in callers for name in caller.names},
        tuple(caller for caller in callers if caller.pattern is not None),
        _limits(read["limits"]),
        read["versions"],
        frozenset(read["blocking"]["names"]),
        frozenset(read["blocking"]["ours"]),
    )


def _fits(caller: Caller, name: str) -> bool:
    return caller.pattern is not None and caller.pattern.fullmatch(name) is not None


def _caller(row: Mapping[str, Any], *, client: bool) -> Caller:
    pattern = row.get("pattern")
    return Caller(
        library=row["library"],
        names=tuple(row["names"]),
        pattern=re.compile(pattern) if pattern else None,
        client=client,
        calls=frozenset(row.get("calls", ())),
        bound=_bound(row, "timeout", "position"),
        call_bound=_bound({**row, "none": "endless"}, "call_timeout", "call_position"),
        default_s=None if row["default"] == "none" else float(row["default"]),
        set_by=tuple(row.get("set_by", ())),
        bounded_by=frozenset(row.get("bounded_by", ())),
        raw=row.get("raw", False),
        blocking=row.get("blocking", False),
        socket_default=row.get("global", False),
        proof=row["proof"],
    )


def _bound(row: Mapping[str, Any], keywords: str, position: str) -> Bound:
    return Bound(
        tuple(row.get(keywords, ())),
        row.get(position),
        row.get("none") == "finite",
        row.get("zero") == "endless",
    )


def _limits(rows: Iterable[Mapping[str, Any]]) -> dict[str, Limit]:
    found: dict[str, Limit] = {}
    for row in rows:
        limit = Limit(
            tuple(row["names"]),
            "all" in row,
            tuple(row.get("order", ())),
            tuple(tuple(each) for each in row["sufficient"]),
            row.get("absent") == "finite",
            row.get("zero") == "endless",
        )
        found.update(dict.fromkeys(limit.names, limit))
    return found
