"""The official Stripe SDK on the engine: real SDK, real server, both worlds."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import pickle
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import stripe

from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport, Httpx2Transport
from bridgewright.bridge.outgoing import outcome_of
from bridgewright.connectors.stripe.client import CLIENT, BridgeClient, report_of
from bridgewright.connectors.stripe.headers import Headers
from bridgewright.connectors.stripe.profile import CALL_PROFILE
from bridgewright.core.errors import CallFailed, CallRefused, ConfigurationError, OutcomeUnknown
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.secret import Secret
from bridgewright.core.policy.idempotency import IdempotencyKey
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from bridgewright.engine.drive.calling import Timing, keyed
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.contracts.loopback import Clock, Loopback, Reply, Scene, wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET = "sk_test_canary5e7f"
SECRETS = {"api_key": SECRET}
PAYMENT = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 4900}
ORDER: dict[str, Any] = {"amount": 4900, "currency": "eur", "description": "canary-order-91ab"}
STAMPED = {"Request-Id": "req_1", "Stripe-Version": "2026-09-30"}
MADE = Reply(200, json.dumps(PAYMENT).encode(), STAMPED)
LOST = Reply(lost=True)
HTML = Reply(200, b"<html>canary-page</html>", kind="text/html")

threads_and_loops = pytest.mark.parametrize("world", ["threads", "loop"])


def failed(status: int, headers: dict[str, str] | None = None, **content: Any) -> Reply:
    return Reply(status, json.dumps({"error": content}).encode(), STAMPED | (headers or {}))


def client_of(scene: Scene, world: str = "threads", **changes: Any) -> stripe.StripeClient:
    connection = dataclasses.replace(scene.connection(SECRETS), **changes)
    assert CLIENT.connect_async is not None
    made = CLIENT.connect(connection) if world == "threads" else CLIENT.connect_async(connection)
    assert isinstance(made, stripe.StripeClient)
    return made


def do(world: str, resource: Any, verb: str, *given: Any) -> Any:
    """The same method in either world: `create`, or `create_async` on a loop."""
    if world == "threads":
        return getattr(resource, verb)(*given)
    return asyncio.run(getattr(resource, f"{verb}_async")(*given))


def pay(scene: Scene, world: str = "threads", *options: Any) -> Any:
    return do(world, client_of(scene, world).v1.payment_intents, "create", ORDER, *options)


def pdf_of(scene: Scene, world: str, *options: Any) -> Any:
    return do(world, client_of(scene, world).v1.quotes, "pdf", "qt_1", None, *options)


def refused(scene: Scene, world: str = "threads", *options: Any) -> stripe.StripeError:
    with scene, pytest.raises(stripe.StripeError) as caught:
        pay(scene, world, *options)
    return caught.value


def keys(scene: Scene) -> list[str]:
    return [each.headers["idempotency-key"] for each in scene.received]


@pytest.fixture
def module() -> Iterator[Any]:
    """The SDK's module, given back as it was: it keeps its settings for the whole process."""
    names = "api_key api_base connect_api_base upload_api_base meter_events_api_base".split()
    names += ["max_network_retries", "default_http_client", "proxy", "verify_ssl_certs"]
    before = {name: getattr(stripe, name) for name in names}
    yield stripe
    for name, value in before.items():
        setattr(stripe, name, value)


@threads_and_loops
def test_a_payment_is_asked_for_as_the_sdk_would_ask(world: str) -> None:
    with Scene(CALL_PROFILE, MADE) as scene:
        payment = pay(scene, world)
    assert (payment.id, payment.status) == ("pi_1", "succeeded")
    assert payment.last_response.request_id == "req_1"
    [request] = scene.received
    assert (request.method, request.path) == ("POST", "/v1/payment_intents")
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert parse_qs(request.body.decode()) == {name: [str(ORDER[name])] for name in ORDER}
    assert "x-stripe-client-telemetry" not in request.headers
    agent = json.loads(request.headers["x-stripe-client-user-agent"])
    assert agent["httplib"] == "bridgewright"
    assert not {"telemetry_id", "platform"} & agent.keys()


