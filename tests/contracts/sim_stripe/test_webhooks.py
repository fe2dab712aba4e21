"""What the simulated Stripe tells webhook endpoints, as Stripe's own library and ours verify it."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.stripe.telling import OVERLAP_S, SANDBOX, SCHEDULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAID: Any = {"amount": 900, "currency": "eur", "confirm": True, "payment_method": "pm_card_visa"}


class Shop:
    """A webhook endpoint that answers as told, and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers = 200
        self.changed = threading.Condition()

    def until(self, holds: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, timeout=20)


@contextmanager
def opened(shop: Shop) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with shop.changed:
                shop.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
                status = shop.answers
                shop.changed.notify_all()
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def hook(shop: Shop) -> Iterator[str]:
    with opened(shop) as url:
        yield url


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_800_000_000.0)


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[StripeSimulator]:
    with StripeSimulator(clock) as simulator:
        simulator.start()
        yield simulator


@pytest.fixture
def client(simulator: StripeSimulator) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_hooks", base_addresses={"api": simulator.stand.url})


def registered(client: stripe.StripeClient, url: str, *events: str) -> stripe.WebhookEndpoint:
    asked: Any = {"url": url, "enabled_events": [*events] or ["*"]}
    return client.v1.webhook_endpoints.create(asked)


def settled(
    simulator: StripeSimulator, posted: int, clock: VirtualClock | None = None, sleepers: int = 1
) -> None:
    """Wait until so many attempts were made, and so many sleepers wait for the clock."""
    done = threading.Event()
    while len(simulator.dispatch.posted) < posted or simulator.dispatch.under_way:
        done.wait(0.005)
    while clock is not None and clock.sleepers < sleepers:
        done.wait(0.005)


def test_stripes_library_verifies_what_arrives(
    shop: Shop, hook: str, client: stripe.StripeClient
) -> None:
    endpoint = registered(client, hook, "payment_intent.succeeded")
    payment = client.v1.payment_intents.create(PAID, {"idempotency_key": "order-7"})
    shop.until(lambda: len(shop.got) == 1)

    [(headers, body)] = shop.got
    secret = str(endpoint.secret)
    event = stripe.Webhook.construct_event(  # type: ignore[no-untyped-call]
        body, headers["stripe-signature"], secret, tolerance=0
    )
    assert (event.type, event.data.object.id) == ("payment_intent.succeeded", payment.id)
    assert event.request.idempotency_key == "order-7"
    assert event.request.id == payment.last_response.request_id  # type: ignore[union-attr]
    assert event.api_version == "2026-10-28.endive"
    assert body == json.dumps(json.loads(body), indent=2).encode()
    assert headers["content-type"] == "application/json; charset=utf-8"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(  # type: ignore[no-untyped-call]
            body + b" ", headers["stripe-signature"], secret, tolerance=0
        )


def test_a_secret_is_told_once_and_never_in_the_state(
    hook: str, simulator: StripeSimulator, client: stripe.StripeClient
) -> None:
    made = registered(client, hook)
    payment = client.v1.payment_intents.create(PAID)
    found = client.v1.webhook_endpoints.retrieve(made.id)

    assert "secret" not in found
    told = json.dumps(simulator.state())
    assert str(made.secret) not in told
    assert str(payment.client_secret) not in told


def test_what_is_not_taken_is_sent_again_for_three_days_and_then_the_endpoint_is_off(
    shop: Shop,
    hook: str,
    simulator: StripeSimulator,
    clock: VirtualClock,
    client: stripe.StripeClient,
) -> None:
    shop.answers = 500
    endpoint = registered(client, hook, "customer.created")
    client.v1.customers.create({})
    settled(simulator, 1, clock)
    last = len(SCHEDULE.again_s) + 1
    for number, pause_s in enumerate(SCHEDULE.again_s, 2):
        clock.advance(pause_s - 1)
        assert len(simulator.dispatch.posted) == number - 1
        clock.advance(1)
        settled(simulator, number, clock, int(number < last))

    attempts = simulator.dispatch.posted
    assert attempts[-1].at_s - attempts[0].at_s == 3 * 86_400
    assert len({body for _, body in shop.got}) == 1
    assert len({headers["stripe-signature"] for headers, _ in shop.got}) == len(attempts)
    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "disabled"
    client.v1.customers.create({})
    settled(simulator, len(attempts))
    assert len(simulator.dispatch.posted) == len(attempts)

    shop.answers = 200
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    client.v1.customers.create({})
    shop.until(lambda: len(shop.got) == len(attempts) + 1)


