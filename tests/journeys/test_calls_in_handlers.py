"""Calls that handlers make, and what becomes of the items whose calls go wrong. Real SDKs, simulated
providers, a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Bridge, Cause, Event, OutcomeUnknown, Secret, State, keyed, outcome_of
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.fact import AttemptEnded, BreakerMoved, CallAttempted, CallEnded, Fact
from bridgewright.settings import Settings, SourceSettings, StoreSettings, WorkSettings
from bridgewright.settings.outbound import ConnectionSettings, References
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.twilio.simulator import TwilioSimulator
from tests.journeys.test_work import SECRET, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "sk_test_of_a_journey"
PAYMENT: dict[str, Any] = {
    "amount": 1_900,
    "currency": "eur",
    "payment_method": "pm_card_visa",
    "confirm": True,
}


class Scene(Shop):
    """A shop whose handlers call Stripe and Twilio."""

    def __init__(self, folder: Path, *, attempts: int = 4, **numbers: Any) -> None:
        self.stripe, self.twilio = StripeSimulator(), TwilioSimulator()
        for name, text in {"stripe": KEY, "token": "a token"}.items():
            (folder / name).write_text(text)
        (folder / "sid").write_text(self.twilio.account)

        def secrets(**named: str) -> dict[str, References]:
            return {name: References((f"file:{file}",), folder) for name, file in named.items()}

        self.bridge = Bridge(
            Settings(
                store=StoreSettings(folder / "calls.db"),
                sources=(SourceSettings("stripe", secrets=(Secret(SECRET.reveal()),)),),
                work=WorkSettings(max_attempts=attempts, backoff_base_s=0),
                connections=(
                    ConnectionSettings(
                        "stripe",
                        base_url=self.stripe.start(),
                        secrets=secrets(api_key="stripe"),
                        deadline_s=5,
                        **numbers,
                    ),
                    ConnectionSettings(
                        "twilio",
                        base_url=self.twilio.start(),
                        secrets=secrets(account_sid="sid", auth_token="token"),
                        async_transport="httpx2",
                        deadline_s=5,
                    ),
                ),
            )
        )
        self.facts: list[Fact] = []
        self.bridge.observe(self.facts.append)

    def close(self) -> None:
        self.bridge.close()
        self.stripe.close()
        self.twilio.close()

    def work(self) -> None:
        self.bridge.work(until_idle=True)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def charge_by(scene: Scene) -> None:
    """A handler that charges, by a key of the event's own."""
    stripe = scene.bridge.connect("stripe")

    @scene.bridge.on("stripe", "invoice.*")
    def charge(event: Event) -> None:
        with keyed(f"charge-{event.event_id}"):
            stripe.v1.payment_intents.create(PAYMENT | {"metadata": {"order": event.event_id}})


@pytest.mark.slow
def test_a_charge_is_made_once_although_answers_are_lost_and_the_handler_runs_again(
    scene: Scene,
) -> None:
    charge_by(scene)
    scene.stripe.be(Mood.LOSING, requests=4)
    scene.deliver("evt_1", "evt_2")
    scene.work()
    assert {row.state for row in scene.bridge.events()} == {State.DONE}
    assert scene.stripe.charges_per("order") == {"evt_1": 1, "evt_2": 1}


@pytest.mark.slow
def test_a_message_that_may_have_been_sent_buries_its_item_and_is_not_sent_again(
    scene: Scene,
) -> None:
    twilio = scene.bridge.connect("twilio")

    @scene.bridge.on("stripe", "invoice.*")
    def remind(event: Event) -> None:
        twilio.messages.create(to="+15005550006", from_="+15005550001", body=str(event.event_id))

    scene.twilio.be(Mood.LOSING, requests=1)
    scene.deliver("evt_1")
    scene.work()
    row = scene.one()
    assert (row.state, row.cause, row.attempts) == (State.DEAD, Cause.AMBIGUOUS, 1)
    assert len(scene.twilio.messages()) == 1


def test_a_pushback_sets_when_the_item_is_tried_again(scene: Scene) -> None:
    charge_by(scene)
    scene.stripe.be(Mood.THROTTLING)
    scene.deliver("evt_1")
    scene.work()
    ended = scene.told(AttemptEnded)
    assert ended
    assert all(fact.retry_in_s is None or fact.retry_in_s > 0 for fact in ended)
    assert scene.stripe.charges_per("order") == {}


@pytest.mark.slow
def test_the_breaker_opens_in_an_outage_and_what_it_refused_is_not_sent(scene: Scene) -> None:
    charge_by(scene)
    scene.stripe.be(Mood.DOWN)
    many = 40  # more than are handled at once: some begin when it is open
    scene.deliver(*(f"evt_{number}" for number in range(many)))
    scene.work()
    assert [move.after for move in scene.told(BreakerMoved)][:1] == ["open"]
    refused = [fact for fact in scene.told(CallEnded) if fact.refused_by == "breaker"]
    assert any(fact.attempts == 0 for fact in refused)
    received = len(scene.stripe.stand.journal.entries)
    assert received == len(scene.told(CallAttempted)) < many * 4


def test_an_error_of_the_sdk_tells_what_became_of_the_call(scene: Scene) -> None:
    stripe = scene.bridge.connect("stripe")
    with pytest.raises(Exception, match="card was declined") as caught:
        stripe.v1.payment_intents.create(PAYMENT | {"payment_method": "pm_card_chargeDeclined"})
    report = outcome_of(caught.value)
    assert report is not None
    assert (report.outcome, report.status, report.reason) == (
        Outcome.REJECTED,
        402,
        "generic_decline",
    )
    assert report.request_id
    assert outcome_of(ValueError()) is None


def test_a_plain_client_raises_our_errors(scene: Scene) -> None:
    with (
        scene.bridge.http("acme", base_url="http://127.0.0.1:9") as acme,
        pytest.raises(Exception, match="connection_refused") as caught,
    ):
        acme.post("/things", json={})
    report = outcome_of(caught.value)
    assert report is not None
    assert report.outcome is Outcome.NOT_SENT
    assert not isinstance(caught.value, OutcomeUnknown)
