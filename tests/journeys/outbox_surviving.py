"""What a crash must not do to calls: a sender is killed at a point, the living recover, and the providers'
own books are read."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright import Cause, State
from bridgewright.core.effects import ListItems
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import Selection
from bridgewright.engine.drive.clock import Chance, now
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.twilio.simulator import TwilioSimulator
from tests.journeys.outbox_crashing import CALLS, runtime_of
from tests.journeys.surviving import ROOT, Damage, Place
from tests.journeys.test_calls_in_handlers import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.model.operation import ItemRow

PATIENCE_S = 30.0
KEYED, UNKEYED = CALLS
ROUNDS = 4
"""How often a worker comes back after a lease: more often than an attempt can be made."""


@dataclass(frozen=True, slots=True)
class Street:
    """Two simulated providers, a store, and workers that come and go."""

    place: Place
    stripe: StripeSimulator = field(default_factory=lambda: StripeSimulator(slow_s=0.5))
    twilio: TwilioSimulator = field(default_factory=lambda: TwilioSimulator(slow_s=0.5))

    def open(self, *calls: str) -> None:
        """Start the providers; `calls` are what is sent."""
        urls = {"stripe": self.stripe.start(), "twilio": self.twilio.start()}
        texts = {
            "urls": json.dumps(urls),
            "store": self.place.store,
            "calls": " ".join(calls),
            "stripe": KEY,
            "token": "x",
            "sid": self.twilio.account,
        }
        for name, text in texts.items():
            (self.place.folder / name).write_text(text)

    def close(self) -> None:
        """Stop them."""
        self.stripe.close()
        self.twilio.close()

    def sender(self, *point: object) -> subprocess.Popen[str]:
        """A process that stores the calls and makes them, until it dies at a point."""
        command = [sys.executable, "-m", "tests.journeys.outbox_crashing", self.place.folder]
        return subprocess.Popen(
            [*map(str, command), *map(str, point)], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def recover(self) -> tuple[ItemRow, ...]:
        """What workers make of it, each after the leases of the last have run out; all items then."""
        for turn in range(1, ROUNDS + 1):
            runtime = runtime_of(self.place.folder, Chance(lambda: later(now(), turn * 61.0)))  # noqa: B023 - used in this turn
            asyncio.run(runtime.work(until_idle=True))
            rows: tuple[ItemRow, ...] = runtime.store.answer(ListItems(Selection(), 10))
            runtime.close()
            if all(row.state in {State.DONE, State.DEAD} for row in rows):
                break
        return rows


@contextmanager
def street_at(place: Place, *calls: str) -> Iterator[Street]:
    """A street, for as long as the block lasts."""
    street = Street(place)
    street.open(*calls)
    try:
        yield street
    finally:
        street.close()


def until(seen: Callable[[], object]) -> None:
    """Look again and again: no process tells of what the other side has heard."""
    gives_up_s = time.monotonic() + PATIENCE_S
    while not seen():
        assert time.monotonic() < gives_up_s


def recorded(place: Place) -> tuple[list[str], list[str]]:
    """The effects of both calls, and the journey that each belongs to."""
    with street_at(place, *CALLS) as street:
        sender = street.sender()
        said = sender.communicate(timeout=PATIENCE_S)[0].splitlines()
        assert sender.returncode == 0, said
    return said[-1].split()[1:], said[-2].split()[1:]


def survive(place: Place, number: int, side: str) -> Damage:
    """Kill the sender of both calls there, recover, and read the books."""
    with street_at(place, *CALLS) as street:
        sender = street.sender(number, side)
        said = sender.communicate(timeout=PATIENCE_S)[0].splitlines()
        assert sender.returncode == -signal.SIGKILL, (sender.returncode, said)
        rows = street.recover()
        acknowledged = {int(line.removeprefix("ack ")) for line in said if line.startswith("ack ")}
        return damage(street, rows, acknowledged)


def damage(street: Street, rows: tuple[ItemRow, ...], acknowledged: set[int]) -> Damage:
    """What is wrong with what the providers were asked for."""
    lost = [f"{n} is not stored" for n in acknowledged - {row.id for row in rows}]
    made = {
        KEYED: street.stripe.charges_per("order").get("17", 0),
        UNKEYED: len(street.twilio.messages()),
    }
    doubled = [f"{call} was made {n} times" for call, n in made.items() if n > 1]
    for call, n in made.items():
        [row] = [row for row in rows if row.event_type == call] or [None]
        if row is None:
            lost += [f"{call} was made, and nobody knows"] * n
        elif row.state is State.DONE:
            lost += [f"{call} is done, and was not made"] * (not n)
        elif (
            call == KEYED or row.cause is not Cause.AMBIGUOUS
        ):  # for a person, and never made again
            lost.append(f"{call} is {row.state}")
    return Damage(tuple(lost), tuple(doubled))
