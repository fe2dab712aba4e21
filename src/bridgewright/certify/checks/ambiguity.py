"""C: an answer that did not come, or is none, is neither taken for a success nor for a no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, Need, found
from bridgewright.certify.checks.judging import (
    PATIENT_S,
    done_once,
    each,
    honest,
    recovered,
    typed,
)
from bridgewright.certify.trial import READ, WRITE, Call, Mark, Pause, Trial, one
from bridgewright.simulate.faults.conduct import Pace
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.journal import effects_of
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from random import Random

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed
    from bridgewright.certify.trial import Step


def _lost(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.LOST_RESPONSE, WRITE, deadline_s=PATIENT_S),
        one(Fault.LOST_RESPONSE, WRITE, keyed=True, deadline_s=PATIENT_S),
    )


def _in_progress(_: Random) -> tuple[Trial, ...]:
    return (one(Ordeal.IN_PROGRESS, WRITE, keyed=True, deadline_s=PATIENT_S),)


def _cut(dice: Random) -> tuple[Trial, ...]:
    pace = Pace(cut=round(dice.uniform(0.1, 0.95), 2))
    return (
        one(Ordeal.CUT, READ, pace=pace),
        one(Ordeal.CUT, WRITE, pace=pace),
        one(Ordeal.CUT_CHUNKED, READ, pace=pace),
    )


def _foreign(_: Random) -> tuple[Trial, ...]:
    return (
        one(Fault.HTML, READ),
        one(Fault.HTML, WRITE),
        one(Fault.INVALID_JSON, READ),
        one(Ordeal.EMPTY, READ),
    )


def _packed(_: Random) -> tuple[Trial, ...]:
    return (one(Ordeal.BAD_GZIP, READ),)


def _raced(_: Random) -> tuple[Trial, ...]:
    def second(port: Fault | Ordeal, call: Call, *pause: Pause) -> Trial:
        steps: tuple[Step, ...] = (Call(READ), *pause, Mark("second"), call)
        return Trial((port,), steps, deadline_s=4.0, session=True)

    return (
        second(Fault.STALE, Call(READ)),
        second(Fault.STALE, Call(WRITE)),
        second(Fault.STALE, Call(WRITE, keyed=True)),
        second(Ordeal.IDLE_CLOSED, Call(WRITE), Pause(0.3)),
    )


def _judge_raced(evidence: Evidence) -> Finding:
    def once(observed: Observed) -> str:
        times = effects_of(observed.since("second")) if dict(observed.marks) else 0
        return f"may have been done {times} times" if times > 1 else ""

    read, unkeyed, keyed, closed = evidence.own
    must_recover = [read, closed, *([keyed] if evidence.terms.keys else [])]
    return found(
        each((unkeyed, keyed, closed), once),
        each(must_recover, recovered),
    )


def _two_lengths(_: Random) -> tuple[Trial, ...]:
    return (one(Ordeal.TWO_LENGTHS, READ),)


CHECKS = (
    Check(
        "C1",
        Family.AMBIGUITY,
        Level.BRONZE,
        "a lost answer is one effect",
        "A write is carried out and its answer lost: it happens once, whether it is tried again"
        " under its key or left alone.",
        _lost,
        lambda evidence: found(each(evidence.own, done_once)),
        pairs=("A0", "B1"),
    ),
    Check(
        "C2",
        Family.AMBIGUITY,
        Level.SILVER,
        "a write that is in progress is waited for",
        "The answer to a write is lost, and the next attempt meets 409, for the first is in progress:"
        " the call comes back under the same key and gets the first one's answer.",
        _in_progress,
        lambda evidence: found(each(evidence.own, recovered, done_once)),
        pairs=("A0",),
        needs=frozenset({Need.KEYS}),
    ),
    Check(
        "C3",
        Family.AMBIGUITY,
        Level.BRONZE,
        "half an answer is no success",
        "A body that ends before its announced length, or without its last chunk: the call fails.",
        _cut,
        lambda evidence: found(each(evidence.own, honest)),
        pairs=("A0",),
    ),
    Check(
        "C4",
        Family.AMBIGUITY,
        Level.SILVER,
        "a page is no answer",
        "200 with a page of HTML, with broken JSON, or with nothing: the call fails, in Python by an"
        " error that was meant for callers.",
        _foreign,
        lambda evidence: found(each(evidence.own, honest, typed)),
        pairs=("A0",),
    ),
    Check(
        "C5",
        Family.AMBIGUITY,
        Level.SILVER,
        "a broken encoding is an error",
        "A body that is said to be gzip and is not: the call fails, in Python by an error that was"
        " meant for callers.",
        _packed,
        lambda evidence: found(each(evidence.own, honest, typed)),
        pairs=("A0",),
    ),
    Check(
        "C6",
        Family.AMBIGUITY,
        Level.GOLD,
        "a kept connection that dies is survived",
        "The provider closes a kept connection just as it is used again, or while it is idle: what"
        " was not sent is sent anew, what may have happened only if that is safe.",
        _raced,
        _judge_raced,
        pairs=("A0",),
        needs=frozenset({Need.SESSION}),
    ),
    Check(
        "C7",
        Family.AMBIGUITY,
        Level.SILVER,
        "an answer of two lengths is refused",
        "Two Content-Length that differ: nobody knows where the answer ends (RFC 9112, 6.3).",
        _two_lengths,
        lambda evidence: found(each(evidence.own, honest)),
        pairs=("A0",),
    ),
)
