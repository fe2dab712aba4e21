"""What a soak comes to: the ledger of three books, and the slope of memory. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bridgewright.core.model.operation import SourceCount
    from proofs.soak.crowd import Sent

AROUND_S = 15.0
"""So long before or after an outage of the store a handler may have run that could not say so: its lease,
and what a lease takes to be taken over."""
FLAT = 0.1
"""Memory is flat where the last quarter's mean is at most so much above the second quarter's."""


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the journal: a handler's end."""

    at: float
    pid: int
    event: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was counted; `problems` says what does not add up."""

    acknowledged: int
    handled: int
    repeats: int
    by_kills: int
    by_outages: int
    problems: tuple[str, ...]


def runs_of(lines: Iterable[str]) -> list[Run]:
    """The journal, read."""
    fields = (line.split() for line in lines)
    return [Run(float(at), int(pid), event) for at, pid, event in fields]


def balance(
    sent: Sent,
    counts: Sequence[SourceCount],
    runs: Sequence[Run],
    killed: Iterable[int],
    outages: Sequence[tuple[float, float]],
) -> Ledger:
    """Compare what was acknowledged, what is stored, and what was handled."""
    by_event: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_event[run.event].append(run)
    dead = set(killed)
    again = {event: found for event, found in by_event.items() if len(found) > 1}
    kills = {event for event, found in again.items() if any(run.pid in dead for run in found)}
    near = {
        event
        for event, found in again.items()
        if event not in kills and any(_is_near(run, outages) for run in found)
    }
    stored = sum(count.accepted for count in counts)
    left = {
        "acknowledged events that were never handled": len(sent.acknowledged - set(by_event)),
        "handled events that nobody was acknowledged for": len(set(by_event) - sent.acknowledged),
        "stored events more or less than acknowledged": abs(stored - len(sent.acknowledged)),
        "unfinished items": sum(count.waiting + count.leased for count in counts),
        "dead letters": sum(count.dead for count in counts),
        "repeats that no kill and no outage explains": len(set(again) - kills - near),
    }
    return Ledger(
        len(sent.acknowledged),
        len(by_event),
        sum(len(found) - 1 for found in again.values()),
        len(kills),
        len(near),
        tuple(f"{what}: {n}" for what, n in left.items() if n),
    )


def _is_near(run: Run, outages: Sequence[tuple[float, float]]) -> bool:
    return any(began - AROUND_S <= run.at <= ended + AROUND_S for began, ended in outages)


def slope(samples: Sequence[tuple[float, float]]) -> float:
    """MB a minute, by least squares over the second half: the first is spent filling caches."""
    half = samples[len(samples) // 2 :]
    mean_x = sum(x for x, _ in half) / len(half)
    mean_y = sum(y for _, y in half) / len(half)
    over = sum((x - mean_x) ** 2 for x, _ in half)
    return 60 * sum((x - mean_x) * (y - mean_y) for x, y in half) / over if over else 0.0


def growth(samples: Sequence[tuple[float, float]]) -> float:
    """The last quarter's mean over the second quarter's."""
    quarter = max(1, len(samples) // 4)
    early, late = samples[quarter : 2 * quarter] or samples, samples[-quarter:]
    return (sum(y for _, y in late) / len(late)) / (sum(y for _, y in early) / len(early)) - 1
