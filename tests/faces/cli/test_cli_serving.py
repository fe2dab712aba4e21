"""Processes that stay up: serve and worker, from their start to their end in order."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from bridgewright import Secret
from bridgewright.connectors import webhook
from bridgewright.core.model.inbound import Delivery, Headers, Verified
from bridgewright.core.model.moment import from_seconds
from tests.faces.cli.shop import KEY, Shop, signed, stripe_body

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

APP = """
import os
from bridgewright import Bridge
bridge = Bridge.from_env()

@bridge.on("stripe")
def handle(event):
    print(f"handled {event.event_id}\\n", end="", flush=True)  # one write: threads share the pipe

@bridge.on("github")
def wait(event):
    print("began", flush=True)
    open("gate").read()
    print("ended", flush=True)
"""


def ended(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait for the end; what was still to be read."""
    return process.communicate(timeout=30)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def staffed(shop: Shop) -> Shop:
    (shop.folder / "app.py").write_text(APP)
    return shop


@pytest.mark.slow
def test_serve_receives_and_handles_and_ends_in_order(staffed: Shop) -> None:
    process = staffed.start("serve", "app:bridge", "--port", "0", "--json")
    assert process.stdout is not None
    started = json.loads(process.stdout.readline())
    assert started["sources"][1] == {"name": "github", "path": "/webhooks/github"}
    url = started["url"]
    assert url.startswith("http://127.0.0.1:")
    body = stripe_body(1)
    assert post(f"{url}/stripe", body, signed("stripe", body)) == 200
    assert process.stdout.readline() == "handled evt_1\n"
    assert post(f"{url}/stripe", body, signed("stripe", body)) == 200
    assert post(f"{url}/stripe", body + b" ", signed("stripe", body)) in {400, 401}
    assert post(f"{url}/nobody", body, {}) == 404
    assert post(url.replace("/webhooks", "/elsewhere"), body, {}) == 404
    process.send_signal(signal.SIGTERM)
    out, err = ended(process)
    assert process.returncode == 0
    assert out == ""
    records = [json.loads(line) for line in err.splitlines()]
    assert "worker stopped" in records[-1]["message"]
    assert records[-1]["fact"]["name"] == "WorkerStopped"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An application in any language: an HTTP server that hands on what it was posted."""

    url: str
    posted: SimpleQueue[tuple[Headers, bytes]]


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    posted: SimpleQueue[tuple[Headers, bytes]] = SimpleQueue()

    class Application(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            posted.put((Headers.of(self.headers.items()), self.rfile.read(length)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Application) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Elsewhere(f"http://127.0.0.1:{server.server_port}/events", posted)
        server.shutdown()


@pytest.mark.slow
def test_serve_without_an_application_forwards_what_it_verified(
    tmp_path: Path, elsewhere: Elsewhere
) -> None:
    shop = Shop.open(
        tmp_path,
        "[store]\npath = 'shop.db'\n[sources.stripe.forward]\n"
        f"url = '{elsewhere.url}'\nsecret = 'env:FORWARD_SECRET'\nallow = '127.0.0.0/8'\n",
    )
    process = shop.start("serve", "--port", "0", "--json", FORWARD_SECRET=KEY)
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    body = stripe_body(1)
    assert post(f"{url}/stripe", body, signed("stripe", body)) == 200
    headers, forwarded = elsewhere.posted.get(timeout=30)
    delivery = Delivery("elsewhere", headers, forwarded, received_at=from_seconds(time.time()))
    scheme = webhook("standard").scheme([Secret(KEY)])
    assert isinstance(scheme.verify(delivery, delivery.received_at), Verified)
    assert forwarded == body
    process.send_signal(signal.SIGTERM)
    ended(process)
    assert process.returncode == 0
    assert shop.object("events", "ls")["items"][0]["state"] == "done"


@pytest.mark.slow
def test_serve_without_work_only_receives(staffed: Shop) -> None:
    process = staffed.start("serve", "app:bridge", "--port", "0", "--no-work", "--json")
    assert process.stdout is not None
    url = json.loads(process.stdout.readline())["url"]
    body = stripe_body(1)
    assert post(f"{url}/stripe", body, signed("stripe", body)) == 200
    process.send_signal(signal.SIGINT)
    out, _ = ended(process)
    assert (process.returncode, out) == (0, "")
    assert staffed.object("events", "ls")["items"][0]["state"] == "waiting"


@pytest.mark.slow
def test_serve_without_an_application_says_what_nobody_handles(shop: Shop) -> None:
    process = shop.start("serve", "--port", "0")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, err = ended(process)
    assert process.returncode == 0
    assert "warning: nothing handles the events of stripe, github" in err


@pytest.mark.slow
def test_serve_refuses_a_port_that_is_taken(staffed: Shop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = staffed.start("serve", "app:bridge", "--port", str(port))
        _, err = ended(process)
    assert process.returncode == 2
    assert f"error[configuration]: cannot listen on 127.0.0.1 port {port}" in err


@pytest.mark.slow
def test_serve_refuses_to_listen_for_nothing(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, "[store]\npath='shop.db'\n")
    process = shop.start("serve", STRIPE_WEBHOOK_SECRET="", GITHUB_WEBHOOK_SECRET="")
    _, err = ended(process)
    assert process.returncode == 2
    assert "error[configuration]" in err


@pytest.mark.slow
def test_serve_refuses_a_store_that_is_none(staffed: Shop) -> None:
    (staffed.folder / "shop.db").write_bytes(b"not a database, though long enough for one" * 99)
    process = staffed.start("serve", "app:bridge", "--port", "0")
    out, err = ended(process)
    assert (process.returncode, out) == (3, "")
    assert "error[store]" in err


@pytest.mark.slow
def test_a_worker_handles_what_waits_and_goes_home(staffed: Shop) -> None:
    staffed.receive("invoice.paid", "invoice.paid")
    process = staffed.start("worker", "app:bridge", "--until-idle")
    out, _ = ended(process)
    assert process.returncode == 0
    assert sorted(out.splitlines()) == ["handled evt_1", "handled evt_2"]


def github(shop: Shop) -> None:
    bridge = shop.bridge()
    headers = {"X-GitHub-Event": "ping", "X-GitHub-Delivery": "d1", **signed("github", b"{}")}
    assert bridge.receive("github", headers=headers, body=b"{}").status in {200, 202}
    bridge.close()


def at_work(shop: Shop) -> subprocess.Popen[str]:
    """A worker in the middle of an item, which ends when somebody writes to `gate`."""
    os.mkfifo(shop.folder / "gate")
    github(shop)
    process = shop.start("worker", "app")
    assert process.stdout is not None
    assert process.stdout.readline() == "began\n"
    return process


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_told_to_stop_finishes_what_it_began(
    staffed: Shop, number: signal.Signals
) -> None:
    process = at_work(staffed)
    process.send_signal(number)
    assert process.stderr is not None
    heard = iter(process.stderr.readline, "")
    assert any("stopping" in line for line in heard)
    (staffed.folder / "gate").write_text("open")
    out, _ = ended(process)
    assert (process.returncode, out) == (0, "ended\n")
    assert staffed.object("events", "ls")["items"][0]["state"] == "done"


@pytest.mark.slow
def test_a_second_signal_ends_a_worker_at_once(staffed: Shop) -> None:
    process = at_work(staffed)
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    heard = iter(process.stderr.readline, "")
    assert any("stopping" in line for line in heard)
    process.send_signal(signal.SIGTERM)
    out, _ = ended(process)
    assert (process.returncode, out) == (128 + signal.SIGTERM, "")
    assert staffed.object("events", "ls")["items"][0]["state"] == "leased"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("nowhere:bridge", "there is no module nowhere"),
        ("app:missing", "app:missing is nothing"),
        ("app:handle", "app:handle is a function, not a Bridge"),
        ("app.py", "there is no module app.py"),
        ("./app", "./app does not name a module"),
    ],
)
@pytest.mark.slow
def test_a_place_without_a_bridge_is_refused(staffed: Shop, place: str, expected: str) -> None:
    process = staffed.start("worker", place)
    _, err = ended(process)
    assert process.returncode == 2
    assert expected in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_bug_in_the_application_keeps_its_traceback(staffed: Shop) -> None:
    (staffed.folder / "app.py").write_text("import json\n1 / 0\n")
    process = staffed.start("worker", "app:bridge")
    _, err = ended(process)
    assert process.returncode == 1
    assert "Traceback" in err
    assert "ZeroDivisionError" in err


@pytest.mark.slow
def test_a_worker_without_a_handler_has_nothing_to_do(shop: Shop) -> None:
    process = shop.start("worker")
    _, err = ended(process)
    assert process.returncode == 2
    assert "nothing to do" in err
