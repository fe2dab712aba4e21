"""The fault server: a port for each fault on loopback, and another host that notes what leaks to it."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Self

from bridgewright.simulate.faults.answers import plain
from bridgewright.simulate.faults.conduct import CONDUCTS, Pace, Stage
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.journal import Journal
from bridgewright.simulate.faults.ordeal import OVER_TLS, Ordeal
from bridgewright.simulate.faults.trials import TRIALS
from bridgewright.simulate.listener import HOST, Listener, LoopThread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.simulate.faults.answers import Answer
    from bridgewright.simulate.wire import Conversation

ANOTHER_NAME = "localhost"
"""What the other host is called: the same machine, by a name that is not the first host's."""
_FILL = 8
"""Connections that fill the queue of a listener with the shortest one there is."""


class FaultServer:
    """Plays the given faults, all unless told, from `start` to `close`, on a thread of its own.

    `answer` is how the provider answers when nothing is wrong; `url(fault)` is the base URL at which
    that fault happens, `journal(fault)` what arrived there, `other` what arrived at the other host
    that redirects point to. One server is one try: counts are never set back.
    """

    def __init__(
        self,
        answer: Answer = plain,
        faults: Iterable[Fault | Ordeal] = Fault,
        pace: Pace | None = None,
    ) -> None:
        self._answer = answer
        self._pace = pace or Pace()
        self._journals = {fault: Journal() for fault in faults}
        self._healed = threading.Event()
        self._urls: dict[Fault | Ordeal, str] = {}
        self._listeners: list[Listener] = []
        self._sockets: list[socket.socket] = []
        self._thread: LoopThread | None = None
        self.other = Journal()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self) -> None:
        """Open the ports."""
        self._thread = LoopThread("bridgewright-faults")
        self._thread.run(self._open())

    def close(self) -> None:
        """Hang up on everybody and free the ports."""
        if self._thread is not None:
            self._thread.run(self._shut())
            self._thread.close()
            self._thread = None
        for each in self._sockets:
            each.close()
        self._sockets.clear()

    def heal(self) -> None:
        """End the outage of ports whose outage lasts until it is ended."""
        self._healed.set()

    def url(self, fault: Fault | Ordeal) -> str:
        """The base URL of a fault, without a slash at its end."""
        return self._urls[fault]

    def journal(self, fault: Fault | Ordeal) -> Journal:
        """What arrived at the port of a fault."""
        return self._journals[fault]

    async def _open(self) -> None:
        elsewhere = f"http://{ANOTHER_NAME}:{await self._listen(Fault.NONE, self.other, '')}"
        for fault, journal in self._journals.items():
            if fault in CONDUCTS or fault in TRIALS:
                port = await self._listen(fault, journal, elsewhere)
            else:
                port = self._nobody_at(fault)
            scheme = "https" if fault in {Fault.SLOW_TLS, *OVER_TLS} else "http"
            self._urls[fault] = f"{scheme}://{HOST}:{port}"

    async def _listen(self, fault: Fault | Ordeal, journal: Journal, elsewhere: str) -> int:
        stage = Stage(journal, self._answer, self._pace, elsewhere, self._healed.is_set)
        conduct = CONDUCTS[fault] if isinstance(fault, Fault) else TRIALS[fault]

        async def conducted(conversation: Conversation) -> None:
            journal.connected()
            try:
                await conduct(stage, conversation)
            finally:
                journal.disconnected()

        listener = Listener(conducted)
        self._listeners.append(listener)
        return await listener.start()

    def _nobody_at(self, fault: Fault | Ordeal) -> int:
        held = socket.socket()
        self._sockets.append(held)
        held.bind((HOST, 0))
        if fault is Fault.BLACK_HOLE:
            held.listen(0)
            self._sockets += [_begun(held) for _ in range(_FILL)]
        port: int = held.getsockname()[1]
        return port

    async def _shut(self) -> None:
        await asyncio.gather(*(listener.close() for listener in self._listeners))


def _begun(listener: socket.socket) -> socket.socket:
    """A connection that is begun, and waits in the listener's queue, or for a place in it."""
    caller = socket.socket()
    caller.settimeout(0)
    caller.connect_ex(listener.getsockname())
    return caller
