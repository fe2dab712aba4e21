"""Judgements that several checks share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.check import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed

PATIENT_S = 6.0
"""The deadline where a wait that was asked for has to fit in."""


def of(observed: Observed, text: str) -> str:
    """A text with the trial that it is about; empty stays empty."""
    return f"{observed.trial.name}: {text}" if text else ""


def on_time(evidence: Evidence) -> Finding:
    """Every trial ends in time."""
    late = tuple(of(each, each.late) for each in evidence.own if each.late)
    return Finding(late, late=bool(late))


def recovered(observed: Observed) -> str:
    """Why a call did not get the good answer that was there in the end, in words."""
    if observed.last.ok:
        return ""
    if observed.last.ended_s is None:
        return "never ended"
    tries = f"{observed.requests} request{'s' * (observed.requests != 1)}"
    return f"gave up after {tries}{_in(observed)}"


def honest(observed: Observed) -> str:
    """Why a claim of success is wrong."""
    return "called it a success" if observed.last.ok else ""


def typed(observed: Observed) -> str:
    """Why an error is none that a caller can expect."""
    last = observed.last
    return "" if last.ok or last.typed else f"ended in {last.error}, which is an accident"


def done_once(observed: Observed) -> str:
    """Why something was done more than once, in words."""
    return f"may have been done {observed.effects} times" if observed.effects > 1 else ""


def at_most(observed: Observed, requests: int) -> str:
    """Why there were too many requests."""
    if observed.requests > requests:
        return f"sent {observed.requests} requests, at most {requests} are reasonable"
    return ""


def each(observed: Iterable[Observed], *judges: object) -> tuple[str, ...]:
    """What several judgements say of several trials."""
    return tuple(
        of(one, judge(one))  # type: ignore[operator]
        for one in observed
        for judge in judges
    )


def idle_unless_retried(evidence: Evidence) -> str:
    """Why a rule about later attempts is kept by nobody: there were none."""
    if all(one.requests <= 1 for one in evidence.own):
        return "it never tried again, so there was nothing to keep"
    return ""


def _in(observed: Observed) -> str:
    return f" in {observed.last.error}" if observed.last.error else ""
