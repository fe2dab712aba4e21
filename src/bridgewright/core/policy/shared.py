"""The rules of shared gates: what a quota is to processes that lease its units, and what is granted.

Units are granted with a place, and sent between that and the end of a short lease. Places keep to GCRA
(see `limiter`), so what is sent in a window was granted in that window, or one lease before: meters are
made for a window that is longer by the lease, and the quota holds for every window of what is sent.

`grant` is what every gate decides; the Redis gate says the same in Lua, and one contract suite holds
both to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.core.model.sharing import US_PER_S, LeaseGrant, SharedMeter
from bridgewright.core.policy.limiter import BURST_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.core.model.sharing import LeaseAsk
    from bridgewright.core.policy.numbers import Quota

LEASE_SHARE = 10
"""A lease is at most a tenth of the shortest window: the rate is lower by that share."""
AHEAD_US = 1_000_000
"""How far ahead places are booked. Further, and a process that dies would take more with it, and a
clock that was set back keep everybody waiting for longer; nearer, and processes would crowd for each unit."""
MOST_UNITS = 200
"""Units of one lease; a script that counts further would keep the server from others."""
LONGEST_CLOSED_US = 3_600 * US_PER_S
"""As a gate of one process: an hour at most for one answer, whatever the clock does meanwhile."""
_A_DAY_S = 86_400.0
SEEN_US = 60 * US_PER_S
"""A process counts as alive for this long after it asked."""


def lease_us(quotas: Iterable[Quota], longest_us: int, shortest_us: int) -> int:
    """How long units of these quotas may be held: `longest_us` where the windows allow it, and never
    less than `shortest_us`, in which an answer must come."""
    shares = (int(quota.window_s * US_PER_S) // LEASE_SHARE for quota in quotas)
    return max(min(longest_us, *shares, longest_us), shortest_us)


def meter(quota: Quota, group: str, number: int, held_us: int) -> SharedMeter:
    """A quota of a group, the `number`th there, for units that are held for at most so long."""
    window = int(quota.window_s * US_PER_S)
    longer = window + held_us
    limit = quota.limit
    if quota.safe:
        burst = max(1, limit // BURST_SHARE)
        interval = longer // (limit - burst + 1) + 1
    else:
        burst = limit
        interval = -(-window // limit)
    name = f"{group}:{number}:{window}"
    keep = 2 * longer + limit * interval + AHEAD_US
    return SharedMeter(name, limit, interval, (burst - 1) * interval, keep)


def reserved(quota: Quota) -> Quota:
    """What processes divide among them while nobody can be asked: four fifths, so that a window that
    begins before an outage, or ends after one, holds no more than the limit."""
    if quota.limit > 1:
        return replace(quota, limit=quota.limit * 4 // 5)
    return replace(quota, window_s=min(quota.window_s * 5 / 4, _A_DAY_S))


def grant(
    ticks: Mapping[str, int], ask: LeaseAsk, now: int, workers: int
) -> tuple[LeaseGrant, dict[str, int]]:
    """What an ask is granted when meters stand at `ticks`, and where they stand afterwards.

    A meter that is not remembered begins without a burst. One that is further ahead than any lease can
    have brought it was written by a clock that has been set back since, and is brought to where the
    most careful reading has it.
    """
    stand = {each.name: _stands(ticks.get(each.name), each, ask, now) for each in ask.meters}
    at = now
    for each in ask.meters:
        due = stand[each.name] + (min(ask.least, each.limit) - 1) * each.interval_us
        at = max(at, due - each.tolerance_us)
    if at - now > ask.ahead_us:
        # What was corrected is kept: from now on it comes nearer.
        return LeaseGrant(due_us=at - now, workers=workers), stand
    if not ask.meters:
        return LeaseGrant(((ask.most, 0),), workers=workers), {}
    _book(stand, ask, at, ask.least)
    runs = [(ask.least, at - now)]
    for number in range(ask.least, ask.most):
        dues = (stand[each.name] - each.tolerance_us for each in ask.meters)
        at = max(at, *dues)
        if at - now > (ask.ahead_us if number < ask.wanted else 0):
            break
        _book(stand, ask, at, 1)
        units, before = runs[-1]
        if before == at - now:
            runs[-1] = (units + 1, before)
        else:
            runs.append((1, at - now))
    return LeaseGrant(tuple(runs), workers=workers), stand


def _stands(tick: int | None, meter: SharedMeter, ask: LeaseAsk, now: int) -> int:
    fresh = now + meter.tolerance_us
    furthest = fresh + AHEAD_US + meter.limit * meter.interval_us
    tick = fresh if tick is None else min(tick, furthest)
    return max(tick, fresh + meter.interval_us) if ask.cold else tick


def _book(stand: dict[str, int], ask: LeaseAsk, at: int, units: int) -> None:
    for each in ask.meters:
        spent = min(units, each.limit) * each.interval_us
        stand[each.name] = max(stand[each.name], at) + spent
