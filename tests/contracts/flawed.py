"""Connectors, schemes and transports as somebody might write them, each with one flaw."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx2

from bridgewright.adapters.transports.httpx2 import Httpx2Transport
from bridgewright.certify.contracts.connector import Use
from bridgewright.certify.contracts.loopback import Reply
from bridgewright.certify.contracts.made import NOW
from bridgewright.certify.contracts.signed import Way
from bridgewright.certify.contracts.wire import Threaded
from bridgewright.connectors.http.client import CLIENT
from bridgewright.connectors.stripe.webhook import WEBHOOK
from bridgewright.core.errors import CallError, TransportError
from bridgewright.core.model.call import Request
from bridgewright.core.model.inbound import Coverage, Headers, Rejected, Verified
from bridgewright.core.policy.numbers import CallNumbers
from bridgewright.core.signing.webhook import PLAIN, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.call import Limits, Response
    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.engine.call.connection import Connection

TOKEN = "canary5e7f0123456789abcdef"


class Plain:
    """A small client of one's own: on the engine, but for its flaw."""

    def __init__(self, connection: Connection, flaw: str) -> None:
        self.connection = connection
        self.flaw = flaw

    def ask(self, method: str, body: bytes | None = None) -> bytes:
        """One call."""
        token = self.connection.secrets["token"].reveal()
        fields = () if self.flaw == "bare" else (("authorization", f"Bearer {token}"),)
        request = Request(method, f"{self.connection.base_url}/things", fields, body)
        if self.flaw == "around":
            return httpx2.request(method, request.url, headers=dict(fields), content=body).content
        try:
            return self._asked(request)
        except CallError as error:
            if self.flaw == "believing":
                return b""
            if self.flaw == "telling":
                raise CallError(f"it said no to {token}", error.report) from None
            raise

    def _asked(self, request: Request) -> bytes:
        call = self.connection.caller.call(request)
        if self.flaw == "hasty":
            self.connection.caller.call(request)
        for _ in range(2 if self.flaw == "again" else 0):
            if call.error is not None:
                call = self.connection.caller.call(request)
        return call.unwrap().body


def use(flaw: str = "") -> Use:
    """A connector with a flaw."""
    client = replace(CLIENT, connect=lambda connection: Plain(connection, flaw))
    if flaw == "mute":
        client = replace(client, report_of=lambda _: None)
    if flaw == "fragile":
        client = replace(
            client, profile=replace(client.profile, numbers=CallNumbers(max_attempts=1))
        )
    good = Reply(200, b'{"id": 1}')
    return Use(
        client,
        lambda client: client.ask("GET"),
        lambda client: client.ask("POST", b"{}"),
        good,
        good,
        {"token": TOKEN},
        (TOKEN,),
    )


@dataclass(frozen=True)
class Scheming:
    """Stripe's scheme, but for its flaw."""

    inner: Scheme
    keys: tuple[str, ...]
    flaw: str

    def __repr__(self) -> str:
        return f"Scheming({self.keys})" if self.flaw == "talkative" else "Scheming()"

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """As Stripe, or not."""
        if self.flaw == "careless":
            fields = tuple(dict(delivery.headers.items()).items())
            delivery = replace(delivery, headers=Headers(fields))
        found = self.inner.verify(delivery, NOW if self.flaw == "ageless" else now)
        if self.flaw == "believing" and isinstance(found, Rejected):
            return Verified(0, Coverage.BODY | Coverage.TIME, 0.0)
        return found


def way(flaw: str = "") -> Way:
    """A webhook with a flaw."""

    def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
        if flaw == "first key":
            keys = keys[:1]
        if flaw == "any tolerance":
            terms = replace(terms, tolerance_s=None)
        if flaw == "any secret":
            keys = [key for key in keys if key.reveal().strip() == key.reveal() != ""] or keys
        inner = WEBHOOK.scheme(keys, terms)
        return Scheming(inner, tuple(key.reveal() for key in keys), flaw)

    def read(delivery: Delivery) -> Envelope:
        if flaw == "raising":
            json.loads(delivery.body)
        return WEBHOOK.read(delivery)

    return Way(replace(WEBHOOK, scheme=scheme, read=read))


class Carrying:
    """httpx2 for threads, but for its flaw."""

    def __init__(self, flaw: str, **options: Any) -> None:
        self.flaw = flaw
        self.inner = Httpx2Transport(**options)
        self._options = options

    def send(self, request: Request, limits: Limits) -> Response:
        """Once, or not."""
        if self.flaw == "polite":
            request = replace(request, url=request.url.replace("/../", "/"))
        try:
            answer = self.inner.send(request, limits)
        except TransportError:
            if self.flaw != "resending":
                raise
            answer = self.inner.send(request, limits)
        if self.flaw == "fresh":
            self.inner.close()
            self.inner = Httpx2Transport(**self._options)
        return answer

    def close(self) -> None:
        """Let go."""
        self.inner.close()


def wire(flaw: str = "", **options: Any) -> Threaded:
    """A transport with a flaw."""
    return Threaded(Carrying(flaw, **options))
