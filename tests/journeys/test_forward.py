"""Forwarding: events handed on over HTTP to a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import standardwebhooks
import uvicorn

from bridgewright import AsyncBridge, Cause, Selection, State
from bridgewright.adapters.sinks.forward import LONGEST_PUSHBACK_S, Forwarder
from bridgewright.connectors import webhook
from bridgewright.core.errors import ForwardRefused, PermanentFailure, RetryLater
from bridgewright.core.model.event import Event
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.model.secret import Secret
from bridgewright.engine.drive.clock import now
from bridgewright.settings import ForwardSettings, Settings, SourceSettings, StoreSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = Event(
    id=7,
    source="stripe",
    type="invoice.paid",
    attempt=1,
    received_at=datetime(2026, 11, 1, tzinfo=UTC),
    coverage=Coverage.BODY,
    body=b'{"id": "evt_1", "note": "\xc3\xa9"}',
    headers={"content-type": "application/json"},
)


@dataclass(slots=True)
class Target:
    """A server that answers as it is told and keeps what it got."""

    url: str = ""
    status: int = 200
    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    silent: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - ASGI
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.got.append((headers, body))
        if self.silent:
            await self.released.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": self.fields})
        await send({"type": "http.response.body", "body": b""})


@contextlib.asynccontextmanager
async def serving(target: Target) -> AsyncIterator[Target]:
    listening = socket.create_server(("127.0.0.1", 0))
    target.url = f"http://127.0.0.1:{listening.getsockname()[1]}/events"
    config = uvicorn.Config(target, log_level="warning", lifespan="off", http="h11")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield target
    finally:
        target.released.set()
        server.should_exit = True
        await running


def forwarding(
    target: Target, act: Callable[[Forwarder], Awaitable[None]], *, timeout_s: float = 15.0
) -> Target:
    async def run() -> None:
        async with serving(target):
            forwarder = Forwarder(target.url, Secret(SECRET), timeout_s=timeout_s)
            try:
                await act(forwarder)
            finally:
                await forwarder.close()

    asyncio.run(run())
    return target


async def once(forwarder: Forwarder) -> None:
    await forwarder(EVENT)


async def twice(forwarder: Forwarder) -> None:
    await forwarder(EVENT)
    await forwarder(EVENT)


def test_the_target_gets_the_body_byte_for_byte_and_can_verify_it() -> None:
    [(headers, body)] = forwarding(Target(), once).got
    assert body == EVENT.body
    standardwebhooks.Webhook(SECRET).verify(body, headers)
    assert headers["bridgewright-source"] == "stripe"
    assert headers["bridgewright-event-type"] == "invoice.paid"
    assert headers["content-type"] == "application/json"


def test_every_attempt_has_the_same_id_so_that_the_target_can_dedupe() -> None:
    first, second = forwarding(Target(), twice).got
    assert first[0]["webhook-id"] == second[0]["webhook-id"]


@pytest.mark.parametrize("status", [200, 202, 204])
def test_any_2xx_is_success(status: int) -> None:
    assert len(forwarding(Target(status=status), once).got) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500, 503])
def test_anything_else_is_a_failed_attempt(status: int) -> None:
    fields = [(b"location", b"http://127.0.0.1:1/elsewhere")]
    with pytest.raises(ForwardRefused, match=str(status)):
        forwarding(Target(status=status, fields=fields), once)


def test_gone_means_stop() -> None:
    with pytest.raises(PermanentFailure, match="410"):
        forwarding(Target(status=410), once)


@pytest.mark.parametrize(
    ("pushback", "after_s"), [(b"17", 17.0), (b"0", 0.0), (b"9" * 400, LONGEST_PUSHBACK_S)]
)
def test_a_target_that_says_when_is_believed_within_a_day(pushback: bytes, after_s: float) -> None:
    with pytest.raises(RetryLater) as raised:
        forwarding(Target(status=503, fields=[(b"retry-after", pushback)]), once)
    assert raised.value.after_s == after_s


@pytest.mark.parametrize("pushback", [b"soon", b"-1", b"1.5", b"", b"\xb2"])
def test_a_pushback_that_is_no_number_is_left_alone(pushback: bytes) -> None:
    with pytest.raises(ForwardRefused, match="429"):
        forwarding(Target(status=429, fields=[(b"retry-after", pushback)]), once)


def test_silence_ends_at_the_timeout() -> None:
    with pytest.raises(ForwardRefused, match=r"within 0\.05 s"):
        forwarding(Target(silent=True), once, timeout_s=0.05)


def test_nobody_at_home_is_a_failed_attempt_and_names_no_url() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/secret-path"

    async def run() -> None:
        await Forwarder(url, Secret(SECRET))(EVENT)

    with pytest.raises(ForwardRefused) as raised:
        asyncio.run(run())
    assert "secret-path" not in str(raised.value)


def test_a_forwarder_shows_neither_its_url_nor_its_secret() -> None:
    shown = repr(Forwarder("http://127.0.0.1:1/canary", Secret(SECRET)))
    assert "canary" not in shown
    assert SECRET not in shown


def test_a_source_that_forwards_needs_no_handler_and_comes_back_after_a_refusal(
    tmp_path: Path,
) -> None:
    """Delivery in, refused by the target, dead after its attempts, redriven, handed on."""
    target = Target(status=500)

    async def run() -> None:
        async with serving(target):
            bridge = AsyncBridge(forwarding_settings(tmp_path, target.url))
            try:
                await play(bridge, target)
            finally:
                await bridge.close()

    asyncio.run(run())
    (first, _), (second, body) = target.got
    assert first["webhook-id"] == second["webhook-id"]
    assert body == b'{"id": "evt_1", "type": "invoice.paid"}'


async def play(bridge: AsyncBridge, target: Target) -> None:
    body = b'{"id": "evt_1", "type": "invoice.paid"}'
    signed = webhook("stripe").sign([Secret(SECRET)], body, message_id="evt_1", at=now())
    headers = {name.decode(): value.decode() for name, value in signed.headers}
    assert (await bridge.receive("stripe", headers=headers, body=body)).status == 200
    await bridge.work(until_idle=True)
    [letter] = await bridge.events(Selection(state=State.DEAD))
    assert (letter.cause, letter.failure[:14]) == (Cause.EXHAUSTED, "ForwardRefused")
    target.status = 200
    plan = await bridge.redrive(Selection(ids=(letter.id,)), reason="mended", actor="ann")
    await bridge.approve(plan.id, actor="ann")
    await bridge.advance(plan.id)
    await bridge.work(until_idle=True)
    assert (await bridge.event(letter.id)).row.state is State.DONE


def forwarding_settings(folder: Path, url: str) -> Settings:
    source = SourceSettings(
        "stripe",
        secrets=(Secret(SECRET),),
        max_attempts=1,
        forward=ForwardSettings(url, Secret(SECRET)),
    )
    return Settings(store=StoreSettings(folder / "forward.db"), sources=(source,))
