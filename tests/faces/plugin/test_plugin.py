"""The pytest plugin, as those who write tests with it see it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faces.plugin.running import Ran, ran

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
import logging
import socket
import sys
import threading

import httpx2
import pytest
import stripe

from bridgewright.simulate.manners import Manner


def client(bw, **options):
    url = bw.sim.stripe.url
    return stripe.StripeClient(bw.leaks.secret("stripe.key"), base_addresses={"api": url}, **options)


def test_lost(bw):
    bw.faults.on("stripe.payment_intents.create").first(1).lose_response()
    payments = client(bw, max_network_retries=2).v1.payment_intents
    payments.create({"amount": 500, "currency": "eur"})
    assert bw.wire.attempts("stripe.payment_intents.create") == 2
    assert bw.wire.effects("stripe.payment_intents.create") == 1
    assert bw.wire.same_header("Idempotency-Key", "stripe.*")
    bw.wire.in_order("stripe.payment_intents.create", "stripe.payment_intents.create")


def test_isolated(bw):
    bw.wire.never("*")
    made = client(bw).v1.customers.create({})
    assert made.id == "cus_" + "1".zfill(len(made.id) - 4)
    assert bw.wire.once("stripe.customers.create").status == 200
    assert bw.faults.rules == ()


def test_once_of_two(bw):
    customers = client(bw).v1.customers
    customers.create({"name": "private person"})
    customers.create({"name": "private person"})
    bw.wire.once("stripe.customers.create")


def test_out_of_order(bw):
    client(bw).v1.customers.create({})
    bw.wire.in_order("stripe.customers.create", "stripe.refunds.create")


def test_unmatched(bw):
    httpx2.get(bw.sim.stripe.url + "/v1/custmers")


def test_reaches_out_and_forgives(bw):
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except Exception:
        pass


def test_looks_up_in_a_thread(bw):
    def look():
        try:
            socket.getaddrinfo("api.stripe.com", 443)
        except RuntimeError:
            pass
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()


@pytest.mark.bw(network=True)
def test_may_reach_out(bw):
    sys.audit("socket.connect", None, ("192.0.2.1", 80))  # what Python says before it connects


def test_without_the_kit_nothing_is_refused():
    sys.audit("socket.connect", None, ("192.0.2.1", 80))


def test_prints(bw):
    print("the key is", bw.leaks.secret("stripe.key"))


def test_logs_encoded(bw):
    import base64
    packed = base64.b64encode(b"user:" + bw.leaks.secret("github.token").encode()).decode()
    logging.getLogger("client").debug("Authorization: Basic %s", packed)


def test_shows_in_failure(bw):
    key = bw.leaks.secret("stripe.key")
    bw.faults.on("stripe.*").stall()
    raise ValueError("unexpected: " + key)


def test_plants_what_there_is(bw):
    bw.leaks.plant("phone", "+15005550009")
    logging.getLogger("client").info("to +15005550009")


@pytest.mark.bw(seed=7)
def test_seed_of_marker(bw):
    assert bw.seed == 7


@pytest.mark.bw(at="2026-09-21T14:13:20Z")
def test_at_of_marker(bw):
    assert bw.clock.now() == 1_790_000_000
    bw.clock.advance(60)
    assert client(bw).v1.customers.create({}).created == 1_790_000_060


def test_own_seed(bw):
    assert 0, f"drawn {bw.seed}"


def test_courier(bw):
    heard = []

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        heard.append(body)
        secret = bw.leaks.secret("stripe.webhook")
        signature = dict(scope["headers"]).get(b"stripe-signature", b"").decode()
        try:
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret, 300)
            status = 200
        except stripe.SignatureVerificationError:
            status = 400
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body"})

    line = bw.courier("stripe", to=app, path="/hook")
    event = line.happen("customer.created")
    assert line.deliver(event).status == 200
    assert line.deliver(event, Manner.WRONG_SECRET).status == 400
    assert line.deliver(event, Manner.CHANGED_BYTE).status == 400
    assert [brought.status for brought in line.duplicate(event, 20, at_once=20)] == [200] * 20
    assert heard.count(event.body) == 22
"""
"""Each test of it is looked at by one below."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return ran(tmp_path_factory.mktemp("user"), MODULE)


@pytest.mark.slow
@pytest.mark.parametrize(
    "test",
    [
        "test_lost",
        "test_isolated",
        "test_may_reach_out",
        "test_without_the_kit_nothing_is_refused",
        "test_seed_of_marker",
        "test_at_of_marker",
        "test_courier",
    ],
)
def test_what_is_right_passes(run: Ran, test: str) -> None:
    assert run.outcomes()[test] == "passed", run.section(test)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("test_once_of_two", "stripe.customers.create was to be asked for once; it was, 2 times"),
        ("test_out_of_order", "stripe.refunds.create is missing in it"),
        (
            "test_unmatched",
            "GET /v1/custmers at stripe; nearest: GET /v1/customers (customers.list)",
        ),
        ("test_reaches_out_and_forgives", "tried to reach other machines: 192.0.2.1"),
        ("test_looks_up_in_a_thread", "tried to reach other machines: api.stripe.com"),
        ("test_prints", "secrets leaked: stripe.key is in Captured stdout call"),
        ("test_logs_encoded", "secrets leaked: github.token is in the log of client"),
        ("test_shows_in_failure", "fault that never struck: stall before_effect on stripe.*"),
        ("test_plants_what_there_is", "secrets leaked: phone is in the log of client"),
    ],
)
def test_what_is_wrong_fails_and_says_why(run: Ran, test: str, says: str) -> None:
    assert run.outcomes()[test] == "failed"
    assert says in run.section(test)


def test_what_was_on_the_wire_is_shown_without_bodies_and_credentials(run: Ran) -> None:
    shown = run.section("test_once_of_two").partition("- bridgewright -")[2]
    assert shown.count("POST /v1/customers (stripe.customers.create): 200") == 2
    assert "private person" not in shown
    assert "sk_test_" not in run.said


@pytest.mark.slow
def test_a_failure_tells_the_seed_that_repeats_it(run: Ran, tmp_path: Path) -> None:
    [seed] = {
        line.partition("seed ")[2].split()[0]
        for line in run.section("test_own_seed").splitlines()
        if line.startswith("seed ")
    }
    assert f"drawn {seed}" in run.section("test_own_seed")
    again = ran(tmp_path, MODULE, f"--bw-seed={seed}", "-k", "test_own_seed")
    assert f"drawn {seed}" in again.section("test_own_seed")


RECORDED = """
import httpx2
import pytest