def test_an_event_knows_who_has_not_taken_it_yet(
    shop: Shop,
    hook: str,
    simulator: StripeSimulator,
    clock: VirtualClock,
    client: stripe.StripeClient,
) -> None:
    shop.answers = 503
    registered(client, hook)
    client.v1.customers.create({})
    settled(simulator, 1, clock)
    assert client.v1.events.list().data[0].pending_webhooks == 1
    assert client.v1.events.list({"delivery_success": True}).data == []

    shop.answers = 204
    clock.advance(SCHEDULE.again_s[0])
    settled(simulator, 2)
    assert client.v1.events.list().data[0].pending_webhooks == 0


def test_a_sandbox_tries_three_times(shop: Shop, hook: str, clock: VirtualClock) -> None:
    shop.answers = 500
    with StripeSimulator(clock, schedule=SANDBOX) as simulator:
        url = simulator.start()
        client = stripe.StripeClient("sk_test_1", base_addresses={"api": url})
        registered(client, hook)
        client.v1.customers.create({})
        for number, pause_s in enumerate((*SANDBOX.again_s, 86_400), 1):
            settled(simulator, number, clock, int(number < 3))
            clock.advance(pause_s)
        assert len(simulator.dispatch.posted) == 3


def test_both_secrets_sign_for_a_day_after_a_roll(
    shop: Shop,
    hook: str,
    simulator: StripeSimulator,
    clock: VirtualClock,
    client: stripe.StripeClient,
) -> None:
    endpoint = registered(client, hook)
    new = simulator.roll(endpoint.id).reveal()
    client.v1.customers.create({})
    shop.until(lambda: len(shop.got) == 1)
    clock.advance(OVERLAP_S)
    client.v1.customers.create({})
    shop.until(lambda: len(shop.got) == 2)

    (during, first), (after, second) = shop.got
    for secret in (new, str(endpoint.secret)):
        stripe.WebhookSignature.verify_header(  # type: ignore[no-untyped-call]
            first.decode(), during["stripe-signature"], secret
        )
    assert during["stripe-signature"].count("v1=") == 2
    assert after["stripe-signature"].count("v1=") == 1
    stripe.WebhookSignature.verify_header(  # type: ignore[no-untyped-call]
        second.decode(), after["stripe-signature"], new
    )


def test_an_endpoint_hears_of_its_own_account_and_a_connect_endpoint_of_the_others(
    shop: Shop, hook: str, simulator: StripeSimulator, client: stripe.StripeClient
) -> None:
    registered(client, hook + "/own", "customer.created")
    asked: Any = {"url": hook, "enabled_events": ["customer.created"], "connect": True}
    client.v1.webhook_endpoints.create(asked)
    client.v1.customers.create({"name": "own"})
    client.v1.customers.create({"name": "theirs"}, {"stripe_account": "acct_2"})
    settled(simulator, 2)

    told = {
        (event["data"]["object"]["name"], event.get("account"))
        for event in (json.loads(body) for _, body in shop.got)
    }
    assert told == {("own", None), ("theirs", "acct_2")}
    assert len(shop.got) == 2


def test_nothing_is_sent_to_a_deleted_endpoint_nor_beyond_this_machine(
    simulator: StripeSimulator, client: stripe.StripeClient
) -> None:
    far = registered(client, "https://shop.example.com/hook")
    client.v1.customers.create({})
    settled(simulator, 1)
    assert simulator.dispatch.posted[0].status is None
    assert "not this machine" in simulator.dispatch.posted[0].why

    client.v1.webhook_endpoints.delete(far.id)
    client.v1.customers.create({})
    assert client.v1.webhook_endpoints.list().data == []
    assert simulator.dispatch.endpoints == ()


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"url": "ftp://x", "enabled_events": ["*"]}, "url"),
        ({"url": "http://x", "enabled_events": ["Nonsense!"]}, "enabled_events[0]"),
        ({"url": "http://x"}, "enabled_events"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(
    client: stripe.StripeClient, asked: Any, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.webhook_endpoints.create(asked)
    assert refused.value.param == param
