"""A bridge that kills itself: `python -m tests.journeys.crashing SCRIPT STORE JOURNAL [N before|after]`.

Plays a script (`day`: receive, work and redrive; `tx`: handlers whose effects are the store's) on a
real store, a file or a database by its URL, one effect after the other, and writes what it acknowledges
to standard output. Given a number and a side, it ends by SIGKILL before or after that effect; given
neither, it prints its trace at the end, from which the numbers are taken, and to which journey each
effect belongs. Another journey is another entry of `SCRIPTS`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors import webhook
from bridgewright.core.errors import PermanentFailure
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.lifecycle.routes import Routes
from bridgewright.core.model.event import Event, event_of
from bridgewright.core.model.inbound import Delivery, Headers
from bridgewright.core.model.operation import Selection
from bridgewright.core.model.planning import PlanMove, Verb
from bridgewright.core.model.secret import Secret
from bridgewright.core.model.watching import Watched
from bridgewright.core.recovery import Freeze
from bridgewright.core.signing.diagnosis import Party, Surroundings, diagnose
from bridgewright.core.timing.backoff import Backoff
from bridgewright.engine import plans
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.drive.handlers import Invoker
from bridgewright.engine.drive.journeys import LoopWorld, run_async
from bridgewright.engine.drive.lanes import Lanes
from bridgewright.engine.drive.waiting import Mailbox
from bridgewright.engine.receive import Source, receive, watch
from bridgewright.engine.work import Duty

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.effects import Effect, Journey
    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.inbound import Rejected
    from bridgewright.core.model.moment import Moment

SECRET = Secret("whsec_crashing")
STRIPE = webhook("stripe")
TYPES = ("invoice.paid", "charge.failed", "boom.now", "never.heard")
EFFECT = "order.paid"
"""What a handler with `tx` handles."""
Store = SqliteStore | PostgresStore
HORIZON_S = 7 * 86_400.0


@dataclass(slots=True)
class FatalWorld:
    """The real world, until effect number `fatal` (counted from 1)."""

    inner: LoopWorld
    fatal: int = 0
    side: str = ""
    trace: list[str] = field(default_factory=list)
    journeys: list[str] = field(default_factory=list)
    journey: str = "work"

    async def perform(self, effect: Effect[Any]) -> Any:
        self.trace.append(type(effect).__name__)
        self.journeys.append(self.journey)
        here = len(self.trace) == self.fatal
        if here and self.side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = await self.inner.perform(effect)
        if here and self.side == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def source() -> Source:
    """A Stripe source with our secret."""
    return Source(
        "stripe",
        "/stripe",
        STRIPE.scheme([SECRET]),
        STRIPE.read,
        STRIPE.profile,
        1_048_576,
        HORIZON_S,
        diagnose=explained,
    )


def explained(delivery: Delivery, rejected: Rejected, heard: Mapping[str, Moment]) -> Finding:
    """What explains a rejection."""
    party = Party("stripe", STRIPE, (SECRET,), ("key 1",))
    return diagnose(party, delivery, rejected, Surroundings(heard=heard))


def delivery(body: bytes, at: Moment, secret: Secret = SECRET) -> Delivery:
    """A signed delivery."""
    fields = STRIPE.sign([secret], body, message_id="", at=at).headers
    return Delivery("stripe", Headers(fields), body, at)


def event_body(key: str, event_type: str) -> bytes:
    """A small Stripe event."""
    return json.dumps({"id": key, "type": event_type, "created": NOW // 1_000_000}).encode()


@dataclass(slots=True)
class Day:
    """The script, and what it needs."""

    world: FatalWorld
    duty: Duty
    at: Moment = NOW

    async def run(self, journey: Journey[Any], name: str = "work") -> Any:
        self.world.journey = name
        return await run_async(journey, self.world)

    async def play(self) -> None:
        await self.deliver()
        await self.run(self.duty.enlist())
        await self.labour()
        await self.redrive()
        await self.labour()
        await self.send(delivery(event_body("evt_9", TYPES[0]), self.at), "evt_9")
        for claimed in (await self.run(self.duty.claim(1))).claimed:
            await self.run(self.duty.release(claimed))
        await self.run(self.duty.enlist(stopped=True))

    async def deliver(self) -> None:
        for n, event_type in enumerate(TYPES):
            await self.send(delivery(event_body(f"evt_{n}", event_type), self.at), f"evt_{n}")
        await self.send(delivery(event_body("evt_0", TYPES[0]), self.at), "evt_0")
        await self.send(delivery(event_body("evt_x", "forged"), self.at, Secret("whsec_other")), "")
        await self.send(delivery(b"not JSON", self.at), "unreadable")

    async def send(self, one: Delivery, key: str) -> None:
        answer = await self.run(receive(source(), one, self.duty.tell), "receive")
        if answer.status == STRIPE.profile.accepted.status:
            say(f"ack {key}")

    async def labour(self) -> None:
        claims = await self.run(self.duty.claim(10))
        held = tuple((c.lease.item_id, c.lease.fence) for c in claims.claimed)
        await self.run(self.duty.renew(held))
        for claimed in claims.claimed:
            await self.run(self.duty.attempt(claimed))
        await self.run(self.duty.tidy())
        await self.run(self.duty.carry_on())

    async def redrive(self) -> None:
        asked = Freeze(Selection(), "mended", "ann", NOW, batch=1)
        plan = await self.run(plans.freeze(asked, self.duty.tell), "redrive")
        await self.run(plans.steer(plan.id, PlanMove.RUN, "ann"), "redrive")
        await self.run(plans.advance(plan.id, self.duty.tell), "redrive")
        again = Freeze(Selection(), "once more", "ann", NOW, verb=Verb.REPLAY)
        plan = await self.run(plans.freeze(again, self.duty.tell), "redrive")
        await self.run(plans.steer(plan.id, PlanMove.RUN, "ann"), "redrive")
        await self.run(plans.advance(plan.id, self.duty.tell), "redrive")

    async def play_tx(self) -> None:
        for n in range(3):
            await self.send(delivery(event_body(f"evt_{n}", EFFECT), self.at), f"evt_{n}")
        await self.run(self.duty.enlist())
        for claimed in (await self.run(self.duty.claim(10), "tx")).claimed:
            await self.run(self.duty.attempt(claimed), "tx")
        await self.run(self.duty.tidy())
        await self.run(self.duty.enlist(stopped=True))


SCRIPTS = {"day": Day.play, "tx": Day.play_tx}


def say(line: str) -> None:
    """One line to whoever watches, past every buffer."""
    os.write(1, f"{line}\n".encode())


def journalling(path: Path) -> Callable[[Event], None]:
    """A handler that notes each event it has handled, and fails for some types."""

    def handle(event: Event) -> None:
        if event.type == "boom.now":
            text = "by design"
            raise PermanentFailure(text)
        if event.type == "charge.failed" and event.attempt == 1:
            raise ValueError(event.type)
        with path.open("a") as journal:
            journal.write(f"{event.id}\n")

    return handle


def effecting(place: str) -> Callable[[Event, Any], None]:
    """A handler whose only effect is a row that its transaction writes."""
    sql = f"INSERT INTO effects VALUES ({'%s' if is_shared(place) else '?'})"  # noqa: S608 - a placeholder

    def handle(event: Event, tx: Any) -> None:
        tx.execute(sql, (event.event_id,))

    return handle


def is_shared(place: str) -> bool:
    """Whether a place is a database by its URL."""
    return place.startswith("postgresql://")


def opened(place: str) -> Store:
    """The store at a place."""
    return PostgresStore(Secret(place)) if is_shared(place) else SqliteStore(Path(place))


def duty_of(routes: Routes, worker: str) -> Duty:
    """A worker that retries at once."""
    policy = RetryPolicy(max_attempts=3, backoff=Backoff(base_s=0.0))
    watched = (Watched("stripe", ("key 1",), 100.0),)
    return Duty(
        worker,
        "host",
        os.getpid(),
        ("stripe",),
        routes,
        lambda _: None,
        policy=policy,
        watch=lambda: watch(watched, lambda _: None),
    )


async def main(script: str, place: str, journal: Path, fatal: int, side: str) -> None:
    """Play the script."""
    store = opened(place)
    world = LoopWorld(store, Mailbox(asyncio.get_running_loop()), Chance(lambda: NOW, lambda: 0.5))
    lanes = Lanes(1)
    invoker = Invoker(event_of, lanes, world.mailbox, store.transactions)
    routes = Routes()
    for pattern in ("invoice.*", "charge.*", "boom.*"):
        routes.add("stripe", pattern, journalling(journal))
    routes.add("stripe", EFFECT, effecting(place))
    fatal_world = FatalWorld(replace(world, invoke=invoker.invoke), fatal, side)
    await SCRIPTS[script](Day(fatal_world, duty_of(routes, "first")))
    lanes.close()
    store.close()
    say("journeys " + " ".join(fatal_world.journeys))
    say("trace " + " ".join(fatal_world.trace))


if __name__ == "__main__":
    number = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    asyncio.run(main(*sys.argv[1:3], Path(sys.argv[3]), number, "".join(sys.argv[5:])))