def asked(bw, provider, name=""):
    headers = {"authorization": "Bearer " + bw.leaks.secret("stripe.key")}
    tape = bw.cassette(provider, name)
    made = httpx2.post(f"{tape.url}/v1/customers", headers=headers, data={"name": "Ann"})
    assert made.status_code == 200
    return made.json()["id"]


def test_plays(bw):
    provider = "http://127.0.0.1:9"
    if bw.cassette_records:
        provider = bw.sim.stripe.url
    assert asked(bw, provider).endswith("0001")


def test_fails(bw):
    asked(bw, bw.sim.stripe.url)
    raise ValueError
"""


@pytest.mark.slow
def test_a_cassette_is_recorded_by_a_test_that_passed_and_played_ever_after(tmp_path: Path) -> None:
    module = RECORDED.replace("bw.cassette_records", "RECORDS")
    first = ran(tmp_path, f"RECORDS = True\n{module}", "--bw-record=new")
    assert first.outcomes() == {"test_plays": "passed", "test_fails": "failed"}, first.said
    assert [path.name for path in tmp_path.glob("cassettes/test_it/*")] == ["test_plays.json"]
    assert "{{secret:stripe.key}}" in (tmp_path / "cassettes/test_it/test_plays.json").read_text()
    again = ran(tmp_path, f"RECORDS = False\n{module}", "-k", "test_plays")
    assert again.outcomes() == {"test_plays": "passed"}, again.said
    anew = ran(tmp_path, f"RECORDS = True\n{module}", "-k", "test_plays", "--bw-record=refresh")
    assert "bridgewright: recorded anew" in anew.said
    asked_more = module.replace('"name": "Ann"', '"name": "Bob"')
    other = ran(tmp_path, f"RECORDS = False\n{asked_more}", "-k", "test_plays")
    assert other.outcomes() == {"test_plays": "failed"}


BY_THE_CLOCK = """
import pytest

from bridgewright import Bridge, RetryLater


def test_hours_pass(bw, monkeypatch, tmp_path):
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", bw.leaks.secret("stripe.webhook"))
    monkeypatch.setenv("BRIDGEWRIGHT_STORE", str(tmp_path / "store.db"))
    bridge, tried = Bridge.from_env(), []

    @bridge.on("stripe", "*")
    def handle(event):
        tried.append(bw.clock.now())
        if len(tried) < 3:
            raise RetryLater(3_600, "not yet")

    bw.work(bridge)
    courier = bw.courier("stripe", to=bridge.inbox, path="/stripe")
    assert courier.deliver(courier.happen("customer.created")).taken
    bw.clock.advance(3 * 3_600)
    assert [round(at - tried[0]) for at in tried] == [0, 3_600, 7_200]
"""


BACKING_OFF = """
import stripe

from bridgewright import Bridge


def test_a_call_backs_off(bw, monkeypatch, tmp_path):
    monkeypatch.setenv("STRIPE_SECRET_KEY", bw.leaks.secret("stripe.key"))
    monkeypatch.setenv("BRIDGEWRIGHT_STORE", str(tmp_path / "store.db"))
    monkeypatch.setenv("BRIDGEWRIGHT_CONNECTIONS_STRIPE_BASE_URL", bw.sim.stripe.url)
    monkeypatch.setenv("BRIDGEWRIGHT_CONNECTIONS_STRIPE_DEADLINE_S", "600")
    monkeypatch.setenv("BRIDGEWRIGHT_CONNECTIONS_STRIPE_MAX_WAIT_S", "60")
    bridge = Bridge.from_env()
    bw.drive(bridge)
    bw.faults.on("stripe.*").first(1).status(429, retry_after=30)
    began = bw.clock.now()
    bridge.connect("stripe").v1.customers.create({"name": "Ann"})
    assert bw.clock.now() - began >= 30
    assert bw.wire.attempts("stripe.customers.create") == 2
    bridge.close()
"""


@pytest.mark.slow
def test_a_call_in_the_thread_of_the_test_backs_off_by_its_clock(tmp_path: Path) -> None:
    run = ran(tmp_path, BACKING_OFF)
    assert run.outcomes() == {"test_a_call_backs_off": "passed"}, run.said


@pytest.mark.slow
def test_a_worker_goes_by_the_clock_of_the_test(tmp_path: Path) -> None:
    run = ran(tmp_path, BY_THE_CLOCK)
    assert run.outcomes() == {"test_hours_pass": "passed"}, run.said


@pytest.mark.slow
def test_several_processes_come_to_the_same(run: Ran, tmp_path: Path) -> None:
    together = ran(tmp_path, MODULE, "-n", "3")
    assert together.counts() == run.counts()
    assert together.code == run.code == 1


def test_the_plugin_costs_nothing_until_it_is_used() -> None:
    code = (
        "import sys, bridgewright.pytest_plugin; "
        "print([m for m in sys.modules if m.startswith('bridgewright.')"
        " and m != 'bridgewright.pytest_plugin'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
