"""Sockets that connect only where they may."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import httpcore2

from bridgewright.core.errors import ForwardRefused
from bridgewright.core.policy.targets import why_refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from bridgewright.core.model.network import Network

    LookUp = Callable[[str], Awaitable[Sequence[tuple[int, str]]]]
    """Finds the addresses of a host, each with its family. `OSError` when there is none."""


class Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to what a name was found to mean, and not to the name: what is checked is what is used,
    whatever the name means a moment later (DNS rebinding).

    One address where nothing is sent makes the whole name refused: whoever mixes them counts on us to
    try the next. Without `allowed` only addresses of the public internet are connected to.
    """

    def __init__(self, look_up: LookUp, allowed: Sequence[Network] = ()) -> None:
        self._look_up = look_up
        self._allowed = tuple(allowed)
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the pool's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect by one address after the other, each with its share of the time."""
        addresses = await self._checked(host)
        share_s = None if timeout is None else timeout / max(len(addresses), 1)
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._plain.connect_tcp(
                    address, port, share_s, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore2.ConnectError("the name has no address")

    async def _checked(self, host: str) -> list[str]:
        try:
            found = [address for _, address in await self._look_up(host)]
        except OSError as error:
            raise httpcore2.ConnectError("the name was not found") from error
        for address in found:
            why = why_refused(ipaddress.ip_address(address), self._allowed)
            if why is not None:
                raise ForwardRefused(refusal(why))
        return found


def refusal(why: str) -> str:
    """What an operator is told: what, why, and the next step."""
    return (
        f"nothing was sent: the target's address is {why};"
        " if it is meant, name its network in `allow` of [sources.NAME.forward]"
    )
