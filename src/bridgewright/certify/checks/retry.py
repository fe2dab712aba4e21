"""B: what may be tried again is, as the provider asks for it, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, Need, found
from bridgewright.certify.checks.judging import (
    PATIENT_S,
    at_most,
    done_once,
    each,
    idle_unless_retried,
    of,
    on_time,
    recovered,
)
from bridgewright.certify.checks.outage import CALLS, OUTAGE
from bridgewright.certify.trial import READ, WRITE, Trial, one
from bridgewright.simulate.faults.conduct import Pace
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from random import Random

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed

MOST_ATTEMPTS = 5
"""More for one call are two layers that both try again."""
MOST_AMPLIFIED = 1.2
CLIENTS = 8
"""How many clients meet the same blip where jitter is looked for."""
LEAST_SPREAD = 0.25
"""How far their second attempts are apart at least, as a share of the usual wait ..."""
LEAST_SPREAD_S = 0.02
"""... and in seconds, for a busy machine spreads them a little by itself."""
_EARLY_S = 0.1
"""How much earlier than asked a second attempt may arrive: clocks and roundings."""


def _recovers(dice: Random) -> tuple[Trial, ...]:
    pace = Pace(times=dice.choice((1, 2)))
    return (
        one(Fault.RESET, READ, deadline_s=PATIENT_S),
        one(Fault.LOST_RESPONSE, READ, deadline_s=PATIENT_S),
        one(Ordeal.UNAVAILABLE_TIMES, READ, deadline_s=PATIENT_S, pace=pace),
    )


def _unsafe(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.RESET, WRITE, deadline_s=3.0),
        one(Fault.SERVER_ERROR, WRITE, deadline_s=3.0),
        one(Ordeal.UNAVAILABLE, WRITE, deadline_s=3.0),
        one(Fault.TRUNCATED, WRITE, deadline_s=3.0),
        one(Fault.GARBAGE, WRITE, deadline_s=3.0),
    )


def _keyed(_: Random) -> tuple[Trial, ...]:
    once = Pace(times=1)
    return (
        one(Fault.RESET, WRITE, keyed=True, deadline_s=PATIENT_S),
        one(Ordeal.UNAVAILABLE_TIMES, WRITE, keyed=True, deadline_s=PATIENT_S, pace=once),
        one(Fault.THROTTLED, WRITE, keyed=True, deadline_s=PATIENT_S),
    )


def _judge_keyed(evidence: Evidence) -> Finding:
    def same(observed: Observed) -> str:
        if len({entry.key for entry in observed.entries}) > 1:
            return "attempts of one call had different keys"
        if len({entry.body_digest for entry in observed.entries}) > 1:
            return "attempts under one key said different things"
        return ""

    return found(each(evidence.own, same), Finding(idle=idle_unless_retried(evidence)))


def _pushed_back(dice: Random) -> tuple[Trial, ...]:
    pace = Pace(retry_after_s=dice.choice((1, 2)))
    return (
        one(Fault.THROTTLED, READ, deadline_s=PATIENT_S, pace=pace),
        one(Fault.THROTTLED_DATE, READ, deadline_s=PATIENT_S, pace=pace),
    )


def _judge_pushed_back(evidence: Evidence) -> Finding:
    def patient(observed: Observed) -> str:
        # As a date, the header is up to a second short of what the pace says plus one.
        asked_s = observed.trial.pace.retry_after_s - _EARLY_S
        times = [entry.heard.at_s for entry in observed.entries]
        waited_s = min((after - before for before, after in pairwise(times[:2])), default=asked_s)
        return "" if waited_s >= asked_s else f"came back after {waited_s:.2f} s"

    return found(
        each(evidence.own, patient, recovered), Finding(idle=idle_unless_retried(evidence))
    )


def _blips(_: Random) -> tuple[Trial, ...]:
    once = Pace(times=1)
    return tuple(
        one(Ordeal.UNAVAILABLE_TIMES, READ, deadline_s=PATIENT_S, pace=once, number=number)
        for number in range(1, CLIENTS + 1)
    )


def _judge_blips(evidence: Evidence) -> Finding:
    waits_s = sorted(
        observed.entries[1].heard.at_s - observed.entries[0].heard.at_s
        for observed in evidence.own
        if observed.requests > 1
    )
    if len(waits_s) < CLIENTS // 2:
        return Finding(idle="too few of its clients tried again")
    spread_s = waits_s[-2] - waits_s[1]
    least_s = max(LEAST_SPREAD * median(waits_s), LEAST_SPREAD_S)
    if spread_s >= least_s:
        return Finding()
    what = f"{len(waits_s)} clients came back within {spread_s * 1_000:.0f} ms of each other"
    return Finding((f"{what}, after {median(waits_s):.2f} s",))


def _judge_storm(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    storm = [each for each in observed.entries if each.heard.at_s < observed.at("stormed")]
    if len(storm) <= CALLS * MOST_AMPLIFIED:
        return Finding()
    share = len(storm) / CALLS
    return Finding(
        (of(observed, f"{CALLS} calls became {len(storm)} requests ({share:.1f} each)"),)
    )


def _refused(_: Random) -> tuple[Trial, ...]:
    kinds = Ordeal.BAD_REQUEST, Ordeal.UNAUTHORIZED, Ordeal.FORBIDDEN, Ordeal.UNPROCESSABLE
    return tuple(one(kind, READ, deadline_s=4.0) for kind in kinds)


def _stacked(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.SERVER_ERROR, READ, deadline_s=PATIENT_S),
        one(Ordeal.UNAVAILABLE, READ, deadline_s=PATIENT_S),
    )


def _odd(_: Random) -> tuple[Trial, ...]:
    kinds = Fault.THROTTLED_GARBAGE, Ordeal.THROTTLED_ZERO, Ordeal.THROTTLED_NEGATIVE
    return tuple(one(kind, READ, deadline_s=3.0) for kind in kinds)


CHECKS = (
    Check(
        "B1",
        Family.RETRY,
        Level.BRONZE,
        "a read recovers",
        "The first attempt of a GET ends in a reset, in a lost answer or in 503: the call succeeds"
        " by another.",
        _recovers,
        lambda evidence: found(each(evidence.own, recovered)),
        pairs=("A0",),
    ),
    Check(
        "B2",
        Family.RETRY,
        Level.BRONZE,
        "an unsafe write is not sent twice",
        "A POST without an idempotency key that may have happened (reset, 500, 503, half an answer,"
        " garbage) is sent once.",
        _unsafe,
        lambda evidence: found(each(evidence.own, done_once)),
        pairs=("A0", "B1"),
    ),
    Check(
        "B3",
        Family.RETRY,
        Level.BRONZE,
        "every attempt has the same key",
        "A write with an idempotency key is tried again under that key, with the same body.",
        _keyed,
        _judge_keyed,
        pairs=("A0",),
        needs=frozenset({Need.KEYS}),
    ),
    Check(
        "B4",
        Family.RETRY,
        Level.BRONZE,
        "Retry-After is honoured",
        "429 with Retry-After in seconds, and as a date: the next attempt comes no earlier, and"
        " succeeds.",
        _pushed_back,
        _judge_pushed_back,
        pairs=("A0",),
    ),
    Check(
        "B5",
        Family.RETRY,
        Level.SILVER,
        "waits have jitter",
        f"{CLIENTS} clients meet the same 503: they do not come back together.",
        _blips,
        _judge_blips,
        pairs=("B1",),
    ),
    Check(
        "B6",
        Family.RETRY,
        Level.SILVER,
        "no storm is made worse",
        f"{CALLS} calls to a provider that is down become at most {MOST_AMPLIFIED} requests each.",
        lambda _: (OUTAGE,),
        _judge_storm,
        pairs=("B1",),
        needs=frozenset({Need.SESSION}),
    ),
    Check(
        "B7",
        Family.RETRY,
        Level.BRONZE,
        "a refusal is not tried again",
        "400, 401, 403 and 422 end the call with one request.",
        _refused,
        lambda evidence: found(each(evidence.own, lambda one: at_most(one, 1))),
        pairs=("B1",),
    ),
    Check(
        "B8",
        Family.RETRY,
        Level.GOLD,
        "layers do not multiply",
        f"One call to a provider that always fails is at most {MOST_ATTEMPTS} requests: two layers"
        " that both try again show here.",
        _stacked,
        lambda evidence: found(each(evidence.own, lambda one: at_most(one, MOST_ATTEMPTS))),
        pairs=("B1",),
    ),
    Check(
        "B9",
        Family.RETRY,
        Level.SILVER,
        "an odd Retry-After does no harm",
        "A Retry-After that is zero, negative or nonsense: the call ends in time, without a storm.",
        _odd,
        lambda evidence: found(
            on_time(evidence), each(evidence.own, lambda one: at_most(one, MOST_ATTEMPTS))
        ),
        pairs=("B1",),
    ),
)
