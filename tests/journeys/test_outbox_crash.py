"""Killed at each point of a sending: a keyed call is made exactly once, an unkeyed one at most once."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridgewright import Cause, State
from bridgewright.core.effects import ShowItem
from bridgewright.core.model.moment import later
from bridgewright.engine.drive.clock import Chance, now
from bridgewright.engine.outbox import send
from bridgewright.simulate.stand import Mood
from bridgewright.simulate.stripe.simulator import StripeSimulator
from bridgewright.simulate.twilio import TwilioSimulator
from tests.journeys.outbox_crashing import POINTS, runtime_of
from tests.journeys.test_calls_in_handlers import KEY, PAYMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bridgewright.core.model.operation import ItemDetail

ROOT = Path(__file__).parents[2]
SMS = {"to": "+15005550006", "from_": "+15005550001", "body": "your order"}
PATIENCE_S = 20.0


class Street:
    """Two simulated providers, a store, and workers that come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stripe, self.twilio = StripeSimulator(slow_s=0.5), TwilioSimulator(slow_s=0.5)
        urls = {"stripe": self.stripe.start(), "twilio": self.twilio.start()}
        (folder / "urls").write_text(json.dumps(urls))
        for name, text in {"stripe": KEY, "token": "x", "sid": self.twilio.account}.items():
            (folder / name).write_text(text)

    def close(self) -> None:
        self.stripe.close()
        self.twilio.close()

    def store(self, operation: str, arguments: dict[str, Any]) -> int:
        runtime = runtime_of(self.folder)
        entry = runtime.dispatch.entry(operation, arguments, "order-17", "")
        receipt = runtime.run(send(entry))
        runtime.close()
        return receipt.item_id

    def killed(self, point: str) -> None:
        """A worker that dies there."""
        command = [sys.executable, "-m", "tests.journeys.outbox_crashing", self.folder, point]
        worker = subprocess.Popen(command, cwd=ROOT)
        if point == "during":
            self._until_heard()
            worker.send_signal(signal.SIGKILL)
        assert worker.wait(PATIENCE_S) == -signal.SIGKILL

    def _until_heard(self) -> None:
        """Until the bytes have arrived: looked for, for no worker tells of them."""
        heard = (self.stripe.stand.journal, self.twilio.stand.journal)
        self.until(lambda: any(journal.entries for journal in heard))
        self.stripe.be(Mood.WELL)
        self.twilio.be(Mood.WELL)

    def until(self, seen: Callable[[], object]) -> None:
        gives_up_s = time.monotonic() + PATIENCE_S
        while not seen():
            assert time.monotonic() < gives_up_s

    def recover(self, item_id: int) -> ItemDetail:
        """What a worker makes of it, once the lease has run out."""
        runtime = runtime_of(self.folder, Chance(lambda: later(now(), 61)))
        asyncio.run(runtime.work(until_idle=True))
        detail = runtime.store.answer(ShowItem(item_id))
        runtime.close()
        assert detail is not None
        return detail


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    made = Street(tmp_path)
    yield made
    made.close()


@pytest.mark.slow
@pytest.mark.parametrize("point", [*POINTS, "during"])
def test_a_keyed_call_is_made_exactly_once(street: Street, point: str) -> None:
    asked = PAYMENT | {"metadata": {"order": "17"}}
    item_id = street.store("stripe.payment_intents.create", asked)
    street.stripe.be(Mood.SLOW if point == "during" else Mood.WELL)
    street.killed(point)
    if point == "during":
        street.until(
            street.stripe.charges
        )  # until then a repeat is told that its first is under way
    detail = street.recover(item_id)
    assert (detail.row.state, detail.row.result[:3]) == (State.DONE, "pi_")
    assert street.stripe.charges_per("order") == {"17": 1}


@pytest.mark.slow
@pytest.mark.parametrize("point", [*POINTS, "during"])
def test_an_unkeyed_call_is_made_at_most_once(street: Street, point: str) -> None:
    item_id = street.store("twilio.messages.create", SMS)
    street.twilio.be(Mood.SLOW if point == "during" else Mood.WELL)
    street.killed(point)
    row = street.recover(item_id).row
    sent = len(street.twilio.messages())
    if point == "before mark":  # nothing can have gone out: it goes out now
        assert (sent, row.state) == (1, State.DONE)
    elif point == "after mark":  # nobody can know that nothing did
        assert (sent, row.state, row.cause) == (0, State.DEAD, Cause.AMBIGUOUS)
    elif point == "after answer":  # found at the provider
        assert (sent, row.state) == (1, State.DONE)
    else:
        assert sent <= 1
        assert row.state is State.DONE or row.cause is Cause.AMBIGUOUS
