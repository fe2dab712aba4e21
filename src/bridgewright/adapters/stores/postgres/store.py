"""The PostgreSQL store: durable items for many machines."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar, cast

import psycopg

from bridgewright.adapters.stores import queries
from bridgewright.adapters.stores.forks import watch_forks
from bridgewright.adapters.stores.postgres import link, partitions, retaining, schema
from bridgewright.adapters.stores.postgres.ear import Ear
from bridgewright.adapters.stores.postgres.reading import PostgresReading
from bridgewright.adapters.stores.postgres.session import PostgresSession
from bridgewright.adapters.stores.postgres.texts import join_statements
from bridgewright.adapters.stores.postgres.transactions import PostgresTransactions
from bridgewright.adapters.stores.writer import Listeners, Open, Writer
from bridgewright.core.control import Retain
from bridgewright.core.errors import StoreClosed
from bridgewright.core.sending import Joining
from bridgewright.engine.drive.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bridgewright.core.effects import Command, Query
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Reply

R = TypeVar("R")

POLL_S = 0.2
"""How often workers behind a pooling proxy look for what other processes left them: no notice comes
through one."""


class PostgresStore:
    """Items in a PostgreSQL database, shared by any number of processes and machines.

    Nothing is opened before first use, nothing is open while the process forks, and a child opens its
    own connections. A process has up to three: one that writes, one that reads, and one that hears
    when others have left something due.

    `url` is a libpq connection string (`postgresql://user@host:5432/database`). `pooled` says that it
    leads to a proxy that pools transactions, such as PgBouncer: nothing is prepared then, and the
    store is polled five times a second.
    """

    def __init__(self, url: Secret, *, pooled: bool = False) -> None:
        self._url = url
        self._pooled = pooled
        self.transactions = PostgresTransactions(url, pooled=pooled)
        self._days: frozenset[date] = frozenset()
        self._listeners: Listeners = {}
        self._lock = threading.Lock()
        self._session = PostgresSession(url, pooled=pooled)
        self._writer: Writer | None = None
        self._ear: Ear | None = None
        self._reading: psycopg.Connection | None = None
        self._closed = False
        watch_forks(self)

    def __repr__(self) -> str:
        return f"PostgresStore({self._session.name!r}, pooled={self._pooled})"

    def submit(self, command: Command[object], reply: Reply) -> None:
        """Queue one command for the writer; its answer comes after it is on disk."""
        if isinstance(command, Retain):
            retaining.begin(self._url, command, reply, self._submit, pooled=self._pooled)
        else:
            self._submit(command, reply)

    def _submit(self, command: Command[object], reply: Reply) -> None:
        (self._writer or self._start()).submit(command, reply)

    def answer(self, query: Query[R]) -> R:
        """Answer a query from a consistent snapshot."""
        self._ready()
        with self._lock:
            had_one = self._reading is not None
            try:
                return cast("R", self._read(query))
            except psycopg.Error as error:
                self._drop_reading()
                if not had_one or error.sqlstate not in link.LOST:
                    raise link.wrapped(error, self._session.name) from None
            try:  # the server has restarted since the last query: ask the one that is there now
                return cast("R", self._read(query))
            except psycopg.Error as error:
                self._drop_reading()
                raise link.wrapped(error, self._session.name) from None

    def listen(self, on_due: Callable[[], None]) -> Callable[[], None]:
        """Call `on_due` after each commit that may have left something due."""
        token = object()
        self._listeners[token] = on_due
        with self._lock:
            if self._ear is None and not self._pooled and not self._closed:
                session = self._session
                self._ear = Ear(self._url, self._listeners, lambda: session.backend, session.hear)
        return lambda: (self._listeners.pop(token, None), None)[1]

    def exists(self) -> bool:
        """Whether the database holds a store; looking makes none."""
        with link.connect(self._url, pooled=self._pooled, writing=False) as connection:
            return schema.exists(connection)

    def joining(self, at: Moment) -> Joining:
        """What an entry that is written at `at` on a connection of the user's needs to know of this
        store. Sees to it that the day has its partitions: the user's transaction could not."""
        self._ready()
        day = partitions.day_of(at)
        if day not in self._days:
            try:
                with link.connect(self._url, pooled=self._pooled, writing=False) as connection:
                    partitions.ensure(connection, (day,))
            except psycopg.Error as error:
                raise link.wrapped(error, self._session.name) from None
            self._days = self._days | {day}
        mark = self._session.mark
        return Joining(
            "postgresql",
            join_statements(),
            lambda row: row is not None and row[0] == mark,
            self._session.name,
        )

    def migrate(self, *, post: bool = False) -> tuple[str, ...]:
        """Open the store, which applies the `pre` halves of migrations; with `post`, which is for when
        no process of the previous release runs any more, the other halves too. What this applied."""
        self._ready()
        if not post:
            return self._session.applied
        name = self._session.name
        with link.connect(self._url, pooled=self._pooled, writing=False) as connection:
            return self._session.applied + schema.migrate(connection, name, post=True)

    def close(self) -> None:
        """Commit what is queued and close the connections."""
        with self._lock:
            self._closed = True
            writer, self._writer = self._writer, None
            ear, self._ear = self._ear, None
            reading, self._reading = self._reading, None
        self.transactions.close()
        if writer is not None:
            writer.close()
        if ear is not None:
            ear.close()
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
                msg = f"{self._session.name} was closed"
                raise StoreClosed(msg)
            if self._writer is None:
                poll_s = POLL_S if self._pooled else None
                self._writer = Writer(self._session, self._listeners, poll_s)
            return self._writer

    def _read(self, query: Query[R]) -> object:
        if self._reading is None or self._reading.closed:
            self._reading = link.connect(self._url, pooled=self._pooled, writing=False)
        reading = self._reading
        reading.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            broken = self._session.broken_promises
            answered = queries.answer(PostgresReading(reading), query, self._session.name, broken)
        except BaseException:
            if not reading.closed:
                reading.execute(b"ROLLBACK")
            raise
        reading.execute(b"COMMIT")
        return answered

    def _drop_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def before_fork(self) -> None:
        """Close every connection for the moment of a fork: a child that shared one would answer its
        parent's server, and a child's end would end the parent's session."""
        self._lock.acquire()
        if self._writer is not None:
            self._writer.rest()
        if self._ear is not None:
            self._ear.close()
            self._ear = None
        self._drop_reading()
        self.transactions.close()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._writer is not None:
            self._writer.resume()
        if self._listeners and not self._pooled and not self._closed:
            session = self._session
            self._ear = Ear(self._url, self._listeners, lambda: session.backend, session.hear)
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """No thread came along: begin anew, with nothing open."""
        self._writer = None
        self._ear = None
        self._session = PostgresSession(self._url, pooled=self._pooled)
        self.transactions = PostgresTransactions(self._url, pooled=self._pooled)
        self._listeners = {}
        self._lock = threading.Lock()
