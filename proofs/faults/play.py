"""Plays cells: a fault server and a process for each, several at once, none for ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.faults.answers import ANSWERS
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.journal import effects_of
from bridgewright.simulate.faults.server import FaultServer
from bridgewright.simulate.wire import Reply
from proofs.faults.cell import HEARD, secrets_in
from proofs.faults.subjects import SECRETS, SLOW_HOST, Deed, Side, Subject, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgewright.simulate.faults.answers import Answer
    from bridgewright.simulate.faults.journal import Journal
    from bridgewright.simulate.wire import Heard

DEADLINE_S = 4.0
"""The deadline of calls on our side."""
PATIENCE_S = 20.0
"""After so long a cell is killed, and its call is said to hang."""
BUILD_S = 60.0
"""How long a cell may take to import its SDK."""
AT_ONCE = 24
"""Cells under way at once; most of them only wait. As many are importing as there are cores."""
SLOW_DNS = "slow_dns"
"""The fault that no server can play: the cell's own resolver does."""
_MOST_WRITTEN = 10_000_000
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Cell:
    """One square of the table."""

    subject: Subject
    deed: Deed
    fault: str
    side: Side


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a cell: counts by the server's journal, the rest as the process told it.

    `problem` is why a cell could not be played at all. `hung` says that it was killed.
    """

    cell: Cell
    requests: int = 0
    effects: int = 0
    elsewhere: int = 0
    hung: bool = False
    elapsed_s: float = PATIENCE_S
    error: str = ""
    outcome: str = ""
    text: str = ""
    got: str = ""
    grown_mb: float = 0.0
    seen: tuple[str, ...] = field(default=())
    problem: str = ""


def passed_on(name: str) -> bool:
    """Whether a variable of the caller's holds in cells too: another transport of a connection, say."""
    return name.startswith("BRIDGEWRIGHT_CONNECTIONS_")


def play(cells: Iterable[Cell], told: Callable[[Played], None]) -> list[Played]:
    """Play all of them, telling of each as it ends; results in the order of the cells."""
    importing = threading.Semaphore(os.cpu_count() or 1)

    def one(cell: Cell) -> Played:
        played = _play(cell, importing)
        told(played)
        return played

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, cells))


def _play(cell: Cell, importing: threading.Semaphore) -> Played:
    fault = Fault.NONE if cell.fault == SLOW_DNS else Fault(cell.fault)
    with FaultServer(_confiding(ANSWERS[cell.subject.answers]), faults=[fault]) as server:
        url = server.url(fault)
        if cell.fault == SLOW_DNS:
            url = url.replace("127.0.0.1", SLOW_HOST)
        told, written = _run(cell, url, importing)
        return _judged_by_journals(cell, told, written, server.journal(fault), server.other)


def _confiding(answer: Answer) -> Answer:
    """A provider whose JSON says something that no log should hold."""

    def confide(heard: Heard) -> Reply:
        reply = answer(heard)
        if not reply.body.startswith(b"{"):
            return reply
        content = {**json.loads(reply.body), "description": SECRETS["answer"]}
        return Reply(reply.status, reply.headers, json.dumps(content).encode())

    return confide


def _judged_by_journals(
    cell: Cell, told: dict[str, Any], written: str, journal: Journal, other: Journal
) -> Played:
    warm_up = 1 if cell.fault == Fault.STALE else 0
    entries = journal.entries[warm_up:]
    leaked = {kind for each in other.entries for kind in secrets_in(each.text)}
    places = [f"{kind} in log" for kind in SECRETS if HEARD.format(kind) in written]
    places += [f"{kind} in output" for kind in sorted(secrets_in(written))]
    places += told.pop("seen", ())
    places += [f"{kind} at the other host" for kind in sorted(leaked)]
    return Played(
        cell,
        requests=len(entries),
        effects=effects_of(entries),
        elsewhere=len(other.entries),
        seen=tuple(places),
        **told,
    )


def _run(cell: Cell, url: str, importing: threading.Semaphore) -> tuple[dict[str, Any], str]:
    """What the process told, and whatever it wrote to standard error."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+b") as errors:
        importing.acquire()
        process = _started(cell, url, home, errors)
        try:
            ready = _line(process, BUILD_S) == "ready"
        finally:
            importing.release()
        line = _line(process, PATIENCE_S) if ready else ""
        hung = process.wait() < 0
        written = _tail(errors)
        if ready and hung and not line:
            return {"hung": True}, written
        if not line:
            return {"problem": f"{'died' if ready else 'not built'}: {written[-300:]}"}, written
        return json.loads(line), written


def _started(cell: Cell, url: str, home: str, errors: Any) -> subprocess.Popen[str]:
    words = [cell.subject.name, cell.side, cell.deed, cell.fault, url]
    command = [sys.executable, "-m", "proofs.faults.cell", *words]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "PYTHONPATH", "LANG"} or passed_on(name)
    }
    given = kept | environment(cell.subject.connection, url, DEADLINE_S)
    given |= {"HOME": home, "BRIDGEWRIGHT_STORE": f"{home}/bridgewright.db"}
    return subprocess.Popen(
        command, cwd=ROOT, env=given, stdout=subprocess.PIPE, stderr=errors, text=True
    )


def _line(process: subprocess.Popen[str], patience_s: float) -> str:
    """The next line that a process says, "" when it dies first or says nothing for so long."""
    timer = threading.Timer(patience_s, process.kill)
    timer.start()
    try:
        assert process.stdout is not None
        return process.stdout.readline().strip()
    finally:
        timer.cancel()


def _tail(errors: Any) -> str:
    end = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, end - _MOST_WRITTEN))
    text: str = errors.read().decode(errors="replace")
    return text