@threads_and_loops
def test_a_lost_answer_is_asked_for_again_under_the_same_key(world: str) -> None:
    with Scene(CALL_PROFILE, LOST, failed(500), MADE) as scene:
        assert pay(scene, world).id == "pi_1"
    assert len(scene.received) == 3
    assert len(set(keys(scene))) == 1
    assert len({each.body for each in scene.received}) == 1


@threads_and_loops
def test_a_key_of_the_users_own_stays_at_every_attempt(world: str) -> None:
    with Scene(CALL_PROFILE, LOST, MADE) as scene:
        pay(scene, world, {"idempotency_key": "order-17"})
    assert keys(scene) == ["order-17"] * 2


def test_a_key_around_the_call_takes_the_place_of_the_sdks() -> None:
    with Scene(CALL_PROFILE, LOST, MADE) as scene, keyed("order-17"):
        pay(scene)
    assert keys(scene) == ["order-17"] * 2


@threads_and_loops
@pytest.mark.parametrize("reply", [LOST, failed(500), failed(409), failed(503)])
def test_no_option_of_a_request_brings_the_sdks_own_retries_back(world: str, reply: Reply) -> None:
    scene = Scene(CALL_PROFILE, reply)
    refused(scene, world, {"max_network_retries": 9})
    assert len(scene.received) == scene.caller.numbers.max_attempts == 3


def test_no_answer_is_an_error_that_the_sdks_loop_would_not_retry() -> None:
    error = refused(Scene(CALL_PROFILE, LOST))
    assert isinstance(error, stripe.APIConnectionError)
    assert error.should_retry is False


@threads_and_loops
def test_no_option_brings_retries_back_for_a_file(world: str) -> None:
    with Scene(CALL_PROFILE, failed(500)) as scene, pytest.raises(stripe.APIError):
        pdf_of(scene, world, {"max_network_retries": 9})
    assert len(scene.received) == 3


@threads_and_loops
@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (
            failed(402, type="card_error", code="card_declined", decline_code="stolen_card"),
            stripe.CardError,
            "stolen_card",
        ),
        (failed(400, type="idempotency_error"), stripe.IdempotencyError, "idempotency_error"),
        (failed(404, code="resource_missing"), stripe.InvalidRequestError, "resource_missing"),
        (failed(401, type="invalid_request_error"), stripe.AuthenticationError, None),
        (failed(403, type="invalid_request_error"), stripe.PermissionError, None),
    ],
)
def test_what_stripe_refuses_is_the_sdks_own_error_with_our_report(
    world: str, reply: Reply, kind: type[stripe.StripeError], reason: str | None
) -> None:
    scene = Scene(CALL_PROFILE, reply)
    error = refused(scene, world)
    assert type(error) is kind
    assert (error.http_status, error.request_id) == (reply.status, "req_1")
    report = outcome_of(error)
    assert report is not None
    assert report is report_of(error)
    assert (report.outcome, report.status) == (Outcome.REJECTED, reply.status)
    assert report.operation == "payment_intents.create"
    assert report.request_id == "req_1"
    assert report.reason == (reason or "invalid_request_error")
    assert report.idempotency_key == keys(scene)[0]
    assert len(scene.received) == 1


@threads_and_loops
def test_a_server_error_that_stays_is_unknown_and_the_sdks_api_error(world: str) -> None:
    error = refused(scene := Scene(CALL_PROFILE, failed(500, message="down")), world)
    assert type(error) is stripe.APIError
    report = report_of(error)
    assert report is not None
    assert (report.outcome, len(report.attempts)) == (Outcome.UNKNOWN, 3)
    assert not report.retry_safe
    assert len(scene.received) == 3


def test_an_unknown_outcome_under_a_key_of_ones_own_is_safe_to_ask_again() -> None:
    error = refused(Scene(CALL_PROFILE, LOST), "threads", {"idempotency_key": "order-17"})
    report = report_of(error)
    assert report is not None
    assert (report.outcome, report.retry_safe) == (Outcome.UNKNOWN, True)
    assert isinstance(error.__cause__, OutcomeUnknown)


