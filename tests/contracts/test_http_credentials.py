"""How plain clients are authorised: each kind of credential, and tokens that OAuth2 grants."""

from __future__ import annotations

import asyncio
import threading
import traceback
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright.connectors.http.client import CLIENT
from bridgewright.connectors.http.profile import declared
from bridgewright.core.errors import CallFailed, ConfigurationError, OutcomeUnknown
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from bridgewright.engine.drive.calling import timing_of
from bridgewright.pytest_plugin.clock import time_of
from bridgewright.simulate.clock import VirtualClock
from tests.contracts.loopback import Clock, Loopback, OnLoop, Reply, wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GOOD = Reply(200, b'{"id": 1}')
CLIENT_PAIR = {"client_id": "shop", "client_secret": "canary&77aa"}


def _token(name: str, good_s: object = 3_600) -> Reply:
    return Reply(200, f'{{"access_token": "{name}", "expires_in": {good_s}}}'.encode())


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(GOOD) as made:
        yield made


@pytest.fixture
def door() -> Iterator[Loopback]:
    """Where tokens are granted."""
    with Loopback(_token("first"), _token("second")) as made:
        yield made


def _on(
    server: Loopback,
    secrets: Mapping[str, str],
    door: Loopback | None = None,
    clock: VirtualClock | None = None,
    **options: str,
) -> Connection:
    if door is not None:
        options["token_url"] = f"{door.url}/token"
    profile = declared("acme", f"{server.url}/v1", token_url=options.get("token_url", ""))
    timing = Clock().timing() if clock is None else timing_of(time_of(clock))
    caller = Caller(profile, transport=wire(), async_transport=OnLoop(), timing=timing)
    held = {name: Secret(value) for name, value in secrets.items()}
    return Connection("acme", "", caller, held, options=options)


def _ask(world: str, client_of: Connection, method: str = "GET", **named: Any) -> Any:
    if world == "threads":
        with CLIENT.connect(client_of) as client:
            return client.request(method, "/orders", **named)

    async def ask() -> Any:
        assert CLIENT.connect_async is not None
        async with CLIENT.connect_async(client_of) as client:
            return await client.request(method, "/orders", **named)

    return asyncio.run(ask())


def _said(server: Loopback, name: str = "authorization") -> list[str | None]:
    return [each.headers.get(name) for each in server.received]


worlds = pytest.mark.parametrize("world", ["threads", "loop"])


@worlds
@pytest.mark.parametrize(
    ("secrets", "options", "expected"),
    [
        ({"token": "t-1"}, {}, ("authorization", "Bearer t-1")),
        ({"api_key": "k-1"}, {}, ("x-api-key", "k-1")),
        ({"api_key": "k-1"}, {"key_header": "Acme-Key"}, ("acme-key", "k-1")),
        (
            {"username": "u", "password": "p:ü"},
            {},
            ("authorization", f"Basic {b64encode('u:p:ü'.encode()).decode()}"),
        ),
        ({}, {}, ("authorization", None)),
    ],
    ids=["bearer", "key", "key of a name", "basic", "none"],
)
def test_each_kind_of_credential_goes_where_the_api_wants_it(
    world: str,
    server: Loopback,
    secrets: dict[str, str],
    options: dict[str, str],
    expected: tuple[str, str | None],
) -> None:
    field, value = expected
    _ask(world, _on(server, secrets, **options))
    assert _said(server, field) == [value]


@worlds
def test_what_a_request_says_of_itself_stands(world: str, server: Loopback) -> None:
    _ask(world, _on(server, {"token": "t-1"}), headers={"authorization": "Bearer other"})
    assert _said(server) == ["Bearer other"]


def test_a_key_is_in_no_object_of_the_client(server: Loopback) -> None:
    server.replies = [Reply(422)]
    connection = _on(server, {"api_key": "canary-77aa"})
    with CLIENT.connect(connection) as client, pytest.raises(CallFailed) as caught:
        client.get("/orders")
    cause: Any = caught.value.__cause__
    shown = [repr(client.headers), repr(cause.request.headers), repr(vars(cause))]
    shown.append("".join(traceback.format_exception(caught.value)))
    assert "canary-77aa" not in "".join(shown)
    assert _said(server, "x-api-key") == ["canary-77aa"]


@worlds
def test_a_token_is_fetched_once_and_used_while_it_is_good(
    world: str, server: Loopback, door: Loopback
) -> None:
    connection = _on(server, CLIENT_PAIR, door, scopes="orders:read orders:write")
    client_of = connection
    if world == "threads":
        with CLIENT.connect(client_of) as client:
            client.get("/orders")
            client.get("/orders")
    else:

        async def ask() -> None:
            assert CLIENT.connect_async is not None
            async with CLIENT.connect_async(client_of) as client:
                await client.get("/orders")
                await client.get("/orders")

        asyncio.run(ask())
    [asked] = door.received
    assert (asked.method, asked.path) == ("POST", "/token")
    form = b"grant_type=client_credentials&scope=orders%3Aread+orders%3Awrite"
    assert asked.body == form
    # RFC 6749, 2.3.1: both are form-encoded before they are put together.
    assert asked.headers["authorization"] == f"Basic {b64encode(b'shop:canary%2677aa').decode()}"
    assert _said(server) == ["Bearer first"] * 2


