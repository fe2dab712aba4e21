"""What is at work in a process whose clock is moved by hand: time stands still until nothing is.

A piece of work counts from its beginning to its end, but for when it rests (it sleeps on the clock), when
work within it counts in its place, and when a simulated provider keeps it waiting. It is resumed by
whoever wakes it and not by itself, so that there is no instant at which it is overlooked.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SHOWN = 8
"""Pieces of work that a message names."""
_asking: ContextVar[bool] = ContextVar("bridgewright asking for work", default=False)
_here: ContextVar[Work | None] = ContextVar("bridgewright work", default=None)


class Works:
    """All that is at work by one clock; safe from any thread."""

    __slots__ = ("_alive", "_by_task", "_changed", "_counting", "_held", "begun")

    def __init__(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._alive: dict[Work, None] = {}
        self._by_task: weakref.WeakKeyDictionary[asyncio.Task[object], Work] = (
            weakref.WeakKeyDictionary()
        )
        self._counting = 0
        self._held: dict[int, int] = {}
        self.begun = 0

    def __repr__(self) -> str:
        return f"Works(counting={self._counting}, alive={len(self._alive)})"

    def begin(self, what: str, *, serves: int | None = None, apart: bool = False) -> Work:
        """Begin a piece of work, within the one that is under way here unless it is `apart`. `serves` is
        the port of a client that waits for it: while this rests, so does the client's own."""
        task = _task()
        outer = None if apart else self._within(task, _here.get())
        return self._begun(Work(self, what, outer, task, serves))

    def mine(self) -> Work | None:
        """What is about to sleep: the work under way here, or, in a task that has none, the task itself
        until it ends. A thread of its own that has none is nobody's."""
        task, work = _task(), _here.get()
        found = self._within(task, work)
        return self._of_task(task, None) if found is None and task is not None else found

    def moving(self) -> Work | None:
        """The work of who moves the clock, which is not waited for: that of this task, or thread."""
        return self._within(_task(), _here.get())

    def wait(self, patience_s: float) -> bool:
        """Wait, in real time, until nothing counts; False when that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._counting == 0, patience_s)

    @property
    def counting(self) -> int:
        """How many pieces of work count."""
        return self._counting

    def named(self) -> str:
        """What counts, and for how long it has been under way, for people."""
        now_s = time.monotonic()
        with self._changed:
            busy = [work for work in self._alive if self._counts(work)]
        said = [f"{work.what} (for {now_s - work.began_s:.1f} s)" for work in busy[:_SHOWN]]
        more = [f"and {len(busy) - _SHOWN} more"] if len(busy) > _SHOWN else []
        return ", ".join((*said, *more)) or "nothing"

    @contextmanager
    def asking(self) -> Iterator[None]:
        """What begins inside only looks for something to do: it is no news."""
        token = _asking.set(True)
        try:
            yield
        finally:
            _asking.reset(token)

    def rest(self, work: Work) -> None:
        """It waits for the clock."""
        with self._changed, self._counted(work):
            if not work.resting and work.serves is not None and not work.ended:
                self._hold(work.serves)
            work.resting = True

    def resume(self, work: Work) -> None:
        """It goes on. Harmless for what does not rest."""
        with self._changed, self._counted(work):
            if work.resting and work.serves is not None and not work.ended:
                self._release(work.serves)
            work.resting = False

    def fly(self, work: Work, port: int) -> None:
        """It waits for an answer at a port of ours."""
        with self._changed, self._counted(work):
            work.port = port

    def land(self, work: Work) -> None:
        """It waits no longer."""
        with self._changed, self._counted(work):
            work.port = None

    def end(self, work: Work) -> None:
        """It is over. Safe to call twice."""
        with self._changed:
            if work.ended:
                return
            if work.resting and work.serves is not None:
                self._release(work.serves)
            with self._counted(work):
                work.ended = True
            self._alive.pop(work, None)
            if work.outer is not None:
                with self._counted(work.outer):
                    work.outer.inner -= 1

    def _within(self, task: asyncio.Task[object] | None, work: Work | None) -> Work | None:
        """The work that a new piece belongs to: that of this very task, or of this thread. A task that
        was made within another's work is a piece of that work, until it ends."""
        if work is not None and work.ended:
            work = None
        if task is None or (work is not None and work.task is task):
            return work
        if work is None:
            known = self._by_task.get(task)
            return known if known is not None and not known.ended else None
        return self._of_task(task, work)

    def _of_task(self, task: asyncio.Task[object], outer: Work | None) -> Work:
        known = self._by_task.get(task)
        if known is not None and not known.ended:
            return known
        work = Work(self, f"task {task.get_name()}", outer, task, None)
        self._by_task[task] = self._begun(work)
        task.add_done_callback(lambda _: work.end())
        return work

    def _begun(self, work: Work) -> Work:
        with self._changed:
            self._alive[work] = None
            self.begun += not _asking.get()
            self._counting += 1
            if work.outer is not None:
                with self._counted(work.outer):
                    work.outer.inner += 1
        return work

    # Under the lock ------------------------------------------------------------------------------

    def _counts(self, work: Work) -> bool:
        if work.ended or work.resting or work.inner:
            return False
        return work.port is None or work.port not in self._held

    @contextmanager
    def _counted(self, *works: Work) -> Iterator[None]:
        before = sum(map(self._counts, works))
        yield
        self._counting += sum(map(self._counts, works)) - before
        if not self._counting:
            self._changed.notify_all()

    def _hold(self, port: int) -> None:
        with self._counted(*self._at(port)):
            self._held[port] = self._held.get(port, 0) + 1

    def _release(self, port: int) -> None:
        with self._counted(*self._at(port)):
            left = self._held.pop(port, 1) - 1
            if left:
                self._held[port] = left

    def _at(self, port: int) -> tuple[Work, ...]:
        return tuple(work for work in self._alive if work.port == port)