@pytest.mark.slow
@threads_and_loops
def test_a_throttle_is_waited_out_and_a_long_one_is_told(world: str) -> None:
    with Scene(CALL_PROFILE, failed(429, {"Retry-After": "4"}, code="rate_limit"), MADE) as scene:
        assert pay(scene, world).id == "pi_1"
    assert scene.clock.waited[0] >= 4
    scene = Scene(CALL_PROFILE, failed(429, {"Retry-After": "3600"}, code="rate_limit"))
    error = refused(scene, world)
    report = report_of(error)
    assert isinstance(error, stripe.RateLimitError)
    assert report is not None
    assert report.retry_after_s == 3600
    assert len(scene.received) == 1
    assert not scene.clock.waited


def test_what_nobody_received_is_not_sent() -> None:
    scene = Scene(CALL_PROFILE)
    with scene:
        client = client_of(scene)
    with pytest.raises(stripe.APIConnectionError) as caught:
        client.v1.payment_intents.create(ORDER)  # type: ignore[arg-type]
    report = report_of(caught.value)
    assert report is not None
    assert (report.outcome, report.retry_safe) == (Outcome.NOT_SENT, True)
    assert isinstance(caught.value.__cause__, CallFailed)
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(ORDER)  # type: ignore[arg-type]
    with pytest.raises(stripe.APIConnectionError, match="breaker") as caught:
        client.v1.payment_intents.create(ORDER)  # type: ignore[arg-type]
    assert isinstance(caught.value.__cause__, CallRefused)


@threads_and_loops
@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        Reply(200, b""),
        Reply(200, b'{"id": "pi_1"'),
        Reply(200, b"{}"),
        Reply(200, MADE.body, cut=True),
        Reply(302, b"", {"Location": "http://127.0.0.1:9/"}),
        Reply(307, b"", {"Location": "http://127.0.0.1:9/"}),
    ],
)
def test_an_answer_that_is_not_stripes_is_never_a_success(world: str, reply: Reply) -> None:
    error = refused(Scene(CALL_PROFILE, reply), world)
    assert isinstance(error, stripe.APIConnectionError)
    assert report_of(error) is not None
    assert "canary" not in "".join(traceback.format_exception(error))


@pytest.mark.slow
@threads_and_loops
def test_an_error_page_of_somebody_elses_is_an_api_error_without_it(world: str) -> None:
    page = Reply(502, b"<html>canary-page</html>", kind="text/html")
    for reply in (page, Reply(502, b'{"error": "canary-page"}'), Reply(404, b'{"error": []}')):
        error = refused(Scene(CALL_PROFILE, reply), world)
        assert type(error) is stripe.APIError
        assert error.http_status == reply.status
        assert report_of(error) is not None
        assert "canary" not in "".join(traceback.format_exception(error)) + repr(error.args)


def test_oauth_raises_the_sdks_oauth_errors_and_is_not_resent() -> None:
    said = Reply(400, b'{"error": "invalid_grant", "error_description": "used"}', STAMPED)
    with Scene(CALL_PROFILE, said, LOST) as scene:
        oauth = client_of(scene).oauth
        with pytest.raises(stripe.oauth_error.InvalidGrantError) as caught:
            oauth.token({"grant_type": "authorization_code", "code": "ac_1"})
        assert report_of(caught.value) is not None
        with pytest.raises(stripe.APIConnectionError) as lost:
            oauth.token({"grant_type": "authorization_code", "code": "ac_1"})
    assert isinstance(lost.value.__cause__, OutcomeUnknown)
    assert len(scene.received) == 2


