"""A cassette in its place before a provider: records what is missing, plays what it holds."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bridgewright.simulate.cassettes.deck import AfterLast, Deck, Unmatched
from bridgewright.simulate.cassettes.document import Tape, content_of, tape_of, text_of
from bridgewright.simulate.cassettes.drift import Drift, drift
from bridgewright.simulate.cassettes.exchange import asked_of, reply_of
from bridgewright.simulate.cassettes.keeping import change, load
from bridgewright.simulate.cassettes.leaks import leaks
from bridgewright.simulate.cassettes.masks import masks
from bridgewright.simulate.cassettes.matching import matching
from bridgewright.simulate.cassettes.placeholders import Placeholders
from bridgewright.simulate.cassettes.recording import Passed, exchange_of, packed, plain
from bridgewright.simulate.cassettes.trouble import CassetteError, LeakError, UnmatchedError
from bridgewright.simulate.forwarder import Forwarder, Traffic
from bridgewright.simulate.upstream import Upstream
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bridgewright.core.model.secret import Secret
    from bridgewright.simulate.cassettes.exchange import Exchange
    from bridgewright.simulate.cassettes.matching import Key, Matching
    from bridgewright.simulate.wire import Heard

_DAY_S = 86_400


class Mode(StrEnum):
    """NONE plays and reaches nobody: for CI. NEW plays what there is and records what is missing.
    REFRESH records everything anew and says what has changed."""

    NONE = "none"
    NEW = "new"
    REFRESH = "refresh"


@dataclass(frozen=True, slots=True)
class Handling:
    """How a cassette treats what passes.

    `volatile` are fields and paths that are new each time and not matched (`created`, `metadata.run`,
    `/v1/things/{id}`). `masked` are fields whose values the provider makes and nobody may keep: the
    file has stand-ins for them. `allowed` are fields, by name or JSON pointer, that only look secret.
    `after_last` is what follows when every answer of a request was given. `homed` has the upstream's
    URL in answers lead to the cassette. `max_age_days` warns of recordings that are older.
    """

    volatile: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    after_last: AfterLast | str = AfterLast.ERROR
    homed: bool = False
    max_age_days: float | None = None


class Cassette:
    """Plays a file to any HTTP client at `url`, and records into it from `upstream`.

    One file for a test; while it runs, it is a server on 127.0.0.1, and leaving the `with` writes
    what was recorded, unless the test has failed: half a recording is none. `secrets` are the test's
    credentials by name; the file has `{{secret:name}}` for them, and each test sees its own. In mode
    NONE no upstream is needed, and any value will do for a secret.

    Leaving raises UnmatchedError for requests that it had no answer for (the client got 501), and
    LeakError instead of writing a secret. After REFRESH, `report` says what has changed.
    """

    def __init__(  # noqa: PLR0913 - what a test says of its cassette
        self,
        path: str | Path,
        *,
        mode: Mode | str = Mode.NONE,
        secrets: Mapping[str, Secret] | None = None,
        upstream: str | None = None,
        live: bool = False,
        handling: Handling | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.path = Path(path)
        self.mode = Mode(mode)
        self.report: Drift | None = None
        self._handling = handling or Handling()
        self._after_last = AfterLast(self._handling.after_last)
        self._now = now
        self._placeholders = Placeholders(dict(secrets or {}))
        self._matching: Matching = matching(self._handling.volatile)
        self._upstream = self._checked_upstream(upstream, live=live)
        self._old = Tape()
        self._deck = Deck((), self._matching, AfterLast.ERROR)
        self._unmatched: list[Unmatched] = []
        self._failures: list[str] = []
        self._passed: list[Passed] = []
        self._asked: dict[tuple[int, int], tuple[int, int]] = {}
        self._arrivals = 0
        self._forwarder: Forwarder | None = None

    def __repr__(self) -> str:
        return f"<Cassette {self.path} {self.mode}>"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            self.close()
            return
        self.abandon()
        for unmatched in self._unmatched:
            error.add_note(f"{self.path}: {unmatched}")

    @property
    def url(self) -> str:
        """The base URL for the client, without a slash at its end; empty before `start`."""
        return "" if self._forwarder is None else self._forwarder.url

    @property
    def unmatched(self) -> tuple[Unmatched, ...]:
        """The requests that had no answer, so far."""
        return tuple(self._unmatched)

    @property
    def unplayed(self) -> tuple[str, ...]:
        """What was recorded and not asked for, so far: method and path."""
        return tuple(f"{each.asked.method} {each.asked.path}" for each in self._deck.unplayed)

    def start(self) -> str:
        """Read the file and open the port; the base URL. CassetteError when the file is missing in
        mode NONE, broken, or in need of a secret that was not given."""
        tape = load(self.path)
        if tape is None and self.mode is Mode.NONE:
            raise CassetteError(
                "there is no such cassette",
                place=f"{self.path}",
                remedy="Record it once with mode='new' and an upstream",
            )
        self._old = tape or Tape()
        if self.mode is not Mode.REFRESH:
            self._insert(self._old)
        upstream = self._upstream or self._recorded_upstream()
        traffic = Traffic(self._before, self._after, self._failed, whole=True, unpacked=True)
        self._forwarder = Forwarder(upstream, traffic, homed=self._handling.homed)
        return self._forwarder.start()

    def close(self) -> None:
        """Close the port, fail the test if it was not answered for, and write what was recorded."""
        self._stop()
        if self._unmatched or self._failures:
            told = "\n".join([*map(str, self._unmatched), *self._failures])
            raise UnmatchedError(
                f"what the test asked was not answered:\n{told}", place=f"{self.path}"
            )
        self._write()

    def abandon(self) -> None:
        """Close the port and write nothing."""
        self._stop()

    def _stop(self) -> None:
        if self._forwarder is not None:
            self._forwarder.close()

    def _checked_upstream(self, upstream: str | None, *, live: bool) -> Upstream | None:
        if self.mode is not Mode.NONE and upstream is None:
            raise CassetteError(
                f"mode {self.mode} records, and there is no upstream",
                place=f"{self.path}",
                remedy="Pass upstream='https://api.example.com' and live=True, or a simulator's URL",
            )
        if upstream is None:
            return None
        return Upstream(upstream, live or self.mode is Mode.NONE)

    def _recorded_upstream(self) -> Upstream | None:
        """Where it was recorded from: nobody is reached there, but answers may point there."""
        return Upstream(self._old.upstream, live=True) if self._old.upstream else None

    def _insert(self, tape: Tape) -> None:
        for number, exchange in enumerate(tape.exchanges):
            try:
                reply_of(exchange.told, self._placeholders)
            except CassetteError as error:
                place = f"{self.path}#/exchanges/{number}/response"
                raise CassetteError(error.problem, place=place, remedy=error.remedy) from None
        playing = self.mode is Mode.NONE
        after_last = self._after_last if playing else AfterLast.ERROR
        self._deck = Deck(tape.exchanges, self._matching, after_last)
        if self._handling.max_age_days is not None and tape.exchanges:
            self._warn(
                min(each.recorded_at for each in tape.exchanges), self._handling.max_age_days
            )

    def _warn(self, oldest_at: datetime, max_age_days: float) -> None:
        age = (self._now() - oldest_at.timestamp()) / _DAY_S
        if age > max_age_days:
            warnings.warn(
                f"cassette {self.path}: recorded {age:.0f} days ago, more than {max_age_days:g}."
                " Record it again with mode='refresh'",
                UserWarning,
                stacklevel=2,
            )

    async def _before(self, heard: Heard) -> Reply | None:
        """Play what there is; note the turn of what is to be recorded."""
        key = self._matching.key(asked_of(heard, self._placeholders))
        exchange = None if self.mode is Mode.REFRESH else self._deck.take(key)
        if exchange is not None:
            return reply_of(exchange.told, self._placeholders)
        if self.mode is Mode.NONE:
            return self._refuse(key)
        self._arrivals += 1
        self._asked[heard.connection, heard.number] = (self._arrivals, self._deck.next_turn(key))
        return None

    async def _after(self, heard: Heard, reply: Reply) -> Reply | None:
        """Keep an answer, unpacked, as the client gets it: now, and whenever it is played."""
        order, turn = self._asked.pop((heard.connection, heard.number))
        reply = plain(reply)
        self._passed.append(Passed(order, turn, heard, reply, self._now()))
        return reply

    def _failed(self, heard: Heard, why: str) -> None:
        self._asked.pop((heard.connection, heard.number), None)
        self._failures.append(f"{heard.method} {heard.path}: {why}")

    def _refuse(self, key: Key) -> Reply:
        unmatched = self._deck.unmatched(key)
        self._unmatched.append(unmatched)
        told = {"type": "cassette_unmatched", "message": f"{self.path.name}: {unmatched}"}
        return json_reply({"error": told}, 501, stripe_should_retry="false")

    def _write(self) -> None:
        if self.mode is Mode.NONE or not self._passed:
            return
        self._passed.sort(key=lambda each: each.order)
        pairs = ((each.heard, each.reply) for each in self._passed)
        masked = masks(pairs, self._handling.masked, self.path.name)
        placeholders = Placeholders(self._placeholders.secrets, masked)
        fresh = tuple(exchange_of(each, placeholders) for each in self._passed)
        upstream = self._upstream.url if self._upstream else ""
        if self.mode is Mode.REFRESH:
            self._gate(Tape(upstream, fresh), placeholders, first=0)
            change(self.path, lambda _: text_of(content_of(Tape(upstream, fresh))))
            self.report = drift(self._old.exchanges, fresh)
            return
        self._gate(Tape(upstream, fresh), placeholders, first=len(self._old.exchanges))
        change(self.path, lambda held: text_of(content_of(self._joined(held, upstream, fresh))))

    def _gate(self, tape: Tape, placeholders: Placeholders, *, first: int) -> None:
        """Refuse what must not be in a file; the places are those of the file as it would be."""
        content = content_of(tape)
        padding: list[object] = [None] * first
        content["exchanges"] = [*padding, *content["exchanges"]]
        found = leaks(content, placeholders, self._handling.allowed)
        hidden = tuple(packed(self._passed, first))
        if found or hidden:
            raise LeakError(f"{self.path}", (*found, *hidden))
        tape_of(text_of(content_of(tape)), f"{self.path}")  # what could not be read is not written

    def _joined(self, held: Tape | None, upstream: str, fresh: tuple[Exchange, ...]) -> Tape:
        """What the file holds by now, which another test may have written meanwhile, and ours."""
        if held is None:
            return Tape(upstream, fresh)
        taken = {(self._matching.key(each.asked), each.turn) for each in held.exchanges}
        ours = (each for each in fresh if (self._matching.key(each.asked), each.turn) not in taken)
        return Tape(held.upstream or upstream, (*held.exchanges, *ours))
