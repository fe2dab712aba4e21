"""Names to addresses within a time: the system's resolver cannot be interrupted, only waited for."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_S = 5.0
"""How long an answer is used again: long enough for a burst, too short to miss a change."""
MOST_KEPT = 256
MOST_AT_WORK = 64
"""Lookups at once. More would be threads that wait for a resolver that does not answer."""

Address = tuple[int, str]
"""A family and an address in text."""
Addresses = tuple[Address, ...]


class Resolver:
    """Looks names up by the system's resolver, several callers of one name together.

    `look_up` has the signature of `socket.getaddrinfo`, which it is unless another is given. It runs
    in a thread of its own, for callers on a loop too: who waits no longer leaves it to its end.
    """

    def __init__(self, look_up: Callable[..., list[Any]] = socket.getaddrinfo) -> None:
        self._look_up = look_up
        self._lock = threading.Lock()
        self._running: dict[str, Future[Addresses]] = {}
        self._kept: dict[str, tuple[float, Addresses]] = {}

    def anew(self) -> Resolver:
        """One that knows nothing yet and looks up in the same way: for the child of a fork."""
        return Resolver(self._look_up)

    def addresses(self, host: str, timeout_s: float) -> Addresses:
        """The addresses of a host, in the system's order of preference.

        Raises `TimeoutError` when that takes longer, and `OSError` when there is none.
        """
        found = self._begun(host)
        return found if isinstance(found, tuple) else found.result(timeout_s)

    async def addresses_on_loop(self, host: str) -> Addresses:
        """The same for coroutines, which bound the wait themselves."""
        found = self._begun(host)
        return found if isinstance(found, tuple) else await asyncio.wrap_future(found)

    def _begun(self, host: str) -> Addresses | Future[Addresses]:
        literal = _literal(host)
        if literal is not None:
            return (literal,)
        with self._lock:
            kept = self._kept.get(host)
            if kept is not None and kept[0] > time.monotonic():
                return kept[1]
            lookup = self._running.get(host)
            if lookup is None:
                if len(self._running) >= MOST_AT_WORK:
                    msg = "too many lookups are waiting for the resolver"
                    raise TimeoutError(msg)
                lookup = self._running[host] = Future()
                lookup.set_running_or_notify_cancel()  # others wait for it: nobody may cancel it
                work = threading.Thread(target=self._finish, args=(host, lookup), daemon=True)
                work.start()
            return lookup

    def _finish(self, host: str, lookup: Future[Addresses]) -> None:
        addresses: Addresses = ()
        failure: OSError | None = None
        try:
            found = self._look_up(host, None, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(_address(each) for each in found))
        except OSError as error:
            failure = error
        except UnicodeError:
            failure = socket.gaierror(socket.EAI_NONAME, "not a name")
        with self._lock:
            del self._running[host]
            if failure is None:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[host] = (time.monotonic() + KEPT_S, addresses)
        if failure is None:
            lookup.set_result(addresses)
        else:
            lookup.set_exception(failure)


def _literal(host: str) -> Address | None:
    try:
        found = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    return (socket.AF_INET if found.version == 4 else socket.AF_INET6, str(found))  # noqa: PLR2004


def _address(found: tuple[Any, ...]) -> Address:
    return found[0], found[4][0]
