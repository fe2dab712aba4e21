"""Order, staleness, bounds, retention and pauses, from a delivery through a worker to what is kept."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import (
    Bridge,
    ConfigurationError,
    Event,
    PermanentFailure,
    Secret,
    Selection,
    State,
)
from bridgewright.connectors import webhook
from bridgewright.core.control import Erase, Retain
from bridgewright.core.effects import ask
from bridgewright.core.model import fact as facts
from bridgewright.core.model.moment import later
from bridgewright.engine.drive.clock import now
from bridgewright.settings import (
    ConnectorSettings,
    Settings,
    SourceSettings,
    StoreSettings,
    WorkSettings,
    load,
)

if TYPE_CHECKING:
    from pathlib import Path

SECRET = Secret("whsec_control")
DAY_S = 86_400.0


def bridge_of(folder: Path, *, bounds: Any = (), **source: Any) -> Bridge:
    sources = (SourceSettings("stripe", secrets=(SECRET,), **source),)
    work = WorkSettings(backoff_base_s=0.0, max_attempts=3)
    store = StoreSettings(folder / "control.db")
    return Bridge(Settings(store=store, sources=sources, work=work, connectors=bounds))


def deliver(
    bridge: Bridge, key: str, event_type: str = "invoice.paid", *, customer: str = "", at: int = 0
) -> None:
    body = {"id": key, "type": event_type, "created": at or 1_700_000_000}
    body |= {"data": {"object": {"id": f"in_{customer}", "customer": customer or key}}}
    sent = json.dumps(body).encode()
    fields = webhook("stripe").sign([SECRET], sent, message_id="", at=now()).headers
    headers = {name.decode(): value.decode() for name, value in fields}
    assert bridge.receive("stripe", headers=headers, body=sent).status == 200


class Busy:
    """A handler that counts how often it runs at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running = self.most = 0
        self.began_s: list[float] = []

    def __call__(self, event: Event) -> None:
        del event
        with self.lock:
            self.began_s.append(time.monotonic())
            self.running += 1
            self.most = max(self.most, self.running)
        threading.Event().wait(0.01)  # long enough to meet another
        with self.lock:
            self.running -= 1


def test_a_customers_events_are_handled_in_order_by_the_connectors_default(tmp_path: Path) -> None:
    bridge = bridge_of(tmp_path, order="connector")
    seen: list[tuple[str, str]] = []

    @bridge.on("stripe")
    def handle(event: Event) -> None:
        if event.attempt == 1 and event.event_id in {"a1", "b2"}:
            raise ValueError
        seen.append((event.json()["data"]["object"]["customer"], str(event.event_id)))

    for n in range(4):
        for customer in "abc":
            deliver(bridge, f"{customer}{n}", customer=customer)
    bridge.work(until_idle=True)
    bridge.close()
    for customer in "abc":
        assert [key for who, key in seen if who == customer] == [f"{customer}{n}" for n in range(4)]


@pytest.mark.parametrize(("after_death", "handled"), [("block", ["a2"]), ("pass", ["a2", "a3"])])
def test_a_dead_letter_blocks_its_key_or_not_by_setting(
    tmp_path: Path, after_death: str, handled: list[str]
) -> None:
    bridge = bridge_of(tmp_path, order="data.object.customer", order_after_death=after_death)
    seen: list[str] = []

    @bridge.on("stripe")
    def handle(event: Event) -> None:
        if event.event_id == "a1":
            raise PermanentFailure("no")
        seen.append(str(event.event_id))

    deliver(bridge, "a1", customer="a")
    deliver(bridge, "a3", customer="a")
    deliver(bridge, "a2", customer="b")
    bridge.work(until_idle=True)
    assert sorted(seen) == handled
    bridge.cancel(1, reason="not needed", actor="jane")
    bridge.work(until_idle=True)
    bridge.close()
    assert sorted(seen) == ["a2", "a3"]


