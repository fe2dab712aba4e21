"""What the two views of a bridge share: settings, handlers, observers, store and worker."""

from __future__ import annotations

import asyncio
import inspect
import os
import secrets
import socket
import threading
import weakref
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.adapters.exporters.logs import LogExporter, heeds_successes
from bridgewright.bridge.asking import Asking, instant
from bridgewright.bridge.dispatch import Dispatch
from bridgewright.bridge.limits import Limit, bounds_of, handler_limit
from bridgewright.bridge.mishap import report, warn
from bridgewright.bridge.outgoing import Outgoing, outcome_of
from bridgewright.bridge.wiring import (
    Sink,
    forwarding,
    key_book,
    policy_of,
    proofs_of,
    rules_of,
    source_of,
    store_of,
    watched_of,
)
from bridgewright.core.effects import Survey, ask
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.presence import claimed_sources
from bridgewright.core.lifecycle.routes import Routes
from bridgewright.core.model.event import event_of
from bridgewright.core.model.fact import Fact, NothingClaims, WorkerStarted, WorkerStopped
from bridgewright.core.model.inbound import Delivery, Headers
from bridgewright.core.sending import ListLanes
from bridgewright.engine.drive.calling import timing_of
from bridgewright.engine.drive.clock import Chance, Time
from bridgewright.engine.drive.crew import Crew, Pace
from bridgewright.engine.drive.handlers import Invoker
from bridgewright.engine.drive.journeys import BlockingWorld, LoopWorld, run, run_async
from bridgewright.engine.drive.lanes import Lanes
from bridgewright.engine.drive.sideline import Sideline
from bridgewright.engine.drive.waiting import Mailbox
from bridgewright.engine.outbox import Sender
from bridgewright.engine.receive import receive, watch
from bridgewright.engine.reconcile import reconcile
from bridgewright.engine.work import FAREWELL_S, Duty

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from datetime import datetime, timedelta

    from bridgewright.core.effects import Journey
    from bridgewright.core.model.inbound import Answer
    from bridgewright.core.model.reconciling import Reconciliation
    from bridgewright.core.ports import Observer
    from bridgewright.engine.receive import Source
    from bridgewright.settings import Settings

R = TypeVar("R")
H = TypeVar("H", bound="Callable[..., Any]")

GRACE_S = 5.0
"""What `close()` waits for workers beyond the time they take to drain."""


