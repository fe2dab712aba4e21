"""Names to addresses within a time: the system's resolver cannot be interrupted, only waited for."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from typing import Any

KEPT_S = 5.0
"""How long an answer is used again: long enough for a burst, too short to miss a change."""
MOST_KEPT = 256
MOST_AT_WORK = 64
"""Lookups at once. More would be threads that wait for a resolver that does not answer."""

Address = tuple[int, str]
"""A family and an address in text."""


class _Lookup:
    """One name being looked up in a thread, for everybody who waits for it."""

    __slots__ = ("addresses", "done", "error")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.addresses: tuple[Address, ...] = ()
        self.error: OSError | None = None


class Resolver:
    """Looks names up by the system's resolver, several callers of one name together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, _Lookup] = {}
        self._kept: dict[str, tuple[float, tuple[Address, ...]]] = {}

    def addresses(self, host: str, timeout_s: float) -> tuple[Address, ...]:
        """The addresses of a host, in the system's order of preference.

        Raises `TimeoutError` when that takes longer, and `OSError` when there is none.
        """
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
                lookup = self._running[host] = _Lookup()
                work = threading.Thread(target=self._look_up, args=(host, lookup), daemon=True)
                work.start()
        if not lookup.done.wait(timeout_s):
            raise TimeoutError
        if lookup.error is not None:
            raise lookup.error
        return lookup.addresses

    def _look_up(self, host: str, lookup: _Lookup) -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            lookup.addresses = tuple(dict.fromkeys(_address(each) for each in found))
        except OSError as error:
            lookup.error = error
        except UnicodeError:
            lookup.error = socket.gaierror(socket.EAI_NONAME, "not a name")
        with self._lock:
            del self._running[host]
            if lookup.error is None:
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[host] = (time.monotonic() + KEPT_S, lookup.addresses)
        lookup.done.set()


def _literal(host: str) -> Address | None:
    try:
        found = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    return (socket.AF_INET if found.version == 4 else socket.AF_INET6, str(found))  # noqa: PLR2004


def _address(found: tuple[Any, ...]) -> Address:
    return found[0], found[4][0]
