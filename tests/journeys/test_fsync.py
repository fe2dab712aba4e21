"""Fsync proof: a trace of system calls shows each delivery on disk before it is acknowledged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.adapters.stores.sqlite.connection import file_system
from bridgewright.core.effects import Survey
from tests.journeys.acknowledging import DELIVERIES

STRACE = shutil.which("strace")
IN_CI = os.environ.get("CI") == "true"
MEMORY = Path("/dev/shm")  # noqa: S108 - a file system in memory is what the test is about

without_strace = pytest.mark.skipif(
    STRACE is None and not IN_CI, reason="needs strace (apt-get install strace)"
)

CALL = re.compile(r"^(?P<pid>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?P<resumed> resumed>)?(?P<rest>.*)$")
LOG = ".db-wal>"
ANSWERS = ('"ack ', '"HTTP/1.1 200 ')
WAYS = ("journey", "inbox")
CALLS = "write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync"


def trace(folder: Path, level: str, way: str) -> list[str]:
    """The system calls of a process that takes deliveries in, in the order the kernel saw them."""
    assert STRACE is not None, "strace is missing, and CI must not go without this proof"
    log = folder / "calls"
    subprocess.run(
        [
            *(STRACE, "-f", "-y", "-o", log, "-e", f"trace={CALLS}"),
            *(sys.executable, "-m", "tests.journeys.acknowledging", folder / "s.db", level, way),
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
        cwd=Path(__file__).parents[2],
    )
    return log.read_text("utf-8", "replace").splitlines()


def unsynced(calls: list[str]) -> list[str]:
    """The acknowledgements that went out while something written to the log was not yet synced, or
    for which nothing was written at all."""
    dirty, written, bad = False, False, []
    waiting: set[str] = set()  # threads in the middle of a sync of the log
    for line in calls:
        found = CALL.match(line)
        if found is None:
            continue
        pid, name, rest = found["pid"], found["name"], found["rest"]
        if name in {"fsync", "fdatasync"}:
            begun = LOG in rest and not found["resumed"]
            if begun and "unfinished" in rest:
                waiting.add(pid)
            elif rest.endswith("= 0") and (begun or pid in waiting):
                waiting.discard(pid)
                dirty = False
        elif LOG in rest:
            dirty = written = True
        elif is_answer(rest):
            if dirty or not written:
                bad.append(line)
            written = False
    return bad


def is_answer(call: str) -> bool:
    return any(answer in call for answer in ANSWERS)


def acknowledged(calls: list[str]) -> int:
    return sum(map(is_answer, calls))


@pytest.mark.slow
@without_strace
@pytest.mark.parametrize("way", WAYS)
def test_a_delivery_is_on_disk_before_it_is_acknowledged(tmp_path: Path, way: str) -> None:
    calls = trace(tmp_path, "FULL", way)
    assert acknowledged(calls) == DELIVERIES
    assert unsynced(calls) == []


@without_strace
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.slow
def test_the_same_proof_fails_for_a_store_that_does_not_sync(tmp_path: Path, way: str) -> None:
    calls = trace(tmp_path, "NORMAL", way)
    assert acknowledged(calls) == DELIVERIES
    assert len(unsynced(calls)) == DELIVERIES


def test_a_store_in_memory_is_named_as_one_that_cannot_keep_the_promise() -> None:
    if file_system(MEMORY) != "tmpfs":
        pytest.skip("no file system in memory is mounted here")
    path = MEMORY / f"bridgewright-test-{os.getpid()}.db"
    store = SqliteStore(path)
    try:
        assert any("tmpfs" in broken for broken in store.answer(Survey()).broken_promises)
    finally:
        store.close()
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
