"""The inbox under real servers and frameworks: the same answers everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import fastapi
import httpx2
import litestar
import pytest
import starlette.applications
import starlette.routing
import uvicorn

from bridgewright import AsyncBridge, Event, Secret, State
from bridgewright.connectors import webhook
from bridgewright.core.model.moment import later
from bridgewright.engine.drive.clock import now
from bridgewright.settings import Settings, SourceSettings, StoreSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

SECRET = Secret("whsec_mounted")
LIMIT = 4_096
STRIPE = webhook("stripe")


def alone(bridge: AsyncBridge) -> Any:
    return bridge.inbox


def under_fastapi(bridge: AsyncBridge) -> Any:
    app = fastapi.FastAPI(lifespan=bridge.lifespan)
    app.mount("/webhooks", bridge.inbox)
    return app


def deep_in_fastapi(bridge: AsyncBridge) -> Any:
    inner = fastapi.FastAPI()
    inner.mount("/in/webhooks", bridge.inbox)
    app = fastapi.FastAPI(lifespan=bridge.lifespan)
    app.mount("/api/v1", inner)
    return app


def behind_a_proxy_prefix(bridge: AsyncBridge) -> Any:
    """The proxy takes its prefix off; the server is told of it (see `place`)."""
    return under_fastapi(bridge)


def under_starlette(bridge: AsyncBridge) -> Any:
    routes = [starlette.routing.Mount("/webhooks", app=bridge.inbox)]
    return starlette.applications.Starlette(routes=routes, lifespan=bridge.lifespan)


def under_litestar(bridge: AsyncBridge) -> Any:
    mounted = litestar.asgi("/webhooks", is_mount=True, copy_scope=True)(bridge.inbox.__call__)
    return litestar.Litestar([mounted], lifespan=[bridge.lifespan], openapi_config=None)


PLACES: dict[Callable[[AsyncBridge], Any], str] = {
    alone: "",
    under_fastapi: "/webhooks",
    deep_in_fastapi: "/api/v1/in/webhooks",
    behind_a_proxy_prefix: "/webhooks",
    under_starlette: "/webhooks",
    under_litestar: "/webhooks",
}


@dataclass(slots=True)
class Place:
    """A bridge behind a real server on loopback."""

    bridge: AsyncBridge
    url: str
    port: int
    client: httpx2.AsyncClient
    handled: list[Event] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, body: bytes, fields: Any = None, path: str = "/stripe") -> Any:
        headers = signed(body) if fields is None else fields
        return await self.client.post(self.url + path, content=body, headers=headers)


def signed(body: bytes, secret: Secret = SECRET, ago_s: float = 0.0) -> list[tuple[bytes, bytes]]:
    return list(STRIPE.sign([secret], body, message_id="", at=later(now(), -ago_s)).headers)


def event(key: str = "evt_1", event_type: str = "invoice.paid") -> bytes:
    return json.dumps({"id": key, "type": event_type, "created": 1_800_000_000}).encode()


def settings(folder: Path) -> Settings:
    source = SourceSettings("stripe", secrets=(SECRET,), max_body_bytes=LIMIT)
    return Settings(store=StoreSettings(folder / "mounted.db"), sources=(source,))


@contextlib.asynccontextmanager
async def place(folder: Path, mount: Callable[[AsyncBridge], Any]) -> AsyncIterator[Place]:
    bridge = AsyncBridge(settings(folder))
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        here = Place(bridge, f"http://127.0.0.1:{port}{PLACES[mount]}", port, client)

        @bridge.on("stripe", "invoice.*")
        async def handle(one: Event) -> None:
            here.handled.append(one)
            here.arrived.set()

        edge = "/edge" if mount is behind_a_proxy_prefix else ""
        config = uvicorn.Config(mount(bridge), log_level="warning", lifespan="on", root_path=edge)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield here
        finally:
            server.should_exit = True
            await running
            await bridge.close()


everywhere = pytest.mark.parametrize("mount", PLACES, ids=lambda mount: mount.__name__)


def visit(
    folder: Path, mount: Callable[[AsyncBridge], Any], act: Callable[[Place], Awaitable[None]]
) -> None:
    async def run() -> None:
        async with place(folder, mount) as here:
            await act(here)

    asyncio.run(run())


@everywhere
def test_a_mounted_inbox_gives_each_delivery_its_answer(
    tmp_path: Path, mount: Callable[[AsyncBridge], Any]
) -> None:
    async def act(here: Place) -> None:
        body = event()
        assert (await here.post(body)).status_code == 200
        assert (await here.post(body)).status_code == 200
        assert (await here.post(body, signed(body, Secret("whsec_other")))).status_code == 401
        assert (await here.post(body, signed(body, ago_s=4_000))).status_code == 401
        assert (await here.post(body, [])).status_code == 401
        assert (await here.post(body, path="/stripe/")).status_code == 200
        assert (await here.post(body, path="/paypal")).status_code == 404
        assert (await here.post(body, path="/a/b/stripe")).status_code == 404
        refused = await here.client.get(here.url + "/stripe")
        assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
        large = event(event_type="x" * LIMIT)
        assert (await here.post(large)).status_code == 413
        [count] = (await here.bridge.survey()).sources
        assert (count.accepted, count.duplicates, count.rejected) == (1, 2, 3)

    visit(tmp_path, mount, act)


@pytest.mark.parametrize(
    "mount", [m for m in PLACES if m is not alone], ids=lambda mount: mount.__name__
)
def test_the_lifespan_runs_a_worker_beside_the_application(
    tmp_path: Path, mount: Callable[[AsyncBridge], Any]
) -> None:
    async def act(here: Place) -> None:
        await here.post(event("evt_7"))
        async with asyncio.timeout(20):
            await here.arrived.wait()
        assert [one.event_id for one in here.handled] == ["evt_7"]

    visit(tmp_path, mount, act)


def test_two_deliveries_of_one_event_at_once_are_stored_once(tmp_path: Path) -> None:
    async def act(here: Place) -> None:
        body = event()
        answers = await asyncio.gather(*(here.post(body) for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}
        [count] = (await here.bridge.survey()).sources
        assert (count.accepted, count.duplicates) == (1, 29)

    visit(tmp_path, alone, act)


@pytest.mark.parametrize(
    "value", [b"t=1,v1=\xff\xfe", b"t=\xb2,v1=" + b"0" * 64, b"\xe2\x98\x83", b"v1"]
)
def test_hostile_header_bytes_are_a_rejection(tmp_path: Path, value: bytes) -> None:
    async def act(here: Place) -> None:
        answer = await exchange(here.port, [b"Stripe-Signature: " + value], event())
        assert answer.startswith(b"HTTP/1.1 401"), answer

    visit(tmp_path, alone, act)


async def exchange(port: int, fields: list[bytes], body: bytes, *, chunked: bool = False) -> bytes:
    """One request written by hand; its whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    length = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    head = [b"POST /stripe HTTP/1.1", b"Host: bridge", b"Connection: close", length, *fields]
    writer.write(b"\r\n".join(head) + b"\r\n\r\n")
    try:
        for start in range(0, len(body), 1_000):
            piece = body[start : start + 1_000]
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            await writer.drain()
        writer.write(b"0\r\n\r\n" if chunked else b"")
        return await reader.read()
    finally:
        writer.close()


