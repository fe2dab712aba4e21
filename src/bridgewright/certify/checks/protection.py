"""D and N: a client that lives longer than a call protects itself, its neighbours and the provider."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bridgewright.certify.ask import LIMIT
from bridgewright.certify.check import Check, Family, Finding, Level, Need, found
from bridgewright.certify.checks.judging import of, recovered
from bridgewright.certify.checks.outage import BURST, LATER, OUTAGE
from bridgewright.certify.stage import RECOVERY_S
from bridgewright.certify.trial import READ, Arrived, Begin, Call, Finish, Pause, Trial
from bridgewright.simulate.faults.conduct import Pace
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.ordeal import Ordeal

if TYPE_CHECKING:
    from random import Random

    from bridgewright.certify.check import Evidence
    from bridgewright.certify.observed import Observed

MOST_LEFT = 3
"""Requests that may still go to a provider that is down, of the calls after the storm: probes."""
MOST_PROBES = 3
"""Requests at once with which it is found out whether a provider is back."""
_TOGETHER_S = 0.1
"""What arrives within this time of the first was sent without knowing how the first went."""
MOST_RECOVERY = 6
"""How many times the told recovery a client may take to come back: it may have relapsed in between."""
FAST_S = 0.005
OTHER_S = 1.0
"""How long a call to a healthy provider may take beside a slow one."""
_CALLERS = 40
_SESSION = frozenset({Need.SESSION})


def _outage(_: Random) -> tuple[Trial, ...]:
    return (OUTAGE,)


def _judge_opens(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    later = _after_the_storm(observed)
    if later <= MOST_LEFT:
        return Finding()
    return Finding((of(observed, f"{LATER} calls after the storm were {later} requests"),))


def _after_the_storm(observed: Observed) -> int:
    begin_s, end_s = observed.at("stormed"), observed.at("tried")
    return sum(begin_s <= each.heard.at_s < end_s for each in observed.entries)


_CLOSED = "its circuit had not opened"


def _judge_probes(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    times = [each.heard.at_s for each in observed.since("healed")]
    if not times:
        return Finding(idle="it never asked again")
    if _after_the_storm(observed) > MOST_LEFT:
        return Finding(idle=_CLOSED)
    first = [at_s for at_s in times if at_s < times[0] + _TOGETHER_S]
    if len(first) <= MOST_PROBES:
        return Finding()
    return Finding((of(observed, f"{len(first)} of {BURST} callers went to see at once"),))


def _judge_recovers(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    marks = dict(observed.marks)
    if "recovered" not in marks:
        return Finding((of(observed, "never succeeded again"),))
    took_s = marks["recovered"] - marks["healed"]
    most_s = MOST_RECOVERY * RECOVERY_S
    slow = f"succeeded again after {took_s:.1f} s, told {RECOVERY_S:g} s" if took_s > most_s else ""
    return found(of(observed, slow), of(observed, recovered(observed)))


def _judge_fast(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    begin_s, end_s = observed.at("stormed"), observed.at("tried")
    refused = [each for each in observed.calls if begin_s <= each.began_s < end_s and not each.ok]
    took_s = sorted(each.elapsed_s for each in refused if each.elapsed_s is not None)
    if _after_the_storm(observed) > MOST_LEFT:
        return Finding(idle=_CLOSED)
    if not took_s:
        return Finding(idle="nobody could see how long its refusals took")
    untyped = {each.error for each in refused if not each.typed}
    slow = f"refusals took {median(took_s) * 1_000:.1f} ms" if median(took_s) > FAST_S else ""
    accident = f"refusals were {', '.join(sorted(untyped))}" if untyped else ""
    return found(of(observed, slow), of(observed, accident))


def _beside(_: Random) -> tuple[Trial, ...]:
    steps = (Begin(READ, 2 * LIMIT), Arrived(), Pause(0.3), Call(READ, port=1))
    ports = (Fault.SILENT, Fault.NONE)
    return (Trial(ports, steps, deadline_s=4.0, session=True),)


def _judge_beside(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    took_s = observed.took_s
    if took_s is None or not observed.last.ok:
        return Finding(
            (of(observed, f"a healthy provider was not reached: {observed.last.error}"),)
        )
    if took_s > OTHER_S:
        late = f"a healthy provider was waited for {took_s:.1f} s"
        return Finding((of(observed, late),), late=True)
    return Finding()


def _held_back(_: Random) -> tuple[Trial, ...]:
    steps = (Begin(READ), Arrived(), Pause(0.2), Begin(READ, 5), Finish())
    return (Trial((Fault.THROTTLED,), steps, deadline_s=6.0, session=True),)


def _judge_held_back(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    first_s = observed.entries[0].heard.at_s
    asked_s = observed.trial.pace.retry_after_s
    early = [each for each in observed.entries[1:] if each.heard.at_s < first_s + asked_s - 0.1]
    lost = sum(not each.ok for each in observed.calls)
    return found(
        of(observed, f"{len(early)} requests came while the provider asked for peace")
        if early
        else "",
        of(observed, f"{lost} of {len(observed.calls)} calls failed") if lost else "",
    )


def _crowd(_: Random) -> tuple[Trial, ...]:
    steps = (Begin(READ, _CALLERS), Finish())
    pace = Pace(hold_s=0.15)
    return (Trial((Ordeal.HELD,), steps, deadline_s=8.0, pace=pace, session=True, alone=True),)


def _judge_crowd(evidence: Evidence) -> Finding:
    [observed] = evidence.own
    [port] = observed.ports
    lost = sum(not each.ok for each in observed.calls)
    over = f"{port.peak} requests were under way at once, {LIMIT} were allowed"
    return found(
        of(observed, over if port.peak > LIMIT else ""),
        of(observed, f"{lost} of {_CALLERS} calls failed" if lost else ""),
    )


CHECKS = (
    Check(
        "D1",
        Family.PROTECTION,
        Level.SILVER,
        "a provider that is down is left alone",
        f"After a storm of failures, {LATER} more calls are at most {MOST_LEFT} requests.",
        _outage,
        _judge_opens,
        pairs=("A0", "D3"),
        needs=_SESSION,
    ),
    Check(
        "D2",
        Family.PROTECTION,
        Level.SILVER,
        "few find out whether it is back",
        f"Of {BURST} callers at once, at most {MOST_PROBES} go to see.",
        _outage,
        _judge_probes,
        pairs=("D1",),
        needs=_SESSION,
    ),
    Check(
        "D3",
        Family.PROTECTION,
        Level.SILVER,
        "it is called again when it is back",
        f"Within {MOST_RECOVERY} times the told recovery, calls succeed again.",
        _outage,
        _judge_recovers,
        pairs=("A0", "D1"),
        needs=_SESSION,
    ),
    Check(
        "D4",
        Family.PROTECTION,
        Level.SILVER,
        "a slow provider starves no other",
        f"While {2 * LIMIT} calls hang at one provider, a call to another takes less than"
        f" {OTHER_S:g} s.",
        _beside,
        _judge_beside,
        pairs=("A0",),
        needs=_SESSION,
    ),
    Check(
        "D5",
        Family.PROTECTION,
        Level.SILVER,
        "one 429 holds back all callers",
        "Callers that come after a 429 wait for its Retry-After as well, and succeed then.",
        _held_back,
        _judge_held_back,
        pairs=("A0",),
        needs=_SESSION,
    ),
    Check(
        "D6",
        Family.PROTECTION,
        Level.GOLD,
        "what is refused is refused at once",
        f"While the circuit is open, a call fails within {FAST_S * 1_000:g} ms, by an error that was"
        " meant for callers.",
        _outage,
        _judge_fast,
        pairs=("D1",),
        needs=_SESSION,
    ),
    Check(
        "N1",
        Family.CONCURRENCY,
        Level.GOLD,
        "a limit of concurrency is kept",
        f"{_CALLERS} callers at once are at most {LIMIT} requests at once, and all succeed.",
        _crowd,
        _judge_crowd,
        pairs=("A0",),
        needs=_SESSION,
    ),
)
