"""The official Twilio client on the engine: real SDK, real server, both worlds."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import logging
import pathlib
import re
import traceback
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
import twilio  # type: ignore[import-untyped]
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.credential.client_credential_provider import (  # type: ignore[import-untyped]
    ClientCredentialProvider,
)
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bridgewright.bridge.outgoing import outcome_of
from bridgewright.connectors.twilio.client import CLIENT, report_of
from bridgewright.connectors.twilio.profile import PROFILE
from bridgewright.connectors.twilio.resources import RESOURCES, named, shown
from bridgewright.core.errors import (
    CallRefused,
    ConfigurationError,
    OutcomeUnknown,
    RetryLater,
)
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.secret import Secret
from bridgewright.engine.call.connection import Connection
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.twilio.simulator import TwilioSimulator
from tests.contracts.loopback import Clock, Reply, Scene, calling
from tests.house import pages
from tests.house.tree import ROOT

SID = "AC" + "a1" * 16
TOKEN = "canary-token-5e7f"
SECRETS = {"account_sid": SID, "auth_token": TOKEN}
MESSAGE = {"sid": "SM" + "b2" * 16, "status": "queued", "account_sid": SID}
SENT = {"to": "+15005550006", "from_": "+15005550001", "body": "canary-body-91ab"}
MADE = Reply(201, json.dumps(MESSAGE).encode())
LISTED = Reply(200, json.dumps({"messages": [MESSAGE], "next_page_uri": None}).encode())
GONE = Reply(204, b"", kind="")
HTML = b"<html><body>Sign in</body></html>"

pytestmark = pytest.mark.parametrize("world", ["threads", "loop"])


def _client(scene: Scene, world: str, secrets: dict[str, str] | None = None, **options: str) -> Any:
    connection = scene.connection(secrets or SECRETS, options)
    if world == "threads":
        return CLIENT.connect(connection)
    assert CLIENT.connect_async is not None
    return CLIENT.connect_async(connection)


def _do(world: str, resource: Any, verb: str, *given: Any, **named: Any) -> Any:
    """The same method in either world: `create`, or `create_async` on a loop."""
    if world == "threads":
        return getattr(resource, verb)(*given, **named)
    return asyncio.run(getattr(resource, f"{verb}_async")(*given, **named))


def _error(world: str, resource: Any, verb: str, **named: Any) -> TwilioException:
    with pytest.raises(TwilioException) as caught:
        _do(world, resource, verb, **named)
    return caught.value


def _outcome(error: BaseException) -> Outcome:
    report = report_of(error)
    assert report is not None
    return report.outcome


def test_a_message_is_sent_as_the_sdk_would_send_it(world: str) -> None:
    with Scene(PROFILE, MADE) as scene:
        message = _do(world, _client(scene, world).messages, "create", **SENT)
    assert (message.sid, message.status) == (MESSAGE["sid"], "queued")
    [request] = scene.received
    assert (request.method, request.path) == ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    given = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {given}"
    assert parse_qs(request.body.decode()) == {
        "To": [SENT["to"]],
        "From": [SENT["from_"]],
        "Body": [SENT["body"]],
    }


def test_several_values_of_one_field_are_several_fields(world: str) -> None:
    media = ["https://a.example/1.png", "https://a.example/2.png?x=1&y=ü"]
    with Scene(PROFILE, MADE) as scene:
        _do(world, _client(scene, world).messages, "create", **SENT, media_url=media)
    assert parse_qs(scene.received[0].body.decode())["MediaUrl"] == media


def test_a_body_of_json_is_json_in_both_worlds(world: str) -> None:
    with Scene(PROFILE) as scene:
        client = _client(scene, world)
        _do(
            world,
            client,
            "request",
            "POST",
            "https://content.twilio.com/v1/Content",
            data={"types": {"twilio/text": {"body": "ü"}}, "none": None, "list": [1, True]},
            headers={"Content-Type": "application/json"},
        )
    assert json.loads(scene.received[0].body) == {
        "types": {"twilio/text": {"body": "ü"}},
        "list": [1, True],
    }
    assert scene.received[0].headers["content-type"] == "application/json"


def test_every_product_goes_to_the_base_url(world: str) -> None:
    looked_up = Reply(200, b'{"phone_number": "+15005550006", "valid": true}')
    with Scene(PROFILE, looked_up) as scene:
        client = _client(scene, world, region="ie1", edge="dublin")
        number = client.lookups.v2.phone_numbers("+15005550006")
        assert _do(world, number, "fetch", fields="line_type_intelligence").valid is True
    assert scene.received[0].path == ("/v2/PhoneNumbers/+15005550006?Fields=line_type_intelligence")


def test_pages_are_followed_on_the_base_url(world: str) -> None:
    first = {"messages": [MESSAGE], "next_page_uri": "/2010-04-01/Accounts/x/Messages.json?Page=1"}
    with Scene(PROFILE, Reply(200, json.dumps(first).encode()), LISTED) as scene:
        found = _do(world, _client(scene, world).messages, "list")
    assert [each.sid for each in found] == [MESSAGE["sid"]] * 2
    assert scene.received[1].path == "/2010-04-01/Accounts/x/Messages.json?Page=1"


def test_a_base_url_may_have_a_path_which_is_not_doubled(world: str) -> None:
    with Scene(PROFILE) as scene:
        base_url = f"{scene.server.url}/twilio"
        connection = scene.connection(SECRETS, base_url=base_url)
        client = (CLIENT.connect if world == "threads" else CLIENT.connect_async)(connection)
        _do(world, client, "request", "GET", "https://verify.twilio.com/v2/Services?Page=1")
        _do(world, client, "request", "GET", f"{base_url}/v2/Services?Page=2")
    paths = [each.path for each in scene.received]
    assert paths == ["/twilio/v2/Services?Page=1", "/twilio/v2/Services?Page=2"]


def test_a_query_is_joined_and_what_is_none_is_left_out(world: str) -> None:
    given = {"none": None, "many": [1, None, "ü &"], "yes": True}
    with Scene(PROFILE) as scene:
        url = "https://verify.twilio.com/v2/Services?Page=1"
        _do(world, _client(scene, world), "request", "GET", url, params=given)
        _do(world, _client(scene, world), "request", "GET", url, params={"none": None})
    first, second = (each.path for each in scene.received)
    assert first == "/v2/Services?Page=1&many=1&many=%C3%BC+%26&yes=True"
    assert second == "/v2/Services?Page=1"


def test_a_next_page_elsewhere_gets_no_credentials(world: str) -> None:
    with Scene(PROFILE, LISTED) as scene, Scene(PROFILE) as elsewhere:
        connection = scene.connection(SECRETS, base_url=None)
        client = (CLIENT.connect if world == "threads" else CLIENT.connect_async)(connection)
        with pytest.raises(TwilioException, match="not sent"):
            _do(world, client, "request", "GET", f"{elsewhere.server.url}/v1/Services?Page=1")
        with pytest.raises(TwilioException, match="not sent"):
            _do(world, client, "request", "GET", "https://api.twilio.com.evil.example/v1/Services")
        with pytest.raises(TwilioException, match="not sent"):
            _do(world, client, "request", "GET", "http://api.twilio.com/v1/Services")
    assert elsewhere.received == scene.received == []


def test_a_deletion_answers_true_and_is_sent_again_when_its_answer_is_lost(world: str) -> None:
    with Scene(PROFILE, Reply(lost=True), GONE) as scene:
        message = _client(scene, world).messages(MESSAGE["sid"])
        assert _do(world, message, "delete") is True
    assert [each.method for each in scene.received] == ["DELETE", "DELETE"]


def test_an_error_keeps_its_type_and_gains_headers_and_report(world: str) -> None:
    refused = {"code": 21211, "message": "The 'To' number is not valid.", "status": 400}
    reply = Reply(400, json.dumps(refused).encode(), {"Twilio-Request-Id": "RQ7"})
    with Scene(PROFILE, reply) as scene:
        error = _error(world, _client(scene, world).messages, "create", **SENT)
    assert isinstance(error, TwilioRestException)
    assert (error.status, error.code, error.method) == (400, 21211, "POST")
    assert "Unable to create record: The 'To' number is not valid." in str(error)
    assert error.headers["twilio-request-id"] == error.headers["Twilio-Request-Id"] == "RQ7"
    report = report_of(error)
    assert report is not None
    assert (report.outcome, report.request_id, report.reason) == (
        Outcome.REJECTED,
        "RQ7",
        "21211",
    )
    assert report.operation == "messages.create"


def test_a_problem_of_rfc_9457_keeps_its_type_too(world: str) -> None:
    problem = {"type": "https://x.example/e", "title": "Bad", "status": 422, "code": 20422}
    reply = Reply(422, json.dumps(problem).encode(), kind="application/problem+json")
    with Scene(PROFILE, reply) as scene:
        client = _client(scene, world)
        error = _error(world, client.messages, "create", **SENT)
    assert isinstance(error, TwilioServiceException)
    assert (error.status, error.code) == (422, 20422)
    assert _outcome(error) is Outcome.REJECTED


def test_a_page_that_is_refused_keeps_its_status(world: str) -> None:
    with Scene(PROFILE, Reply(401, b'{"code": 20003, "message": "Authenticate"}')) as scene:
        error = _error(world, _client(scene, world).messages, "list")
    assert isinstance(error, TwilioRestException)
    assert (error.status, error.code) == (401, 20003)


def test_too_many_requests_was_not_processed_and_is_sent_again_when_asked(world: str) -> None:
    busy = Reply(429, b'{"code": 20429}', {"Retry-After": "2"})
    with Scene(PROFILE, busy, MADE) as scene:
        assert _do(world, _client(scene, world).messages, "create", **SENT).sid == MESSAGE["sid"]
    assert len(scene.received) == 2
    assert sum(scene.clock.waited) >= 2


def test_one_persons_too_many_tries_are_a_refusal_that_nobody_else_waits_for(world: str) -> None:
    tries = Reply(429, b'{"code": 60203, "message": "Max send attempts reached"}')
    started = Reply(201, b'{"sid": "VE1", "status": "pending"}')
    with Scene(PROFILE, tries, started) as scene:
        verifications = _client(scene, world).verify.v2.services("VA1").verifications
        error = _error(world, verifications, "create", to="+15005550006", channel="sms")
        assert _do(world, verifications, "create", to="+15005550009", channel="sms").sid == "VE1"
    assert isinstance(error, TwilioRestException)
    assert (error.status, error.code, _outcome(error)) == (429, 60203, Outcome.REJECTED)
    assert (len(scene.received), scene.clock.waited) == (2, [])


def test_a_wait_beyond_the_deadline_ends_at_once_and_says_how_long(world: str) -> None:
    busy = Reply(429, b'{"code": 20429, "message": "Too Many"}', {"Retry-After": "3600"})
    with Scene(PROFILE, busy) as scene:
        error = _error(world, _client(scene, world).messages, "create", **SENT)
    assert isinstance(error, TwilioRestException)
    assert (error.status, error.headers["Retry-After"]) == (429, "3600")
    assert isinstance(error.__cause__, RetryLater)
    assert error.__cause__.after_s >= 3600
    assert (len(scene.received), scene.clock.waited) == (1, [])


def test_a_message_that_may_be_on_its_way_is_not_sent_again(world: str) -> None:
    for reply in (Reply(500, b'{"code": 20500}'), Reply(lost=True), Reply(201, b"{", cut=True)):
        with Scene(PROFILE, reply) as scene:
            error = _error(world, _client(scene, world).messages, "create", **SENT)
        assert len(scene.received) == 1
        assert isinstance(error.__cause__, OutcomeUnknown)
        assert _outcome(error) is Outcome.UNKNOWN


def test_reading_gets_over_two_failures(world: str) -> None:
    down = Reply(503, b"", kind="")
    with Scene(PROFILE, down, down, LISTED) as scene:
        assert len(_do(world, _client(scene, world).messages, "list")) == 1
    assert len(scene.received) == 3


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, HTML, kind="text/html"),
        Reply(201, HTML, kind="application/json"),
        Reply(201, b'{"sid": "SM', kind="application/json"),
        Reply(201, json.dumps(MESSAGE).encode(), kind="text/html"),
        Reply(201, b"{}"),
        Reply(201, b"[]"),
        Reply(200, b"", kind="application/json"),
        Reply(204, b"", kind=""),
        Reply(302, b"", {"Location": "https://elsewhere.example/"}, kind=""),
        Reply(307, b"", {"Location": "https://elsewhere.example/"}, kind=""),
    ],
    ids=lambda reply: f"{reply.status}-{reply.kind or 'none'}-{len(reply.body)}",
)
@pytest.mark.slow
def test_what_is_no_answer_of_twilio_is_no_success(world: str, reply: Reply) -> None:
    with Scene(PROFILE, reply) as scene:
        error = _error(world, _client(scene, world).messages, "create", **SENT)
    assert len(scene.received) == 1
    assert not isinstance(error, TwilioRestException)
    expected = Outcome.REJECTED if reply.status == 307 else Outcome.UNKNOWN
    assert _outcome(error) is expected


def test_nobody_there_is_the_sdks_own_family_and_nothing_was_sent(world: str) -> None:
    scene = Scene(PROFILE)
    address = scene.server.url
    with scene:
        pass
    connection = scene.connection(SECRETS, base_url=address)
    client = (CLIENT.connect if world == "threads" else CLIENT.connect_async)(connection)
    error = _error(world, client.messages, "create", **SENT)
    assert _outcome(error) is Outcome.NOT_SENT
    report = report_of(error)
    assert report is not None
    assert len(report.attempts) == PROFILE.numbers.max_attempts


def test_an_open_breaker_refuses_in_the_sdks_own_family(world: str) -> None:
    with Scene(PROFILE, Reply(500, b"{}")) as scene:
        client = _client(scene, world)
        for _ in range(PROFILE.numbers.breaker.consecutive):
            _error(world, client.messages, "create", **SENT)
        error = _error(world, client.messages, "create", **SENT)
    assert isinstance(error.__cause__, CallRefused)
    assert _outcome(error) is Outcome.NOT_SENT
    assert len(scene.received) == PROFILE.numbers.breaker.consecutive


def test_an_api_key_is_preferred_and_needs_its_secret(world: str) -> None:
    keyed = {**SECRETS, "api_key": "SK1", "api_secret": "hush"}
    with Scene(PROFILE, LISTED) as scene:
        _do(world, _client(scene, world, keyed).messages, "list")
        with pytest.raises(ConfigurationError, match="TWILIO_API_SECRET"):
            _client(scene, world, {**SECRETS, "api_key": "SK1"})
    [request] = scene.received
    given = base64.b64encode(b"SK1:hush").decode()
    assert request.headers["authorization"] == f"Basic {given}"
    assert f"/Accounts/{SID}/" in request.path


def test_an_attached_client_goes_through_the_bridge(world: str) -> None:
    async def on_a_loop(scene: Scene) -> Any:
        client = Client(SID, TOKEN, http_client=AsyncTwilioHttpClient(max_retries=3))
        held = client.messages
        assert CLIENT.attach(client, scene.connection({})) is client
        async with client.http_client:
            return await held.list_async()

    with Scene(PROFILE, LISTED) as scene:
        if world == "threads":
            client = Client(SID, TOKEN, http_client=TwilioHttpClient(max_retries=3))
            held = client.messages
            assert CLIENT.attach(client, scene.connection({})) is client
            found = held.list()
        else:
            found = asyncio.run(on_a_loop(scene))
    assert [each.sid for each in found] == [MESSAGE["sid"]]
    assert len(scene.facts) == 2


def test_an_account_that_is_a_subaccount_is_the_one_worked_on(world: str) -> None:
    sub = "AC" + "c3" * 16
    with Scene(PROFILE, LISTED) as scene:
        connection = dataclasses.replace(scene.connection(SECRETS), account=sub)
        client = (CLIENT.connect if world == "threads" else CLIENT.connect_async)(connection)
        _do(world, client.messages, "list")
    [request] = scene.received
    assert f"/Accounts/{sub}/" in request.path
    given = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {given}"


def test_a_region_of_the_connection_holds_for_an_attached_client_too(world: str) -> None:
    with Scene(PROFILE, LISTED) as scene:
        options = {"region": "ie1", "edge": "dublin"}
        made = _client(scene, world, **options)
        attached = Client(SID, TOKEN, http_client=TwilioHttpClient())
        CLIENT.attach(attached, scene.connection({}, options))
        for client in (made, attached):
            found = client.get_hostname("https://verify.twilio.com/v2")
            assert found == "https://verify.dublin.ie1.twilio.com/v2"


def test_a_client_that_was_changed_is_not_attached(world: str) -> None:
    async def changed() -> list[Any]:
        proxied = AsyncTwilioHttpClient(pool_connections=False, proxy_url="http://p.example")
        return [proxied, AsyncTwilioHttpClient(pool_connections=False, trace_configs=[object()])]

    class Own(TwilioHttpClient):  # type: ignore[misc]
        """Somebody's own."""

    hooked = TwilioHttpClient(request_hooks={"response": [print]})
    threads = [TwilioHttpClient(proxy={"https": "http://p.example"}), hooked, Own()]
    with Scene(PROFILE) as scene:
        for former in threads if world == "threads" else asyncio.run(changed()):
            client = Client(SID, TOKEN, http_client=former)
            with pytest.raises(ConfigurationError, match="cannot attach to Twilio"):
                CLIENT.attach(client, scene.connection({}))
            assert client.http_client is former
        ours = _client(scene, world)
        with pytest.raises(ConfigurationError, match="already"):
            CLIENT.attach(ours, scene.connection({}))


