"""The SQLite store: durable items in one file, with nothing to install."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bridgewright.adapters.stores import queries
from bridgewright.adapters.stores.forks import watch_forks
from bridgewright.adapters.stores.sqlite import connection
from bridgewright.adapters.stores.sqlite.reading import SqliteReading
from bridgewright.adapters.stores.sqlite.session import SqliteSession
from bridgewright.adapters.stores.sqlite.texts import statements
from bridgewright.adapters.stores.sqlite.transactions import SqliteTransactions
from bridgewright.adapters.stores.writer import Open, Writer
from bridgewright.core.errors import StoreClosed
from bridgewright.core.sending import Joining
from bridgewright.engine.drive.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.effects import Command, Query
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.ports import Reply
    from bridgewright.core.sending import Row

R = TypeVar("R")

POLL_S = 0.01
"""How often an idle writer that somebody listens to looks for commits of other processes."""


class SqliteStore:
    """Items in a SQLite database at `path`, which is made when it does not exist.

    Nothing is opened before first use, nothing is open while the process forks, and a child opens
    its own connections: a store made, or used, before `fork` (gunicorn `--preload`) is safe.

    `synchronous` is SQLite's own word. FULL, the default, puts every commit on disk before it is
    acknowledged. NORMAL gives that promise up for speed; `Survey` then names it as broken.
    """

    def __init__(self, path: Path | str, *, synchronous: str = "FULL") -> None:
        self._path = Path(path).absolute()  # stays the same file wherever the process goes
        self._synchronous = synchronous
        self.transactions = SqliteTransactions()
        self._listeners: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._session = SqliteSession(self._path, synchronous)
        self._writer: Writer | None = None
        self._reading: sqlite3.Connection | None = None
        self._closed = False
        watch_forks(self)

    def __repr__(self) -> str:
        return f"SqliteStore({self._path.name!r}, synchronous={self._synchronous!r})"

    def submit(self, command: Command[Any], reply: Reply) -> None:
        """Queue one command for the writer; its answer comes after it is on disk."""
        (self._writer or self._start()).submit(command, reply)

    def answer(self, query: Query[R]) -> R:
        """Answer a query from a consistent snapshot."""
        self._ready()
        with self._lock:
            if self._reading is None:
                self._reading = connection.connect(
                    self._path, synchronous=self._synchronous, read_only=True, create=False
                )
            try:
                return cast("R", self._read(self._reading, query))
            except sqlite3.Error as error:
                self._reading.close()
                self._reading = None
                raise connection.wrapped(error, self._path) from error

    def listen(self, on_due: Callable[[], None]) -> Callable[[], None]:
        """Call `on_due` after each commit that may have left something due."""
        token = object()
        self._listeners[token] = on_due
        return lambda: (self._listeners.pop(token, None), None)[1]

    def exists(self) -> bool:
        """Whether there is a file; looking makes none."""
        return self._path.exists()

    def joining(self, at: Moment) -> Joining:
        """What an entry that is written at `at` on a connection of the user's needs to know of this
        store."""
        del at
        return Joining("sqlite", statements(), self._is_here, self._path.name)

    def _is_here(self, row: Row | None) -> bool:
        """Whether a connection's main database is our file."""
        try:
            return row is not None and bool(row[0]) and self._path.samefile(row[0])
        except OSError:
            return False

    def migrate(self, *, post: bool = False) -> tuple[str, ...]:
        """Open the store, which brings its schema up to date; the migrations this applied. A file
        has the processes of one release only: there are no `post` halves to keep back."""
        del post
        self._ready()
        return self._session.applied

    def close(self) -> None:
        """Commit what is queued and release the files."""
        with self._lock:
            self._closed = True
            writer, self._writer = self._writer, None
            reading, self._reading = self._reading, None
        if writer is not None:
            writer.close()
        if reading is not None:
            reading.close()

    def _ready(self) -> None:
        """Have the writer open the database; raises what keeps it from that."""
        writer = self._writer or self._start()
        if not writer.opened:
            opened = Waiting()
            writer.submit(Open(), opened)
            opened.result()

    def _start(self) -> Writer:
        with self._lock:
            if self._closed:
                msg = f"{self._path.name} was closed"
                raise StoreClosed(msg)
            if self._writer is None:
                self._writer = Writer(self._session, self._listeners, POLL_S)
            return self._writer

    def before_fork(self) -> None:
        """Close every connection for the moment of a fork. SQLite keeps its locks by process and
        its bookkeeping of them in memory: a child that inherited an open connection would believe
        that it holds locks which only its parent has."""
        self._lock.acquire()
        if self._writer is not None:
            self._writer.rest()
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._writer is not None:
            self._writer.resume()
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """The writer's thread did not come along: begin anew, with nothing open."""
        self._writer = None
        self._session = SqliteSession(self._path, self._synchronous)
        self._listeners = {}
        self._lock = threading.Lock()

    def _read(self, reading: sqlite3.Connection, query: Query[Any]) -> object:
        reading.execute("BEGIN")
        try:
            broken = self._session.broken_promises
            return queries.answer(SqliteReading(reading), query, str(self._path), broken)
        finally:
            reading.execute("COMMIT")
