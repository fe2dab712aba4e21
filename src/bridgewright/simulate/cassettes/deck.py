"""What a cassette holds, dealt in order: each recorded answer once, then nothing more."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from bridgewright.core.redact.redaction import Redaction
from bridgewright.core.redact.values import redacted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.cassettes.exchange import Exchange
    from bridgewright.simulate.cassettes.matching import Key, Matching

NEAREST = 3
"""How many recorded requests an unmatched one is compared with in what we say of it."""
_DIFFERENCES = 5
_MOST_CHARS = 120
_REDACTION = Redaction()


class AfterLast(StrEnum):
    """What follows when every answer of a request was given: ERROR says so and fails the test, REPEAT
    gives the last one again (for tests that poll)."""

    ERROR = "error"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A request that the cassette has no answer for: why, and what comes nearest to it."""

    asked: str
    why: str
    nearest: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        if not self.nearest:
            return f"{self.asked}: {self.why}"
        return f"{self.asked}: {self.why}. The nearest:\n" + "\n".join(self.nearest)


class Deck:
    """The exchanges by what they are found by. Used by one thread: the cassette's loop."""

    def __init__(
        self, exchanges: Iterable[Exchange], matching: Matching, after_last: AfterLast
    ) -> None:
        self._after_last = after_last
        self._given: Counter[Key] = Counter()
        self._turns: dict[Key, list[Exchange]] = {}
        for exchange in exchanges:
            self._turns.setdefault(matching.key(exchange.asked), []).append(exchange)
        for turns in self._turns.values():
            turns.sort(key=lambda exchange: exchange.turn)

    def take(self, key: Key) -> Exchange | None:
        """The next answer of a request; None when there is none, or none left."""
        turns = self._turns.get(key, ())
        given = self._given[key]
        if given < len(turns):
            self._given[key] += 1
            return turns[given]
        return turns[-1] if turns and self._after_last is AfterLast.REPEAT else None

    def next_turn(self, key: Key) -> int:
        """Which turn a new recording of a request has."""
        turns = self._turns.get(key, ())
        self._given[key] += 1
        return max([self._given[key], *(exchange.turn + 1 for exchange in turns)])

    @property
    def unplayed(self) -> tuple[Exchange, ...]:
        """What was recorded and never asked for."""
        return tuple(
            exchange for key, turns in self._turns.items() for exchange in turns[self._given[key] :]
        )

    def unmatched(self, key: Key) -> Unmatched:
        """Why a request has no answer, in words, without secrets."""
        asked = f"{key.method} {_cut(key.path)}"
        recorded = len(self._turns.get(key, ()))
        if recorded:
            times = "once" if recorded == 1 else f"{recorded} times"
            return Unmatched(asked, f"it was recorded {times}, and is asked once more", ())
        if not self._turns:
            return Unmatched(asked, "the cassette is empty", ())
        likest = sorted(self._turns, key=lambda other: -_likeness(key, other))[:NEAREST]
        return Unmatched(
            asked, "it was never recorded", tuple(_told(key, other) for other in likest)
        )


def _likeness(asked: Key, recorded: Key) -> float:
    path = SequenceMatcher(None, asked.path, recorded.path, autojunk=False).ratio()
    mine, theirs = set(asked.lines), set(recorded.lines)
    shared = len(mine & theirs) / max(1, len(mine | theirs))
    return 2 * path + (asked.method == recorded.method) + shared


def _told(asked: Key, recorded: Key) -> str:
    lines = [f"  {recorded.method} {_cut(recorded.path)}"]
    only_asked = Counter(asked.lines) - Counter(recorded.lines)
    only_recorded = Counter(recorded.lines) - Counter(asked.lines)
    for sign, some in (("asked   ", only_asked), ("recorded", only_recorded)):
        lines += [f"    {sign} {_cut(line)}" for line in islice(some, _DIFFERENCES)]
    return "\n".join(lines)


def _cut(line: str) -> str:
    line = redacted(line, _REDACTION, named=True)
    return line if len(line) <= _MOST_CHARS else f"{line[:_MOST_CHARS]}…"