def test_a_body_that_grows_beyond_the_limit_is_cut_off(tmp_path: Path) -> None:
    async def act(here: Place) -> None:
        answer = await exchange(here.port, [], b"x" * (LIMIT + 1_000), chunked=True)
        assert answer.startswith(b"HTTP/1.1 413"), answer
        body = event()
        fields = [name + b": " + value for name, value in signed(body)]
        answer = await exchange(here.port, fields, body, chunked=True)
        assert answer.startswith(b"HTTP/1.1 200"), answer

    visit(tmp_path, alone, act)


@pytest.mark.parametrize("length", [b"99999999999999999999999", b"00000000000000000009999"])
def test_a_declared_length_is_refused_before_the_body_is_read(
    tmp_path: Path, length: bytes
) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        message = "the body was read"
        raise AssertionError(message)

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        bridge = AsyncBridge(settings(tmp_path))
        scope = {"type": "http", "method": "POST", "path": "/stripe"}
        scope |= {"headers": [(b"content-length", length)]}
        await bridge.inbox(scope, receive, send)
        await bridge.close()

    asyncio.run(run())
    assert sent[0]["status"] == 413


def test_a_sender_that_hangs_up_leaves_nothing_behind(tmp_path: Path) -> None:
    async def act(here: Place) -> None:
        body = event()
        _, writer = await asyncio.open_connection("127.0.0.1", here.port)
        writer.write(b"POST /stripe HTTP/1.1\r\nHost: b\r\nContent-Length: 500\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        assert (await here.post(body)).status_code == 200
        [count] = (await here.bridge.survey()).sources
        assert (count.accepted, count.rejected) == (1, 0)

    visit(tmp_path, alone, act)


def test_a_body_that_does_not_come_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    def impatient(bridge: AsyncBridge) -> Any:
        return replace(bridge.inbox, body_timeout_s=0.05)

    async def act(here: Place) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", here.port)
        writer.write(b"POST /stripe HTTP/1.1\r\nHost: b\r\nContent-Length: 500\r\n\r\n{")
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()

    PLACES[impatient] = ""
    try:
        visit(tmp_path, impatient, act)
    finally:
        del PLACES[impatient]


def test_a_store_that_is_gone_is_our_own_failure_and_never_a_4xx(tmp_path: Path) -> None:
    folder = tmp_path / "away"  # never made: the store cannot be opened

    async def act(here: Place) -> None:
        answer = await here.post(event())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
        assert (await here.post(event(), [])).status_code == 401
        folder.mkdir()
        assert (await here.post(event())).status_code == 200

    visit(folder, alone, act)


def test_a_websocket_is_turned_away(tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def run() -> None:
        bridge = AsyncBridge(settings(tmp_path))
        await bridge.inbox({"type": "websocket", "path": "/stripe"}, receive, send)
        await bridge.close()

    asyncio.run(run())
    assert sent == [{"type": "websocket.close", "code": 1003}]


def test_handlers_for_a_source_that_does_not_exist_keep_the_inbox_from_starting(
    tmp_path: Path,
) -> None:
    async def run() -> list[dict[str, Any]]:
        bridge = AsyncBridge(settings(tmp_path))
        bridge.on("github", "push")(print)
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            sent.append(message)

        with pytest.raises(bridgewright_error(), match="github"):
            await bridge.inbox({"type": "lifespan"}, receive, send)
        return sent

    [failed] = asyncio.run(run())
    assert failed["type"] == "lifespan.startup.failed"
    assert "github" in failed["message"]


def bridgewright_error() -> type[Exception]:
    from bridgewright import ConfigurationError  # noqa: PLC0415 - loaded lazily, as a user does

    return ConfigurationError


def test_what_was_acknowledged_before_a_shutdown_is_done_or_waits(tmp_path: Path) -> None:
    async def act(here: Place) -> None:
        bodies = [event(f"evt_{n}") for n in range(40)]
        answers = await asyncio.gather(*(here.post(body) for body in bodies))
        assert {answer.status_code for answer in answers} == {200}

    visit(tmp_path, under_fastapi, act)

    async def look() -> None:
        bridge = AsyncBridge(settings(tmp_path))
        rows = await bridge.events(limit=100)
        await bridge.close()
        assert len(rows) == 40
        assert {row.state for row in rows} <= {State.DONE, State.WAITING}

    asyncio.run(look())