@threads_and_loops
def test_a_file_goes_up_as_it_is_and_comes_down_as_a_stream(world: str) -> None:
    content = bytes(range(256)) * 40
    made = Reply(200, b'{"id": "file_1", "object": "file"}')
    pdf = Reply(200, b"%PDF-" + content, kind="application/pdf")
    with Scene(CALL_PROFILE, LOST, made, pdf) as scene:
        client = client_of(scene, world)
        upload: Any = {"purpose": "dispute_evidence", "file": io.BytesIO(content)}
        assert do(world, client.v1.files, "create", upload).id == "file_1"
        first, second = scene.received
        assert first.body == second.body
        assert content in first.body
        assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
        if world == "threads":  # a stream of a loop is read on that loop, further down
            assert do(world, client.v1.quotes, "pdf", "qt_1").io.read() == pdf.body


def read_in_threads(server: Loopback) -> bytes:
    transport = Httpx2Transport()
    try:
        with quotes(server, transport=transport).pdf("qt_1").io as file:
            first: bytes = file.read(3)
            rest: bytes = file.read()
        return first + rest
    finally:
        transport.close()


def read_on_a_loop(server: Loopback) -> bytes:
    async def read() -> bytes:
        transport = AsyncHttpx2Transport()
        try:
            answer = await quotes(server, async_transport=transport).pdf_async("qt_1")
            whole: bytes = await answer.read_async()
            return whole
        finally:
            await transport.aclose()

    return asyncio.run(read())


def quotes(server: Loopback, **transport: Any) -> Any:
    clock = Clock()  # waits pass at once; the transport's deadlines are real
    timing = Timing(sleep=clock.sleep, sleep_async=clock.sleep_async)
    caller = Caller(CALL_PROFILE, timing=timing, **transport)
    secrets = {"api_key": Secret(SECRET)}
    return CLIENT.connect(Connection("stripe", "", caller, secrets, server.url)).v1.quotes


reading = pytest.mark.parametrize("read", [read_in_threads, read_on_a_loop])
PDF = Reply(200, b"%PDF-" + bytes(range(256)) * 999, kind="application/pdf")


@reading
def test_a_file_comes_down_as_it_is_read(read: Callable[[Loopback], bytes]) -> None:
    with Loopback(LOST, PDF) as server:
        assert read(server) == PDF.body
    assert len(server.received) == 2


@reading
def test_a_file_that_is_cut_short_is_the_sdks_error(read: Callable[[Loopback], bytes]) -> None:
    cut = dataclasses.replace(PDF, cut=True)
    with Loopback(cut) as server, pytest.raises(stripe.APIConnectionError, match="not come whole"):
        read(server)
    assert len(server.received) == 1


@reading
def test_a_page_in_place_of_a_file_is_no_file(read: Callable[[Loopback], bytes]) -> None:
    with Loopback(HTML) as server, pytest.raises(stripe.APIConnectionError, match="page of HTML"):
        read(server)
    assert len(server.received) == 3


@threads_and_loops
def test_an_error_in_place_of_a_file_is_the_sdks(world: str) -> None:
    missing = failed(404, code="resource_missing", message="No such quote")
    with Scene(CALL_PROFILE, missing) as scene, pytest.raises(stripe.InvalidRequestError) as caught:
        do(world, client_of(scene, world).v1.quotes, "pdf", "qt_1")
    assert report_of(caught.value) is not None


@threads_and_loops
def test_a_connected_account_is_asked_for_by_its_header(world: str) -> None:
    with Scene(CALL_PROFILE, MADE) as scene:
        for changes in ({"account": "acct_1"}, {"options": {"account": "acct_1"}}):
            client = client_of(scene, world, **changes)
            do(world, client.v1.payment_intents, "retrieve", "pi_1")
    assert [each.headers["stripe-account"] for each in scene.received] == ["acct_1"] * 2
    with pytest.raises(ConfigurationError, match="acct_"):
        client_of(scene, world, account="tenant 7")


def test_the_version_of_the_api_is_the_connections() -> None:
    with Scene(CALL_PROFILE, MADE) as scene:
        client_of(scene, options={"api_version": "2025-01-27.acacia"}).v1.balance.retrieve()
    assert scene.received[0].headers["stripe-version"] == "2025-01-27.acacia"