def test_a_token_that_expires_is_replaced_before(server: Loopback, door: Loopback) -> None:
    clock = VirtualClock()
    with CLIENT.connect(_on(server, CLIENT_PAIR, door, clock)) as client:
        client.get("/orders")
        clock.advance(3_000)
        client.get("/orders")
        clock.advance(300)
        client.get("/orders")
    assert _said(server) == ["Bearer first", "Bearer first", "Bearer second"]


def test_a_token_that_cannot_be_replaced_is_used_while_it_is_good(
    server: Loopback, door: Loopback
) -> None:
    clock = VirtualClock()
    with CLIENT.connect(_on(server, CLIENT_PAIR, door, clock)) as client:
        client.get("/orders")
        door.replies = [Reply(400, b'{"error": "invalid_client"}')]
        clock.advance(3_300)
        client.get("/orders")
        clock.advance(300)
        with pytest.raises(CallFailed) as caught:
            client.get("/orders")
    assert caught.value.report.status == 400
    assert _said(server) == ["Bearer first"] * 2


@worlds
def test_a_token_that_is_refused_is_replaced_once(
    world: str, server: Loopback, door: Loopback
) -> None:
    server.replies = [Reply(401), GOOD]
    assert _ask(world, _on(server, CLIENT_PAIR, door), "POST", json={}).json() == {"id": 1}
    assert _said(server) == ["Bearer first", "Bearer second"]
    server.replies, door.replies = [Reply(401)], [_token("third"), _token("fourth")]
    with pytest.raises(CallFailed):
        _ask(world, _on(server, CLIENT_PAIR, door), "POST", json={})
    assert _said(server)[2:] == ["Bearer third", "Bearer fourth"]


@worlds
def test_the_same_token_again_is_not_sent_again(
    world: str, server: Loopback, door: Loopback
) -> None:
    server.replies, door.replies = [Reply(401)], [_token("same")]
    with pytest.raises(CallFailed):
        _ask(world, _on(server, CLIENT_PAIR, door))
    assert _said(server) == ["Bearer same"]
    assert len(door.received) == 2


@worlds
def test_nothing_is_sent_without_a_token(world: str, server: Loopback, door: Loopback) -> None:
    door.replies = [Reply(200, b'{"token_type": "bearer"}')]
    with pytest.raises((CallFailed, OutcomeUnknown)):
        _ask(world, _on(server, CLIENT_PAIR, door), "POST", json={})
    assert server.received == []


@worlds
def test_the_fetching_is_tried_again_for_a_write_too(
    world: str, server: Loopback, door: Loopback
) -> None:
    door.replies = [Reply(503), Reply(lost=True), _token("third")]
    _ask(world, _on(server, CLIENT_PAIR, door), "POST", json={})
    assert _said(server) == ["Bearer third"]


def test_one_token_is_fetched_for_many_threads(server: Loopback, door: Loopback) -> None:
    door.replies = [_token("only")]
    at_once = threading.Barrier(8)
    with CLIENT.connect(_on(server, CLIENT_PAIR, door)) as client:

        def ask(_: int) -> None:
            at_once.wait()
            client.get("/orders")

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(ask, range(8)))
    assert len(door.received) == 1
    assert _said(server) == ["Bearer only"] * 8


@pytest.mark.parametrize(
    ("secrets", "options", "problem"),
    [
        ({"token": "a", "api_key": "b"}, {}, "two kinds"),
        ({"username": "a"}, {}, "no password"),
        (CLIENT_PAIR, {}, "no token_url"),
        (CLIENT_PAIR, {"token_url": "http://auth.example.com/token"}, "not https"),
    ],
)
def test_credentials_that_cannot_work_are_refused(
    server: Loopback, secrets: dict[str, str], options: dict[str, str], problem: str
) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        CLIENT.connect(_on(server, secrets, **options))


def test_keys_are_carried_by_the_operations_that_are_named(server: Loopback) -> None:
    profile = declared(
        "acme",
        server.url,
        idempotency_header="Idempotency-Key",
        keyed=["POST /orders"],
        unsafe=["GET /reports/{id}"],
        groups={"reports": ["GET /reports/{id}"]},
    )
    caller = Caller(profile, transport=wire(), async_transport=OnLoop(), timing=Clock().timing())
    with CLIENT.connect(Connection("acme", "", caller, {})) as client:
        server.replies = [Reply(503), GOOD]
        client.post("/orders", json={})
        for method, path in (("POST", "/notes"), ("GET", "/reports/1")):
            server.replies = [Reply(503), GOOD]
            with pytest.raises((CallFailed, OutcomeUnknown)):
                client.request(method, path)
    assert [each.path for each in server.received] == ["/orders"] * 2 + ["/notes", "/reports/1"]
    assert [bool(key) for key in _said(server, "idempotency-key")] == [True, True, False, False]
    assert {scope.key.group for scope in caller.scopes()} == {"", "reports"}
