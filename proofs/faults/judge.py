"""What a cell has to show: eight rules, each of which holds, fails, or has nothing to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import Outcome
from bridgewright.simulate.faults.fault import Fault
from proofs.faults.play import DEADLINE_S, SLOW_DNS
from proofs.faults.subjects import Deed, Side, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofs.faults.play import Cell, Played

SLACK_S = 0.5
"""What scheduling on a busy machine may add to a deadline."""
AT_ONCE_S = 1.0
"""A pushback beyond the deadline ends the call within this."""
LARGEST_MB = 64.0
"""How much a call may grow its process: an answer of 16 MiB, whole, decoded and in pieces."""
LEAST_PUSHBACK_S = 0.9
"""The server asks for a second; an earlier repeat has not listened."""
MOST_REQUESTS = 3
"""Attempts of one call on our side by default, and of most SDKs."""

FAULTS = tuple(
    name for fault in Fault for name in ([fault, SLOW_DNS] if fault is Fault.SLOW_TLS else [fault])
)
"""The server's, in its order, with the one that is the cell's beside its like."""
TURNED_AWAY = {Fault.THROTTLED, Fault.THROTTLED_DATE, Fault.THROTTLED_GARBAGE}
"""Nothing was done, in so many words: anything may be sent again."""
PASSING = TURNED_AWAY | {
    Fault.UNAVAILABLE_TWICE,
    Fault.RESET,
    Fault.LOST_RESPONSE,
    Fault.TRUNCATED,
    Fault.STALE,
}
"""Over after one or two requests: who may ask again gets the good answer."""
HEAVY = {Fault.HUGE_BODY, Fault.GZIP_BOMB, Fault.HEADER_BOMB}
RULES = ("ends", "no duplicate", "recovers", "honest", "no leak", "bounded", "tells", "no storm")


def applies(subject: Subject, deed: Deed, fault: str) -> bool:
    """Whether a cell means anything: a body that is no JSON is no fault where none is looked at."""
    return not (fault == Fault.INVALID_JSON and subject.bodiless and deed is Deed.WRITE)


def safe(cell: Cell) -> bool:
    """Whether asking again cannot do it twice."""
    return cell.deed is Deed.READ or cell.subject.repeatable


def verdicts(played: Played) -> dict[str, bool]:
    """The rules that have something to say of a cell, and whether they hold."""
    return {rule: not why for rule, why in _said(played)}


def broken(played: Played) -> tuple[str, ...]:
    """Why a cell fails, in words; empty when it does not."""
    if played.problem:
        return (played.problem,)
    return tuple(f"{rule}: {why}" for rule, why in _said(played) if why)


def _said(played: Played) -> Iterator[tuple[str, str]]:
    cell, fault = played.cell, played.cell.fault
    ours = cell.side is Side.OURS
    succeeded = not played.hung and not played.error
    yield "ends", _late(played)
    if not safe(cell):
        yield "no duplicate", f"done {played.effects} times" if played.effects > 1 else ""
    if fault == Fault.NONE or (fault in PASSING and (safe(cell) or fault in TURNED_AWAY)):
        yield "recovers", _lost(played, succeeded=succeeded)
    if fault not in PASSING and fault not in {Fault.NONE, Fault.HUGE_BODY, Fault.GZIP_BOMB}:
        yield "honest", f"called a success: {played.got}" if succeeded else ""
    elif fault == Fault.TRUNCATED:
        lied = succeeded and played.requests == 1
        yield "honest", f"called a success: {played.got}" if lied else ""
    leaks = [*played.seen, *(["a request at the other host"] if played.elsewhere else [])]
    yield "no leak", ", ".join(leaks)
    if fault in HEAVY:
        grown = played.hung or played.grown_mb > LARGEST_MB
        yield "bounded", f"grew by {played.grown_mb:.0f} MB" if grown else ""
    if ours and not succeeded:
        yield "tells", _mistold(played)
    yield "no storm", f"{played.requests} requests" if played.requests > MOST_REQUESTS else ""


def _lost(played: Played, *, succeeded: bool) -> str:
    if not succeeded:
        return f"ended in {played.error or 'nothing'}"
    early = played.cell.fault in {Fault.THROTTLED, Fault.THROTTLED_DATE} and (
        played.elapsed_s < LEAST_PUSHBACK_S
    )
    return f"after {played.elapsed_s:.1f} s, before it was asked to" if early else ""


def _mistold(played: Played) -> str:
    """Whether the engine's view of a failed call can be true by the server's account."""
    if not played.outcome:
        return "the engine's report is not on the exception"
    happened = played.effects > 0 and not safe(played.cell)
    if happened and played.outcome in {Outcome.NOT_SENT, Outcome.REJECTED}:
        return f"said {played.outcome}, and it may have happened"
    if played.requests == 0 and played.outcome != Outcome.NOT_SENT:
        return f"said {played.outcome}, and nothing arrived"
    if played.requests > 0 and played.outcome == Outcome.NOT_SENT:
        return f"said {played.outcome}, and {played.requests} requests arrived"
    return ""


def _late(played: Played) -> str:
    if played.hung:
        return "hung until it was killed"
    if played.cell.side is Side.DEFAULT:
        return ""
    at_once = played.cell.fault == Fault.THROTTLED_HOUR
    most_s = AT_ONCE_S if at_once else DEADLINE_S + SLACK_S
    return f"took {played.elapsed_s:.1f} s" if played.elapsed_s > most_s else ""
