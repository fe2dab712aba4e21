"""`sim` and `trigger`: simulated providers that run beside the shell."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import stripe

from bridgewright.simulate import catalogue
from bridgewright.simulate.listener import HOST, Listener, LoopThread, answering
from bridgewright.simulate.wire import Heard, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "whsec_made_up_for_the_command_line"
COMMAND = [sys.executable, "-m", "bridgewright"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def shown(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody has, out of a range that other test processes keep
    away from, and the system as well, which gives away those from 32,768."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    begin = 20_000 + worker % 20 * 500
    return next(
        first
        for first in itertools.chain(
            range(begin + os.getpid() % 400, begin + 490), range(begin, begin + 490)
        )
        if all(map(_free, range(first, first + count)))
    )


def _free(port: int) -> bool:
    with socket.socket() as held:
        try:
            held.bind((HOST, port))
        except OSError:
            return False
    return True


@dataclass
class Hook:
    heard: list[Heard]
    url: str = ""

    async def answer(self, heard: Heard) -> Reply:
        self.heard.append(heard)
        return Reply(200)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made, thread = Hook([]), LoopThread("hook")
    listener = Listener(answering(made.answer))
    made.url = f"http://{HOST}:{thread.run(listener.start())}/hook"
    yield made
    thread.run(listener.close())
    thread.close()


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[str]
    urls: dict[str, str]
    port: str

    @classmethod
    def begin(cls, *arguments: str) -> Running:
        port = str(free_ports(len(catalogue.names())))
        command = [*COMMAND, "sim", "serve", *arguments, "--port", port]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "STRIPE_WEBHOOK_SECRET": SECRET, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stderr is not None
        assert process.stdout is not None
        said = process.stderr.readline()
        assert said.startswith("serving"), said
        names = [each for each in arguments if each in catalogue.names()] or catalogue.names()
        lines = [process.stdout.readline().split() for _ in names]
        return cls(process, dict(lines), port)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait()


@pytest.fixture
def running(hook: Hook) -> Iterator[Running]:
    made = Running.begin("stripe", "--deliver", f"stripe={hook.url}")
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.mark.slow
def test_a_simulator_holds_what_it_was_asked_until_it_is_made_new(running: Running) -> None:
    client = stripe.StripeClient("sk_test_1", base_addresses={"api": running.urls["stripe"]})
    made = client.v1.customers.create({"name": "Ann"})
    state = shown("sim", "state", "stripe", "--at", running.port)
    assert made.id in json.dumps(state)
    [asked] = shown("sim", "journal", "stripe", "--at", running.port)["requests"]
    assert (asked["operation"], asked["status"]) == ("customers.create", 200)
    assert "sk_test_1" not in json.dumps(asked)
    assert run("sim", "reset", "stripe", "--at", running.port).returncode == 0
    assert made.id not in json.dumps(shown("sim", "state", "stripe", "--at", running.port))
    assert running.end() == 0


@pytest.mark.slow
def test_a_fault_is_put_in_force_and_taken_back(running: Running) -> None:
    rule = {"kind": "status", "status": 500, "where": "stripe.*", "when": {"first": 1}}
    told = shown("sim", "fault", "stripe", json.dumps(rule), "--at", running.port)
    assert told["faults"] == [rule | {"phase": "before_effect"}]
    headers = {"authorization": "Bearer sk_test_1"}
    url = f"{running.urls['stripe']}/v1/customers"
    assert [httpx2.get(url, headers=headers).status_code for _ in range(2)] == [500, 200]
    cleared = shown("sim", "fault", "stripe", "--clear", "--at", running.port)
    assert cleared["faults"] == []
    wrong = run("sim", "fault", "stripe", '{"kind": "explode"}', "--at", running.port)
    assert wrong.returncode == 2
    assert "kind is one of status" in wrong.stderr


@pytest.mark.slow
def test_what_is_triggered_arrives_signed_and_is_there(running: Running, hook: Hook) -> None:
    arguments = ("trigger", "stripe", "invoice.payment_failed", "--at", running.port)
    event = shown(*arguments)["event"]
    while not any(event["id"].encode() in heard.body for heard in hook.heard):
        continue
    [heard] = [each for each in hook.heard if event["id"].encode() in each.body]
    signature = heard.header("stripe-signature") or ""
    assert stripe.WebhookSignature.verify_header(heard.body.decode(), signature, SECRET, 300)
    state = json.dumps(shown("sim", "state", "stripe", "--at", running.port))
    assert event["data"]["object"]["customer"] in state


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["invoice.payed"], "cannot be triggered; what can: "),
        (["invoice.paid", "custommer=cus_1"], "invoice.paid has no 'custommer'; it takes"),
        (["invoice.paid", "customer"], "'customer' is no override: name=value"),
    ],
)
def test_what_cannot_be_triggered_is_said_with_what_can(
    running: Running, arguments: list[str], says: str
) -> None:
    done = run("trigger", "stripe", *arguments, "--at", running.port)
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.slow
def test_a_page_in_a_browser_moves_nothing(running: Running) -> None:
    url = f"{running.urls['stripe']}/_sim/reset"
    assert httpx2.post(url, headers={"origin": "https://evil.example"}).status_code == 403
    assert httpx2.post(url, headers={"host": "rebound.example:80"}).status_code == 403
    assert httpx2.post(url).status_code == 204


@pytest.mark.slow
def test_nobody_there_is_said_with_the_next_step() -> None:
    done = run("sim", "state", "stripe", "--at", str(free_ports(10)))
    assert done.returncode == 1
    assert "start one with `bridgewright sim serve`" in done.stderr


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_with_the_next_step(running: Running) -> None:
    done = run("sim", "serve", "stripe", "--port", running.port)
    assert done.returncode == 2
    assert "choose others with --port" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["stripe", "--deliver", "stripe=https://example.com/hook"], "is not on this machine"),
        (["stripe", "--deliver", "twilio=http://localhost:1"], "twilio is not simulated here"),
        (["strip"], "'strip' is not simulated; those that are:"),
    ],
)
def test_what_cannot_be_served_is_said_before_anything_is(arguments: list[str], says: str) -> None:
    done = run("sim", "serve", *arguments)
    assert done.returncode == 2
    assert says in done.stderr


@pytest.mark.slow
def test_the_list_names_every_provider_and_what_it_can_do() -> None:
    found = {each["name"]: each for each in shown("sim", "list")["providers"]}
    assert tuple(found) == catalogue.names()
    assert "payment_intents.create" in found["stripe"]["operations"]
