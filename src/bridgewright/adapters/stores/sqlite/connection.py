"""Opening a SQLite database that keeps its promise: settings, migrations, and what would break it."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from bridgewright.adapters.stores.sqlite.texts import migrations
from bridgewright.core.errors import StoreBusy, StoreError, StoreOutdated
from bridgewright.engine.drive.clock import now

OLDEST_SQLITE = (3, 37, 0)  # STRICT tables, 2021-11-27
BUSY_TIMEOUT_S = 2.0
"""How long one transaction waits for another process: less than any provider waits for us."""
TURN_S = 0.005
PAGE_BYTES = 8_192
"""Two deliveries of common size share a page; at SQLite's 4096 each would waste half of its own."""
CHECKPOINT_PAGES = 2_000
"""Checkpoints of 16 MB: the longest pause of the writer stays in the tens of milliseconds."""
CACHE_KIB = 65_536
JOURNAL_BYTES = 67_108_864

_REGISTER = """
CREATE TABLE IF NOT EXISTS bw_migration (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
) STRICT
"""
_NOT_ON_DISK = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_ON_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "afs"})


def connect(
    path: Path, *, synchronous: str, read_only: bool = False, create: bool = True
) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun and ended by name.

    Without `create` a database that is not there is an error: an empty one in the place of one that
    went away would forget what was acknowledged.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        found, needed = sqlite3.sqlite_version, ".".join(map(str, OLDEST_SQLITE))
        msg = f"SQLite {found} is too old: {needed} or newer is needed; use a newer Python build"
        raise StoreError(msg)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
    except sqlite3.Error as error:
        raise wrapped(error, path) from error
    try:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        _enter_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA fullfsync = 1")  # macOS: past the disk's own cache as well
        connection.execute("PRAGMA checkpoint_fullfsync = 1")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        connection.execute(f"PRAGMA query_only = {int(read_only)}")
    except sqlite3.Error as error:
        connection.close()
        raise wrapped(error, path) from error
    return connection


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging. The switch itself takes no part in SQLite's busy timeout, so
    several processes that open a new file at once have to take turns here."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(TURN_S)
        else:
            return


def wrapped(error: sqlite3.Error, path: Path) -> StoreError:
    """The store error that a SQLite error means."""
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        msg = f"{path.name} is held by another process for over {BUSY_TIMEOUT_S:g} s ({name})"
        return StoreBusy(f"{msg}: try again; find what holds it with `bridgewright doctor`")
    msg = f"{path.name}: {error} ({name}); nothing was written"
    return StoreError(f"{msg}: see that the disk has room and {path.parent} can be written")


def migrate(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """Apply what is missing, in one transaction, and return the names of what was applied.

    Safe when several processes start at once: the check happens under the write lock.
    """
    try:
        if _version(connection) == migrations()[-1][0]:
            return ()
        connection.execute("BEGIN IMMEDIATE")
        try:
            applied = _apply_missing(connection, path)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise wrapped(error, path) from error
    return applied


def _apply_missing(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    version = _version(connection)
    newest = migrations()[-1][0]
    if version > newest:
        msg = f"{path.name} has schema {version}, this release knows {newest}"
        raise StoreOutdated(f"{msg}: upgrade bridgewright, or use the release that wrote it")
    connection.execute(_REGISTER)
    names = []
    for number, name, text in migrations():
        if number <= version:
            continue
        for statement in _split(text):
            connection.execute(statement)
        connection.execute("INSERT INTO bw_migration VALUES (?, ?, ?)", (number, name, now()))
        names.append(name)
    return tuple(names)


def _split(text: str) -> list[str]:
    found, start = [], 0
    for position, character in enumerate(text):
        if character == ";" and sqlite3.complete_statement(text[start : position + 1]):
            found.append(text[start : position + 1])
            start = position + 1
    return found


def _version(connection: sqlite3.Connection) -> int:
    known = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'bw_migration'"
    if connection.execute(known).fetchone() is None:
        return 0
    version: int = connection.execute("SELECT max(number) FROM bw_migration").fetchone()[0]
    return version


def broken_promises(connection: sqlite3.Connection, path: Path) -> tuple[str, ...]:
    """In which ways what this connection acknowledges could be gone after a crash or power cut."""
    broken = []
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if mode != "wal":
        broken.append(
            f"journal_mode is {mode}, not wal: the file system of {path} does not allow it"
        )
    level = connection.execute("PRAGMA synchronous").fetchone()[0]
    full = 2
    if level < full:
        name = ("OFF", "NORMAL")[level]
        broken.append(f"synchronous is {name}: an acknowledged delivery is lost in a power cut")
    kind = file_system(path)
    if kind in _NOT_ON_DISK:
        broken.append(f"{path} is on {kind}, which is memory: everything is lost when it goes away")
    if kind in _ON_NETWORK:
        broken.append(f"{path} is on {kind}: SQLite cannot lock safely over a network")
    return tuple(broken)


def file_system(path: Path) -> str:
    """The kind of file system that holds `path`, or "" where the system does not tell."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    resolved = os.path.realpath(path)
    best = ("", "")
    for line in mounts:
        _, point, kind, *_ = line.split(" ")
        inside = resolved == point or resolved.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best[0]):
            best = (point, kind)
    return best[1]
