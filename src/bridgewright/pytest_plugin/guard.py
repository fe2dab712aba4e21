"""Nothing leaves this machine while a test that uses the kit runs: refused at the socket."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

_EVENTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_NAMES = {"socket.getaddrinfo", "socket.gethostbyname"}
_LOCAL_NAMES = {"localhost", "localhost.localdomain", "ip6-localhost", ""}


class NetworkDeniedError(RuntimeError):
    """A test tried to reach another machine. It is no OSError, for those are retried and forgiven."""


class Guard:
    """Sees every name that is looked up and every socket that connects in this process, and refuses
    what is not loopback while it is `on`. What libraries do without Python's sockets it cannot see.

    There is no way to take an audit hook away: it is put in place once, by the first test that asks,
    and costs next to nothing while it is off.
    """

    def __init__(self) -> None:
        self.on = False
        self.denied: list[str] = []
        self._placed = False

    def start(self) -> None:
        """Refuse from now on."""
        if not self._placed:
            sys.addaudithook(self._audit)
            self._placed = True
        self.on = True

    def stop(self) -> None:
        """Let everything pass again, and forget what was refused."""
        self.on = False
        self.denied.clear()

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on or not event.startswith("socket."):
            return
        place = None
        if event in _EVENTS:
            place = arguments[1]
        elif event in _NAMES:
            place = (arguments[0],)
        if isinstance(place, tuple) and place and not is_local(place[0]):
            self._refuse(str(place[0]))

    def _refuse(self, host: str) -> None:
        self.denied.append(host)
        raise NetworkDeniedError(
            f"this test may only talk to this machine, and {host} is another. Point the client at a"
            " simulator (bw.sim.…url), or let the test out: @pytest.mark.bw(network=True)"
        )


def is_local(host: object) -> bool:
    """Whether an address or a name is this machine's."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    if text.lower() in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
