"""Hearing of other processes' commits: a connection of its own, and a thread that waits on it."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

import psycopg

from bridgewright.adapters.stores.postgres import link
from bridgewright.adapters.stores.postgres.batch import CHANNEL
from bridgewright.adapters.stores.writer import Listeners, announce
from bridgewright.core.errors import StoreError
from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.secret import Secret

AGAIN_S = 1.0
"""Pause before a lost connection is made again. Workers look by themselves meanwhile, every few seconds."""
LATE = re.compile(r"(\d{1,18}) (.+)")
"""What a line of a notice tells: from when on something is due, and in which source."""
LOOK_S = 0.5
"""How often the ear looks whether it is to end."""


class Ear:
    """Tells listeners when another process has left something due.

    `own` is the server's number of this process's writing connection, whose commits its writer tells
    of by itself. `hear` is told of entries that were due before they were committed. A lost connection
    is made again; whatever was missed meanwhile is told of then.
    """

    __slots__ = ("_ended", "_hearing", "_listeners", "_own", "_thread", "_url")

    def __init__(
        self,
        url: Secret,
        listeners: Listeners,
        own: Callable[[], int | None],
        hear: Callable[[str, Moment], None],
    ) -> None:
        self._url = url
        self._listeners = listeners
        self._own = own
        self._hearing = hear
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bridgewright-ear", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread, and wait for it."""
        self._ended.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._hear()
            except (StoreError, psycopg.Error):
                # The next claim or commit meets the same, and has somebody to tell.
                self._ended.wait(AGAIN_S)

    def _hear(self) -> None:
        with link.connect(self._url, pooled=False, writing=False) as connection:
            connection.execute(f"LISTEN {CHANNEL}".encode())
            announce(self._listeners)
            while not self._ended.is_set():
                for notify in connection.notifies(timeout=LOOK_S, stop_after=1):
                    if notify.pid != self._own():
                        for late in map(LATE.fullmatch, notify.payload.splitlines()):
                            if late is not None:
                                self._hearing(late[2], Moment(int(late[1])))
                        announce(self._listeners)
