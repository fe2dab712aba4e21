"""What a server tells listeners, and what it tells nobody else: asked through ASGI, on a real store."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import AsyncBridge, Secret
from bridgewright.adapters.web.relay import MOST_ASKING, Relay, Seats
from bridgewright.bridge.relaying import relay_of
from bridgewright.cli.serve import Gateway
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Headers
from bridgewright.settings import load
from tests.faces.cli.shop import SECRETS, signed, stripe_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, MutableMapping
    from pathlib import Path

    from bridgewright.core.model.inbound import Answer

TOKEN = "a-token-of-these-tests"
RIGHT = (b"authorization", b"Bearer " + TOKEN.encode())


def bridge_in(folder: Path, **environ: str) -> AsyncBridge:
    file = folder / "bridgewright.toml"
    file.write_text(
        "[store]\npath = 'a.db'\n[serve]\nlisten_token = 'env:LISTEN_TOKEN'\n[sources.stripe]\n"
    )
    return AsyncBridge(load(file, SECRETS | {"LISTEN_TOKEN": TOKEN} | environ))


@asynccontextmanager
async def opened(
    folder: Path, is_ending: Callable[[], bool] = lambda: False
) -> AsyncIterator[tuple[AsyncBridge, Gateway]]:
    bridge = bridge_in(folder)
    yield bridge, Gateway(bridge, works=False, relay=relay_of(bridge, is_ending))
    await bridge.close()


async def asked(
    gateway: Gateway,
    path: str,
    query: bytes = b"",
    fields: tuple[tuple[bytes, bytes], ...] = (RIGHT,),
    method: str = "GET",
) -> tuple[int, dict[str, Any], dict[bytes, bytes]]:
    """One request through ASGI: status, JSON, header fields."""
    scope: MutableMapping[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": list(fields),
        "query_string": query,
    }
    sent: list[Any] = []
    first = True

    async def receive() -> MutableMapping[str, Any]:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    await gateway(scope, receive, send)
    start, body = sent
    told = json.loads(body["body"]) if body["body"].startswith(b"{") else {}
    return start["status"], told, dict(start["headers"])


async def take(bridge: AsyncBridge, *numbers: int) -> None:
    for number in numbers:
        body = stripe_body(number)
        answer = await bridge.receive("stripe", headers=signed("stripe", body), body=body)
        assert answer.status == 200


def test_what_came_in_is_told_byte_for_byte_and_where_to_go_on(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (bridge, gateway):
            await take(bridge, 1, 2)
            status, told, fields = await asked(gateway, "/listen/stripe", b"after=0")
            assert (status, told["reached"], told["provider"]) == (200, 2, "stripe")
            bodies = [base64.b64decode(event["body"]) for event in told["events"]]
            assert bodies == [stripe_body(1), stripe_body(2)]
            assert fields[b"cache-control"] == b"no-store"
            _, told, _ = await asked(gateway, "/listen/stripe", b"after=2")
            assert (told["events"], told["reached"]) == ([], 2)
            _, told, _ = await asked(gateway, "/listen/stripe", b"after=1&limit=0")
            assert (told["events"], told["reached"]) == ([], 1)

    asyncio.run(play())


def test_a_question_is_held_open_until_something_comes(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (bridge, gateway):
            await take(bridge, 1)
            asking = asyncio.create_task(asked(gateway, "/listen/stripe", b"after=1&wait_s=25"))
            await asyncio.sleep(0)
            await take(bridge, 2)
            async with asyncio.timeout(20):
                _, told, _ = await asking
            assert [event["event_id"] for event in told["events"]] == ["evt_2"]

    asyncio.run(play())


def test_a_server_that_ends_lets_nobody_wait(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, lambda: True) as (_, gateway), asyncio.timeout(20):
            status, told, _ = await asked(gateway, "/listen/stripe", b"after=0&wait_s=25")
            assert (status, told["events"]) == (200, [])

    asyncio.run(play())


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ((b"authorization", b"Bearer wrong-wrong-wrong"),),
        ((b"authorization", TOKEN.encode()),),
        ((b"authorization", b"Bearer " + TOKEN.encode() + b" "),),
        ((b"authorization", b"bearer " + TOKEN.encode()),),
        ((b"authorization", b"Bearer \xff"),),
        (RIGHT, RIGHT),
        ((b"x-authorization", RIGHT[1]),),
    ],
)
def test_without_the_token_every_path_has_the_same_answer(
    tmp_path: Path, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (bridge, gateway):
            await take(bridge, 1)
            found = [
                await asked(gateway, path, query, fields, method)
                for path in ("/listen/stripe", "/listen/nobody", "/listen/")
                for query in (b"after=0", b"nonsense")
                for method in ("GET", "POST")
            ]
            assert all(one == found[0] for one in found)
            assert found[0][0] == 401
            assert found[0][1] == {"error": "wrong_token"}

    asyncio.run(play())


def test_a_token_in_the_query_is_none(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (_, gateway):
            query = b"after=0&token=" + TOKEN.encode()
            assert (await asked(gateway, "/listen/stripe", query, ()))[0] == 401

    asyncio.run(play())


def test_questions_that_are_none_are_told_so(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (_, gateway):
            for query in (
                b"after=-1",
                b"after=x",
                b"after=1&after=2",
                b"who=me",
                b"after=\xff",
                b"a",
            ):
                status, told, _ = await asked(gateway, "/listen/stripe", query)
                assert (status, told["error"]) == (400, "no_question"), query
            assert (await asked(gateway, "/listen/stripe", method="POST"))[0] == 400
            assert (await asked(gateway, "/listen/nobody"))[1] == {"error": "unknown_source"}
            ahead = await asked(gateway, "/listen/stripe", b"after=7")
            assert (ahead[0], ahead[1]) == (409, {"error": "cursor_ahead", "last": 0})

    asyncio.run(play())


@given(query=st.binary(max_size=60), path=st.text(max_size=20))
def test_no_query_breaks_it(query: bytes, path: str) -> None:
    class Nobody:
        def provider(self, source: str) -> None:
            del source

        def now(self) -> Any:
            raise AssertionError

        async def heard(self, question: Any) -> Any:
            raise AssertionError

    asking = Relay(Nobody(), Secret(TOKEN)).answer("GET", path, Headers((RIGHT,)), query)
    answer: Answer = asyncio.run(asking)
    assert answer.status in {400, 404}


def test_when_too_many_ask_one_more_is_told_to_come_again(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (bridge, gateway):
            await take(bridge, 1)
            waiting = [
                asyncio.create_task(asked(gateway, "/listen/stripe", b"after=1&wait_s=25"))
                for _ in range(MOST_ASKING)
            ]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            status, told, fields = await asked(gateway, "/listen/stripe", b"after=1")
            assert (status, told["error"]) == (429, "too_many")
            assert fields[b"retry-after"] == b"2"
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await asyncio.sleep(0)
            assert (await asked(gateway, "/listen/stripe", b"after=1"))[0] == 200

    asyncio.run(play())


def test_a_listener_that_hangs_up_leaves_its_place(tmp_path: Path) -> None:
    async def play() -> None:
        bridge = bridge_in(tmp_path)
        made = relay_of(bridge, lambda: False)
        assert made is not None
        seats = Seats(1)
        relay = Relay(made.inbound, made.token, seats)
        scope = {
            "method": "GET",
            "path": "/stripe",
            "headers": [RIGHT],
            "query_string": b"wait_s=25",
        }

        async def gone() -> MutableMapping[str, Any]:
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            raise AssertionError

        await relay(scope, gone, send)
        await asyncio.sleep(0)
        assert seats.take()
        await bridge.close()

    asyncio.run(play())


def test_a_store_that_does_not_answer_is_told_as_that(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as (bridge, gateway):
            await take(bridge, 1)
            await bridge.close()
            status, told, fields = await asked(gateway, "/listen/stripe", b"after=0")
            assert (status, told["error"]) == (503, "store_closed")
            assert b"retry-after" in fields

    asyncio.run(play())


def test_without_a_token_in_the_settings_there_is_no_such_path(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[store]\npath = 'a.db'\n[sources.stripe]\n")
    bridge = AsyncBridge(load(file, SECRETS))
    assert relay_of(bridge, lambda: False) is None
    gateway = Gateway(bridge, works=False)
    assert asyncio.run(asked(gateway, "/listen/stripe", b"after=0"))[0] == 404


def test_the_token_is_refused_where_it_is_written_missing_or_weak(tmp_path: Path) -> None:
    for environ, said in (
        ({"LISTEN_TOKEN": "short"}, "16 to 512"),
        ({"LISTEN_TOKEN": "a token with spaces in it"}, "16 to 512"),
        ({"LISTEN_TOKEN": ""}, "LISTEN_TOKEN is empty"),
    ):
        with pytest.raises(ConfigurationError, match=said) as caught:
            bridge_in(tmp_path, **environ)
        assert "a token with" not in str(caught.value)
        assert "bridgewright.toml:4" in str(caught.value)
    file = tmp_path / "bridgewright.toml"
    file.write_text(f"[serve]\nlisten_token = '{TOKEN}'\n[sources.stripe]\n")
    with pytest.raises(ConfigurationError, match="holds a secret itself") as caught:
        load(file, SECRETS)
    assert TOKEN not in str(caught.value)


def test_who_only_looks_at_the_store_needs_no_token(tmp_path: Path) -> None:
    bridge_in(tmp_path)
    settings = load(tmp_path / "bridgewright.toml", {}, with_sources=False)
    assert settings.serve.listen_token is None


def test_the_token_is_in_no_repr(tmp_path: Path) -> None:
    bridge = bridge_in(tmp_path)
    assert TOKEN not in repr(bridge.settings) + repr(relay_of(bridge, lambda: False))
