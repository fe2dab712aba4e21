"""The soak's processes: two inboxes and two workers on one store, killed and hired again; their memory."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.bridge import AsyncBridge
from bridgewright.settings import load
from proofs.soak.crowd import SECRET

if TYPE_CHECKING:
    from tests.contracts.cluster import Cluster

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("bridgewright")
LOCK_S = 2.0
"""How long SQLite's file is locked where PostgreSQL would be restarted: a file has no server."""
PAIRS = 2
SETTINGS = """\
[store]
{store}

[sources.stripe]
secret = "env:SOAK_SECRET"

[work]
lease_s = 5
"""


@dataclass(slots=True)
class House:
    """Everything that runs. `cluster` is None for SQLite."""

    folder: Path
    cluster: Cluster | None
    inboxes: list[asyncio.subprocess.Process] = field(default_factory=list)
    workers: list[asyncio.subprocess.Process] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    killed: list[int] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    fallen: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    async def open(self) -> AsyncBridge:
        """Start two of each; a bridge that looks at their store."""
        url = "" if self.cluster is None else self.cluster.database().reveal()
        store = 'url = "env:SOAK_STORE"' if url else 'path = "soak.db"'
        settings = self.folder / "bridgewright.toml"
        settings.write_text(SETTINGS.format(store=store), "utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BRIDGEWRIGHT_")}
        ours = {
            "SOAK_SECRET": SECRET,
            "SOAK_STORE": url,
            "SOAK_JOURNAL": str(self.journal),
            "BRIDGEWRIGHT_CONFIG": str(settings),
            "PYTHONPATH": str(ROOT),
        }
        self.journal.touch()
        self.environ = kept | ours
        for n in range(PAIRS):
            inbox = await self._start(
                f"inbox {n + 1}", "serve", "--no-work", "--port", "0", "--json"
            )
            assert inbox.stdout is not None
            told = json.loads(await asyncio.wait_for(inbox.stdout.readline(), 60))
            self.ports.append(int(told["url"].split(":")[2].split("/")[0]))
            self.inboxes.append(inbox)
        for n in range(PAIRS):
            self.workers.append(await self._hire(n))
        return AsyncBridge(load(settings, self.environ | {"BRIDGEWRIGHT_CONFIG": ""}))

    @property
    def journal(self) -> Path:
        """Where handlers write their lines."""
        return self.folder / "journal.txt"

    async def kill_one(self, turn: int) -> None:
        """SIGKILL a worker, and hire another in its place."""
        n = turn % PAIRS
        worker = self.workers[n]
        if worker.returncode is not None:
            self.fallen.append(f"worker {worker.pid} ended by itself ({worker.returncode})")
        else:
            worker.kill()
            await worker.wait()
        self.killed.append(worker.pid)
        self.workers[n] = await self._hire(n)

    async def interrupt(self, mode: str) -> None:
        """Restart the database, which it takes as a crash (`immediate`) or in order (`fast`); lock the
        file for a while where there is no server."""
        began = time.time()
        await asyncio.to_thread(self._restart, mode)
        self.outages.append((began, time.time()))

    def _restart(self, mode: str) -> None:
        if self.cluster is not None:
            self.cluster.stop(mode)
            self.cluster.start()
            return
        with closing(sqlite3.connect(self.folder / "soak.db", timeout=30)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            time.sleep(LOCK_S)
            connection.execute("ROLLBACK")

    def sample(self, at_s: float) -> None:
        """Note how much memory each process holds; an inbox that has ended is noted as fallen."""
        for n, inbox in enumerate(self.inboxes, start=1):
            if inbox.returncode is not None:
                self.fallen.append(f"inbox {n} ended by itself ({inbox.returncode})")
            self.memory.setdefault(f"inbox {n}", []).append((at_s, resident_mb(inbox.pid)))
        for n, worker in enumerate(self.workers, start=1):
            if (held := resident_mb(worker.pid)) > 0:
                self.memory.setdefault(f"worker {n}", []).append((at_s, held))

    async def close(self) -> None:
        """End everything in order."""
        children = [child for child in (*self.inboxes, *self.workers) if child.returncode is None]
        for child in children:
            child.send_signal(signal.SIGTERM)
        await asyncio.gather(*(child.wait() for child in children))

    async def _hire(self, n: int) -> asyncio.subprocess.Process:
        return await self._start(f"worker {n + 1}", "worker", "proofs.soak.app:bridge", "--json")

    async def _start(self, name: str, *command: str) -> asyncio.subprocess.Process:
        with (self.folder / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(str(COMMAND), *command),
                cwd=self.folder,
                env=self.environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )


def resident_mb(pid: int) -> float:
    """The memory of a process that is resident, in MB; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return 0.0
    lines = [line for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1_000 if lines else 0.0
