"""The SQLite store: durable items in one file, with nothing to install."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from bridgewright.adapters.stores.sqlite import connection, queries
from bridgewright.adapters.stores.sqlite.statements import statements
from bridgewright.adapters.stores.sqlite.writer import Open, Writer
from bridgewright.core import effects
from bridgewright.core.errors import StoreClosed
from bridgewright.core.sending import Joining, ListLanes
from bridgewright.engine.drive.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.effects import Command, Query
    from bridgewright.core.ports import Reply
    from bridgewright.core.sending import Row

R = TypeVar("R")

_ANSWER: dict[type[Query[Any]], Callable[[sqlite3.Connection, Any], Any]] = {
    effects.ListItems: queries.list_items,
    ListLanes: queries.list_lanes,
    effects.ShowItem: queries.show_item,
    effects.KnownKeys: queries.known_keys,
    effects.ListRejections: queries.list_rejections,
    effects.ShowRejection: queries.show_rejection,
    effects.ListSources: queries.list_sources,
    effects.ShowPlan: queries.show_plan,
    effects.ListPlans: queries.list_plans,
}


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
        self._listeners: dict[object, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._reading: sqlite3.Connection | None = None
        self._closed = False
        _watch_forks(self)

    def __repr__(self) -> str:
        return f"SqliteStore({self._path.name!r}, synchronous={self._synchronous!r})"

    def submit(self, command: Command[Any], reply: Reply) -> None:
        """Queue one command for the writer; its answer comes after it is on disk."""
        (self._writer or self._start()).submit(command, reply)

    def answer(self, query: Query[R]) -> R:
        """Answer a query from a consistent snapshot."""
        writer = self._ready()
        with self._lock:
            if self._reading is None:
                self._reading = connection.connect(
                    self._path, synchronous=self._synchronous, read_only=True, create=False
                )
            try:
                return cast("R", self._read(self._reading, query, writer))
            except sqlite3.Error as error:
                self._reading.close()
                self._reading = None
                raise connection.wrapped(error, self._path) from error

    def listen(self, on_due: Callable[[], None]) -> Callable[[], None]:
        """Call `on_due` after each commit that may have left something due."""
        token = object()
        self._listeners[token] = on_due
        return lambda: (self._listeners.pop(token, None), None)[1]

    def joining(self) -> Joining:
        """What an entry that is written on a connection of the user's needs to know of this store."""
        return Joining("sqlite", statements(), self._is_here, self._path.name)

    def _is_here(self, row: Row | None) -> bool:
        """Whether a connection's main database is our file."""
        try:
            return row is not None and bool(row[0]) and self._path.samefile(row[0])
        except OSError:
            return False

    def migrate(self) -> tuple[str, ...]:
        """Open the store, which brings its schema up to date; the migrations this applied."""
        return self._ready().applied

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

    def _ready(self) -> Writer:
        """The writer, once it has opened the database; raises what kept it from that."""
        writer = self._writer or self._start()
        if not writer.opened:
            opened = Waiting()
            writer.submit(Open(), opened)
            opened.result()
        return writer

    def _start(self) -> Writer:
        with self._lock:
            if self._closed:
                msg = f"{self._path.name} was closed"
                raise StoreClosed(msg)
            if self._writer is None:
                self._writer = Writer(self._path, self._synchronous, self._listeners)
            return self._writer

    def _before_fork(self) -> None:
        """Close every connection for the moment of a fork. SQLite keeps its locks by process and
        its bookkeeping of them in memory: a child that inherited an open connection would believe
        that it holds locks which only its parent has."""
        self._lock.acquire()
        if self._writer is not None:
            self._writer.rest()
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def _after_fork_in_parent(self) -> None:
        if self._writer is not None:
            self._writer.resume()
        self._lock.release()

    def _after_fork_in_child(self) -> None:
        """The writer's thread did not come along: begin anew, with nothing open."""
        self._writer = None
        self._listeners = {}
        self._lock = threading.Lock()

    def _read(self, reading: sqlite3.Connection, query: Query[Any], writer: Writer) -> object:
        reading.execute("BEGIN")
        try:
            if isinstance(query, effects.Survey):
                return queries.survey(reading, query, str(self._path), writer.broken_promises)
            return _ANSWER[type(query)](reading, query)
        finally:
            reading.execute("COMMIT")


def _at_fork(reference: weakref.ref[SqliteStore], name: str) -> None:
    store = reference()
    if store is not None:
        getattr(store, name)()


def _watch_forks(store: SqliteStore) -> None:
    """Have the store told of forks for as long as it lives."""
    if hasattr(os, "register_at_fork"):
        told = partial(_at_fork, weakref.ref(store))
        os.register_at_fork(
            before=partial(told, "_before_fork"),
            after_in_parent=partial(told, "_after_fork_in_parent"),
            after_in_child=partial(told, "_after_fork_in_child"),
        )
