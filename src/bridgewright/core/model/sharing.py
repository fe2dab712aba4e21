"""Words of what several processes share about one account: meters, asks, grants.

Times are whole microseconds of the gate's own clock, or lengths of them: no process's clock counts.
"""

from __future__ import annotations

from dataclasses import dataclass

US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class SharedMeter:
    """One quota, as every process that shares it asks for it.

    `name` tells it from the account's others; while a limit is being changed, processes that know the
    old one and the new share it all the same. `limit` are the units in a window, `interval_us` lies
    between two of them, `tolerance_us` is what a burst may be ahead. `keep_us` is how long it must be
    remembered.
    """

    name: str
    limit: int
    interval_us: int
    tolerance_us: int
    keep_us: int


@dataclass(frozen=True, slots=True)
class LeaseAsk:
    """What a process asks a gate for: units of every meter, to be sent within a lease.

    `account` and `scope` say whose, `worker` who asks (an id of this process, without meaning).
    `least` units are needed together, `wanted` are waited for, and up to `most` are taken when they
    are there now. Places may be up to `ahead_us` in the future. `cold` says that the process could
    not ask for a while: then no burst is given, for it may have sent meanwhile.
    """

    account: str
    scope: str
    worker: str
    meters: tuple[SharedMeter, ...]
    least: int
    wanted: int
    most: int
    ahead_us: int
    cold: bool = False

    def __repr__(self) -> str:
        return f"LeaseAsk({self.least} to {self.most} units of {len(self.meters)} meters)"


@dataclass(frozen=True, slots=True)
class LeaseGrant:
    """What a gate answers. Each of `runs` is (units, microseconds from now until their place).

    Without runs either the provider asked us all to stay away for `closed_us`, or the first place
    would come in `due_us`. `workers` is how many processes asked within the last minute.
    """

    runs: tuple[tuple[int, int], ...] = ()
    due_us: int = 0
    closed_us: int = 0
    workers: int = 1
