"""Tokens that are granted for a while: one is fetched for all callers that wait for it.

The secret joins a request below the SDK: neither its objects nor its exceptions hold it.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.core.model.call import Request
from bridgewright.engine.drive.calling import begin_anew_after_fork, make_lock

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Response, Ticks

Flow = Generator[Request | Future[Any], Any, Any]
"""Yields a request to call, or a future to wait for (`engine.drive.flow`). Returns the call that answers
what was asked."""

_UNAUTHORIZED = 401


class Called(Protocol):
    """A call that has ended: its answer, None where there was none."""

    @property
    def response(self) -> Response | None: ...


class Credentials(Protocol):
    """Authorises requests."""

    def flow(self, request: Request) -> Flow:
        """Have the request called as ours."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A token and how long it is good, in ticks of ours: replaced from `early_at`, not used from
    `ends_at` on."""

    token: str = field(repr=False)
    early_at: Ticks
    ends_at: Ticks


class Granted:
    """The token of one account: fetched when it is first needed, before it expires, and when a request is
    refused with 401 (once for a call); by one caller, for all that wait. While it is replaced early, the
    others use the old one.

    `fetch` is a flow that returns a `Lease`, or the call that brought none; `now` tells the ticks that
    leases are counted in.
    """

    __slots__ = ("__weakref__", "_fetch", "_flight", "_lease", "_lock", "_now")

    def __init__(self, fetch: Callable[[], Flow], now: Callable[[], Ticks]) -> None:
        self._fetch = fetch
        self._now = now
        self._lease: Lease | None = None
        self.after_fork()
        begin_anew_after_fork(self)

    def __repr__(self) -> str:
        return "Granted(****)"

    def after_fork(self) -> None:
        """A child knows the token, and nobody who is fetching one."""
        self._lock = make_lock()
        self._flight: Future[Lease | Called | None] | None = None

    def flow(self, request: Request, authorised: Callable[[Request, str], Request]) -> Flow:
        """One call with the token, which `authorised` puts into the request; another with a new one when
        it is refused."""
        lease = yield from self._leased(request, None)
        if not isinstance(lease, Lease):
            return lease
        call = yield authorised(request, lease.token)
        if not is_refused(call) or not _again(request):
            return call
        renewed = yield from self._leased(request, lease)
        if not isinstance(renewed, Lease):
            return renewed
        if renewed.token == lease.token:  # what was refused is refused again
            return call
        return (yield authorised(request, renewed.token))

    def _leased(self, request: Request, spent: Lease | None) -> Flow:
        """A good token that is not the spent one, or the call that brought none."""
        ours: Future[Lease | Called | None] = Future()
        while True:
            with self._lock:
                lease, flight = self._lease, self._flight
                now = self._now()
                good = lease is not None and lease is not spent and now < lease.ends_at
                if lease is not None and good and (now < lease.early_at or flight is not None):
                    return lease
                if flight is None:
                    self._flight = ours
            if flight is None:
                made = yield from self._made(ours)
                return lease if good and not isinstance(made, Lease) else made
            made = yield flight
            if made is flight:  # the deadline came first: the engine says so in its own words
                return (yield request)
            if made is not None:
                return made

    def _made(self, flight: Future[Lease | Called | None]) -> Flow:
        """Fetch a token, for us and for those who wait."""
        made: Lease | Called | None = None
        try:
            made = yield from self._fetch()
            return made
        finally:  # whoever waits for a caller that gave up begins anew
            with self._lock:
                if isinstance(made, Lease):
                    self._lease = made
                self._flight = None
            flight.set_result(made)


def is_refused(call: Called) -> bool:
    """Whether the provider said that it does not know who asks."""
    return call.response is not None and call.response.status == _UNAUTHORIZED


def _again(request: Request) -> bool:
    body = request.body
    return body is None or isinstance(body, bytes) or body.replayable
