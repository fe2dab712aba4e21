"""R: an answer may be as large, as long or as many as it likes; what it costs is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Check, Family, Finding, Level, Need, found
from bridgewright.certify.checks.judging import each, honest, of, on_time
from bridgewright.certify.trial import READ, Trial, one
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from bridgewright.certify.check import Evidence

MOST_MB = 64.0
"""How much a call may grow its process: an answer of 16 MiB, whole, decoded and in pieces."""
MOST_REDIRECTS = 10


def _heavy(port: Fault | Ordeal) -> Callable[[Random], tuple[Trial, ...]]:
    return lambda _: (one(port, READ, deadline_s=4.0, alone=True),)


def _bounded(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    if observed.grown_mb is None:
        return found(of(observed, "its memory could not be read"))
    grown_mb = observed.grown_mb - evidence.terms.idle_mb
    return found(of(observed, f"grew by {grown_mb:.0f} MB" if grown_mb > MOST_MB else ""))


def _bounded_and_on_time(evidence: Evidence) -> Finding:
    return found(_bounded(evidence), on_time(evidence), each(evidence.own, honest))


def _loop(_: Random) -> tuple[Trial, ...]:
    return (one(Ordeal.REDIRECT_LOOP, READ, deadline_s=4.0),)


def _judge_loop(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    many = f"followed {observed.requests - 1} redirects, at most {MOST_REDIRECTS} are reasonable"
    return found(
        of(observed, many if observed.requests > MOST_REDIRECTS + 1 else ""), on_time(evidence)
    )


_MEMORY = frozenset({Need.MEMORY})

CHECKS = (
    Check(
        "R1",
        Family.RESOURCES,
        Level.GOLD,
        "a huge body is bounded",
        f"An answer of 100 MB grows the process by at most {MOST_MB:g} MB.",
        _heavy(Fault.HUGE_BODY),
        _bounded,
        pairs=("A0",),
        needs=_MEMORY,
    ),
    Check(
        "R2",
        Family.RESOURCES,
        Level.GOLD,
        "a gzip bomb is bounded",
        f"A few hundred kilobytes that unpack to 256 MB grow it by at most {MOST_MB:g} MB.",
        _heavy(Fault.GZIP_BOMB),
        _bounded,
        pairs=("A0",),
        needs=_MEMORY,
    ),
    Check(
        "R3",
        Family.RESOURCES,
        Level.GOLD,
        "a header bomb is bounded",
        f"A head of 16 MB grows it by at most {MOST_MB:g} MB, and is no success.",
        _heavy(Fault.HEADER_BOMB),
        _bounded_and_on_time,
        pairs=("A0",),
        needs=_MEMORY,
    ),
    Check(
        "R4",
        Family.RESOURCES,
        Level.GOLD,
        "an endless body ends",
        "Chunks for ever, the first 256 MB as fast as they are taken: bounded in time and memory.",
        _heavy(Ordeal.ENDLESS),
        _bounded_and_on_time,
        pairs=("A0",),
        needs=_MEMORY,
    ),
    Check(
        "R5",
        Family.RESOURCES,
        Level.GOLD,
        "redirects that go round end",
        f"At most {MOST_REDIRECTS} are followed.",
        _loop,
        _judge_loop,
        pairs=("A0",),
    ),
    Check(
        "R6",
        Family.RESOURCES,
        Level.GOLD,
        "interim answers end",
        "103 again and again and never an answer: bounded in time and memory.",
        _heavy(Ordeal.CONTINUE_FLOOD),
        _bounded_and_on_time,
        pairs=("A0",),
        needs=_MEMORY,
    ),
)
