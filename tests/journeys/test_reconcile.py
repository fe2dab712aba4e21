"""What a provider told nobody, or nobody kept, is asked for and handled once; all over real sockets."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bridgewright import Bridge, Secret, Selection
from bridgewright.connectors import reconciler, webhook
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.fact import EventsReconciled
from bridgewright.core.model.inbound import Coverage, Origin
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.reconciling import Ended, Place, Window
from bridgewright.engine.drive.journeys import BlockingWorld, run
from bridgewright.engine.reconcile import Search, reconcile
from bridgewright.settings import load
from bridgewright.simulate.github.simulator import TOKEN, GitHubSimulator
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.twilio.simulator import TwilioSimulator
from tests.clocks import SkewedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.model.reconciling import Reconciliation

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = "repos/octo/hello/hooks/1"
AN_HOUR = timedelta(hours=1)


@dataclass
class Shop:
    """A bridge with a store of its own, connected to simulators."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    bridges: list[Bridge] = field(default_factory=list)

    def bridge(self) -> Bridge:
        base = {
            "BRIDGEWRIGHT_STORE": str(self.folder / "shop.db"),
            "STRIPE_WEBHOOK_SECRET": KEY,
            "GITHUB_WEBHOOK_SECRET": KEY,
            "BRIDGEWRIGHT_CONNECTIONS_STRIPE_DEADLINE_S": "1",
            "BRIDGEWRIGHT_CONNECTIONS_GITHUB_DEADLINE_S": "1",
        }
        made = Bridge(load(None, base | self.environ))
        self.bridges.append(made)
        return made

    def deliver(self, provider: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        """The provider's webhook comes in, signed."""
        at = from_seconds(time.time())
        signed = webhook(provider).sign([Secret(KEY)], body, message_id="m", at=at).headers
        fields = {name.decode(): value.decode() for name, value in signed} | (headers or {})
        answer = self.bridge().receive(provider, headers=fields, body=body)
        assert answer.status == 200

    def handle(self, source: str) -> list[Any]:
        """A worker handles what waits; the events, in the order in which it did."""
        bridge = self.bridge()
        handled: list[Any] = []

        @bridge.on(source)
        async def keep(event: Any) -> None:
            handled.append(event)

        bridge.work(until_idle=True)
        return handled


CREDENTIALS = {
    "STRIPE_SECRETS_API_KEY": "sk_test_made_up",
    "GITHUB_SECRETS_TOKEN": TOKEN,
    "TWILIO_SECRETS_ACCOUNT_SID": "AC" + "5" * 32,
    "TWILIO_SECRETS_AUTH_TOKEN": "made up",
}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop(tmp_path)
    for name, value in CREDENTIALS.items():
        file = tmp_path / name
        file.write_text(value)
        shop.environ[f"BRIDGEWRIGHT_CONNECTIONS_{name}"] = f"file:{file}"
    yield shop
    for bridge in shop.bridges:
        bridge.close()


@pytest.fixture
def clock() -> SkewedClock:
    return SkewedClock()


@pytest.fixture
def stripe(shop: Shop, clock: SkewedClock) -> Iterator[StripeSimulator]:
    with StripeSimulator(clock) as simulator:
        shop.environ["BRIDGEWRIGHT_CONNECTIONS_STRIPE_BASE_URL"] = simulator.start()
        yield simulator


@pytest.fixture
def github(shop: Shop, clock: SkewedClock) -> Iterator[GitHubSimulator]:
    with GitHubSimulator(clock) as simulator:
        shop.environ["BRIDGEWRIGHT_CONNECTIONS_GITHUB_BASE_URL"] = simulator.start()
        shop.environ["BRIDGEWRIGHT_SOURCES_GITHUB_OPTIONS_HOOK"] = HOOK
        yield simulator


# -- Stripe


@pytest.mark.slow
def test_a_lost_webhook_of_stripe_is_brought_and_handled_once(
    shop: Shop, stripe: StripeSimulator
) -> None:
    lost = stripe.happen("invoice.paid", {"id": "in_1", "amount": 4_900})
    found = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (found.asked, found.taken_in, found.already_there, found.ended) == (
        1,
        1,
        0,
        Ended.COMPLETE,
    )
    again = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (again.taken_in, again.already_there) == (0, 1)
    shop.deliver("stripe", json.dumps(lost).encode())  # at last it comes
    [event] = shop.handle("stripe")
    assert (event.event_id, event.type, event.origin) == (lost["id"], "invoice.paid", "reconciled")
    assert event.json() == lost
    assert event.occurred_at == datetime.fromtimestamp(lost["created"], UTC)


@pytest.mark.slow
def test_what_was_delivered_is_there_already_and_stays_delivered(
    shop: Shop, stripe: StripeSimulator
) -> None:
    told = stripe.happen("invoice.paid")
    shop.deliver("stripe", json.dumps(told, indent=2).encode())
    missed = stripe.happen("charge.failed")
    found = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (found.asked, found.already_there) == (2, 1)
    assert [each.event_id for each in found.missed] == [missed["id"]]
    origins = {row.event_id: row.origin for row in shop.bridge().events()}
    assert origins == {told["id"]: Origin.DELIVERED, missed["id"]: Origin.RECONCILED}


@pytest.mark.slow
def test_hundreds_are_brought_page_by_page_and_taken_in_oldest_first(
    shop: Shop, stripe: StripeSimulator
) -> None:
    told = [stripe.happen("invoice.paid")["id"] for _ in range(350)]
    found = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (found.asked, found.taken_in, found.ended) == (350, 350, Ended.COMPLETE)
    assert len(stripe.stand.journal.entries) == 4
    rows = shop.bridge().events(limit=1_000)
    assert [row.event_id for row in reversed(rows)] == told


@pytest.mark.slow
def test_a_limit_takes_the_newest_and_says_where_to_go_on(
    shop: Shop, stripe: StripeSimulator, clock: SkewedClock
) -> None:
    told = []
    for ago in range(30, 0, -1):
        clock.ahead_s = -60.0 * ago
        told.append(stripe.happen("invoice.paid")["id"])
    first = shop.bridge().reconcile("stripe", since=AN_HOUR, limit=10)
    assert first.ended is Ended.LIMIT
    assert [each.event_id for each in first.missed] == told[-10:]
    assert first.reached_at is not None
    until = datetime.fromtimestamp(first.reached_at / 1_000_000, UTC)
    rest = shop.bridge().reconcile("stripe", since=AN_HOUR, until=until)
    assert (rest.ended, rest.taken_in) == (Ended.COMPLETE, 20)


def test_a_window_ends_where_it_says(
    shop: Shop, stripe: StripeSimulator, clock: SkewedClock
) -> None:
    for ago_min in (90, 50, 5):
        clock.ahead_s = -60.0 * ago_min
        stripe.happen(f"made.{ago_min}")
    until = timedelta(minutes=30)
    found = shop.bridge().reconcile("stripe", since=AN_HOUR, until=until)
    assert [each.event_type for each in found.missed] == ["made.50"]


@pytest.mark.parametrize("offset_s", [-240.0, 240.0])
def test_a_clock_that_differs_by_minutes_misses_nothing(
    shop: Shop, stripe: StripeSimulator, clock: SkewedClock, offset_s: float
) -> None:
    clock.ahead_s = offset_s
    stripe.happen("invoice.paid")
    assert shop.bridge().reconcile("stripe", since=timedelta(seconds=1)).taken_in == 1


@pytest.mark.slow
def test_a_run_that_fails_midway_keeps_what_it_had_and_is_gone_on_with(
    shop: Shop, stripe: StripeSimulator, clock: SkewedClock
) -> None:
    for ago in range(250, 0, -1):
        clock.ahead_s = -10.0 * ago
        stripe.happen("invoice.paid")
    stripe.stand.be(Mood.DOWN, after=1)  # the second page is not to be had
    failed = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (failed.ended, failed.taken_in) == (Ended.FAILED, 100)
    assert "503" in failed.why
    assert failed.reached_at is not None
    stripe.be(Mood.WELL)
    until = datetime.fromtimestamp(failed.reached_at / 1_000_000, UTC)
    rest = shop.bridge().reconcile("stripe", since=AN_HOUR, until=until)
    assert (rest.ended, rest.taken_in) == (Ended.COMPLETE, 150)
    assert len(shop.handle("stripe")) == 250


@pytest.mark.parametrize("mood", [Mood.DOWN, Mood.LOSING, Mood.THROTTLING])
def test_a_provider_that_stumbles_is_asked_again(
    shop: Shop, stripe: StripeSimulator, mood: Mood
) -> None:
    for _ in range(150):
        stripe.happen("invoice.paid")
    stripe.stand.be(mood, requests=1, after=1)
    found = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (found.ended, found.taken_in) == (Ended.COMPLETE, 150)


@pytest.mark.slow
@pytest.mark.parametrize("mood", [Mood.THROTTLING, Mood.HANGING])
def test_a_provider_that_asks_us_to_wait_or_hangs_ends_the_run_in_words(
    shop: Shop, stripe: StripeSimulator, mood: Mood
) -> None:
    for _ in range(150):
        stripe.happen("invoice.paid")
    stripe.stand.be(mood, after=1)
    found = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert (found.ended, found.taken_in) == (Ended.FAILED, 100)
    assert found.why


def test_only_the_types_that_the_endpoint_is_sent_are_asked_for(
    shop: Shop, stripe: StripeSimulator
) -> None:
    shop.environ["BRIDGEWRIGHT_SOURCES_STRIPE_OPTIONS_EVENTS"] = "invoice.*, charge.failed"
    for event_type in ("invoice.paid", "charge.failed", "customer.created"):
        stripe.happen(event_type)
    found = shop.bridge().reconcile("stripe", since=AN_HOUR)
    assert [each.event_type for each in found.missed] == ["invoice.paid", "charge.failed"]


def test_a_dry_run_names_what_was_missed_and_takes_nothing_in(
    shop: Shop, stripe: StripeSimulator
) -> None:
    missed = stripe.happen("invoice.paid")
    found = shop.bridge().reconcile("stripe", since=AN_HOUR, dry_run=True)
    assert [(each.event_id, each.item_id) for each in found.missed] == [(missed["id"], None)]
    assert shop.bridge().events() == ()


def test_an_event_loop_reconciles_as_a_thread_does_and_observers_hear_of_it(
    shop: Shop, stripe: StripeSimulator
) -> None:
    stripe.happen("invoice.paid")
    facts: list[object] = []

    async def ask() -> Reconciliation:
        bridge = shop.bridge().as_async()
        bridge.observe(facts.append)
        try:
            return await bridge.reconcile("stripe", since=AN_HOUR)
        finally:
            await bridge.close()

    assert asyncio.run(ask()).taken_in == 1
    told = [fact for fact in facts if isinstance(fact, EventsReconciled)]
    assert told == [EventsReconciled("stripe", 1, 1, 0, Ended.COMPLETE)]
    assert "sk_test_made_up" not in repr(facts)


@pytest.mark.slow
def test_a_window_that_dedupe_has_forgotten_is_refused(shop: Shop, stripe: StripeSimulator) -> None:
    stripe.happen("invoice.paid")
    with pytest.raises(ConfigurationError, match="handled twice"):
        shop.bridge().reconcile("stripe", since=timedelta(days=7))
    with pytest.raises(ConfigurationError, match="past"):
        shop.bridge().reconcile("stripe", since=-AN_HOUR)
    with pytest.raises(ConfigurationError, match="10000"):
        shop.bridge().reconcile("stripe", since=AN_HOUR, limit=10_001)
    with pytest.raises(ConfigurationError, match="zone"):
        shop.bridge().reconcile("stripe", since=datetime(2026, 1, 1))  # noqa: DTZ001 - refused
    assert shop.bridge().events() == ()


def test_a_source_that_cannot_be_asked_is_named(shop: Shop) -> None:
    shop.environ["STANDARD_WEBHOOKS_SECRET"] = KEY
    shop.environ["BRIDGEWRIGHT_SOURCES_STANDARD_SECRETS"] = "env:STANDARD_WEBHOOKS_SECRET"
    with pytest.raises(ConfigurationError, match="no way to ask standard"):
        shop.bridge().reconcile("standard", since=AN_HOUR)
    with pytest.raises(ConfigurationError, match="not configured"):
        shop.bridge().reconcile("nobody", since=AN_HOUR)


# -- GitHub


def test_deliveries_of_github_that_nobody_took_are_brought_one_by_one(
    shop: Shop, github: GitHubSimulator
) -> None:
    payload = {"action": "opened", "issue": {"number": 7, "title": "Übung ✓"}}
    kept = github.hooks.tell(HOOK, "issues", payload, status=200)
    fields = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": kept.guid}
    shop.deliver("github", json.dumps(payload).encode(), fields)
    lost = github.hooks.tell(HOOK, "issues", payload)
    github.hooks.tell_again(HOOK, lost)
    pushed = github.hooks.tell(HOOK, "push", {"ref": "refs/heads/main"})
    found = shop.bridge().reconcile("github", since=AN_HOUR)
    assert (found.asked, found.already_there, found.taken_in) == (3, 1, 2)
    asked = github.stand.journal.entries
    assert len(asked) == 3  # one page, and the two that we did not have
    events = shop.handle("github")
    by_id = {event.event_id: event for event in events}
    assert by_id.keys() == {kept.guid, lost.guid, pushed.guid}
    brought = by_id[lost.guid]
    assert (brought.type, brought.origin) == ("issues.opened", "reconciled")
    assert brought.json() == payload
    assert brought.headers["x-github-event"] == "issues"
    assert by_id[kept.guid].origin == "delivered"


def test_pages_of_deliveries_are_read_until_they_are_older_than_the_window(
    shop: Shop, github: GitHubSimulator, clock: SkewedClock
) -> None:
    for ago in range(450, 0, -1):
        clock.ahead_s = -30.0 * ago
        github.hooks.tell(HOOK, "push", {"ref": str(ago)})
    clock.ahead_s = 0.0
    found = shop.bridge().reconcile("github", since=AN_HOUR, dry_run=True)
    assert 120 <= len(found.missed) <= 131  # the hour, and the margin for clocks
    assert len(github.stand.journal.entries) == 2


@pytest.mark.slow
def test_a_delivery_that_cannot_be_brought_ends_the_run_and_another_goes_on(
    shop: Shop, github: GitHubSimulator
) -> None:
    told = [github.hooks.tell(HOOK, "push", {"ref": str(number)}).guid for number in range(20)]
    github.stand.be(Mood.DOWN, after=8)  # the list, and seven deliveries
    failed = shop.bridge().reconcile("github", since=AN_HOUR)
    assert (failed.ended, failed.taken_in, failed.reached_at) == (Ended.FAILED, 7, None)
    github.be(Mood.WELL)
    rest = shop.bridge().reconcile("github", since=AN_HOUR)
    assert (rest.ended, rest.taken_in, rest.already_there) == (Ended.COMPLETE, 13, 7)
    assert [row.event_id for row in reversed(shop.bridge().events())] == told


def test_a_github_source_without_its_hook_says_what_to_set(
    shop: Shop, github: GitHubSimulator
) -> None:
    del shop.environ["BRIDGEWRIGHT_SOURCES_GITHUB_OPTIONS_HOOK"]
    shop.environ["BRIDGEWRIGHT_SOURCES_GITHUB_PATH"] = "/github"
    with pytest.raises(ConfigurationError, match="hook ="):
        shop.bridge().reconcile("github", since=AN_HOUR)


@pytest.mark.slow
def test_the_hook_of_an_app_is_asked_about_by_the_app(shop: Shop, github: GitHubSimulator) -> None:
    key = rsa.generate_private_key(65_537, 2_048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for name, value in (("APP_ID", b"7"), ("PRIVATE_KEY", pem)):
        (shop.folder / name).write_bytes(value)
        variable = f"BRIDGEWRIGHT_CONNECTIONS_GITHUB_SECRETS_{name}"
        shop.environ[variable] = f"file:{shop.folder / name}"
    shop.environ["BRIDGEWRIGHT_SOURCES_GITHUB_OPTIONS_HOOK"] = "app/hook"
    github.hooks.tell("app/hook", "installation", {"action": "created"})

    async def ask() -> Reconciliation:
        bridge = shop.bridge().as_async()
        found = await bridge.reconcile("github", since=AN_HOUR)
        await bridge.close()
        return found

    assert asyncio.run(ask()).taken_in == 1
    assert shop.bridge().reconcile("github", since=AN_HOUR).already_there == 1


def search_of(shop: Shop, source: str) -> tuple[Search, BlockingWorld]:
    """What a bridge would ask, and the world it would do so in."""
    runtime = shop.bridge()._runtime  # noqa: SLF001 - to stop it between two effects
    since = from_seconds(time.time() - 3_600)
    search = runtime.asking.search(source, since, None, 1_000, dry_run=False)
    return search, BlockingWorld(runtime.store, providers=runtime.asking)


@pytest.mark.parametrize("source", ["stripe", "github"])
@pytest.mark.slow
def test_a_run_that_ends_between_any_two_effects_is_made_good_by_another(
    shop: Shop, stripe: StripeSimulator, github: GitHubSimulator, source: str
) -> None:
    shop.environ["BRIDGEWRIGHT_SOURCES_STRIPE_PATH"] = "/stripe"
    happened = 60 if source == "stripe" else 4  # two batches; one, each brought by itself
    for number in range(happened):
        if source == "stripe":
            stripe.happen("invoice.paid")
        else:
            github.hooks.tell(HOOK, "push", {"ref": str(number)})
    search, world = search_of(shop, source)
    for effects in range(1, 40):
        journey = reconcile(replace(search, source=f"{source}-{effects}"), lambda _: None)
        try:
            effect = next(journey)
            for _ in range(effects - 1):
                effect = journey.send(world.perform(effect))
        except StopIteration:
            assert effects > 5
            break
        journey.close()
        found = run(reconcile(replace(search, source=f"{source}-{effects}"), lambda _: None), world)
        assert found.ended is Ended.COMPLETE
        assert found.taken_in + found.already_there == happened
        held = shop.bridge().events(Selection(source=f"{source}-{effects}"), limit=1_000)
        assert Counter(row.event_id for row in held).most_common(1)[0][1] == 1
        assert len(held) == happened


# -- Twilio


@pytest.mark.slow
def test_messages_and_calls_of_twilio_are_brought_by_date(shop: Shop, clock: SkewedClock) -> None:
    with TwilioSimulator(clock=clock) as twilio:
        shop.environ["BRIDGEWRIGHT_CONNECTIONS_TWILIO_BASE_URL"] = twilio.start()
        texts = [twilio.text_in(f"text {number}")["sid"] for number in range(1_030)]
        rung = twilio.ring_in()["sid"]
        twilio.ring_in("in-progress")
        bridge = shop.bridge()
        runtime = bridge._runtime  # noqa: SLF001 - the source needs the webhook, which is apart
        _, connection = runtime.outgoing.connection("twilio")
        place = Place(str(connection.base_url), "", connection.secrets, connection.options)
        window = Window(from_seconds(time.time() - 3_600))
        search = Search(
            "twilio", 7 * 86_400.0, "twilio", reconciler("twilio"), place, window, 2_000
        )
        world = BlockingWorld(runtime.store, providers=runtime.asking)
        found = run(reconcile(search, lambda _: None), world)
        again = run(reconcile(replace(search, limit=5), lambda _: None), world)
    assert (found.asked, found.taken_in, found.ended) == (1_031, 1_031, Ended.COMPLETE)
    assert (again.taken_in, again.already_there) == (0, 1_031)
    rows = shop.bridge().events(limit=2_000)
    assert Counter(row.event_type for row in rows) == {
        "message.received": 1_030,
        "call.completed": 1,
    }
    assert {row.event_id for row in rows} == {*texts, rung}
    item = shop.bridge().event(rows[-1].id).item
    assert item.key == f"{item.event_id}:{item.event_type.partition('.')[2]}"
    assert b"CallSid=" in item.body or b"MessageSid=" in item.body


def test_what_we_asked_for_is_proven_by_who_answered(shop: Shop, stripe: StripeSimulator) -> None:
    shop.environ["BRIDGEWRIGHT_SOURCES_STRIPE_REFETCH"] = "true"
    stripe.happen("invoice.paid")
    shop.bridge().reconcile("stripe", since=AN_HOUR)
    [event] = shop.handle("stripe")
    assert event.coverage == Coverage.BODY | Coverage.ID
    assert (event.unproven, event.fetch) == (False, None)
