"""A provider made small: a real server on loopback that answers by a script, and calls to it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport, Httpx2Transport
from bridgewright.certify.contracts.loopback import Clock, Loopback, Received, Reply
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType
    from typing import Self

    from bridgewright.core.model.call import Limits, Request, Response
    from bridgewright.core.model.fact import Fact
    from bridgewright.core.policy.profile import CallProfile


__all__ = ["Clock", "Loopback", "Received", "Reply"]

_open: list[Httpx2Transport] = []


def wire() -> Httpx2Transport:
    """The default transport for threads, closed when the test is over."""
    made = Httpx2Transport()
    _open.append(made)
    return made


def hang_up() -> None:
    """Close what `wire` made."""
    while _open:
        _open.pop().close()


class OnLoop:
    """The default transport for loops, which here last for one call: no connection is kept."""

    def __init__(self) -> None:
        self._transport = AsyncHttpx2Transport()

    async def send(self, request: Request, limits: Limits) -> Response:
        try:
            return await self._transport.send(request, limits)
        finally:
            await self._transport.aclose()

    async def aclose(self) -> None:
        await self._transport.aclose()


@contextmanager
def calling(
    profile: CallProfile, clock: Clock, facts: list[Fact] | None = None
) -> Iterator[Caller]:
    """Calls by the default transports, whose pauses take no time."""
    transport = Httpx2Transport()
    yield Caller(
        profile,
        transport=transport,
        async_transport=OnLoop(),
        observer=None if facts is None else facts.append,
        timing=clock.timing(),
    )
    transport.close()


class Scene:
    """One connection to one server, whose pauses take no time."""

    def __init__(self, profile: CallProfile, *replies: Reply) -> None:
        self.server = Loopback(*(replies or (Reply(),)))
        self.clock = Clock()
        self.facts: list[Fact] = []
        self._calling = calling(profile, self.clock, self.facts)
        self.caller = self._calling.__enter__()

    def connection(
        self,
        secrets: Mapping[str, str],
        options: Mapping[str, str] | None = None,
        *,
        base_url: str | None = "",
    ) -> Connection:
        """A connection to this scene's server; `base_url` of None is the provider's own."""
        return Connection(
            self.caller.profile.provider,
            "",
            self.caller,
            {name: Secret(value) for name, value in secrets.items()},
            base_url=self.server.url if base_url == "" else base_url,
            options=options or {},
        )

    @property
    def received(self) -> list[Received]:
        return self.server.received

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._calling.__exit__(None, None, None)
        self.server.__exit__(kind, raised, trace)
