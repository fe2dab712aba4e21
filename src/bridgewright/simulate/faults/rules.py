"""Faults as rules: where, when, in which phase, and of what kind.

A rule is a value: it can be written in JSON, read back, and printed beside a seed. What is decided by
chance depends on the seed, the rule and the count of the request, and on nothing else: not on how
threads happened to interleave.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.wire import Heard

    Only = Callable[[Heard], bool]


class Phase(StrEnum):
    """When a fault strikes, as seen from what the request is to bring about."""

    BEFORE_EFFECT = "before_effect"
    """Nothing is carried out."""
    AFTER_EFFECT = "after_effect"
    """It is carried out; what strikes is the answer."""
    MID_BODY = "mid_body"
    """It is carried out, and the answer begins well."""


class Kind(StrEnum):
    """What happens instead of a good answer, or to it."""

    STATUS = "status"
    """An error of `status`, in the provider's words, with `retry_after` where that says something."""
    RESET = "reset"
    """RST, as from a host that crashed."""
    CLOSE = "close"
    """The connection ends cleanly, without a word."""
    STALL = "stall"
    """Silence until the caller gives up."""
    SLOW = "slow"
    """It takes `seconds` longer, by the provider's clock."""
    TRICKLE = "trickle"
    """The body arrives byte by byte, `seconds` apart, for real."""
    TRUNCATE = "truncate"
    """Half of the body that its length announces, then the end."""
    TRUNCATE_CHUNKED = "truncate_chunked"
    """Half of the body in chunks, and no last one."""
    GARBAGE = "garbage"
    """Bytes that are not HTTP."""
    GIANT_HEADER = "giant_header"
    """A header field of a megabyte."""
    LENGTHS = "lengths"
    """Two lengths that disagree."""
    BAD_GZIP = "bad_gzip"
    """A body that says it is gzip, and is not."""
    HTML = "html"
    """200 with a page, as from a captive portal."""
    EMPTY = "empty"
    """200 without a body."""
    NOT_JSON = "not_json"
    """A body that stops being JSON half-way, with the right length."""
    STALE_READ = "stale_read"
    """What this operation answered before, or nothing new."""
    DRIFT = "drift"
    """The answer's JSON has changed its shape: `how` is add, null, type or enum, at the field `name`."""
    SKEW = "skew"
    """The `Date` of the answer is `seconds` off."""
    REDIRECT = "redirect"
    """`status` 302, 307 or 308, to `name`."""


WITHOUT_EFFECT = frozenset({Kind.STATUS, Kind.STALL, Kind.HTML, Kind.REDIRECT})
"""Kinds that strike before the effect unless told otherwise."""
IN_THE_BODY = frozenset({Kind.TRICKLE, Kind.TRUNCATE, Kind.TRUNCATE_CHUNKED})


