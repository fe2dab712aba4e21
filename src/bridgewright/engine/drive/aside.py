"""Work that is put aside, off the path of a call: done by one thread, bounded, and never waited for."""

from __future__ import annotations

import sys
import threading
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING

from bridgewright.engine.drive.calling import begin_anew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH = 64
"""Tasks that may wait: what comes beyond is refused at once."""

LINGER_S = 0.2
"""How long the thread waits for another task before it ends."""


class Aside:
    """Does tasks in their order, in a thread that is started for the first and ends when there are no
    more.

    Not a daemon: a process that ends does what was put aside before, which takes it milliseconds,
    and at most `LINGER_S` longer.
    """

    __slots__ = ("__weakref__", "_lock", "_tasks", "_thread")

    def __init__(self, depth: int = DEPTH) -> None:
        self._tasks: Queue[Callable[[], None]] = Queue(depth)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        begin_anew_after_fork(self)

    def put(self, task: Callable[[], None]) -> bool:
        """Have `task` done later. False when too many wait already, or the process is ending."""
        with self._lock:
            try:
                self._tasks.put_nowait(task)
            except Full:
                return False
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="bridgewright-aside")
                try:
                    thread.start()
                except RuntimeError:  # no thread begins when the interpreter ends
                    self._tasks.get_nowait()
                    return False
                self._thread = thread
        return True

    def join(self) -> None:
        """Wait until everything that was put aside is done."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def after_fork(self) -> None:
        """Begin anew in a child: the thread and its tasks are the parent's."""
        self._tasks = Queue(self._tasks.maxsize)
        self._lock = threading.Lock()
        self._thread = None

    def _run(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=LINGER_S)
            except Empty:
                with self._lock:
                    if self._tasks.empty():
                        self._thread = None
                        return
                continue
            try:
                task()
            except BaseException:  # noqa: BLE001 - reported as any thread's end is, and the others are done
                threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), None]))
