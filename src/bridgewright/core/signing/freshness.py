"""Freshness: how old a signature may be, and how far ahead of our clock."""

from __future__ import annotations

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Reason, Rejected
from bridgewright.core.model.moment import Moment, from_seconds

DEFAULT_TOLERANCE_S = 300.0
"""Five minutes each way: what the verifiers of Stripe (into the past only) and of Standard Webhooks
(both ways) allow. Stripe's accepts any future instant; we do not: whoever signs with a clock years
ahead, or steals such a signature, could play it again for years."""

SMALLEST_TOLERANCE_S = 1.0
"""Below a second even a sender on this machine is stale: timestamps are whole seconds."""

LARGEST_TOLERANCE_S = 86_400.0
"""A day. A provider signs each attempt anew, so a real delivery is seconds old; a longer tolerance
only serves those who replay."""

MAX_DIGITS = 18
"""Seconds of more digits than this are no instant, and no sender's mistake either."""

MAX_DATE_BYTES = 40
"""A date of RFC 3339 with nine digits of a second and a zone takes 35."""


def tolerance(provider: str, tolerance_s: float | None) -> float:
    """The tolerance to verify with: the default for None. `ConfigurationError` out of bounds."""
    if tolerance_s is None:
        return DEFAULT_TOLERANCE_S
    if SMALLEST_TOLERANCE_S <= tolerance_s <= LARGEST_TOLERANCE_S:  # refuses NaN as well
        return float(tolerance_s)
    problem = f"tolerance_s of {provider} is {tolerance_s!r}, outside its bounds"
    bounds = f"{SMALLEST_TOLERANCE_S:g} to {LARGEST_TOLERANCE_S:g}"
    remedy = f"use seconds from {bounds}; leave it out for {DEFAULT_TOLERANCE_S:g}"
    raise ConfigurationError(problem, remedy=remedy)


def no_tolerance(provider: str, tolerance_s: float | None) -> None:
    """Refuse a tolerance for a scheme that signs no time: it would promise what nobody checks."""
    if tolerance_s is None:
        return
    problem = f"tolerance_s is set, but {provider} signs no time that it could apply to"
    raise ConfigurationError(problem, remedy="remove tolerance_s from this source")


def signed_at(seconds: bytes) -> Moment | None:
    """The instant that a header gives in whole seconds since 1970, or None.

    ASCII digits only. `int()` would also take signs, spaces, underscores and the digits of other
    scripts, and two readings of one header are one too many.
    """
    if len(seconds) > MAX_DIGITS or not seconds.isdigit():
        return None
    return from_seconds(int(seconds))


def judge(age_s: float, tolerance_s: float) -> Rejected | None:
    """Why an authentic signature of this age proves nothing now, or None if it is fresh."""
    if age_s > tolerance_s:
        return Rejected(Reason.STALE, f"signed more than {tolerance_s:g} s ago")
    if age_s < -tolerance_s:
        return Rejected(Reason.FUTURE, f"signed more than {tolerance_s:g} s ahead of our clock")
    return None
