"""A: every call ends within its deadline, whatever the provider does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, found
from bridgewright.certify.checks.judging import each, of, on_time
from bridgewright.certify.trial import READ, WRITE, Arrived, Begin, Cancel, Pause, Trial, one
from bridgewright.simulate.faults.conduct import Pace
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from random import Random

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed

_RELEASE_S = 0.7
"""How long after a cancellation its connection may stay open."""


def _works(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.NONE, READ, deadline_s=5.0),
        one(Fault.NONE, WRITE, deadline_s=5.0),
        one(Fault.NONE, WRITE, keyed=True, deadline_s=5.0),
    )


def _judge_works(evidence: Evidence) -> Finding:
    def plain(observed: Observed) -> str:
        if observed.problem:
            return observed.problem
        if not observed.last.ok:
            return f"failed against a healthy provider: {observed.last.error or 'exit code'}"
        return "" if observed.requests == 1 else f"sent {observed.requests} requests for one call"

    keyed = evidence.own[2]
    unkeyed = evidence.terms.keys and any(entry.key is None for entry in keyed.entries)
    no_key = "no Idempotency-Key arrived: if the provider knows none, say --no-keys"
    return found(each(evidence.own, plain), of(keyed, no_key if unkeyed else ""))


def _connect(_: Random) -> tuple[Trial, ...]:
    return one(Fault.BLACK_HOLE, READ), one(Fault.BLACK_HOLE, WRITE), one(Fault.REFUSED, READ)


def _stalled(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.SILENT, READ),
        one(Fault.SILENT, WRITE),
        one(Fault.SILENT_AFTER_HEADERS, READ),
    )


def _trickle(dice: Random) -> tuple[Trial, ...]:
    pace = Pace(drip_s=round(dice.uniform(0.05, 0.15), 3))
    return (
        one(Fault.DRIPPED_HEADERS, READ, pace=pace),
        one(Fault.DRIPPED_BODY, READ, pace=pace),
    )


def _spans(dice: Random) -> tuple[Trial, ...]:
    pace = Pace(hold_s=round(dice.uniform(1.3, 1.5), 3))
    return one(Ordeal.SLOW_UNAVAILABLE, READ, pace=pace), one(Fault.THROTTLED_HOUR, READ)


def _cancelled(_: Random) -> tuple[Trial, ...]:
    steps = (Begin(READ, alone=True), Arrived(), Pause(0.2), Cancel(), Pause(_RELEASE_S))
    return (Trial((Fault.SILENT,), steps, deadline_s=8.0),)


def _judge_cancelled(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    [port] = observed.ports
    return found(
        of(observed, "its connection was still open afterwards" if port.open else ""),
        of(observed, "it went on with another request" if observed.requests > 1 else ""),
        of(observed, "no request had arrived to cancel" if not observed.requests else ""),
    )


CHECKS = (
    Check(
        "A0",
        Family.TIME,
        Level.BRONZE,
        "works when nothing is wrong",
        "A read and two writes against a healthy provider: one request each, and success. Without"
        " it no other check says anything.",
        _works,
        _judge_works,
    ),
    Check(
        "A1",
        Family.TIME,
        Level.BRONZE,
        "connecting is bounded",
        "A host that never answers the handshake of TCP, and one that refuses: the call ends within"
        " its deadline.",
        _connect,
        on_time,
        pairs=("A0",),
    ),
    Check(
        "A2",
        Family.TIME,
        Level.BRONZE,
        "a stalled answer is bounded",
        "A provider that takes the request and says nothing, or nothing after the head: the call"
        " ends within its deadline.",
        _stalled,
        on_time,
        pairs=("A0",),
    ),
    Check(
        "A3",
        Family.TIME,
        Level.SILVER,
        "a trickled answer is bounded",
        "Head or body arrive byte by byte, which starts a timeout for each read anew: the whole call"
        " ends within its deadline all the same.",
        _trickle,
        on_time,
        pairs=("A0",),
    ),
    Check(
        "A4",
        Family.TIME,
        Level.SILVER,
        "the deadline spans all attempts",
        "Slow 503s, and a Retry-After of an hour: attempts and waits together end within the"
        " deadline of the call.",
        _spans,
        on_time,
        pairs=("B1",),
    ),
    Check(
        "A5",
        Family.TIME,
        Level.GOLD,
        "a cancelled call lets go of its connection",
        "A call under way is cancelled (an async function's task; otherwise an interrupt): its"
        " connection is closed within a second, and nothing more is sent.",
        _cancelled,
        _judge_cancelled,
        pairs=("A0",),
    ),
)
