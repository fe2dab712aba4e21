"""The shop that is played with: its store, what it depends on, its inbox and its workers."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from bridgewright.bridge import AsyncBridge
from bridgewright.cli.demo.children import START_S, Child, DemoError
from bridgewright.core.lifecycle.presence import is_alive
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from bridgewright.cli.demo.stage import Stage
    from bridgewright.core.model.operation import Overview
    from bridgewright.simulate.dependency import Dependency
    from bridgewright.simulate.stripe.simulator import StripeSimulator

R = TypeVar("R")

LOOK_S = 0.1
"""How often the store is looked at while something is waited for."""
LOCK_S = 10.0


class Shop:
    """Processes and store of one demo."""

    def __init__(self, stage: Stage, dependency: Dependency, stripe: StripeSimulator) -> None:
        self.stage = stage
        self.dependency = dependency
        self.stripe = stripe
        self.breaker_is = "closed"
        self.bridge = AsyncBridge(stage.settings())
        self.worker_is = "not there yet"
        self.store_is = "open"
        self._breaker_read = 0
        self._fallen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._children: list[Child] = []
        self._worker: Child | None = None
        self._watching: set[asyncio.Task[None]] = set()

    async def open_inbox(self) -> str:
        """Start `bridgewright serve`, without a worker; the URL it takes deliveries at."""
        child = await self._start("inbox", "serve", "--no-work", "--port", "0", "--json")
        return str((await child.announced())["url"])

    async def hire(self, app: str) -> None:
        """Start `bridgewright worker APP`, and wait until it works."""
        self.worker_is = "starts"
        self._worker = worker = await self._start("worker", "worker", app, "--json")
        here = await self.until(lambda overview: _works(overview, worker.pid), START_S)
        if not here:
            raise DemoError(f"the worker did not begin to work within {START_S:g} s")
        self.worker_is = f"process {worker.pid}"
        self.breaker_is = "closed"

    async def kill_worker(self) -> int:
        """SIGKILL the worker; its process id."""
        worker = self._worker
        if worker is None:
            raise DemoError("there is no worker to kill")
        code = await worker.kill()
        self._children.remove(worker)
        if code != -signal.SIGKILL:
            raise DemoError(f"the worker was to be killed, and ended with exit code {code}")
        self.worker_is = "killed"
        return worker.pid

    def breaker_moves(self) -> tuple[str, ...]:
        """What became of the worker's breaker since this was last asked."""
        with self.stage.breaker.open(encoding="utf-8") as file:
            file.seek(self._breaker_read)
            lines = file.read().splitlines()
            self._breaker_read = file.tell()
        if lines:
            self.breaker_is = lines[-1].partition(" ")[0]
        return tuple(lines)

    async def survey(self) -> Overview:
        """The whole store on one screen."""
        return await self.bridge.survey()

    async def until(self, holds: Callable[[Overview], bool], within_s: float) -> bool:
        """Wait until the store shows something, for a while; whether it did."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not holds(await self.survey()):
            if loop.time() > deadline:
                return False
            await asyncio.sleep(LOOK_S)
        return True

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Hold the database's write lock, as a careless script of somebody's would."""
        connection = sqlite3.connect(
            self.stage.store, timeout=LOCK_S, isolation_level=None, check_same_thread=False
        )
        try:
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            self.store_is = "locked"
            yield
            connection.execute("ROLLBACK")
            self.store_is = "open"
        finally:
            connection.close()

    async def guard(self, work: Coroutine[Any, Any, R]) -> R:
        """Run something for as long as every child is up; raises when one ends by itself."""
        task = asyncio.create_task(work)
        try:
            either: set[asyncio.Future[Any]] = {task, self._fallen}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._fallen.done():
                self._fallen.result()
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """End every child in order, and release the store."""
        await asyncio.gather(*(child.end() for child in self._children))
        await asyncio.gather(*self._watching, return_exceptions=True)
        await self.bridge.close()

    async def _start(self, name: str, *command: str) -> Child:
        child = await Child.start(name, self.stage, *command)
        self._children.append(child)
        watching = asyncio.create_task(child.watch())
        self._watching.add(watching)
        watching.add_done_callback(self._report)
        return child

    def _report(self, watching: asyncio.Task[None]) -> None:
        if watching.cancelled() or self._fallen.done():
            return
        if (error := watching.exception()) is not None:
            self._fallen.set_exception(error)


def _works(overview: Overview, pid: int) -> bool:
    return any(worker.pid == pid and is_alive(worker, now()) for worker in overview.workers)
