"""Forwarding: events handed on over HTTP to a real server on loopback."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import nacl.signing
import pytest
import standardwebhooks
import svix
import uvicorn

from bridgewright import AsyncBridge, Cause, ConfigurationError, Selection, State
from bridgewright.adapters.sinks.forward import LONGEST_PUSHBACK_S, Forwarder
from bridgewright.adapters.transports.resolving import Resolver
from bridgewright.connectors import webhook
from bridgewright.core.errors import ForwardRefused, PermanentFailure, RetryLater
from bridgewright.core.model.event import Event
from bridgewright.core.model.inbound import Coverage, Delivery, Headers, Verified
from bridgewright.core.model.network import networks
from bridgewright.core.model.secret import Secret
from bridgewright.engine.drive.clock import now
from bridgewright.settings import ForwardSettings, Settings, SourceSettings, StoreSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from bridgewright.adapters.sinks.guarded import LookUp

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEXT = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
SEED = bytes(range(32))
PRIVATE = "whsk_" + base64.b64encode(SEED).decode()
LOOPBACK = networks("127.0.0.0/8, ::1")
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


def system() -> LookUp:
    return Resolver().addresses_on_loop


def forwarding(
    target: Target,
    act: Callable[[Forwarder], Awaitable[None]],
    *,
    timeout_s: float = 15.0,
    keys: tuple[str, ...] = (SECRET,),
) -> Target:
    async def run() -> None:
        async with serving(target):
            secrets = [Secret(key) for key in keys]
            forwarder = Forwarder(
                target.url, secrets, resolver=system, allowed=LOOPBACK, timeout_s=timeout_s
            )
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


def test_in_a_rotation_the_holders_of_either_key_verify_the_same_event() -> None:
    [(headers, body)] = forwarding(Target(), once, keys=(NEXT, SECRET)).got
    for key in (NEXT, SECRET):
        standardwebhooks.Webhook(key).verify(body, headers)
        svix.Webhook(key).verify(body, headers)
    versions = [part.partition(",")[0] for part in headers["webhook-signature"].split(" ")]
    assert versions == ["v1", "v1"]
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook("whsec_" + "A" * 32).verify(body, headers)


def test_both_kinds_of_keys_sign_in_the_order_given() -> None:
    [(headers, body)] = forwarding(Target(), once, keys=(PRIVATE, SECRET, NEXT)).got
    signatures = [part.partition(",") for part in headers["webhook-signature"].split(" ")]
    assert [version for version, _, _ in signatures] == ["v1a", "v1", "v1"]
    # The vendors' libraries know no v1a: they pass over it. libsodium verifies it, and so do we.
    standardwebhooks.Webhook(SECRET).verify(body, headers)
    svix.Webhook(NEXT).verify(body, headers)
    public = nacl.signing.SigningKey(SEED).verify_key
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    public.verify(signed, base64.b64decode(signatures[0][2]))
    ours = Secret("whpk_" + base64.b64encode(bytes(public)).decode())
    delivery = Delivery("ours", Headers.of(headers), body, received_at=now())
    found = webhook("standard").scheme([ours]).verify(delivery, delivery.received_at)
    assert isinstance(found, Verified)


def test_what_cannot_sign_is_refused_before_anything_is_sent() -> None:
    public = Secret("whpk_" + base64.b64encode(SEED).decode())
    with pytest.raises(ConfigurationError, match="key 2 of 2"):
        Forwarder("http://example.com/", [Secret(SECRET), public], resolver=system)


def meaning(*addresses: str) -> Callable[[], LookUp]:
    """A resolver by which every name means these."""

    def look_up(*_: object, **__: object) -> list[tuple[object, ...]]:
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        families = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in addresses]
        return [(f, 1, 6, "", (one, 0)) for f, one in zip(families, addresses, strict=True)]

    return lambda: Resolver(look_up).addresses_on_loop


def knocking(url: str, resolver: Callable[[], LookUp], allow: str = "") -> ForwardRefused | None:
    """What forwarding one event there ends with."""

    async def run() -> ForwardRefused | None:
        forwarder = Forwarder(url, [Secret(SECRET)], resolver=resolver, allowed=networks(allow))
        try:
            await forwarder(EVENT)
        except ForwardRefused as refused:
            return refused
        finally:
            await forwarder.close()
        return None

    return asyncio.run(run())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "127.1", "0x7f000001", "0.0.0.1"]
)
def test_a_host_that_means_this_machine_is_refused_however_it_is_written(host: str) -> None:
    refused = knocking(f"http://{host}:9/events", system)
    assert refused is not None
    assert "nothing was sent" in str(refused)
    assert "allow" in str(refused)


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["::ffff:192.168.0.1"],
        ["93.184.215.14", "192.168.0.1"],
        ["192.168.0.1", "93.184.215.14"],
        ["2606:4700::1", "93.184.215.14", "fe80::1"],
    ],
)
def test_a_name_of_which_one_address_leads_inside_is_refused(addresses: list[str]) -> None:
    refused = knocking("http://hooks.example.com/secret-path", meaning(*addresses))
    assert "nothing was sent" in str(refused)
    assert not any(part in str(refused) for part in (*addresses, "secret-path", "example"))


def test_a_name_that_is_not_known_is_a_failed_attempt() -> None:
    refused = knocking("http://hooks.example.com/", meaning())
    assert str(refused) == "the target could not be reached (ConnectError)"


def test_the_connection_is_made_to_what_was_checked_and_the_name_is_not_asked_again() -> None:
    """DNS rebinding: the second answer would lead elsewhere, and nobody hears it."""
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    asked: list[str] = []

    async def look_up(host: str) -> list[tuple[int, str]]:
        asked.append(host)
        return [(socket.AF_INET, one) for one in answers[len(asked) - 1]]

    async def run(target: Target) -> None:
        async with serving(target):
            url = target.url.replace("127.0.0.1", "hooks.example.com")
            forwarder = Forwarder(url, [Secret(SECRET)], resolver=lambda: look_up, allowed=LOOPBACK)
            try:
                await forwarder(EVENT)
            finally:
                await forwarder.close()

    target = Target()
    asyncio.run(run(target))
    [(headers, _)] = target.got
    assert asked == ["hooks.example.com"]
    assert headers["host"].startswith("hooks.example.com:")


def test_by_tls_the_name_is_asked_for_and_not_the_address() -> None:
    """The certificate must be the name's: connecting to an address makes none of its own good."""
    hello: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.append(await reader.read(4_096))
        writer.close()

    async def look_up(_: str) -> list[tuple[int, str]]:
        return [(socket.AF_INET, "127.0.0.1")]

    async def run() -> None:
        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        forwarder = Forwarder(
            f"https://hooks.example.com:{port}/",
            [Secret(SECRET)],
            resolver=lambda: look_up,
            allowed=LOOPBACK,
        )
        async with server:
            with pytest.raises(ForwardRefused, match="could not be reached"):
                await forwarder(EVENT)
        await forwarder.close()

    asyncio.run(run())
    assert b"hooks.example.com" in hello[0]
    assert SECRET.encode() not in hello[0]


