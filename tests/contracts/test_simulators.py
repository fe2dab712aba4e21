"""The official SDKs, as they come, against the simulators: what works here works there."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.books import Books
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.twilio.simulator import TwilioSimulator

if TYPE_CHECKING:
    from collections.abc import Iterator

PAID: dict[str, Any] = {
    "amount": 4_900,
    "currency": "eur",
    "confirm": True,
    "payment_method": "pm_card_visa",
}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(1_800_000_000.0)


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[StripeSimulator]:
    with StripeSimulator(clock) as simulator:
        yield simulator


@pytest.fixture
def client(simulator: StripeSimulator) -> stripe.StripeClient:
    return a_client(simulator.start())


def a_client(url: str, key: str = "sk_test_1", **options: Any) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": url}, **options)


def test_a_payment_is_confirmed_and_leaves_one_charge(
    client: stripe.StripeClient, simulator: StripeSimulator
) -> None:
    payment = client.v1.payment_intents.create({**PAID, "metadata": {"order": "7"}})

    assert payment.status == "succeeded"
    assert simulator.charges_per("order") == {"7": 1}
    assert client.v1.charges.retrieve(str(payment.latest_charge)).amount == 4_900


def test_a_payment_is_captured_once_and_then_refunded(client: stripe.StripeClient) -> None:
    made = client.v1.payment_intents.create({**PAID, "capture_method": "manual"})
    assert made.status == "requires_capture"
    assert client.v1.payment_intents.capture(made.id, {"amount_to_capture": 900}).status == (
        "succeeded"
    )
    with pytest.raises(stripe.InvalidRequestError, match="not possible to capture"):
        client.v1.payment_intents.capture(made.id)

    assert client.v1.refunds.create({"payment_intent": made.id}).amount == 900
    with pytest.raises(stripe.InvalidRequestError, match="already been refunded"):
        client.v1.refunds.create({"payment_intent": made.id})


def test_a_cancelled_payment_cannot_be_confirmed(client: stripe.StripeClient) -> None:
    made = client.v1.payment_intents.create({"amount": 100, "currency": "eur"})
    client.v1.payment_intents.cancel(made.id)

    with pytest.raises(stripe.InvalidRequestError, match="not possible to confirm"):
        client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa"})


def test_a_declined_card_is_a_card_error_and_charges_nobody(
    client: stripe.StripeClient, simulator: StripeSimulator
) -> None:
    with pytest.raises(stripe.CardError) as declined:
        client.v1.payment_intents.create({**PAID, "payment_method": "pm_card_chargeDeclined"})

    assert declined.value.code == "card_declined"
    assert declined.value.request_id
    assert not simulator.charges_per("order")


def test_a_key_gives_the_first_result_again(
    client: stripe.StripeClient, simulator: StripeSimulator
) -> None:
    first, second = (
        client.v1.payment_intents.create(PAID, {"idempotency_key": "order-7"}) for _ in range(2)
    )

    assert first.id == second.id
    assert second.last_response is not None
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(simulator.charges()) == 1


def test_a_declined_payment_is_declined_again_under_its_key(client: stripe.StripeClient) -> None:
    asked: Any = {**PAID, "payment_method": "pm_card_chargeDeclined"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(asked, {"idempotency_key": "order-7"})

    assert len(client.v1.charges.list().data) == 1


def test_a_key_with_other_parameters_is_refused(client: stripe.StripeClient) -> None:
    client.v1.customers.create({"name": "A"}, {"idempotency_key": "k"})

    with pytest.raises(stripe.IdempotencyError) as refused:
        client.v1.customers.create({"name": "B"}, {"idempotency_key": "k"})
    assert refused.value.http_status == 400


def test_a_key_of_an_invalid_request_is_free_again(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": 1}, {"idempotency_key": "k"})  # type: ignore[typeddict-item]

    assert client.v1.payment_intents.create(PAID, {"idempotency_key": "k"}).status == "succeeded"


def test_a_key_is_forgotten_after_a_day_and_belongs_to_its_account(
    client: stripe.StripeClient, clock: VirtualClock, simulator: StripeSimulator
) -> None:
    client.v1.payment_intents.create(PAID, {"idempotency_key": "k"})
    client.v1.payment_intents.create(PAID, {"idempotency_key": "k", "stripe_account": "acct_2"})
    assert len(simulator.charges()) == len(simulator.charges("acct_2")) == 1

    clock.advance(86_400)
    client.v1.payment_intents.create(PAID, {"idempotency_key": "k"})
    assert len(simulator.charges()) == 2


def test_a_key_whose_request_is_under_way_conflicts(
    simulator: StripeSimulator, clock: VirtualClock
) -> None:
    url = simulator.start()
    simulator.be(Mood.SLOW)

    def pay() -> str:
        try:
            return a_client(url).v1.payment_intents.create(PAID, {"idempotency_key": "k"}).status
        except stripe.StripeError as error:
            return f"{error.http_status} {dict(error.headers or {}).get('stripe-should-retry')}"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(pay)
        while not clock.sleepers:
            assert not first.done()
        simulator.be(Mood.WELL)
        assert pay() == "409 true"
        clock.advance(1)
        assert first.result() == "succeeded"

    assert len(simulator.charges()) == 1


def test_a_lost_answer_is_found_again_by_the_sdks_own_retry(simulator: StripeSimulator) -> None:
    client = a_client(simulator.start(), max_network_retries=2)
    simulator.be(Mood.LOSING, requests=1)

    assert client.v1.payment_intents.create(PAID).status == "succeeded"
    assert [entry.attempt for entry in simulator.stand.journal.entries] == [1, 2]
    assert simulator.stand.journal.effects == len(simulator.charges()) == 1


def test_lists_are_paged_filtered_and_newest_first(
    client: stripe.StripeClient, clock: VirtualClock
) -> None:
    made = []
    for number in range(25):
        clock.advance(1)
        made.append(client.v1.customers.create({"name": str(number)}))

    everyone = list(client.v1.customers.list({"limit": 10}).auto_paging_iter())
    assert [each.id for each in everyone] == [each.id for each in reversed(made)]
    late = client.v1.customers.list({"created": {"gte": made[20].created}, "limit": 100})
    assert len(late.data) == 5
    before = client.v1.customers.list({"ending_before": made[5].id, "limit": 3})
    assert [each.name for each in before.data] == ["8", "7", "6"]


def test_what_happened_is_told_as_events(client: stripe.StripeClient) -> None:
    client.v1.payment_intents.create(PAID)

    assert [event.type for event in client.v1.events.list().data] == [
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    assert len(client.v1.events.list({"type": "charge.succeeded"}).data) == 1


def test_nobody_without_a_key_is_served(simulator: StripeSimulator) -> None:
    url = simulator.start()
    with pytest.raises(stripe.PermissionError, match="publishable"):
        a_client(url, "pk_test_1").v1.customers.list()
    with pytest.raises(stripe.AuthenticationError, match=r"sk_live_\*{6}0123"):
        a_client(url, "sk_live_4567890123").v1.customers.list()


def test_what_is_not_there_is_missing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such customer: 'cus_1'") as missing:
        client.v1.customers.retrieve("cus_1")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")

    with pytest.raises(stripe.APIError, match=r"not simulated.*GET /v1/") as unknown:
        client.v1.balance.retrieve()
    assert unknown.value.http_status == 501


def test_a_customer_is_changed_field_by_field(client: stripe.StripeClient) -> None:
    made = client.v1.customers.create({"name": "A", "metadata": {"a": "1", "b": "2"}})
    client.v1.customers.update(made.id, {"metadata": {"a": "", "c": "3"}})

    found = client.v1.customers.retrieve(made.id)
    assert found.name == "A"
    assert found.metadata is not None
    assert found.metadata.to_dict() == {"b": "2", "c": "3"}


@pytest.mark.parametrize(
    ("mood", "error"), [(Mood.DOWN, stripe.APIError), (Mood.THROTTLING, stripe.RateLimitError)]
)
def test_a_mood_lasts_for_as_many_requests_as_told(
    client: stripe.StripeClient,
    simulator: StripeSimulator,
    mood: Mood,
    error: type[stripe.StripeError],
) -> None:
    simulator.be(mood, requests=2)
    for _ in range(2):
        with pytest.raises(error):
            client.v1.payment_intents.create(PAID)

    assert client.v1.payment_intents.create(PAID).status == "succeeded"
    assert len(simulator.charges()) == 1


def test_a_mood_that_has_passed_is_not_met(
    client: stripe.StripeClient, simulator: StripeSimulator
) -> None:
    simulator.be(Mood.DOWN, seconds=0)

    assert client.v1.customers.list().data == []


def test_a_request_that_hangs_ends_when_the_simulator_does(simulator: StripeSimulator) -> None:
    url = simulator.start()
    simulator.be(Mood.HANGING)
    closing = threading.Timer(0.2, simulator.close)
    closing.start()

    with pytest.raises(stripe.APIConnectionError):
        a_client(url).v1.payment_intents.create(PAID)
    closing.join()
    assert simulator.stand.journal.effects == len(simulator.charges()) == 0


class ToLoopback(TwilioHttpClient):
    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._url = url

    def request(self, method: str, url: str, *more: Any, **options: Any) -> Any:
        return super().request(
            method, url.replace("https://api.twilio.com", self._url), *more, **options
        )


@pytest.fixture
def twilio(clock: VirtualClock) -> Iterator[TwilioSimulator]:
    with TwilioSimulator(clock=clock) as simulator:
        yield simulator


@pytest.fixture
def texter(twilio: TwilioSimulator) -> Client:
    return Client(twilio.account, "token", http_client=ToLoopback(twilio.start()))


def test_a_message_is_sent_fetched_and_listed(texter: Client, twilio: TwilioSimulator) -> None:
    sent = texter.messages.create(to="+15005550009", from_="+15005550006", body="hello")

    assert texter.messages(str(sent.sid)).fetch().body == "hello"
    assert [each.sid for each in texter.messages.list(to="+15005550009")] == [sent.sid]
    assert texter.messages.list(to="+15005550010") == []
    assert twilio.messages_per("body") == {"hello": 1}


def test_messages_are_found_by_the_time_they_were_sent(texter: Client, clock: VirtualClock) -> None:
    for text in "abc":
        texter.messages.create(to="+15005550009", from_="+15005550006", body=text)
        clock.advance(3_600)
    second = texter.messages.list()[1].date_sent
    assert second is not None

    assert [each.body for each in texter.messages.list(date_sent_after=second)] == ["c", "b"]
    assert [each.body for each in texter.messages.list(date_sent_before=second)] == ["b", "a"]
    assert [each.body for each in texter.messages.list(date_sent=second)] == ["b"]
    assert len(texter.messages.list(date_sent="2027-01-15")) == 3  # type: ignore[arg-type]


def test_messages_are_paged(texter: Client) -> None:
    for number in range(7):
        texter.messages.create(to="+15005550009", from_="+15005550006", body=str(number))

    assert [each.body for each in texter.messages.list(page_size=3)] == list("6543210")


def test_twilio_names_what_is_wrong(texter: Client, twilio: TwilioSimulator) -> None:
    with pytest.raises(TwilioRestException) as unknown:
        texter.messages("SM" + "0" * 32).fetch()
    with pytest.raises(TwilioRestException) as empty:
        texter.messages.create(to="+15005550009", from_="+15005550006")
    twilio.be(Mood.THROTTLING, requests=1)
    with pytest.raises(TwilioRestException) as throttled:
        texter.messages.create(to="+15005550009", from_="+15005550006", body="hello")

    codes = [(error.value.status, error.value.code) for error in (unknown, empty, throttled)]
    assert codes == [(404, 20404), (400, 21602), (429, 20429)]
    assert twilio.messages() == ()


def test_twilio_serves_its_own_account_only(twilio: TwilioSimulator) -> None:
    stranger = Client("AC" + "6" * 32, "token", http_client=ToLoopback(twilio.start()))
    with pytest.raises(TwilioRestException) as refused:
        stranger.messages("SM" + "0" * 32).fetch()

    assert (refused.value.status, refused.value.code) == (401, 20003)


def test_twilio_sends_again_what_is_asked_again(texter: Client, twilio: TwilioSimulator) -> None:
    twilio.be(Mood.LOSING, requests=1)
    with pytest.raises(OSError, match="RemoteDisconnected"):
        texter.messages.create(to="+15005550009", from_="+15005550006", body="hello")
    texter.messages.create(to="+15005550009", from_="+15005550006", body="hello")

    assert twilio.messages_per("body") == {"hello": 2}


def test_stripes_books_are_read_from_another_thread_while_they_fill() -> None:
    books = Books(lambda: 0.0)
    thread = threading.Thread(target=lambda: [books.add("ch", paid=True) for _ in range(20_000)])
    thread.start()
    while thread.is_alive():
        books.all("ch")
    thread.join()
    assert len(books.all("ch")) == 20_000
