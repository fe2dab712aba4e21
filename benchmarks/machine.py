"""The machine under the numbers: its cores, its disk, what is installed on it, and who else is busy."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SYNC_SAMPLES = 100
PACKAGES = (
    "uvicorn",
    "uvloop",
    "httptools",
    "fastapi",
    "starlette",
    "stripe",
    "celery",
    "dramatiq",
    "redis",
    "procrastinate",
    "psycopg",
    "pgqueuer",
    "asyncpg",
    "dbos",
    "huey",
    "slack-sdk",
    "standardwebhooks",
    "svix",
    "twilio",
    "sendgrid",
    "pynacl",
    "cryptography",
    "pyjwt",
)


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core carries the server under test, and which the load."""

    server: int
    load: int

    @property
    def apart(self) -> bool:
        """Whether the two do not share a core."""
        return self.server != self.load


def cores() -> Cores:
    """Two cores this process may use; the same one twice where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return Cores(server=allowed[0], load=allowed[-1])


def pin(core: int) -> None:
    """Keep the calling process, and the children it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Keep this process on one core for a while."""
    before = os.sched_getaffinity(0)
    pin(core)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_s(pid: int) -> float:
    """Processor seconds, user and system, that a process has used; 0.0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sync_ms(place: Path) -> float:
    """Median milliseconds of one `fdatasync` after a page was appended to a file in `place`."""
    path = place / "sync-probe"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    took = []
    try:
        for _ in range(SYNC_SAMPLES):
            os.write(descriptor, b"\0" * 4096)
            before = time.perf_counter()
            os.fdatasync(descriptor)
            took.append(time.perf_counter() - before)
    finally:
        os.close(descriptor)
        path.unlink()
    return statistics.median(took) * 1e3


def load_averages() -> str:
    """How busy the machine has been for 1, 5 and 15 minutes, with us in it."""
    return ", ".join(f"{load:.2f}" for load in os.getloadavg())


def describe(place: Path) -> list[str]:
    """Facts about this run, one a line."""
    system = f"{platform.system()} {platform.release()}"
    size = f"{len(os.sched_getaffinity(0))} cores, {_memory_gib():.0f} GiB"
    return [
        f"date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"machine: {_processor()}, {size}, {system}",
        f"disk: {sync_ms(place):.2f} ms for one fdatasync of a page (median of {SYNC_SAMPLES})",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        ", ".join(f"{name} {version}" for name in PACKAGES if (version := _version(name))),
    ]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