def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    async def look_up(_: str) -> list[tuple[int, str]]:
        return [(socket.AF_INET, "127.255.255.254"), (socket.AF_INET, "127.0.0.1")]

    async def run(target: Target) -> None:
        async with serving(target):
            url = target.url.replace("127.0.0.1", "hooks.example.com")
            forwarder = Forwarder(url, [Secret(SECRET)], resolver=lambda: look_up, allowed=LOOPBACK)
            try:
                await forwarder(EVENT)
            finally:
                await forwarder.close()

    target = Target()
    asyncio.run(run(target))
    assert len(target.got) == 1


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
        forwarder = Forwarder(url, [Secret(SECRET)], resolver=system, allowed=LOOPBACK)
        await forwarder(EVENT)

    with pytest.raises(ForwardRefused) as raised:
        asyncio.run(run())
    assert "secret-path" not in str(raised.value)


def test_a_forwarder_shows_neither_its_url_nor_its_secret() -> None:
    shown = repr(Forwarder("http://127.0.0.1:1/canary", [Secret(SECRET)], resolver=system))
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
    plan = await bridge.redrive.plan(Selection(ids=(letter.id,)), reason="mended", actor="ann")
    await bridge.redrive.run(plan.id, actor="ann")
    await bridge.redrive.advance(plan.id)
    await bridge.work(until_idle=True)
    assert (await bridge.event(letter.id)).row.state is State.DONE


def forwarding_settings(folder: Path, url: str) -> Settings:
    source = SourceSettings(
        "stripe",
        secrets=(Secret(SECRET),),
        max_attempts=1,
        forward=ForwardSettings(url, (Secret(SECRET),), "127.0.0.0/8"),
    )
    return Settings(store=StoreSettings(folder / "forward.db"), sources=(source,))
