"""The demo as a process: it balances, says so when it does not, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from bridgewright import Bridge
from bridgewright.settings import load
from tests.faces.cli.shop import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

SHORT = ("demo", "--once", "--deliveries", "100")
LEDGER = re.compile(
    r"ledger balanced: sent=100 accepted=(\d+) duplicates=(\d+) rejected=(\d+) handled=(\d+) lost=0"
    r" repeats=(\d+) \(at most (\d+)\) charged=(\d+) \(of (\d+)\)"
)
HOSTILE = {
    "BRIDGEWRIGHT_CONFIG": "nowhere.toml",
    "BRIDGEWRIGHT_STORE": "somewhere/else.db",
    "BRIDGEWRIGHT_WORK_LEASE_S": "nonsense",
    "BRIDGEWRIGHT_NO_SUCH_SETTING": "1",
    "STRIPE_WEBHOOK_SECRET": "not a key of Stripe's",
    "GITHUB_WEBHOOK_SECRET": "",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "http_proxy": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1",
    "PYTHONWARNINGS": "error",
    "CI": "true",
    "TERM": "dumb",
}
ENDED_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo under way, in a temporary folder that only it uses."""

    process: subprocess.Popen[str]
    temporary: Path

    def wait_for(self, words: str) -> None:
        """Read what it says until it says this."""
        assert self.process.stderr is not None
        heard = []
        for line in self.process.stderr:
            heard.append(line)
            if words in line:
                return
        pytest.fail(f"the demo never said {words!r}, but: {''.join(heard)}")

    def folder(self) -> Path:
        [folder] = self.temporary.iterdir()
        return folder

    def worker(self) -> int:
        """The process id of its latest worker."""
        bridge = Bridge(load(self.folder() / "bridgewright.toml", {}))
        pid = bridge.survey().workers[-1].pid
        bridge.close()
        return pid

    def ended(self) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err


@contextmanager
def playing(tmp_path: Path, *arguments: str, **environ: str) -> Iterator[Demo]:
    """A demo, started in a folder that holds things of its own with names that get in the way."""
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    here.mkdir()
    temporary.mkdir()
    for name in ("click.py", "bridgewright.toml", "app.py"):
        (here / name).write_text("raise SystemExit('not this one')\n")
    path = os.pathsep.join(filter(None, sys.path))
    env = {**os.environ, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=here,
        env=env | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Demo(process, temporary)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def watching(pid: int) -> Iterator[select.poll]:
    """Ready as soon as this process has ended, whoever its parent is."""
    if not hasattr(os, "pidfd_open"):
        pytest.skip("this system does not tell when a process that is not a child ends")
    handle = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    try:
        yield poll
    finally:
        os.close(handle)


def test_a_short_day_balances_whatever_surrounds_it(tmp_path: Path) -> None:
    with playing(tmp_path, *SHORT, "--seed", "11", **HOSTILE) as demo:
        code, out, err = demo.ended()
        assert code == 0, err
        [line] = out.splitlines()
        found = LEDGER.fullmatch(line)
        assert found is not None
        accepted, duplicates, rejected, handled, repeats, most, *charges = map(int, found.groups())
        assert accepted + duplicates + rejected == 100
        assert handled == accepted
        assert charges[0] == charges[1] > 0
        assert repeats <= most
        assert "dead by SIGKILL (exit code -9)" in err
        for cause in ("exhausted", "permanent"):
            assert re.search(rf"plan \d: \d+ {cause}, frozen", err)
        assert list(demo.temporary.iterdir()) == []


def test_an_event_that_was_handled_and_never_came_is_found_out(tmp_path: Path) -> None:
    with playing(tmp_path, *SHORT, "--json") as demo:
        demo.wait_for("The store is locked")
        with (demo.folder() / "journal.txt").open("a") as journal:
            journal.write("stripe:evt_of_nobody\n")
        code, out, err = demo.ended()
        assert code == 1
        told = json.loads(out)
        assert told["command"] == "demo"
        assert told["balanced"] is False
        assert told["problems"] == ["events handled that are not stored: 1"]
        assert told["ledger"]["lost"] == 0
        assert "warning: events handled that are not stored: 1" in err


def test_a_child_that_dies_ends_the_demo_with_what_it_said_last(tmp_path: Path) -> None:
    with playing(tmp_path, *SHORT) as demo:
        demo.wait_for("A day begins")
        os.kill(demo.worker(), signal.SIGKILL)
        code, out, err = demo.ended()
        assert (code, out) == (1, "")
        assert "the worker ended by itself (exit code -9); it said:" in err
        assert "worker started" in err
        assert list(demo.temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    with playing(tmp_path, *SHORT) as demo:
        demo.wait_for("A day begins")
        with watching(demo.worker()) as worker:
            demo.process.send_signal(number)
            code, out, err = demo.ended()
            assert (code, out) == (130, "")
            assert "Traceback" not in err
            assert worker.poll(0)
        assert list(demo.temporary.iterdir()) == []


def test_no_child_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    with playing(tmp_path, *SHORT) as demo:
        demo.wait_for("A day begins")
        with watching(demo.worker()) as worker:
            demo.process.kill()
            assert worker.poll(ENDED_WITHIN_S * 1_000)


def test_without_once_it_stays_up_to_be_explored(tmp_path: Path) -> None:
    with playing(tmp_path, "demo", "--deliveries", "100", "--json") as demo:
        demo.wait_for("export BRIDGEWRIGHT_CONFIG=")
        assert demo.process.stdout is not None
        told = json.loads(demo.process.stdout.readline())
        assert told["balanced"] is True
        assert told["url"].startswith("http://127.0.0.1:")
        assert told["settings"] == str(demo.folder() / "bridgewright.toml")
        bridge = Bridge(load(demo.folder() / "bridgewright.toml", {}))
        assert bridge.survey().dead_by_cause == {"permanent": 3}
        bridge.close()
        demo.process.send_signal(signal.SIGINT)
        code, _, err = demo.ended()
        assert code == 0, err
        assert list(demo.temporary.iterdir()) == []
