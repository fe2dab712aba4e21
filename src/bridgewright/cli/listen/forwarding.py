"""Handing an event to the developer's endpoint as its provider would: the same bytes, signed now."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.signing.envelope import UNREADABLE
from bridgewright.core.signing.webhook import Signed
from bridgewright.engine.drive.clock import now
from bridgewright.settings.references import from_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.cli.listen.events import Event
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Webhook

_HOPS = frozenset({b"host", b"connection", b"content-length", b"transfer-encoding"})
"""Fields of one connection, which the next one makes for itself."""
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a field may be called (RFC 9110, 5.6.2). Some providers' attributes, which are kept as fields, are
called otherwise."""
_FAILED = 300


@dataclass(frozen=True, slots=True)
class Dress:
    """How a provider would send an event: the shape of its deliveries, and a key of the developer's that
    signs each at the instant it is sent (None: nothing does). What the provider signed is too old after a
    backfill, and a key of production has no place here. `variable` is where the key came from."""

    webhook: Webhook
    key: Secret | None = field(default=None, repr=False)
    variable: str = ""

    @classmethod
    def of(cls, provider: str, variable: str | None, environ: Mapping[str, str]) -> Dress:
        """With the key in `variable`, or in the provider's own where that is set."""
        webhook = connectors.webhook(provider)
        name = variable or webhook.secret_variable
        if variable is None and not environ.get(name):
            return cls(webhook)
        return cls(webhook, from_variable(name, environ), name)

    def body(self, event: Event) -> bytes:
        """What is sent: the event's own bytes, and around those of a batch what makes a batch of one. A
        delivery that could not be read was kept whole."""
        wrap = self.webhook.wrap
        return event.body if wrap is None or event.type == UNREADABLE else wrap(event.body)


@dataclass(frozen=True, slots=True)
class Sent:
    """How one event fared: the endpoint's status, or the failure in words. `refused`: nothing was sent, for
    nobody listens there."""

    status: int | None
    milliseconds: int
    failure: str = ""
    refused: bool = False

    @property
    def is_good(self) -> bool:
        """Whether the endpoint took it."""
        return self.status is not None and self.status < _FAILED


class Forwarder:
    """Sends to one URL of this machine, one event at a time. No proxy is asked, no redirect followed."""

    __slots__ = ("_client", "_dress", "_dress_of", "_url")

    def __init__(self, url: str, timeout_s: float, dress_of: Callable[[str], Dress]) -> None:
        self._url = url
        self._dress_of = dress_of
        self._dress: Dress | None = None
        limits = httpx2.Timeout(timeout_s, connect=min(timeout_s, 5.0))
        self._client = httpx2.AsyncClient(timeout=limits, trust_env=False, follow_redirects=False)

    def __repr__(self) -> str:
        return f"Forwarder({self._url!r})"

    def meet(self, provider: str) -> None:
        """Learn whose events these are. `ConfigurationError` where there is no key to sign them with."""
        self._dress = self._dress_of(provider)

    async def send(self, event: Event) -> Sent:
        """Forward one event, and wait for the answer. `meet` comes before."""
        dress = self._dress
        if dress is None:
            msg = "nobody has said whose events these are"
            raise RuntimeError(msg)
        request = request_of(self._url, event, dress, now())
        began_s = time.perf_counter()
        status, failure, refused = None, "", False
        try:
            answer = await self._client.send(request)
            status = answer.status_code
        except httpx2.ConnectError:
            failure, refused = "nobody listens there", True
        except httpx2.TimeoutException:
            failure = "no answer in time"
        except httpx2.HTTPError as error:
            failure = f"the connection was lost ({type(error).__name__})"
        return Sent(status, round((time.perf_counter() - began_s) * 1_000), failure, refused)

    async def close(self) -> None:
        """Release the connection."""
        await self._client.aclose()


def _is_carried(name: bytes) -> bool:
    return name.lower() not in _HOPS and _NAME.fullmatch(name) is not None


def request_of(url: str, event: Event, dress: Dress, at: Moment) -> httpx2.Request:
    """The request that hands over one event: its body, the fields kept with it, and what signs it."""
    fields = [(name, value.strip(b" \t")) for name, value in event.headers if _is_carried(name)]
    signed = _signed(url, event, dress, at)
    theirs = {name.lower() for name, _ in signed.headers}
    fields = [field for field in fields if field[0].lower() not in theirs]
    place = httpx2.URL(url)
    if signed.query:
        place = place.copy_with(query=b"&".join(filter(None, (place.query, signed.query))))
    return httpx2.Request("POST", place, headers=[*fields, *signed.headers], content=signed.body)


def _signed(url: str, event: Event, dress: Dress, at: Moment) -> Signed:
    body = dress.body(event)
    if dress.key is None:
        return Signed((), body)
    name = event.event_id or f"bw_{event.id}"
    try:
        return dress.webhook.sign([dress.key], body, message_id=name, at=at, url=url)
    except ConfigurationError as error:
        problem = f"the key to sign with: {error.problem}"
        raise ConfigurationError(problem, remedy=error.remedy) from None
