"""A line from a simulated provider to one endpoint, on which deliveries are made by hand: twice, twenty
times at once, in reverse, late, forged."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from bridgewright.core.model.moment import from_seconds
from bridgewright.simulate.dispatch import LOOPBACK
from bridgewright.simulate.manners import Manner, Sending, prepared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bridgewright.simulate.dispatch import Endpoint, Message
    from bridgewright.simulate.simulator import Simulator

TIMEOUT_S = 30.0
"""How long an answer is waited for, in real time."""
AT_ONCE = 20
CHUNK_BYTES = 7


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of one delivery: the status it was answered with, None for no answer."""

    status: int | None
    manner: Manner = Manner.HONEST
    body: bytes = field(default=b"", repr=False)

    @property
    def taken(self) -> bool:
        """Whether the endpoint said that it has it."""
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - success, in HTTP


class Line:
    """Deliveries of one provider to one endpoint, made one by one and as told.

    What a delivery tells of has happened at the provider before: `happen` triggers it there, and the
    provider does not send it by itself. Reordering draws from `seed`.
    """

    def __init__(self, simulator: Simulator, endpoint: Endpoint, *, seed: int = 0) -> None:
        self._simulator = simulator
        self._endpoint = endpoint
        self._dice = Random(seed)  # noqa: S311 - to be repeatable, not secret
        host = urlsplit(simulator.dispatch.reached(endpoint.url)).hostname
        if host not in LOOPBACK:
            msg = f"a courier only goes to this machine, and {host} is elsewhere"
            raise ValueError(msg)

    def happen(self, event_type: str, **overrides: object) -> Message:
        """Make something happen at the provider; what its webhook says. The places of overrides are
        those of `triggers`, with `__` for a dot."""
        places = {name.replace("__", "."): str(value) for name, value in overrides.items()}
        with self._held():
            self._simulator.trigger(event_type, places)
            return self._last(event_type)

    def deliver(self, message: Message, manner: Manner = Manner.HONEST) -> Brought:
        """Bring it once, in that manner."""
        with self._client() as client:
            return self._bring(client, self.prepared(message, manner))

    def duplicate(self, message: Message, times: int = 2, *, at_once: int = 1) -> list[Brought]:
        """Bring the same so many times, `at_once` of them together."""
        return self.burst([message] * times, at_once=at_once)

    def burst(self, messages: Iterable[Message], *, at_once: int = AT_ONCE) -> list[Brought]:
        """Bring all of them, so many together; what came of each, in their order."""
        sendings = [self.prepared(message, Manner.HONEST) for message in messages]
        with self._client() as client, ThreadPoolExecutor(at_once) as crowd:
            return list(crowd.map(lambda sending: self._bring(client, sending), sendings))

    def shuffle(self, messages: Sequence[Message]) -> list[Brought]:
        """Bring each once, in an order that is not theirs."""
        order = list(messages)
        while len(order) > 1 and order == list(messages):
            self._dice.shuffle(order)
        return self.burst(order, at_once=1)

    def reverse(self, messages: Sequence[Message]) -> list[Brought]:
        """Bring the latest first."""
        return self.burst(messages[::-1], at_once=1)

    def gap(self, message: Message) -> None:
        """Bring nothing: the provider has it in its list of events, and that is all."""

    def prepared(self, message: Message, manner: Manner) -> Sending:
        """A delivery as it will go, signed now by the provider's clock."""
        stand = self._simulator.stand
        at = from_seconds(stand.clock.now())
        return prepared(self._simulator.dispatch, self._endpoint, message, manner, at, stand.name)

    def _client(self) -> httpx2.Client:
        return httpx2.Client(timeout=TIMEOUT_S, verify=False, trust_env=False)

    def _bring(self, client: httpx2.Client, sending: Sending) -> Brought:
        if sending.manner is Manner.HUNG_UP:
            _hang_up(sending)
            return Brought(None, sending.manner)
        body = _chunks(sending.body) if sending.manner is Manner.CHUNKED else sending.body
        try:
            answer = client.post(sending.url, content=body, headers=list(sending.headers))
        except httpx2.RequestError:
            return Brought(None, sending.manner)
        return Brought(answer.status_code, sending.manner, answer.content)

    def _held(self) -> _Held:
        return _Held(self._simulator)

    def _last(self, event_type: str) -> Message:
        """The message of that type which has just been held; it is enough that one endpoint wants it."""
        taken = self._simulator.dispatch.take()
        found = [message for _, message in taken if message.event_type == event_type]
        if not found:
            msg = f"{self._simulator.stand.name} told nobody of {event_type}: no endpoint wants it"
            raise LookupError(msg)
        return found[-1]


class _Held:
    """While it lasts, a provider keeps what it has to tell."""

    def __init__(self, simulator: Simulator) -> None:
        self._dispatch = simulator.dispatch

    def __enter__(self) -> None:
        self._dispatch.held = True

    def __exit__(self, *failure: object) -> None:
        self._dispatch.held = False


def _chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK_BYTES):
        yield body[start : start + CHUNK_BYTES]


def _hang_up(sending: Sending) -> None:
    """Say that a body follows, say half of it, and go."""
    parts = urlsplit(sending.url)
    target = parts.path or "/"
    lines = [f"POST {target}{'?' if parts.query else ''}{parts.query} HTTP/1.1".encode()]
    lines += [b"host: %s" % parts.netloc.encode()]
    lines += [b"%s: %s" % pair for pair in sending.headers]
    lines += [b"content-length: %d" % len(sending.body), b"", b""]
    host, port = parts.hostname or "", parts.port or 80
    with socket.create_connection((host, port), timeout=TIMEOUT_S) as wire:
        wire.sendall(b"\r\n".join(lines) + sending.body[: len(sending.body) // 2])
