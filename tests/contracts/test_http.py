"""Plain clients on the engine: real httpx2, real server, both worlds."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport, Httpx2Transport
from bridgewright.connectors.http.client import CLIENT
from bridgewright.connectors.http.profile import declared
from bridgewright.core.errors import (
    CallFailed,
    ConfigurationError,
    OutcomeUnknown,
    RetryLater,
)
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from tests.contracts.loopback import Clock, Loopback, OnLoop, Reply, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary-token-77aa"
GOOD = Reply(200, b'{"id": 1}')

pytestmark = pytest.mark.parametrize("world", ["threads", "loop"])


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(GOOD) as made:
        yield made


def _on(server: Loopback, token: str | None = None, **promises: Any) -> Connection:
    profile = declared("acme", f"{server.url}/v1", **promises)
    timing = Clock().timing()
    caller = Caller(profile, transport=wire(), async_transport=OnLoop(), timing=timing)
    secrets = {} if token is None else {"token": Secret(token)}
    return Connection("acme", "", caller, secrets)


def _ask(world: str, connection: Connection, method: str, url: str, **named: Any) -> Any:
    if world == "threads":
        with CLIENT.connect(connection) as client:
            return client.request(method, url, **named)

    async def ask() -> Any:
        assert CLIENT.connect_async is not None
        async with CLIENT.connect_async(connection) as client:
            return await client.request(method, url, **named)

    return asyncio.run(ask())


def test_a_request_goes_out_and_its_answer_comes_back(world: str, server: Loopback) -> None:
    answer = _ask(world, _on(server, CANARY), "POST", "/orders?x=1", json={"a": "ü"})
    assert (answer.status_code, answer.json()) == (200, {"id": 1})
    [request] = server.received
    assert (request.method, request.path) == ("POST", "/v1/orders?x=1")
    assert json.loads(request.body) == {"a": "ü"}
    assert request.headers["authorization"] == f"Bearer {CANARY}"


def test_a_read_is_repeated_and_a_write_is_not(world: str, server: Loopback) -> None:
    server.replies = [Reply(503), Reply(503), GOOD]
    assert _ask(world, _on(server), "GET", "/orders").json() == {"id": 1}
    server.replies = [Reply(lost=True), GOOD]
    with pytest.raises(OutcomeUnknown):
        _ask(world, _on(server), "POST", "/orders", json={})
    assert [each.method for each in server.received] == ["GET"] * 3 + ["POST"]


def test_a_declared_key_makes_a_write_repeatable(world: str, server: Loopback) -> None:
    server.replies = [Reply(lost=True), Reply(500), GOOD]
    connection = _on(server, idempotency_header="Idempotency-Key")
    assert _ask(world, connection, "POST", "/orders", json={}).status_code == 200
    keys = {each.headers["idempotency-key"] for each in server.received}
    assert (len(server.received), len(keys)) == (3, 1)


def test_a_write_that_is_in_progress_is_asked_for_again_where_that_is_declared(
    world: str, server: Loopback
) -> None:
    server.replies = [Reply(lost=True), Reply(409), GOOD]
    connection = _on(server, idempotency_header="Idempotency-Key", in_progress=[409])
    assert _ask(world, connection, "POST", "/orders", json={}).status_code == 200
    assert len({each.headers["idempotency-key"] for each in server.received}) == 1


def test_a_conflict_is_final_where_nothing_else_is_declared(world: str, server: Loopback) -> None:
    server.replies = [Reply(409), GOOD]
    with pytest.raises(CallFailed):
        _ask(world, _on(server, idempotency_header="Idempotency-Key"), "POST", "/orders", json={})
    assert len(server.received) == 1


def test_a_declared_search_is_repeated(world: str, server: Loopback) -> None:
    server.replies = [Reply(lost=True), GOOD]
    connection = _on(server, safe=["POST /search/{index}"])
    assert _ask(world, connection, "POST", "/search/orders", json={}).status_code == 200
    assert len(server.received) == 2


def test_an_error_raises_ours_and_the_answer_is_its_cause(world: str, server: Loopback) -> None:
    server.replies = [Reply(422, b'{"field": "name"}')]
    with pytest.raises(CallFailed) as caught:
        _ask(world, _on(server), "POST", "/orders", json={})
    assert (caught.value.report.outcome, caught.value.report.status) == (Outcome.REJECTED, 422)
    cause: Any = caught.value.__cause__
    assert cause.response.json() == {"field": "name"}


def test_a_long_throttle_says_when_to_come_back(world: str, server: Loopback) -> None:
    server.replies = [Reply(429, headers={"Retry-After": "3600"})]
    with pytest.raises(RetryLater) as caught:
        _ask(world, _on(server), "POST", "/orders", json={})
    assert caught.value.after_s >= 3_600
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html></html>", kind="text/html"),
        Reply(200, b"{never closed"),
        Reply(200, b""),
        Reply(302, b"", {"Location": "http://127.0.0.1:9/"}),
        Reply(200, b"{}", cut=True),
    ],
    ids=["html", "invalid", "empty", "302", "truncated"],
)
def test_nothing_that_is_no_answer_of_the_api_is_a_success(
    world: str, server: Loopback, reply: Reply
) -> None:
    server.replies = [reply]
    with pytest.raises(OutcomeUnknown):
        _ask(world, _on(server), "POST", "/orders", json={})
    assert len(server.received) == 1


def test_a_timeout_is_a_deadline_and_one_with_parts_is_refused(
    world: str, server: Loopback
) -> None:
    assert _ask(world, _on(server), "GET", "/orders", timeout=5).status_code == 200
    with pytest.raises(ConfigurationError, match="deadline"):
        _ask(world, _on(server), "GET", "/orders", timeout=(1, 2, 3, 4))


def test_other_hosts_and_redirects_are_refused_before_anything_is_sent(
    world: str, server: Loopback
) -> None:
    for url, named in [
        ("http://localhost:9/x", {}),
        (f"{server.url}/v1/x", {"follow_redirects": True}),
    ]:
        with pytest.raises(ConfigurationError):
            _ask(world, _on(server, CANARY), "GET", url, **named)
    assert server.received == []


def test_cookies_are_not_kept(world: str, server: Loopback) -> None:
    server.replies = [Reply(200, b"{}", {"Set-Cookie": "session=1; Path=/"})]
    connection = _on(server)
    if world == "threads":
        with CLIENT.connect(connection) as client:
            client.get("/a")
            client.get("/b")
    else:

        async def twice() -> None:
            assert CLIENT.connect_async is not None
            async with CLIENT.connect_async(connection) as client:
                await client.get("/a")
                await client.get("/b")

        asyncio.run(twice())
    assert ["cookie" in each.headers for each in server.received] == [False, False]


def test_a_body_is_streamed(world: str, server: Loopback) -> None:
    body = b"[" + b"1," * 300_000 + b"1]"
    server.replies = [Reply(200, body)]
    blocking, on_loop = Httpx2Transport(), AsyncHttpx2Transport()
    profile = declared("acme", server.url)
    caller = Caller(profile, transport=blocking, async_transport=on_loop)
    connection = Connection("acme", "", caller, {})
    if world == "threads":
        with CLIENT.connect(connection) as client, client.stream("GET", "/all") as answer:
            pieces = list(answer.iter_bytes())
    else:

        async def read() -> list[bytes]:
            assert CLIENT.connect_async is not None
            async with (
                CLIENT.connect_async(connection) as client,
                client.stream("GET", "/all") as answer,
            ):
                found = [piece async for piece in answer.aiter_bytes()]
            await on_loop.aclose()
            return found

        pieces = asyncio.run(read())
    blocking.close()
    assert b"".join(pieces) == body
    assert len(pieces) > 1


def test_no_secret_is_in_what_an_exception_or_a_log_shows(
    world: str, server: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies = [Reply(500)]
    with pytest.raises(OutcomeUnknown) as caught:
        _ask(world, _on(server, CANARY), "POST", "/orders", json={})
    shown = [repr(caught.value), *traceback.format_exception(caught.value), caplog.text]
    assert not [text for text in shown if CANARY in text]


def test_a_connection_without_a_base_url_is_refused(world: str) -> None:
    connection = Connection("acme", "", Caller(CLIENT.profile), {})
    make = CLIENT.connect if world == "threads" else CLIENT.connect_async
    assert make is not None
    with pytest.raises(ConfigurationError, match="base_url"):
        make(connection)