def test_the_module_is_attached_and_keeps_its_key(module: Any) -> None:
    with Scene(CALL_PROFILE, LOST, MADE) as scene:
        module.api_key = "sk_test_mine"
        assert CLIENT.owns(module)
        assert CLIENT.attach(module, scene.connection({})) is module
        assert module.PaymentIntent.create(**ORDER, max_network_retries=5).id == "pi_1"
        assert asyncio.run(module.PaymentIntent.create_async(**ORDER)).id == "pi_1"
        assert (module.max_network_retries, module.enable_telemetry) == (0, False)
        with pytest.raises(ConfigurationError, match="already"):
            CLIENT.attach(module, scene.connection({}))
    assert {each.headers["authorization"] for each in scene.received} == {"Bearer sk_test_mine"}
    assert len(scene.received) == 3


def test_the_module_takes_the_connections_key_or_is_refused(module: Any) -> None:
    with Scene(CALL_PROFILE, MADE) as scene:
        with pytest.raises(ConfigurationError, match=r"stripe\.api_key is not set"):
            CLIENT.attach(module, scene.connection({}))
        CLIENT.attach(module, scene.connection(SECRETS))
        module.PaymentIntent.retrieve("pi_1")
    assert scene.received[0].headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    "setting",
    [
        {"proxy": "http://127.0.0.1:9"},
        {"verify_ssl_certs": False},
        {"default_http_client": stripe.RequestsClient(proxy="http://127.0.0.1:9")},
        {"default_http_client": type("Own", (stripe.HTTPClient,), {"__module__": "app"})()},
    ],
)
def test_a_module_whose_settings_would_be_lost_is_refused(
    module: Any, setting: dict[str, Any]
) -> None:
    for name, value in setting.items():
        setattr(module, name, value)
    with Scene(CALL_PROFILE) as scene, pytest.raises(ConfigurationError, match="cannot attach"):
        CLIENT.attach(module, scene.connection(SECRETS))


def test_a_transport_of_the_sdks_own_making_is_replaced(module: Any) -> None:
    with Scene(CALL_PROFILE, MADE) as scene:
        module.default_http_client = stripe.RequestsClient()
        CLIENT.attach(module, scene.connection(SECRETS))
        module.PaymentIntent.retrieve("pi_1")
    assert len(scene.received) == 1


@threads_and_loops
def test_a_client_is_attached_with_its_own_key_and_account(world: str) -> None:
    with Scene(CALL_PROFILE, LOST, MADE) as scene:
        client = stripe.StripeClient("sk_test_mine", stripe_account="acct_9", max_network_retries=4)
        assert CLIENT.owns(client)
        assert CLIENT.attach(client, scene.connection({})) is client
        assert do(world, client.v1.payment_intents, "create", ORDER).id == "pi_1"
        with pytest.raises(ConfigurationError, match="already"):
            CLIENT.attach(client, scene.connection({}))
    assert len(scene.received) == 2
    assert scene.received[0].headers["authorization"] == "Bearer sk_test_mine"
    assert scene.received[0].headers["stripe-account"] == "acct_9"


def test_a_client_for_another_account_or_with_a_transport_of_its_own_is_refused() -> None:
    with Scene(CALL_PROFILE) as scene:
        connection = dataclasses.replace(scene.connection({}), account="acct_1")
        with pytest.raises(ConfigurationError, match="another account"):
            CLIENT.attach(stripe.StripeClient("sk_test_1", stripe_account="acct_9"), connection)
        with pytest.raises(ConfigurationError, match="proxy"):
            CLIENT.attach(stripe.StripeClient("sk_test_1", proxy="http://127.0.0.1:9"), connection)
    assert not CLIENT.owns(object())


def test_pages_are_followed_each_as_a_call_of_its_own() -> None:
    def page(name: str, *, more: bool) -> Reply:
        listed = {"object": "list", "url": "/v1/charges", "has_more": more}
        return Reply(
            200, json.dumps(listed | {"data": [{"id": name, "object": "charge"}]}).encode()
        )

    with Scene(CALL_PROFILE, page("ch_1", more=True), LOST, page("ch_2", more=False)) as scene:
        found = client_of(scene).v1.charges.list().auto_paging_iter()
        assert [each.id for each in found] == ["ch_1", "ch_2"]
    assert [each.path.partition("?")[2] for each in scene.received[1:]] == [
        "starting_after=ch_1"
    ] * 2


