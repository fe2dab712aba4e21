"""The shop that is played with: its store, what it depends on, its inbox and its workers."""

from __future__ import annotations

import asyncio
import signal
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


class Shop:
    """Processes and store of one demo."""

    def __init__(self, stage: Stage, dependency: Dependency, stripe: StripeSimulator) -> None:
        self.stage = stage
        self.dependency = dependency
        self.stripe = stripe
        self.breaker_is = "closed"
        self.bridge = AsyncBridge(stage.settings())
        self.worker_is = "not there yet"
        self.released = "app:bridge"
        self.store_is = "open"
        self._breaker_read = 0
        self._fallen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._children: list[Child] = []
        self._workers: list[Child] = []
        self._watching: set[asyncio.Task[None]] = set()

    async def open(self) -> tuple[str, ...]:
        """Start every inbox and every worker; the URLs that deliveries are taken at."""
        pairs = range(self.stage.premises.pairs)
        urls = [await self._open_inbox(_numbered("inbox", n)) for n in pairs]
        for _ in pairs:
            await self._hire()
        return tuple(urls)

    async def _open_inbox(self, name: str) -> str:
        """Start `bridgewright serve`, without a worker; the URL it takes deliveries at."""
        child = await self._start(name, "serve", "--no-work", "--port", "0", "--json")
        return str((await child.announced())["url"])

    async def _hire(self) -> None:
        """Start `bridgewright worker APP`, and wait until it works."""
        self.worker_is = "starts"
        name = _numbered("worker", len(self._workers))
        worker = await self._start(name, "worker", self.released, "--json")
        self._workers.append(worker)
        here = await self.until(lambda overview: _works(overview, worker.pid), START_S)
        if not here:
            raise DemoError(f"the {name} did not begin to work within {START_S:g} s")
        self.worker_is = _processes(self._workers)
        self.breaker_is = "closed"

    @property
    def doomed(self) -> int:
        """The process id of the worker that would be killed."""
        return self._workers[0].pid

    async def kill_worker(self) -> None:
        """SIGKILL one worker."""
        worker = self._workers.pop(0)
        code = await worker.kill()
        self._children.remove(worker)
        if code != -signal.SIGKILL:
            raise DemoError(f"the worker was to be killed, and ended with exit code {code}")
        self.worker_is = "killed"

    async def release(self, app: str) -> None:
        """Replace every worker by one that runs `app`: who is missing first, then one after the other,
        each told to end in order."""
        self.released = app
        for worker in (None, *self._workers):
            if worker is not None:
                self._workers.remove(worker)
                await worker.end()
                self._children.remove(worker)
            await self._hire()

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
        """Hold the store, as a careless script of somebody's would."""
        async with self.stage.premises.locked(self.stage.folder):
            self.store_is = "locked"
            yield
        self.store_is = "open"

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


def _numbered(name: str, n: int) -> str:
    """The first has no number: where there is one, it needs none."""
    return name if n == 0 else f"{name} {n + 1}"


def _processes(workers: list[Child]) -> str:
    pids = [str(worker.pid) for worker in workers]
    return f"process {pids[0]}" if len(pids) == 1 else f"pids {' '.join(pids)}"


def _works(overview: Overview, pid: int) -> bool:
    return any(worker.pid == pid and is_alive(worker, now()) for worker in overview.workers)
