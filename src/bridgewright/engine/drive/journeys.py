"""Two drivers for one description: run a journey to its end, blocking or on an event loop."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bridgewright.core.effects import (
    AskProvider,
    Command,
    Compute,
    Invoke,
    Now,
    ObtainKey,
    Pause,
    PutAside,
    Query,
    Roll,
    Visit,
)
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.drive.waiting import Mailbox, Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bridgewright.core.effects import Effect, Journey, Ran
    from bridgewright.core.ports import KeyFetcher, Providers, Store
    from bridgewright.engine.drive.sideline import Sideline

R = TypeVar("R")


class World(Protocol):
    """Performs effects in the calling thread."""

    def perform(self, effect: Effect[Any]) -> Any: ...


class AsyncWorld(Protocol):
    """Performs effects on the running event loop."""

    async def perform(self, effect: Effect[Any]) -> Any: ...


def run(journey: Journey[R], world: World) -> R:
    """Run a journey in the calling thread and return its result."""
    try:
        effect = next(journey)
        while True:
            try:
                result = world.perform(effect)
            except BaseException as error:  # noqa: BLE001 - every error belongs to the journey
                effect = journey.throw(error)
            else:
                effect = journey.send(result)
    except StopIteration as end:
        value: R = end.value
        return value


async def run_async(journey: Journey[R], world: AsyncWorld) -> R:
    """Run a journey on the event loop and return its result."""
    try:
        effect = next(journey)
        while True:
            try:
                result = await world.perform(effect)
            except BaseException as error:  # noqa: BLE001 - every error belongs to the journey
                effect = journey.throw(error)
            else:
                effect = journey.send(result)
    except StopIteration as end:
        value: R = end.value
        return value


@dataclass(frozen=True, slots=True)
class BlockingWorld:
    """The real world, for a thread: waits where an effect takes time. Handlers belong to a worker,
    which has a loop, so nothing is invoked here."""

    store: Store
    chance: Chance = field(default_factory=Chance)
    sleep: Callable[[float], None] = time.sleep
    keys: KeyFetcher | None = None
    providers: Providers | None = None
    sideline: Sideline | None = None

    def perform(self, effect: Effect[Any]) -> Any:
        """Perform one effect and return its result."""
        if isinstance(effect, Command):
            reply = Waiting()
            self.store.submit(effect, reply)
            return reply.result()
        if isinstance(effect, Pause):
            return self.sleep(effect.seconds)
        if isinstance(effect, AskProvider) and self.providers is not None:
            return self.providers.ask(effect.connection, effect.request)
        if isinstance(effect, Query | Compute | ObtainKey | Visit):
            return _lasting(effect, self.store, self.keys)
        return _instant(effect, self.chance, self.sideline)


@dataclass(frozen=True, slots=True)
class LoopWorld:
    """The real world, for one event loop: awaits where an effect takes time."""

    store: Store
    mailbox: Mailbox
    chance: Chance = field(default_factory=Chance)
    invoke: Callable[[Invoke], Awaitable[Ran]] | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    keys: KeyFetcher | None = None
    providers: Providers | None = None
    sideline: Sideline | None = None

    async def perform(self, effect: Effect[Any]) -> Any:
        """Perform one effect and return its result."""
        if isinstance(effect, Command):
            expected = self.mailbox.expect()
            self.store.submit(effect, expected)
            return await expected.future
        if isinstance(effect, Invoke) and self.invoke is not None:
            return await self.invoke(effect)
        if isinstance(effect, Pause):
            return await self.sleep(effect.seconds)
        if isinstance(effect, AskProvider) and self.providers is not None:
            return await self.providers.ask_async(effect.connection, effect.request)
        if isinstance(effect, Query | Compute | ObtainKey | Visit):
            return await asyncio.to_thread(_lasting, effect, self.store, self.keys)
        return _instant(effect, self.chance, self.sideline)


def _lasting(
    effect: Query[Any] | Compute[Any] | ObtainKey | Visit, store: Store, keys: KeyFetcher | None
) -> object:
    """What would hold up others on an event loop."""
    if isinstance(effect, Query):
        return store.answer(effect)
    if isinstance(effect, Compute):
        return effect.work()
    if keys is None:
        msg = f"this world cannot perform {type(effect).__name__}: it fetches no keys"
        raise TypeError(msg)
    if isinstance(effect, ObtainKey):
        return keys.obtain(effect.need)
    keys.visit(effect.url)
    return None


def _instant(effect: Effect[Any], chance: Chance, sideline: Sideline | None) -> Any:
    if isinstance(effect, Now):
        return chance.now()
    if isinstance(effect, Roll):
        return chance.roll()
    if isinstance(effect, PutAside):
        return sideline is not None and sideline.begin(effect)
    msg = f"this world cannot perform {type(effect).__name__}"
    raise TypeError(msg)
