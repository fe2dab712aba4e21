"""When a call that was written down may go out, and when it must not: the rules of outbox items.

A sending is *open* from the commit before its first byte until it is known that it did not happen, or
that it did. Only a person, or a key that the provider still remembers, sends an open one again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import isinf
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.lease import holds
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.item import Bury, Cause, Failure, Retry
from bridgewright.core.model.moment import Moment, from_datetime, later, seconds_between

if TYPE_CHECKING:
    from datetime import datetime

    from bridgewright.core.lifecycle.burial import RetryPolicy
    from bridgewright.core.lifecycle.lease import Standing
    from bridgewright.core.model.item import Resolution, Sending

LANE = "outbox/"
"""What the lanes of the outbox begin with. No source's name can: it holds no slash."""
DAY_S = 86_400.0
LONGEST_S = 366 * DAY_S
"""How far ahead a call may be stored."""
KEY_SHARE = 0.9
"""The part of a key's lifetime that is relied upon: the rest is for clocks that differ, and for the call
itself, which takes its time."""


def lane_of(name: str) -> str:
    """The lane of a connection, or of the functions under a name."""
    return f"{LANE}{name}"


def is_lane(source: str) -> bool:
    """Whether this names a lane of the outbox, and no source."""
    return source.startswith(LANE)


def due(now: Moment, at: datetime | None, after: timedelta | float | None) -> Moment:
    """When a call that is stored now is to be made: at a moment, or after so long (seconds, where it is a
    number); now, where neither is given. A moment that is over is now.

    `ConfigurationError` for both at once, for a `datetime` without a zone, for a negative or endless time,
    and for one that is over a year away: a key would have to be remembered for as long.
    """
    if at is not None and after is not None:
        problem = "at= and after= are two answers to one question"
        raise ConfigurationError(problem, remedy="give the one that is meant")
    if at is not None:
        try:
            wanted = from_datetime(at)
        except ValueError as error:
            raise ConfigurationError(f"at={error}") from None
        after_s = seconds_between(now, wanted)
    else:
        after_s = after.total_seconds() if isinstance(after, timedelta) else float(after or 0.0)
        if not after_s >= 0.0:
            problem = f"after={after!r} is not a time that begins now"
            raise ConfigurationError(problem, remedy="give seconds, or a timedelta, of 0 or more")
    if not after_s <= LONGEST_S:
        problem = (
            f"the call would be made in {after_s / DAY_S:,.0f} days, and a year is the longest"
        )
        raise ConfigurationError(problem, remedy="store it when its time has come nearer")
    return later(now, max(after_s, 0.0))


def may_send(standing: Standing, fence: int, now: Moment) -> bool:
    """Whether whoever holds lease `fence` may begin to send now. A lease past its time is not enough:
    the next worker may look at the item any moment, and must not find it unsent."""
    return holds(standing, fence) and now < standing.due_at


class Step(StrEnum):
    """What comes next for a claimed outbox item. LOOK asks the provider whether it happened, and sends
    nothing; LOOK_FIRST asks, and sends with a fresh key when nothing was found."""

    SEND = "send"
    SEND_ANEW = "send anew"
    LOOK = "look"
    LOOK_FIRST = "look first"


def is_live(sending: Sending | None, lifetime_s: float | None, now: Moment) -> bool:
    """Whether a repeat does no harm: the provider still recognises the key. `lifetime_s` is how long
    it does; None where it has no keys, infinity where doing it twice is doing it once."""
    if lifetime_s is None:
        return False
    return sending is None or seconds_between(sending.first_at, now) < lifetime_s * KEY_SHARE


def known_until(at: Moment, lifetime_s: float | None) -> Moment | None:
    """Until when a key that is first used at `at` protects from doing it twice; None where there is no key,
    or no end to it."""
    if lifetime_s is None or isinf(lifetime_s):
        return None
    return later(at, lifetime_s * KEY_SHARE)


def next_step(sending: Sending | None, attempt: int, lifetime_s: float | None, now: Moment) -> Step:
    """What comes next, given what was sent before. Attempt 1 of an item that was sending before is one
    that a person put back: they answer for a repeat, but where the provider can be asked it is asked."""
    if sending is None:
        return Step.SEND
    put_back = attempt == 1
    live = is_live(sending, lifetime_s, now)
    if not sending.open:
        # Nothing of it happened. A fresh key, lest the provider replays what it said before.
        return Step.SEND_ANEW if put_back or not live else Step.SEND
    if live:
        return Step.SEND
    return Step.LOOK_FIRST if put_back else Step.LOOK


@dataclass(frozen=True, slots=True)
class Failed:
    """How a call failed. `outcome` is what became of it at the provider; `permanent` says that asking
    again cannot help; `after_s` is how long to stay away."""

    failure: Failure
    outcome: Outcome
    permanent: bool = False
    after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ahead:
    """What follows from a failed call; `unsent` closes the sending: nothing of it happened."""

    resolution: Resolution
    unsent: bool


@dataclass(frozen=True, slots=True)
class Standpoint:
    """What a failed call is judged from: whether an earlier call under the same key was open, whether
    the key is still live, whether the provider can be asked later what there is, and which attempt
    this was."""

    was_open: bool
    live: bool
    can_look: bool
    attempt: int


def resolve(failed: Failed, at: Standpoint, policy: RetryPolicy, now: Moment, roll: float) -> Ahead:
    """What becomes of an item whose call failed.

    An unknown outcome without a live key is never followed by another sending: it waits to be looked
    for where that is possible, else it is dead, cause `ambiguous`.
    """
    unknown = failed.outcome is Outcome.UNKNOWN
    unsent = not unknown and not at.was_open
    if failed.permanent and not unknown:
        return Ahead(Bury(Cause.PERMANENT, failed.failure), unsent)
    last = at.attempt >= policy.max_attempts
    if unknown and not at.live:
        if last or not at.can_look:
            return Ahead(Bury(Cause.AMBIGUOUS, failed.failure), unsent=False)
        wait_s = policy.backoff.ceiling_s(at.attempt)
        return Ahead(Retry(later(now, wait_s), failed.failure), unsent=False)
    if last:
        cause = Cause.EXHAUSTED if unsent else Cause.AMBIGUOUS
        return Ahead(Bury(cause, failed.failure), unsent)
    wait_s = policy.backoff.wait_s(at.attempt, roll) if failed.after_s is None else failed.after_s
    return Ahead(Retry(later(now, wait_s), failed.failure), unsent)


def unclear(looked: bool) -> Bury:  # noqa: FBT001 - the one thing there is to say
    """The burial of an item whose call may have happened, and nobody can say."""
    found = "it was not found at the provider" if looked else "this provider cannot be asked"
    text = f"the call began and its end is unknown; {found}. Look before you redrive it"
    return Bury(Cause.AMBIGUOUS, Failure(kind="OutcomeUnknown", text=text))


def key_of(key: str, turn: int) -> str:
    """The key that the provider is given: the item's own, then one for each fresh beginning."""
    return key if turn == 0 else f"{key}~{turn}"