class Runtime:
    """One bridge in one process. Made cheaply: nothing is opened or started before first use.

    `time` is where all of it reads the time and waits; the system's unless a test moves the clock.
    """

    def __init__(
        self, settings: Settings, *, chance: Chance | None = None, time: Time | None = None
    ) -> None:
        self.time = time or Time()
        self.settings = settings
        self.routes = Routes()
        self.store = store_of(settings.store)
        self.chance = chance or Chance(self.time.now)
        self.sources = {
            source.path: source_of(source, settings.inbox, settings.sources)
            for source in settings.sources
        }
        self.keys = key_book(settings.inbox)
        self._by_name = {source.name: source for source in self.sources.values()}
        self._observers: list[Observer] = [LogExporter()]
        timing = timing_of(self.time)
        self.outgoing = Outgoing(settings, self.tell, self._heeds_successes, self.chance, timing)
        self.asking = Asking(settings, self.outgoing)
        self.dispatch = Dispatch(self.outgoing, self.tell, self.chance)
        self._make_worlds()
        self._crews: list[Crew] = []
        self._sinks: list[Sink] = []
        self._limits: dict[tuple[str, str], Limit] = {}
        self._lock = threading.Lock()
        self._gone = threading.Condition(self._lock)
        for source in settings.sources:
            if source.forward is not None:
                sink = forwarding(source.forward)
                self._sinks.append(sink)
                self.routes.add(source.name, "*", sink)

    def _make_worlds(self) -> None:
        """What effects are performed by, in threads; those of loops are made as loops come."""
        beside = BlockingWorld(self.store, self.chance, self.time.sleep)
        self.sideline = Sideline(lambda journey: run(journey, beside), self.time.ticks)
        self._blocking = BlockingWorld(
            self.store,
            self.chance,
            self.time.sleep,
            keys=self.keys,
            providers=self.asking,
            sideline=self.sideline,
        )
        self._worlds: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopWorld] = (
            weakref.WeakKeyDictionary()
        )
        self._last_world: tuple[weakref.ref[asyncio.AbstractEventLoop], LoopWorld] | None = None

    def keep_time(self, time: Time) -> None:
        """Live by another clock, clients that were made already included: their breakers, limits and
        budgets begin anew. `ConfigurationError` while a worker of this process works."""
        if self._crews:
            problem = "a worker of this bridge is at work by the clock that it has"
            raise ConfigurationError(problem, remedy="stop it, and start it by the other clock")
        self.time = time
        self.chance = Chance(time.now, self.chance.roll)
        self.outgoing.keep_time(timing_of(time), self.chance)
        self.dispatch.keep_time(self.chance)
        self.sideline.join()
        self._make_worlds()

    def tell(self, fact: Fact) -> None:
        """Tell every observer. One that raises is named in a warning and breaks nothing."""
        for observer in self._observers:
            try:
                observer(fact)
            except Exception as error:  # noqa: BLE001 - an observer can never break a journey
                name = getattr(observer, "__qualname__", type(observer).__name__)
                warn(f"observer {name} raised {type(error).__name__} on {type(fact).__name__}")

    def observe(self, observer: Observer) -> None:
        """Add an observer."""
        self._observers.append(observer)

    def _heeds_successes(self) -> bool:
        """Whether anybody wants to hear of each call that went well."""
        return len(self._observers) > 1 or heeds_successes()

    def source(self, name: str) -> Source:
        """The configured source of this name."""
        try:
            return self._by_name[name]
        except KeyError:
            known = ", ".join(sorted(self._by_name)) or "none"
            problem = f"source {name!r} is not configured (configured: {known})"
            remedy = f"add [sources.{name}] to bridgewright.toml, or set its secret's variable"
            raise ConfigurationError(problem, remedy=remedy) from None

    def registrar(
        self,
        source: str,
        event_type: str,
        concurrency: int | None = None,
        rate_per_s: float | None = None,
    ) -> Callable[[H], H]:
        """What makes a function the handler of a source's events of this type."""
        limit = handler_limit(concurrency, rate_per_s)

        def register(handler: H) -> H:
            if inspect.isgeneratorfunction(handler) or inspect.isasyncgenfunction(handler):
                problem = f"the handler {handler.__name__} is a generator: calling it runs nothing"
                raise ConfigurationError(problem, remedy="take the yield out of it")
            self.routes.add(source, event_type, handler)
            if limit is not None:
                self._limits[source, event_type] = limit
            return handler

        return register

    def check(self) -> None:
        """Refuse to start with handlers for sources that do not exist."""
        for name in self.routes.sources():
            self.source(name)

    def run(self, journey: Journey[R]) -> R:
        """Run a journey in the calling thread."""
        return run(journey, self._blocking)

    async def run_async(self, journey: Journey[R]) -> R:
        """Run a journey on the running loop."""
        return await run_async(journey, self._loop_world())

    def delivery(
        self, name: str, headers: Mapping[str, str], body: bytes, method: str, url: str
    ) -> Journey[Answer]:
        """The journey of a delivery that came by other ways than our inbox."""
        source = self.source(name)
        query = url.partition("#")[0].partition("?")[2].encode("utf-8", "surrogatepass")
        came = Headers.of(dict(headers))
        delivery = Delivery(name, came, body, self.chance.now(), method, query, url)
        return receive(source, delivery, self.tell)

    def reconciliation(
        self,
        source: str,
        since: datetime | timedelta,
        until: datetime | timedelta | None,
        limit: int,
        *,
        dry_run: bool,
    ) -> Journey[Reconciliation]:
        """The journey of asking a source's provider what we missed."""
        now = self.chance.now()
        begins = instant(since, now)
        ends = None if until is None else instant(until, now)
        search = self.asking.search(source, begins, ends, limit, dry_run=dry_run)
        return reconcile(search, self.tell)

    def look_around(self) -> Journey[None]:
        """Say it loudly when handlers are registered and no worker claims for them."""
        overview = yield from ask(Survey())
        claimed = claimed_sources(overview, self.chance.now())
        idle = tuple(name for name in self.routes.sources() if name not in claimed)
        if idle:
            self.tell(NothingClaims(idle))

    @property
    def described(self) -> str:
        """What a `repr` of it tells: no secret, and of the store its file's name only."""
        names = ", ".join(sorted(source.name for source in self.sources.values())) or "none"
        return f"store={self.settings.store.name!r}, sources: {names}"

    @property
    def expects(self) -> bool:
        """Whether any source is expected to be heard within some time."""
        return any(source.longest_gap_s is not None for source in self.settings.sources)

    def watch(self) -> Journey[None]:
        """Make our sources known to the store, and tell which have fallen silent."""
        return watch(tuple(watched_of(source) for source in self.settings.sources), self.tell)

    async def work(self, *, until_idle: bool = False) -> None:
        """Be a worker on the running loop until stopped."""
        self.check()
        if not self._may_work() and not await self.run_async(ask(ListLanes())):
            problem = "this worker has nothing to do: no handler is registered, nothing forwards"
            remedy = (
                "register one with @bridge.on(source, event_type), or set [sources.NAME.forward]"
            )
            raise ConfigurationError(problem, remedy=remedy)
        await self._labour(*self._hire(), until_idle=until_idle)

    def _may_work(self) -> bool:
        """Whether there is anything here that items can be handed to."""
        return bool(
            self.routes.sources() or self.dispatch.has_functions or self.settings.connections
        )

    def outbound(self, name: str, *, idempotent: bool) -> Callable[[H], H]:
        """What makes a function the one that outbox items of this name are handed to."""

        def register(function: H) -> H:
            self.dispatch.register(name, function, idempotent=idempotent)
            return function

        return register

    @property
    def works(self) -> bool:
        """Whether a worker of this process is at work."""
        return bool(self._crews)

    def stop(self) -> None:
        """End every worker of this process in order."""
        with self._lock:
            crews = tuple(self._crews)
        for crew in crews:
            crew.stop()

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[None]:
        """A worker beside an application, for as long as the application runs."""
        self.check()
        if not self._may_work() and not await self.run_async(ask(ListLanes())):
            yield
            return
        duty, crew = self._hire()
        working = asyncio.create_task(self._labour(duty, crew, until_idle=False))
        working.add_done_callback(report)
        try:
            yield
        finally:
            crew.stop()
            await working

    def close(self) -> None:
        """End the workers of this process, wait for them, and release the files."""
        self.stop()
        with self._gone:
            if not self._works_here():
                patience_s = self.settings.work.drain_s + FAREWELL_S + GRACE_S
                self._gone.wait_for(lambda: not self._crews, patience_s)
        self.outgoing.close()
        self.keys.close()
        self.sideline.join()
        self.store.close()

    def _works_here(self) -> bool:
        """Whether a worker runs on the very loop that is asked to wait for it."""
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            return False
        return any(crew.world.mailbox.is_of(here) for crew in self._crews)

    async def _labour(self, duty: Duty, crew: Crew, *, until_idle: bool) -> None:
        with self._lock:
            self._crews.append(crew)
        self.tell(WorkerStarted(duty.worker, duty.sources))
        try:
            released = await crew.work(until_idle=until_idle)
        finally:
            with self._gone:
                self._crews.remove(crew)
                last = not self._crews
                self._gone.notify_all()
            for sink in self._sinks if last else ():
                await sink.close()
        self.tell(WorkerStopped(duty.worker, released))

    def _hire(self) -> tuple[Duty, Crew]:
        work = self.settings.work
        host, pid = socket.gethostname(), os.getpid()
        duty = Duty(
            worker=f"{host}-{pid}-{secrets.token_hex(3)}",
            host=host,
            pid=pid,
            sources=self.routes.sources(),
            routes=self.routes,
            tell=self.tell,
            lease_s=work.lease_s,
            policy=policy_of(work, None),
            policies={s.name: policy_of(work, s.max_attempts) for s in self.settings.sources},
            watch=self.watch,
            outbox=Sender(self.dispatch),
            rules=rules_of(self.settings, self.routes, bounds_of(self._limits, self.routes)),
        )
        world, lanes = self._loop_world(), Lanes(work.concurrency)
        invoker = Invoker(
            make_event=partial(event_of, proofs=proofs_of(self.settings.sources)),
            lanes=lanes,
            mailbox=world.mailbox,
            transactions=self.store.transactions,
            chance=self.chance,
            timeout_s=work.handler_timeout_s,
            keep_messages=work.keep_error_messages,
            outcome_of=outcome_of,
            time=self.time,
        )
        pace = Pace(concurrency=work.concurrency, renew_s=work.lease_s / 3, drain_s=work.drain_s)
        return duty, Crew(duty, world, invoker.invoke, lanes, pace, self.time)

    def _loop_world(self) -> LoopWorld:
        loop = asyncio.get_running_loop()
        last = self._last_world
        if last is not None and last[0]() is loop:
            return last[1]
        world = self._worlds.get(loop)
        if world is None:
            world = self._worlds[loop] = LoopWorld(
                self.store,
                Mailbox(loop),
                self.chance,
                sleep=self.time.sleep_async,
                keys=self.keys,
                providers=self.asking,
                sideline=self.sideline,
            )
        self._last_world = weakref.ref(loop), world
        return world
