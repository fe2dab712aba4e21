"""Processes that share an account through a real Redis, judged by what a real server received."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.loopback import Loopback, Reply
from tests.redis_server import RedisServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

RATE = 60
LEASE_S = 0.25
PATIENCE_S = 30.0


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    yield from serving(tmp_path_factory.mktemp("redis"))


class Provider(Loopback):
    """Notes when each request came."""

    def __init__(self, *replies: Reply) -> None:
        self.came: list[float] = []
        self._noting = threading.Lock()
        super().__init__(*replies)

    def _next(self) -> Reply:
        with self._noting:
            self.came.append(time.monotonic())
            return super()._next()

    def most(self) -> int:
        """The most that came in any second; a tenth of one is what a busy machine notes late."""
        return most_in(self.came, 0.9)

    def wait_for(self, count: int) -> None:
        """Until so many came."""
        deadline = time.monotonic() + PATIENCE_S
        while len(self.came) < count:
            assert time.monotonic() < deadline
            pass_s(0.01)


class Crew:
    """So many processes of `tests.journeys.sharing`, begun together."""

    def __init__(self, processes: int, *arguments: object) -> None:
        command = [sys.executable, "-m", "tests.journeys.sharing", *map(str, arguments)]
        self.each = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        for one in self.each:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"

    def go(self) -> None:
        for one in self.each:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()

    def end(self) -> list[dict[str, Any]]:
        told = [one.communicate(timeout=60)[0] for one in self.each]
        return [json.loads(text) for text in told if text.strip()]


def most_in(came: list[float], window_s: float) -> int:
    """The most that came in any window."""
    came = sorted(came)
    return max((bisect_left(came, at + window_s) - n for n, at in enumerate(came)), default=0)


def most_sent(told: list[dict[str, Any]], window_s: float = 1.0) -> int:
    """The most that were sent in any window, by the clock that the processes share."""
    return most_in([at for one in told for at in one["sent"]], window_s)


def pass_s(seconds: float) -> None:
    """Let real time pass, which is what an outage is made of."""
    threading.Event().wait(seconds)


def prefix() -> str:
    return f"test:{secrets.token_hex(4)}"


def test_three_processes_with_threads_and_loops_keep_one_limit_and_use_it(
    server: RedisServer,
) -> None:
    with Provider(Reply()) as provider:
        url = server.url.reveal()
        crew = Crew(3, provider.url, url, prefix(), 4, 4, f"--rate={RATE}")
        crew.go()
        told = crew.end()
    assert most_sent(told) <= RATE
    assert provider.most() <= RATE
    # A tenth for bursts and a tenth for leases leave four fifths of the rate.
    assert len(provider.came) >= 4 * RATE * 0.6
    for one in told:
        assert one["facts"] == []
        assert one["ended"]["done"]
        assert one["ended"]["done on a loop"]


def test_a_pushback_that_one_heard_stops_all_within_a_lease(server: RedisServer) -> None:
    """Without any rate: what is shared is only that the provider asked us to stay away."""
    calm, told_off = Reply(), Reply(status=429, headers={"Retry-After": "2"})
    with Provider(*[calm] * 150, told_off, calm) as provider:
        crew = Crew(3, provider.url, server.url.reveal(), prefix(), 2, 4)
        crew.go()
        crew.end()
        at = provider.came[150]
    late = [came - at for came in provider.came if at + LEASE_S + 0.15 < came < at + 2.0]
    assert late == []
    assert any(came > at + 2.0 for came in provider.came)


def test_what_a_killed_process_held_comes_back(server: RedisServer) -> None:
    with Provider(Reply()) as provider:
        url = server.url.reveal()
        crew = Crew(2, provider.url, url, prefix(), 4, 5, f"--rate={RATE}")
        crew.go()
        provider.wait_for(RATE)
        crew.each[0].kill()
        at = time.monotonic()
        crew.end()
    assert provider.most() <= RATE
    after = [came for came in provider.came if came > at + 1.0]
    length_s = max(after) - min(after)
    assert len(after) >= length_s * RATE * 0.6


@pytest.mark.parametrize("outage", ["frozen", "killed"])
def test_an_outage_is_told_once_and_each_keeps_to_its_share(
    server: RedisServer, outage: str
) -> None:
    with Provider(Reply()) as provider:
        crew = Crew(3, provider.url, server.url.reveal(), prefix(), 3, 9, f"--rate={RATE}")
        crew.go()
        provider.wait_for(RATE)
        server.freeze() if outage == "frozen" else server.kill()
        lost_at = time.monotonic()
        pass_s(2.0)
        server.thaw() if outage == "frozen" else server.start()
        told = crew.end()
    assert most_sent(told) <= RATE
    assert provider.most() <= RATE
    during = [came for came in provider.came if lost_at + 0.5 < came < lost_at + 2]
    assert during
    for one in told:
        assert one["facts"] == ["GateLost", "GateRegained"]
        assert set(one["ended"]) <= {"done", "done on a loop", "CallRefused"}


def test_an_outage_that_refuses_sends_nothing_and_says_so(server: RedisServer) -> None:
    with Provider(Reply()) as provider:
        crew = Crew(
            2,
            provider.url,
            server.url.reveal(),
            prefix(),
            2,
            4,
            f"--rate={RATE}",
            "--outage=refuse",
        )
        crew.go()
        provider.wait_for(RATE // 2)
        server.kill()
        at = time.monotonic()
        told = crew.end()
    assert [came for came in provider.came if came > at + LEASE_S + 0.3] == []
    for one in told:
        assert one["facts"] == ["GateLost"]
        assert one["ended"]["CallRefused"]


def test_nobody_there_from_the_beginning_means_a_share_by_processes(server: RedisServer) -> None:
    server.kill()
    with Provider(Reply()) as provider:
        crew = Crew(
            2, provider.url, server.url.reveal(), prefix(), 3, 4, f"--rate={RATE}", "--processes=2"
        )
        crew.go()
        told = crew.end()
    assert most_sent(told) <= RATE
    assert provider.most() <= RATE
    assert len(provider.came) >= 4 * RATE * 0.5
    assert all(one["facts"] == ["GateLost"] for one in told)
