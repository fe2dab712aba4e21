"""Simulated providers: what one costs to have, to ask, and for each test that uses the kit."""

from __future__ import annotations

import base64
import gc
import json
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Contender, Contest, Figures, hold
from benchmarks.report import Aim, Column, Half, Ratio, table
from bridgewright.pytest_plugin.kit import Kit
from bridgewright.simulate import catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.place import Place
    from bridgewright.simulate.simulator import Simulator

LIFE, REQUEST, TEST = "start and stop, ms", "request, µs", "test, ms"
LIFE_MS, REQUEST_US, TEST_MS = 5.0, 500.0, 2.0
WORDS = (
    "`start and stop`: one provider made, opened and closed. `request`: one round trip on a kept connection"
    " by a client of raw sockets in the same process, both sides counted; each creates an object."
)
FLOOR = "http.server of the standard library"
TESTS = "What a test that uses `bw` pays before and after its own lines."


@dataclass(frozen=True, slots=True)
class Effort:
    """How much: rounds, lives and requests in a turn."""

    rounds: int = 5
    lives: int = 50
    requests: int = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that creates something."""

    path: str
    headers: dict[str, str]
    body: bytes

    def written(self) -> bytes:
        """As it goes on the wire."""
        fields = {"host": "127.0.0.1:1", "content-length": str(len(self.body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + self.body


def run(effort: Effort, folder: Path) -> Half:
    """Measure it all."""
    contenders = [_floor(effort), *(_provider(name, effort) for name in ASKED)]
    costs = hold("each provider", WORDS, contenders, effort.rounds, folder)
    kits = hold(
        "the kit", TESTS, [_kit(effort, ()), _kit(effort, ("stripe",))], effort.rounds, folder
    )
    columns = [Column(LIFE, LIFE, 2, spread=True), Column(REQUEST, REQUEST, 0, spread=True)]
    texts = [
        table(costs, columns, [Ratio(REQUEST, FLOOR, "÷ http.server")]),
        table(kits, [Column(TEST, TEST, 2, spread=True)], []),
    ]
    failed = [name for each in (costs, kits) for name in each.failed()]
    return Half("\n".join(texts), _aims(costs, kits), failed)


def _aims(costs: Contest, kits: Contest) -> list[Aim]:
    def worst(figure: str) -> tuple[str, list[float]]:
        name = max(ASKED, key=lambda each: costs.standings[each].median(figure) or 0.0)
        return name, costs.standings[name].values(figure)

    life, request = worst(LIFE), worst(REQUEST)
    stripe = kits.standings["bw.sim.stripe"].values(TEST)
    return [
        Aim(f"the dearest of all to start and stop ({life[0]})", life[1], "ms", most=LIFE_MS),
        Aim(f"the dearest of all to ask ({request[0]})", request[1], "µs", most=REQUEST_US),
        Aim("a test that uses bw.sim.stripe", stripe, "ms", most=TEST_MS),
    ]


def _provider(name: str, effort: Effort) -> Contender:
    def measure(_: Place) -> Figures:
        catalogue.simulator(name).close()  # imported, and not measured
        gc.collect()
        begun = time.perf_counter()
        for _turn in range(effort.lives):
            simulator = catalogue.simulator(name)
            simulator.start()
            simulator.close()
        life_ms = (time.perf_counter() - begun) / effort.lives * 1_000
        return {LIFE: life_ms, REQUEST: _request_us(_unlimited(name), name, effort.requests)}

    return Contender(name, "D0", "", measure)


def _unlimited(name: str) -> Simulator:
    """One without the limits that its provider has: they would be what is measured."""
    if name == "github":
        from bridgewright.simulate.github.limits import UNLIMITED  # noqa: PLC0415 - as catalogues import

        return catalogue.simulator(name, limits=UNLIMITED)
    if name == "slack":
        return catalogue.simulator(name, burst=1_000_000)
    return catalogue.simulator(name)


def _request_us(simulator: Simulator, name: str, requests: int) -> float:
    simulator.start()
    try:
        return _round_trip_us(simulator.stand.url, ASKED[name].written(), requests)
    finally:
        simulator.close()


def _round_trip_us(url: str, asked: bytes, requests: int) -> float:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _trip(wire, asked)
        gc.collect()
        begun = time.perf_counter()
        for _ in range(requests):
            _trip(wire, asked)
        return (time.perf_counter() - begun) / requests * 1_000_000


def _trip(wire: socket.socket, asked: bytes) -> None:
    wire.sendall(asked)
    answer = wire.recv(65_536)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 20", b"HTTP/1.0 20")):
        raise ValueError(answer[:300].decode("latin-1"))
    length = next(
        (
            int(line[15:])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += wire.recv(65_536)


def _floor(effort: Effort) -> Contender:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write for head and body: two would measure Nagle's algorithm

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    def measure(_: Place) -> Figures:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        asked = Asked("/", {}, b"{}").written()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            return {REQUEST: _round_trip_us(url, asked, effort.requests)}
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    return Contender(FLOOR, "-", "reads a body, says {}, keeps nothing", measure)


def _kit(effort: Effort, used: tuple[str, ...]) -> Contender:
    def measure(_: Place) -> Figures:
        gc.collect()
        begun = time.perf_counter()
        for number in range(effort.lives):
            kit = Kit(number)
            for name in used:
                kit.sim(name)
            kit.close()
        return {TEST: (time.perf_counter() - begun) / effort.lives * 1_000}

    return Contender("".join(f"bw.sim.{name}" for name in used) or "bw", "D0", "", measure)


def _form(**fields: str) -> dict[str, Any]:
    from urllib.parse import urlencode  # noqa: PLC0415 - beside its only use

    return {"content-type": "application/x-www-form-urlencoded", "body": urlencode(fields).encode()}


def _asked(path: str, headers: dict[str, str], content: object = None, **form: str) -> Asked:
    if content is not None:
        return Asked(
            path, {**headers, "content-type": "application/json"}, json.dumps(content).encode()
        )
    made = _form(**form)
    return Asked(path, {**headers, "content-type": made["content-type"]}, made["body"])


_ACCOUNT = "AC" + "5" * 32
_BASIC = "Basic " + base64.b64encode(f"{_ACCOUNT}:{'5' * 32}".encode()).decode()
_MAIL = {
    "personalizations": [{"to": [{"email": "ann@example.com"}]}],
    "from": {"email": "shop@example.com"},
    "subject": "Your order",
    "content": [{"type": "text/plain", "value": "is on its way"}],
}
ASKED = {
    "github": _asked(
        "/repos/octo/hello/issues",
        {"authorization": "Bearer ghp_simulated"},
        {"title": "A parcel is late"},
    ),
    "sendgrid": _asked("/v3/mail/send", {"authorization": "Bearer SG.key"}, _MAIL),
    "slack": _asked(
        "/api/chat.postMessage",
        {"authorization": "Bearer xoxb-1"},
        {"channel": "general", "text": "on its way"},
    ),
    "stripe": _asked(
        "/v1/customers", {"authorization": "Bearer sk_test_1"}, email="ann@example.com"
    ),
    "twilio": _asked(
        f"/2010-04-01/Accounts/{_ACCOUNT}/Messages.json",
        {"authorization": _BASIC},
        To="+14155550123",
        From="+15005550006",
        Body="on its way",
    ),
}
"""What each provider is asked: to create something."""