@pytest.mark.slow
@threads_and_loops
def test_no_secret_is_in_any_text_of_an_exception(world: str) -> None:
    for reply in (LOST, HTML, failed(402, code="card_declined"), failed(500)):
        error = refused(Scene(CALL_PROFILE, reply), world)
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(error.headers)
        assert SECRET not in shown
        assert "canary-order" not in shown


def test_an_error_keeps_its_report_through_pickling_and_whatever_the_case_of_a_field() -> None:
    error = refused(Scene(CALL_PROFILE, failed(402, code="card_declined")))
    headers = pickle.loads(pickle.dumps(error.headers))  # noqa: S301 - our own bytes
    assert isinstance(headers, Headers)
    assert headers.report == report_of(error)
    assert headers["REQUEST-ID"] == headers["request-id"] == "req_1"
    assert "Request-Id" in headers
    assert dict(headers)["stripe-version"] == "2026-09-30"


@pytest.fixture
def simulator() -> Iterator[StripeSimulator]:
    with StripeSimulator() as simulator:
        yield simulator


def shop(simulator: StripeSimulator) -> stripe.StripeClient:
    """A client of the simulator's, on time that passes only by waiting."""
    clock = Clock()
    caller = Caller(CALL_PROFILE, transport=wire(), timing=clock.timing())
    secrets = {"api_key": Secret(SECRET)}
    made = CLIENT.connect(Connection("stripe", "", caller, secrets, base_url=simulator.start()))
    assert isinstance(made, stripe.StripeClient)
    return made


PAID: Any = ORDER | {
    "confirm": True,
    "payment_method": "pm_card_visa",
    "metadata": {"order": "17"},
}


@pytest.mark.parametrize("mood", [Mood.LOSING, Mood.DOWN, Mood.THROTTLING])
def test_charges_at_stripe_are_charges_intended(simulator: StripeSimulator, mood: Mood) -> None:
    client = shop(simulator)
    simulator.be(mood, requests=2)
    payment = client.v1.payment_intents.create(PAID)
    assert payment.status == "succeeded"
    assert simulator.charges_per("order") == {"17": 1}


def test_an_unknown_charge_is_asked_for_again_under_its_key(simulator: StripeSimulator) -> None:
    client = shop(simulator)
    simulator.be(Mood.LOSING, requests=3)
    with keyed("order-17") as holder:
        with pytest.raises(stripe.APIConnectionError) as caught:
            client.v1.payment_intents.create(PAID)
        report = report_of(caught.value)
        assert report is not None
        assert (report.outcome, report.retry_safe) == (Outcome.UNKNOWN, True)
    with keyed(IdempotencyKey.from_text(holder.key.as_text())):
        payment = client.v1.payment_intents.create(PAID)
    assert payment.status == "succeeded"
    assert payment.last_response is not None
    assert payment.last_response.headers["Idempotent-Replayed"] == "true"
    assert simulator.charges_per("order") == {"17": 1}


def test_accounts_are_apart(simulator: StripeSimulator) -> None:
    client = shop(simulator)
    mine = client.v1.customers.create({"name": "A"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve(mine.id, options={"stripe_account": "acct_2"})
    report = report_of(caught.value)
    assert report is not None
    assert (report.operation, report.reason) == ("customers.retrieve", "resource_missing")


def connection_of(client: BridgeClient) -> Connection:
    return client.connection


def test_closing_a_client_leaves_the_connection_to_others() -> None:
    with Scene(CALL_PROFILE, MADE) as scene:
        ours = BridgeClient(scene.connection(SECRETS))
        ours.close()
        asyncio.run(ours.close_async())
        assert connection_of(ours).caller is scene.caller
        assert client_of(scene).v1.balance.retrieve()
        with pytest.raises(RuntimeError, match="only the engine may resend"):
            ours.sleep_async(1)