class Work:
    """One piece of work. As a `with` block it is what sleeps and calls inside belong to, and ends with
    the block."""

    __slots__ = (
        "__weakref__",
        "_token",
        "_works",
        "began_s",
        "ended",
        "inner",
        "outer",
        "port",
        "resting",
        "serves",
        "task",
        "what",
    )

    def __init__(
        self,
        works: Works,
        what: str,
        outer: Work | None,
        task: asyncio.Task[object] | None,
        serves: int | None,
    ) -> None:
        self._works = works
        self.what = what
        self.outer = outer
        self.task = task
        self.serves = serves
        self.port: int | None = None
        self.inner = 0
        self.resting = False
        self.ended = False
        self.began_s = time.monotonic()

    def __repr__(self) -> str:
        return f"Work({self.what})"

    def __enter__(self) -> Self:
        self.task = _task()
        self._token = _here.set(self)
        return self

    def __exit__(self, *failure: object) -> None:
        _here.reset(self._token)
        self.end()

    @contextmanager
    def here(self) -> Iterator[None]:
        """Have what sleeps inside belong to it; it goes on afterwards, maybe elsewhere."""
        self.task = _task()
        token = _here.set(self)
        try:
            yield
        finally:
            _here.reset(token)

    def rest(self) -> None:
        """It waits for the clock."""
        self._works.rest(self)

    def resume(self) -> None:
        """Whoever wakes it says so, before it runs."""
        self._works.resume(self)

    def fly(self, port: int) -> None:
        """It waits for an answer at this port of ours."""
        self._works.fly(self, port)

    def land(self) -> None:
        """It waits no longer."""
        self._works.land(self)

    def end(self) -> None:
        """It is over. Safe to call twice."""
        self._works.end(self)


def _task() -> asyncio.Task[object] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def carried(work: Callable[[], None]) -> Callable[[], None]:
    """`work`, so that it is a piece of what is under way here wherever it is run."""
    here = _here.get()
    if here is None:
        return work

    def carry() -> None:
        with here.here():
            work()

    return carry
