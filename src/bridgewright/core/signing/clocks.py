"""A signed time that does not fit our clock: by how much, and whose clock it probably is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.finding import Finding, Mistake
from bridgewright.core.model.moment import Moment, later, seconds_between
from bridgewright.core.signing.freshness import LARGEST_TOLERANCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW_S = LARGEST_TOLERANCE_S
"""How far one look reaches, each way."""
MOST_DAYS = 14
"""How far a signed time is looked for: a clock that is further off was never set."""
RECENT_S = 900.0
"""What verified within a quarter of an hour says that our clock was right enough."""
_DAY_S = 86_400.0
_HALF_HOUR_S = 1_800.0
_SLACK_S = 60.0


def instants(now: Moment) -> Iterator[tuple[float, Moment]]:
    """Where to look from, the nearest first: seconds before now, and that instant."""
    for days in sorted(range(-MOST_DAYS, MOST_DAYS + 1), key=abs):
        yield days * _DAY_S, later(now, -days * _DAY_S)


def explained(
    age_s: float | None,
    now: Moment,
    own_heard_at: Moment | None,
    others_heard_at: tuple[Moment, ...],
) -> Finding:
    """The finding for an authentic delivery signed `age_s` before `now` (negative: after it), None
    for more than we looked for. What other signed times fitted lately tells the clocks apart."""
    if age_s is None:
        wrong = f"the signed time is more than {MOST_DAYS} days off our clock"
        step = "a clock was never set, or this is an old delivery that somebody sent again"
        return Finding(Mistake.CLOCK, wrong, "the same delivery at its time", step)
    fits = sum(seconds_between(at, now) <= RECENT_S for at in others_heard_at)
    own = own_heard_at is not None and seconds_between(own_heard_at, now) <= RECENT_S
    side = "before it came" if age_s >= 0 else "after it came"
    wrong = f"by our clock it was signed {_length(age_s)} {side}"
    wrong += _zone(age_s)
    whose, step = _late(own, fits) if age_s >= 0 else _early(own, fits)
    return Finding(Mistake.CLOCK, f"{wrong}: {whose}", f"our clock {_set(age_s)}", step)


_CHECK_OURS = "check our clock first (timedatectl, chronyc tracking), then the sender's"


def _late(own: bool, fits: int) -> tuple[str, str]:  # noqa: FBT001 - two facts of one case
    if own:
        whose = "both clocks are right, for others of this source fitted lately; it was held back"
        return f"{whose} on its way, or somebody sent it again", "see what lies between: a queue?"
    if fits:
        whose = f"our clock is right, for {_sources(fits)} fitted lately; the sender's is behind"
        return f"{whose}, or it was held back on its way", "set the sender's clock (NTP)"
    whose = "our clock is ahead, or the sender's is behind, or it was held back on its way"
    return whose, _CHECK_OURS


def _early(own: bool, fits: int) -> tuple[str, str]:  # noqa: FBT001 - two facts of one case
    if own or fits:
        known = "others of this source" if own else _sources(fits)
        whose = f"the sender's clock is ahead, for {known} fitted ours lately"
        return whose, "set the sender's clock (NTP)"
    return "our clock is behind, or the sender's is ahead", _CHECK_OURS


def _sources(count: int) -> str:
    return "another source" if count == 1 else f"{count} other sources"


def _length(age_s: float) -> str:
    return f"{abs(age_s):.0f} s"


def _set(age_s: float) -> str:
    return f"{_length(age_s)} {'earlier' if age_s >= 0 else 'later'}"


def _zone(age_s: float) -> str:
    """A time that is off by hours is mostly a local one that was taken for UTC."""
    steps = round(abs(age_s) / _HALF_HOUR_S)
    if 1 < steps <= 28 and abs(abs(age_s) - steps * _HALF_HOUR_S) <= _SLACK_S:  # noqa: PLR2004 - 14 h
        return f" (a time zone of {steps / 2:g} h taken for UTC?)"
    return ""
