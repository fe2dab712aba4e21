"""A PgBouncer of the tests' own, which pools transactions: each may be on another server connection."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import psycopg
import pytest

from bridgewright.core.model.secret import Secret
from tests.contracts.cluster import SUPERUSER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contracts.cluster import Cluster

MISSING = "there is no pgbouncer: apt-get install pgbouncer, or put it on PATH"
ATTEMPTS = 200
CONFIGURATION = """\
[databases]
* = host=127.0.0.1 port={server} user={user}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
; Transactions of one client go to whichever connection is free: the one that was free for longest
; first, so that nothing kept in a session is found again by luck.
server_round_robin = 1
default_pool_size = 4
min_pool_size = 2
max_client_conn = 500
server_reset_query_always = 0
ignore_startup_parameters = extra_float_digits
admin_users = {user}
log_connections = 0
log_disconnections = 0
"""


def _give_up() -> NoReturn:
    """As for PostgreSQL itself: skipped on somebody's own machine, and failed in CI."""
    if os.environ.get("CI"):
        raise AssertionError(MISSING)
    pytest.skip(MISSING)


def program() -> str:
    """Where PgBouncer is."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("pgbouncer", path=path)
    if found is None:
        _give_up()
    return found


@dataclass(frozen=True, slots=True)
class Pooler:
    """One PgBouncer before one cluster."""

    port: int
    process: subprocess.Popen[bytes]

    def before(self, url: Secret) -> Secret:
        """The same database, through the pooler."""
        database = url.reveal().rpartition("/")[2]
        return Secret(f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}")

    def totals(self, database: str) -> int:
        """How many transactions it has pooled for a database."""
        admin = self.before(Secret("/pgbouncer")).reveal()
        with psycopg.connect(admin, autocommit=True, prepare_threshold=None) as connection:
            cursor = connection.execute("SHOW STATS_TOTALS", prepare=False)
            columns = [column.name for column in cursor.description or ()]
            rows = [dict(zip(columns, row, strict=True)) for row in cursor]
        return sum(int(row["xact_count"]) for row in rows if row["database"] == database)


def pooling(cluster: Cluster) -> Iterator[Pooler]:
    """A pooler for as long as somebody iterates: what a fixture yields from."""
    binary = program()
    folder = Path(tempfile.mkdtemp(prefix="bw-pool-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = folder / "pgbouncer.ini"
    text = CONFIGURATION.format(server=cluster.port, port=port, user=SUPERUSER)
    configuration.write_text(text, "utf-8")
    folder.chmod(0o755)
    # It refuses to run as root, and takes no user of its own from anybody else.
    as_other = ["-u", "nobody"] if os.geteuid() == 0 else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [binary, *as_other, str(configuration)], cwd=folder, stdout=log, stderr=log
        )
    try:
        _await(port, process, folder / "log")
        yield Pooler(port, process)
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder)


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(ATTEMPTS):
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"pgbouncer did not start: {log.read_text('utf-8', 'replace')[-2_000:]}")
