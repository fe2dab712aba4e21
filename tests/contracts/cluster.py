"""A PostgreSQL of the tests' own: made by initdb in a temporary folder, started and stopped by pg_ctl.

Never the machine's: tests restart it, kill it and switch its promises off.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest

from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPERUSER = "tester"
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - where Linux keeps files in memory
PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt", "/usr/local/opt")


MISSING = "there is no initdb: apt-get install postgresql, or put its programs on PATH"


def _give_up() -> NoReturn:
    """Where there is no PostgreSQL, its tests are skipped on somebody's own machine, and fail in CI:
    there a skip would look like a proof."""
    if os.environ.get("CI"):
        raise AssertionError(MISSING)
    pytest.skip(MISSING)


@cache
def binaries() -> Path:
    """The folder of PostgreSQL's programs, the newest there is."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    ours = [path.parent for place in PLACES for path in Path(place).glob("*/bin/initdb")]
    if not ours:
        _give_up()
    return max(ours, key=lambda path: path.parent.name.zfill(9))


@cache
def _unprivileged() -> tuple[int, int] | None:
    """Whose processes the server's are: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    _give_up()


@dataclass
class Cluster:
    """One server. `durable` decides its fsync: off where durability is not the point."""

    folder: Path
    port: int
    durable: bool = False
    databases: int = 0
    extra: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, *, durable: bool = False) -> Cluster:
        """A new server, started."""
        folder = Path(tempfile.mkdtemp(prefix="bw-pg-", dir=None if durable else MEMORY))
        owner = _unprivileged()
        if owner is not None:
            os.chown(folder, *owner)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        made = cls(folder, port, durable)
        sync = () if durable else ("--no-sync",)
        make = ("initdb", "-A", "trust", "-U", SUPERUSER, "-E", "UTF8", "--locale=C", *sync)
        made._run(*make, "-D", str(folder / "data"))
        made.start()
        return made

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "on" if self.durable else "off",
            "max_connections": "200",
            "log_min_messages": "fatal",
            **self.extra,
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._ctl("start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server: `fast` ends every session, `immediate` is a crash."""
        self._ctl("stop", "-w", "-m", mode)

    def remove(self) -> None:
        """Stop it, if it runs, and remove all of it."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder)

    def url(self, database: str = "postgres") -> Secret:
        """How to connect."""
        return Secret(f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}")

    def database(self, *, like: str = "template1") -> Secret:
        """How to connect to a new database: an empty one, or the copy of another that nobody uses."""
        self.databases += 1
        name = f"test_{self.databases}"
        with psycopg.connect(self.url().reveal(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}".encode())
        return self.url(name)

    def _ctl(self, verb: str, *more: str) -> None:
        self._run("pg_ctl", verb, "-D", str(self.folder / "data"), *more)

    def _run(self, program: str, *arguments: str) -> None:
        owner = _unprivileged()
        as_owner = {} if owner is None else {"user": owner[0], "group": owner[1]}
        command = (str(binaries() / program), *arguments)
        ran = subprocess.run(
            command,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            extra_groups=[] if owner is not None else None,
            **as_owner,
        )
        if ran.returncode:
            said = (ran.stdout or b"").decode("utf-8", "replace")
            log = self.folder / "log"
            said += log.read_text("utf-8", "replace")[-2_000:] if log.exists() else ""
            raise AssertionError(f"{program} ended with {ran.returncode}: {said}")


def running() -> Iterator[Cluster]:
    """A server for as long as somebody iterates: what a fixture yields from."""
    cluster = Cluster.make()
    try:
        yield cluster
    finally:
        cluster.remove()