@pytest.mark.parametrize("stale", ["handle", "flag", "skip"])
def test_an_event_that_is_older_than_one_handled_is_handled_flagged_or_skipped(
    tmp_path: Path, stale: str
) -> None:
    bridge = bridge_of(tmp_path, order="connector", stale=stale)
    told: list[Any] = []
    bridge.observe(told.append)
    seen: list[tuple[str, bool]] = []

    @bridge.on("stripe")
    def handle(event: Event) -> None:
        seen.append((str(event.event_id), event.stale))

    deliver(bridge, "new", customer="a", at=1_700_000_100)
    deliver(bridge, "old", customer="a", at=1_700_000_050)
    deliver(bridge, "newest", customer="a", at=1_700_000_200)
    bridge.work(until_idle=True)
    rows = {row.event_id: (row.state, row.note) for row in bridge.events()}
    bridge.close()
    old = {"handle": [("old", False)], "flag": [("old", True)], "skip": []}[stale]
    assert seen == [("new", False), *old, ("newest", False)]
    assert rows["old"] == (State.DONE, "stale" if stale == "skip" else "")
    skipped = [fact.item_id for fact in told if isinstance(fact, facts.EventSkipped)]
    assert skipped == ([2] if stale == "skip" else [])


def test_a_source_runs_no_more_at_once_than_it_may(tmp_path: Path) -> None:
    bridge, busy = bridge_of(tmp_path, concurrency=2), Busy()
    bridge.on("stripe")(busy)
    for n in range(20):
        deliver(bridge, f"k{n}")
    bridge.work(until_idle=True)
    bridge.close()
    assert (busy.most, len(busy.began_s)) == (2, 20)


def test_a_connector_bounds_its_sources_together(tmp_path: Path) -> None:
    bridge = bridge_of(tmp_path, bounds=(ConnectorSettings("stripe", concurrency=1),))
    busy = Busy()
    bridge.on("stripe")(busy)
    for n in range(6):
        deliver(bridge, f"k{n}")
    bridge.work(until_idle=True)
    bridge.close()
    assert (busy.most, len(busy.began_s)) == (1, 6)


@pytest.mark.slow
def test_a_handlers_bound_holds_up_no_other_and_counts_what_goes_to_it_only(tmp_path: Path) -> None:
    bridge = bridge_of(tmp_path)
    slow, special, free = Busy(), Busy(), Busy()
    bridge.on("stripe", "invoice.*", concurrency=1)(slow)
    bridge.on("stripe", "invoice.voided")(special)
    bridge.on("stripe")(free)
    for n in range(24):
        deliver(bridge, f"i{n}")
    for n in range(8):
        deliver(bridge, f"v{n}", "invoice.voided")
        deliver(bridge, f"c{n}", "charge.failed")
    bridge.work(until_idle=True)
    bridge.close()
    assert (slow.most, len(slow.began_s)) == (1, 24)
    assert special.most > 1
    assert free.most > 1
    # What came last was not held up by what came first.
    assert max(special.began_s + free.began_s) < sorted(slow.began_s)[12]


def test_a_rate_spaces_what_begins_and_an_idle_worker_waits_for_it(tmp_path: Path) -> None:
    bridge, busy = bridge_of(tmp_path), Busy()
    bridge.on("stripe", rate_per_s=20)(busy)
    for n in range(8):
        deliver(bridge, f"k{n}")
    bridge.work(until_idle=True)
    bridge.close()
    assert len(busy.began_s) == 8
    assert busy.began_s[-1] - busy.began_s[0] >= 7 / 20 - 0.03


def test_high_types_are_claimed_first(tmp_path: Path) -> None:
    bridge = bridge_of(tmp_path, high_types="charge.dispute.*, radar.*", concurrency=1)
    seen: list[str] = []

    @bridge.on("stripe")
    def handle(event: Event) -> None:
        seen.append(event.type)

    for n in range(4):
        deliver(bridge, f"n{n}")
    deliver(bridge, "d", "charge.dispute.created")
    bridge.work(until_idle=True)
    bridge.close()
    assert seen == ["charge.dispute.created"] + ["invoice.paid"] * 4


