"""Threads that run blocking work, one piece each at a time."""

from __future__ import annotations

import sys
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Lanes:
    """A fixed number of daemon threads, started as they are needed.

    Daemon, because a handler that hangs must not keep a stopping process alive: its item comes
    back when the lease runs out.
    """

    __slots__ = ("_busy", "_lock", "_tasks", "_threads", "_width")

    def __init__(self, width: int) -> None:
        self._width = width
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._lock = threading.Lock()

    def put(self, task: Callable[[], None]) -> None:
        """Run `task` in the next free lane."""
        with self._lock:
            self._busy += 1
            if len(self._threads) < min(self._busy, self._width):
                name = f"bridgewright-lane-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        self._tasks.put(task)

    def close(self) -> None:
        """Let every lane end after the task it is on."""
        for _ in self._threads:
            self._tasks.put(None)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                task()
            except BaseException:  # noqa: BLE001 - reported as any thread's end is, and the lane lives on
                threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), None]))
            finally:
                with self._lock:
                    self._busy -= 1