@dataclass(frozen=True, slots=True)
class When:
    """Which of the requests that a rule is about it strikes, counted from 1: those after `after`, at
    most `first` of them, every `every`-th, each with `chance`; from `begins_s` to `ends_s` after the
    rule was made, by the provider's clock; and never again once `until` has said yes."""

    after: int = 0
    first: int | None = None
    every: int = 1
    chance: float = 1.0
    begins_s: float = 0.0
    ends_s: float = math.inf
    until: Callable[[], bool] | None = None

    def strikes(self, count: int, age_s: float, roll: float) -> bool:
        """Whether it strikes the `count`-th, at that age of the rule, given a roll from 0 to 1."""
        place = count - self.after
        return (
            place >= 1
            and (self.first is None or place <= self.first * self.every)
            and place % self.every == 0
            and self.begins_s <= age_s < self.ends_s
            and roll < self.chance
            and not (self.until is not None and self.until())
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault. `where` is a pattern over `provider.operation` (`stripe.*`); `only` looks at the
    request, `reused` asks for a connection that has answered before."""

    kind: Kind
    where: str = "*"
    when: When = field(default_factory=When)
    phase: Phase = Phase.BEFORE_EFFECT
    status: int = 503
    retry_after: str | None = None
    seconds: float = 0.0
    name: str = ""
    how: str = ""
    reused: bool = False
    only: Only | None = field(default=None, repr=False)

    def concerns(self, operation: str, heard: Heard) -> bool:
        """Whether a request is one of those it is about."""
        return (
            fnmatchcase(operation, self.where)
            and (not self.reused or heard.number > 1)
            and (self.only is None or self.only(heard))
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.phase} on {self.where}"


class Faults:
    """The rules in force, the oldest first: the first that strikes is the one that happens.

    `seed` decides what chance decides. Safe to use from any thread.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self.seed = seed
        self._clock = clock
        self._lock = threading.Lock()
        self._made = 0
        self._rules: list[_Counted] = []

    def on(self, where: str = "*", *, only: Only | None = None) -> Planned:
        """Begin a rule about the operations that match: `faults.on("stripe.refunds.*").first(1)`."""
        return Planned(self, where, only)

    def add(self, rule: Rule) -> Rule:
        """Put a rule in force, after those that are."""
        with self._lock:
            self._made += 1
            self._rules.append(_Counted(rule, self._made, self._clock.now()))
        return rule

    def remove(self, rule: Rule) -> None:
        """Take a rule back; nothing happens when it is not in force."""
        with self._lock:
            self._rules = [each for each in self._rules if each.rule is not rule]

    def clear(self) -> None:
        """Take all of them back."""
        with self._lock:
            self._rules.clear()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those in force."""
        with self._lock:
            return tuple(each.rule for each in self._rules)

    @property
    def untouched(self) -> tuple[Rule, ...]:
        """Those that have not struck yet: a test that counts on them has seen nothing."""
        with self._lock:
            return tuple(each.rule for each in self._rules if not each.struck)

    def meet(self, operation: str, heard: Heard) -> Rule | None:
        """What strikes a request for `provider.operation`, if anything does; it counts for every rule
        that is about it."""
        with self._lock:
            met = [each for each in self._rules if each.rule.concerns(operation, heard)]
            return next((each.rule for each in [*map(self._struck, met)] if each), None)

    def _struck(self, counted: _Counted) -> _Counted | None:
        counted.count += 1
        roll = Random(f"{self.seed}/{counted.number}/{counted.count}").random()  # noqa: S311 - repeatable
        age_s = self._clock.now() - counted.made_at_s
        if not counted.rule.when.strikes(counted.count, age_s, roll):
            return None
        counted.struck += 1
        return counted


class _Counted:
    """A rule in force, and what it has met."""

    __slots__ = ("count", "made_at_s", "number", "rule", "struck")

    def __init__(self, rule: Rule, number: int, made_at_s: float) -> None:
        self.rule = rule
        self.number = number
        self.made_at_s = made_at_s
        self.count = 0
        self.struck = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A rule that is being worded: which requests first, and what happens to them last."""

    faults: Faults = field(repr=False)
    where: str
    only: Only | None = field(default=None, repr=False)
    when: When = field(default_factory=When)
    phase: Phase | None = None

    def first(self, count: int) -> Planned:
        """At most so many."""
        return self._when(first=_at_least_one(count))

    def after(self, count: int) -> Planned:
        """None of the first so many."""
        return self._when(after=count)

    def every(self, count: int) -> Planned:
        """Each so-manieth."""
        return self._when(every=_at_least_one(count))

    def chance(self, share: float) -> Planned:
        """Each with this probability, from 0 to 1, as the seed has it."""
        if not 0 <= share <= 1:
            msg = f"a chance is between 0 and 1, not {share:g}"
            raise ValueError(msg)
        return self._when(chance=share)

    def window(self, seconds: float, *, begins_s: float = 0.0) -> Planned:
        """Those of the next so many seconds, by the provider's clock."""
        return self._when(begins_s=begins_s, ends_s=begins_s + seconds)

    def until(self, said: Callable[[], bool]) -> Planned:
        """Those before `said` says yes."""
        return self._when(until=said)

    def before_effect(self) -> Planned:
        """Nothing is carried out."""
        return replace(self, phase=Phase.BEFORE_EFFECT)

    def after_effect(self) -> Planned:
        """What is asked for is carried out first."""
        return replace(self, phase=Phase.AFTER_EFFECT)

    def status(self, status: int = 503, *, retry_after: float | str | None = None) -> Rule:
        """An error in the provider's words; `retry_after` in seconds, as a date, or as garbage."""
        said = f"{retry_after:g}" if isinstance(retry_after, int | float) else retry_after
        return self._put(Kind.STATUS, status=status, retry_after=said)

    def lose_response(self) -> Rule:
        """It is carried out, and the connection ends without a word: nobody can say."""
        return self._put(Kind.CLOSE, phase=Phase.AFTER_EFFECT)

    def reset(self) -> Rule:
        """The connection ends by RST; what was asked for is not carried out unless told."""
        return self._put(Kind.RESET)

    def close(self) -> Rule:
        """The connection ends cleanly, without a word."""
        return self._put(Kind.CLOSE)

    def keepalive_race(self) -> Rule:
        """A connection that has answered before ends as it is used again."""
        return self._put(Kind.CLOSE, reused=True)

    def stall(self) -> Rule:
        """Silence until the caller gives up."""
        return self._put(Kind.STALL)

    def slow(self, seconds: float) -> Rule:
        """So much longer, by the provider's clock."""
        return self._put(Kind.SLOW, seconds=seconds)

    def trickle(self, seconds: float = 0.1) -> Rule:
        """The body byte by byte, so many real seconds apart."""
        return self._put(Kind.TRICKLE, seconds=seconds)

    def truncate(self, *, chunked: bool = False) -> Rule:
        """Half of the body."""
        return self._put(Kind.TRUNCATE_CHUNKED if chunked else Kind.TRUNCATE)

    def answer_with(self, kind: Kind) -> Rule:
        """One of the answers that need no further word: html, empty, garbage, bad_gzip and others."""
        return self._put(kind)

    def drift(self, how: str, name: str) -> Rule:
        """A field that was added, is null, has another type or an unknown word."""
        return self._put(Kind.DRIFT, how=how, name=name)

    def skew(self, seconds: float) -> Rule:
        """The provider's clock is so far off in what it says."""
        return self._put(Kind.SKEW, seconds=seconds)

    def redirect(self, to: str, status: int = 307) -> Rule:
        """Somewhere else."""
        return self._put(Kind.REDIRECT, name=to, status=status)

    def _when(self, **changes: object) -> Planned:
        return replace(self, when=replace(self.when, **changes))  # type: ignore[arg-type]  # by name

    def _put(self, kind: Kind, **fields: object) -> Rule:
        phase = self.phase or usual_phase(kind)
        made = Rule(kind, self.where, self.when, phase, only=self.only)
        return self.faults.add(replace(made, **fields))  # type: ignore[arg-type]  # by name


def usual_phase(kind: Kind) -> Phase:
    """When a kind strikes unless told: in the body, or after the effect where it changes an answer,
    or before anything happened."""
    if kind in IN_THE_BODY:
        return Phase.MID_BODY
    struck_early = WITHOUT_EFFECT | {Kind.RESET, Kind.CLOSE, Kind.SLOW, Kind.GARBAGE}
    return Phase.BEFORE_EFFECT if kind in struck_early else Phase.AFTER_EFFECT


def _at_least_one(count: int) -> int:
    if count < 1:
        msg = f"a fault strikes one request or more, not {count}"
        raise ValueError(msg)
    return count