def test_a_worker_forgets_what_is_past_its_time(tmp_path: Path) -> None:
    bridge = bridge_of(tmp_path, retention_days=2.0)

    @bridge.on("stripe")
    def handle(event: Event) -> None:
        if event.event_id == "dies":
            raise PermanentFailure("no")

    for key in ("done", "dies"):
        deliver(bridge, key)
    bridge.work(until_idle=True)
    runtime = bridge._runtime  # noqa: SLF001 - its store, at another time
    kept = runtime.run(ask(Retain((("stripe", 2 * DAY_S),), later(now(), 2 * DAY_S - 60))))
    gone = runtime.run(ask(Retain((("stripe", 2 * DAY_S),), later(now(), 2 * DAY_S + 60))))
    assert (kept.gone, gone.gone) == (0, 1)
    assert [row.event_id for row in bridge.events()] == ["dies"]
    bridge.close()


def test_an_erased_dead_letter_that_is_redriven_reaches_no_handler(tmp_path: Path) -> None:
    bridge = bridge_of(tmp_path)
    seen: list[str] = []

    @bridge.on("stripe")
    def handle(event: Event) -> None:
        seen.append(str(event.event_id))
        raise PermanentFailure("no")

    deliver(bridge, "k")
    bridge.work(until_idle=True)
    assert bridge._runtime.run(ask(Erase((1,), "asked to", "jane", now()))) == (1,)  # noqa: SLF001
    plan = bridge.redrive.plan(Selection(), reason="again", actor="jane")
    bridge.redrive.run(plan.id, actor="jane")
    bridge.redrive.advance(plan.id)
    bridge.work(until_idle=True)
    [row] = bridge.events()
    bridge.close()
    assert (seen, row.state) == (["k"], State.DEAD)
    assert "erased" in row.failure


@pytest.mark.parametrize("kwargs", [{"concurrency": 0}, {"rate_per_s": 0.0}, {"rate_per_s": 1e9}])
def test_a_bound_that_is_none_is_refused(tmp_path: Path, kwargs: Any) -> None:
    bridge = bridge_of(tmp_path)
    with pytest.raises(ConfigurationError, match=r"is 0|1e\+09"):
        bridge.on("stripe", **kwargs)
    bridge.close()


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[sources.stripe]\norder = "a b"', "order must be none, connector, or a place"),
        ('[sources.stripe]\norder_after_death = "stop"', "must be block or pass"),
        ('[sources.stripe]\nstale = "drop"', "must be one of handle, flag, skip"),
        ('[sources.stripe]\npriority = "low"', "must be high or normal"),
        ('[sources.stripe]\nhigh_types = "a,,b"', "has an empty pattern"),
        ("[sources.stripe]\nretention_days = 0", "allowed is 0.01 to 3650 days"),
        ('[sources.slack]\norder = "connector"', "slack knows no place to order by"),
        ('[sources.github]\nstale = "skip"', "github knows no place of its resources"),
        ("[sources.stripe]\n[connectors.strip]\nconcurrency = 1", "there is no connector 'strip'"),
        ("[sources.stripe]\n[connectors.stripe]\nrate_per_s = 0", "allowed is 0.001 to 10000"),
    ],
)
def test_a_setting_of_control_that_is_wrong_says_where_and_how(
    tmp_path: Path, table: str, told: str
) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text(table)
    names = ("STRIPE_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET", "SLACK_SIGNING_SECRET")
    with pytest.raises(ConfigurationError, match=told) as raised:
        load(file, dict.fromkeys(names, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    assert "bridgewright.toml:" in str(raised.value)


def test_the_environment_sets_them_too(tmp_path: Path) -> None:
    file = tmp_path / "bridgewright.toml"
    file.write_text("[sources.stripe]\n[connectors.stripe]")
    environ = {
        "STRIPE_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "BRIDGEWRIGHT_SOURCES_STRIPE_ORDER": "connector",
        "BRIDGEWRIGHT_SOURCES_STRIPE_RETENTION_DAYS": "30",
        "BRIDGEWRIGHT_CONNECTORS_STRIPE_RATE_PER_S": "5",
    }
    settings = load(file, environ)
    [source], [bounds] = settings.sources, settings.connectors
    assert (source.order, source.retention_days, bounds.rate_per_s) == ("connector", 30, 5)
