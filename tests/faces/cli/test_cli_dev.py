"""`dev`: a project with its providers on one port, begun anew when it changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx2
import pytest
import stripe

from tests.faces.cli.test_cli_sim import free_ports, run, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

APP = """
from bridgewright import Bridge, Event

bridge = Bridge.from_env()


@bridge.on("stripe", "*")
def handle(event: Event) -> None:
    print("handled by VERSION:", event.type, flush=True)
"""


@dataclass
class Dev:
    folder: Path
    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    _said: threading.Condition = field(default_factory=threading.Condition)
    listening: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.listening = threading.Thread(target=self._listen)

    @classmethod
    def begin(cls, folder: Path) -> Dev:
        port = free_ports(1)
        write(folder, "one")
        process = subprocess.Popen(
            [sys.executable, "-m", "bridgewright", "dev", "app:bridge", "--port", str(port)],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        made = cls(folder, port, process)
        made.listening.start()
        return made

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                with self._said:
                    self.lines.append(line)
                    self._said.notify_all()

    def wait_for(self, right: Callable[[str], bool]) -> str:
        with self._said:
            assert self._said.wait_for(lambda: any(map(right, self.lines)), 60), self.lines
            return next(line for line in self.lines if right(line))


def write(folder: Path, version: str) -> None:
    (folder / "app.py").write_text(APP.replace("VERSION", version), encoding="utf-8")


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    made = Dev.begin(tmp_path)
    made.wait_for(lambda line: "worker started" in line)
    yield made
    made.process.send_signal(signal.SIGINT)
    assert made.process.wait(30) == 0
    made.listening.join()


def test_what_happens_at_a_provider_comes_back_signed_and_is_handled(dev: Dev) -> None:
    client = stripe.StripeClient(
        "sk_test_simulated", base_addresses={"api": f"{dev.url}/sim/stripe"}
    )
    client.v1.customers.create({"name": "Ann"})
    dev.wait_for(lambda line: "handled by one: customer.created" in line)
    shown("trigger", "stripe", "invoice.payment_failed", "--at", dev.url)
    dev.wait_for(lambda line: "handled by one: invoice.payment_failed" in line)


def test_a_change_is_taken_over_and_webhooks_wait_for_it(dev: Dev) -> None:
    write(dev.folder, "two")
    dev.wait_for(lambda line: "begun anew: app.py" in line)
    shown("trigger", "stripe", "invoice.paid", "--at", dev.url)
    dev.wait_for(lambda line: "handled by two: invoice.paid" in line)


def test_a_mistake_is_shown_and_mended_without_beginning_anew_by_hand(dev: Dev) -> None:
    (dev.folder / "app.py").write_text("syntax error(", encoding="utf-8")
    dev.wait_for(lambda line: "app:bridge does not run" in line)
    assert any("SyntaxError" in line for line in dev.lines)
    shown("trigger", "stripe", "invoice.paid", "--at", dev.url)
    write(dev.folder, "three")
    dev.wait_for(lambda line: "handled by three: invoice.paid" in line)


def test_a_provider_that_is_not_simulated_here_is_said(dev: Dev) -> None:
    answer = httpx2.get(f"{dev.url}/sim/twilio/")
    assert answer.status_code == 404
    assert answer.json()["error"] == "'twilio' is not simulated here; those that are: stripe"


def test_a_port_that_is_taken_is_said_with_the_next_step(dev: Dev) -> None:
    done = run("dev", "app:bridge", "--port", str(dev.port))
    assert done.returncode == 2
    assert "choose another with --port" in done.stderr
