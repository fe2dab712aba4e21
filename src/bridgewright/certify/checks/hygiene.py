"""F: what nobody should see is seen nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, Need, found
from bridgewright.certify.checks.judging import of
from bridgewright.certify.trial import READ, WRITE, Trial, one
from bridgewright.simulate.faults.fault import Fault

if TYPE_CHECKING:
    from random import Random

    from bridgewright.certify.check import Evidence

_ID = slice(3, 35)
"""Where the trace's id stands in `traceparent`."""


def _ordinary(_: Random) -> tuple[Trial, ...]:
    return one(Fault.NONE, WRITE, deadline_s=5.0), one(Fault.SERVER_ERROR, WRITE, deadline_s=3.0)


def _judge_sinks(evidence: Evidence) -> Finding:
    places = dict.fromkeys(
        (place, each.trial.name) for each in evidence.everything for place in each.seen
    )
    first: dict[str, str] = {}
    for place, trial in places:
        first.setdefault(place, f"{trial}: {place}")
    return Finding(tuple(first.values()))


def _traced(_: Random) -> tuple[Trial, ...]:
    return (one(Fault.RESET, READ, deadline_s=5.0),)


def _judge_traced(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    sent = [each.heard.header("traceparent") or "" for each in observed.entries]
    lost = [each for each in sent if each[_ID] != evidence.terms.traceparent[_ID]]
    if not lost:
        return Finding()
    return found(of(observed, f"{len(lost)} of {len(sent)} requests were of no trace, or another"))


CHECKS = (
    Check(
        "F1",
        Family.HYGIENE,
        Level.BRONZE,
        "secrets are in no sink",
        "In every trial of every check: neither the secret nor the personal data is in what the"
        " target wrote, in its logs at DEBUG, or in an exception's message, repr, attributes and"
        " traceback.",
        _ordinary,
        _judge_sinks,
        pairs=("A0",),
    ),
    Check(
        "F2",
        Family.HYGIENE,
        Level.GOLD,
        "a trace goes through",
        "Every attempt carries the trace that the call belongs to (`traceparent`). Asked of targets"
        " that say they trace.",
        _traced,
        _judge_traced,
        pairs=("A0",),
        needs=frozenset({Need.TRACES}),
    ),
)