def test_tokens_of_oauth_are_fetched_through_the_bridge(world: str) -> None:
    if world == "loop":
        return  # the SDK fetches tokens by its blocking client in both worlds
    token = Reply(200, b'{"access_token": "not.a.jwt", "token_type": "Bearer"}')
    with Scene(PROFILE, token, LISTED) as scene:
        provider = ClientCredentialProvider("id", "canary-secret")
        client = Client(account_sid=SID, credential_provider=provider)
        CLIENT.attach(client, scene.connection({}))
        client.messages.list()
    assert [each.path.partition("?")[0] for each in scene.received] == [
        "/v2/token",
        f"/2010-04-01/Accounts/{SID}/Messages.json",
    ]
    assert scene.received[1].headers["authorization"] == "Bearer not.a.jwt"


@pytest.mark.slow
def test_nothing_secret_or_personal_is_logged_or_shown(
    world: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []
    for reply in (MADE, Reply(400, b'{"code": 1}'), Reply(lost=True), Reply(200, HTML)):
        with Scene(PROFILE, reply) as scene:
            client = _client(scene, world)
            told += [repr(client), repr(client.http_client), repr(scene.connection(SECRETS))]
            try:
                _do(world, client.messages, "create", **SENT)
            except TwilioException as error:
                told += [repr(error), str(error), *traceback.format_exception(error)]
            lookup = client.lookups.v2.phone_numbers("+15005559999")
            try:
                _do(world, lookup, "fetch")
            except TwilioException as error:
                told += [repr(error), str(error), *traceback.format_exception(error)]
            told += [repr(fact) for fact in scene.facts]
    text = "\n".join((*told, caplog.text))
    basic = base64.b64encode(f"{SID}:{TOKEN}".encode()).decode()
    for canary in (TOKEN, basic, SENT["body"], SENT["to"], "5005559999"):
        assert canary not in text


def test_every_path_of_the_sdk_is_named_without_its_ids(world: str) -> None:
    del world
    paths = set()
    for source in pathlib.Path(twilio.__file__).parent.glob("rest/**/*.py"):
        paths |= set(re.findall(r'"(/[A-Za-z{][^"\s]*)"', source.read_text(encoding="utf-8")))
    assert len(paths) > 500
    for path in paths:
        filled = re.sub(r"\{\w+\}", "+15005550006", path)
        full = f"/v1{filled}"
        assert "1500555" not in named("GET", full) + shown(full)
        fixed = {each.removesuffix(".json") for each in path.split("/") if each and "{" not in each}
        assert fixed <= RESOURCES


def test_a_report_is_found_on_an_error_and_on_what_it_caused_and_nowhere_else(world: str) -> None:
    with Scene(PROFILE, Reply(404, b"{}")) as scene:
        error = _error(world, _client(scene, world).messages, "create", **SENT)
    wrapped = RuntimeError("mine")
    wrapped.__cause__ = error
    assert report_of(wrapped) is None
    assert outcome_of(wrapped) == report_of(error)
    assert report_of(RuntimeError("none")) is None
    assert CLIENT.owns(_client(scene, world))
    assert not CLIENT.owns(scene)


def test_what_the_documentation_shows_reconciles_a_lost_message(world: str) -> None:
    if world == "loop":
        return  # the page shows one world
    page = pages.program((ROOT / "docs/connectors/twilio.md").read_text(encoding="utf-8"))
    shown_there: dict[str, Any] = {}
    exec(page, shown_there)  # noqa: S102 - the page's own program
    asked_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    simulated = TwilioSimulator(account=SID, clock=VirtualClock(asked_at.timestamp()))
    with simulated as simulator, calling(PROFILE, Clock()) as calls:
        secrets = {name: Secret(value) for name, value in SECRETS.items()}
        client = CLIENT.connect(Connection("", "", calls, secrets, simulator.start()))
        to, sender = SENT["to"], SENT["from_"]
        assert shown_there["find_sent"](client, to, "One", asked_at) is None
        simulator.be(Mood.LOSING, requests=1)
        assert shown_there["remind"](client, to, sender, "One") is Outcome.UNKNOWN
        found = shown_there["find_sent"](client, to, "One", asked_at)
        assert [found.sid] == [message["sid"] for message in simulator.messages()]
        assert shown_there["remind"](client, to, sender, "Two") == simulator.messages()[1]["sid"]
        assert shown_there["remind"](client, to, sender, "") is Outcome.REJECTED
        simulator.be(Mood.THROTTLING, requests=2)
        assert shown_there["remind"](client, to, sender, "Three").startswith("SM")
        simulator.be(Mood.DOWN, requests=1)
        assert shown_there["remind"](client, to, sender, "Four") is Outcome.UNKNOWN
        assert simulator.messages_per() == {"One": 1, "Two": 1, "Three": 1}
