"""What is played: seven acts, how long each takes, and how much of the day it holds."""

from __future__ import annotations

from dataclasses import dataclass

from bridgewright.cli.demo.stage import Patience
from bridgewright.simulate.day import FEWEST, Chapter, Outline, compose
from bridgewright.simulate.parcel import Manner

DELIVERIES = 3_000
"""Deliveries of a whole day, which takes about a minute."""
MOST_DELIVERIES = 50_000
"""What an ordinary machine works off within the patience of somebody who asked for it."""
CHARGED = "invoice.finalized"
"""The events that the application charges for, once each."""
LEFT = 3
"""Dead letters that are left to be explored."""
SHORTEST = 0.2
"""A day of few deliveries is shorter, but never shorter than this part of a whole one."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its title, what a viewer is told, its seconds in a whole day (0 for as fast as
    answers come), and its share of the deliveries."""

    name: str
    title: str
    words: str
    seconds: float
    share: float
    honest_only: bool = False


ACTS = (
    Act(
        "usual",
        "A day begins",
        "Stripe and GitHub deliver. Some deliveries come twice, some at once, some out of order;"
        " strangers forge, tamper and replay.",
        9,
        0.18,
    ),
    Act(
        "outage",
        "What the handlers call is down",
        "The shop's books answer 503. Deliveries are taken all the same; attempts are repeated with"
        " backoff, and what runs out of attempts is a dead letter.",
        12,
        0.22,
    ),
    Act(
        "kill",
        "A worker is killed",
        "SIGKILL at the worst moment: handlers have just run, and nothing of it is settled. The next"
        " worker takes over what was leased when the leases run out.",
        6,
        0.1,
    ),
    Act(
        "locked",
        "The store is locked",
        "Another process holds the database. Nothing that could be lost is acknowledged: senders get"
        " 503 and come again.",
        0.5,
        0.02,
        honest_only=True,
    ),
    Act(
        "burst",
        "Everything at once",
        "A third of the day in a few seconds: deliveries share commits, and the worker catches up.",
        4,
        0.32,
    ),
    Act(
        "evening",
        "It calms down",
        "The rest of the day. The killed worker's items have come back by now.",
        8,
        0.16,
    ),
    Act(
        "operator",
        "An operator puts the dead letters back",
        "A plan for each cause, looked at while it is frozen, run by a person, advanced in"
        " batches. The same items wait again, with fresh attempts.",
        0,
        0,
    ),
)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long things take on this day: `scale` is the length of the day, 1 for a whole one."""

    scale: float

    @classmethod
    def of(cls, deliveries: int) -> Timing:
        """The day's length follows from its deliveries, up to a whole one."""
        return cls(min(1.0, max(SHORTEST, deliveries / DELIVERIES)))

    @property
    def patience(self) -> Patience:
        """Five attempts within a few seconds, so that an outage buries some items and not all. The
        lease stays long enough for a busy machine: no living worker may lose one."""
        return Patience(lease_s=7 + self.scale, max_attempts=5, backoff_base_s=0.4 * self.scale)

    @property
    def look_s(self) -> float:
        """How long an operator looks at a frozen plan: long enough for a viewer to read it."""
        return 1.2 * self.scale

    @property
    def outage_s(self) -> float:
        """How long the dependency is down."""
        return 9 * self.scale


def chapters(seed: int, deliveries: int) -> tuple[Chapter, ...]:
    """The deliveries of each act that has any."""
    scale = Timing.of(deliveries).scale
    outlines = [
        Outline(act.name, act.seconds * scale, act.share, act.honest_only)
        for act in ACTS
        if act.share
    ]
    return compose(seed, deliveries, outlines)


def encore(seed: int) -> Chapter:
    """A few honest deliveries of another day, for when this one is over."""
    (day,) = compose(seed + 1, FEWEST, [Outline("encore", 1, 1)])
    known = [
        p
        for p in day.parcels
        if p.manner is Manner.HONEST
        and p.event.provider == "stripe"
        and p.event.event_type != CHARGED  # which is charged, whether the books know of it or not
    ]
    return Chapter("encore", 0, tuple(known[:LEFT]))
