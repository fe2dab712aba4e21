"""Writing to a PostgreSQL database: one connection, which is opened anew whenever it was lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg

from bridgewright.adapters.stores import pausing, planning, sending
from bridgewright.adapters.stores.postgres import (
    controlling,
    link,
    partitions,
    receiving,
    schema,
    watching,
    working,
)
from bridgewright.adapters.stores.postgres.batch import Batch
from bridgewright.adapters.stores.postgres.floors import Floors
from bridgewright.adapters.stores.postgres.pipelines import pipelined
from bridgewright.adapters.stores.writer import Apply, Open, apply_in_order, each
from bridgewright.core import control, effects, recovery
from bridgewright.core.errors import BridgewrightError, StoreError
from bridgewright.core.sending import MarkSending

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from bridgewright.core.effects import Command
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret

TRIES = 3
"""How often a transaction is tried that the server ended to resolve a deadlock, or whose day was dropped
under it."""

APPLIERS: Mapping[type[Command[Any]], Apply] = {
    Open: each(lambda _batch, _command: None),
    control.PauseWork: each(pausing.pause),
    control.ResumeWork: each(pausing.resume),
    effects.Accept: receiving.accept_all,
    effects.Reject: each(receiving.reject),
    effects.Explain: each(watching.explain),
    effects.Watch: each(watching.watch),
    effects.Settle: working.settle_all,
    effects.Renew: each(working.renew),
    effects.Claim: each(working.claim),
    effects.Enlist: each(working.enlist),
    effects.Sweep: each(working.sweep),
    MarkSending: each(sending.mark),
    recovery.Freeze: each(planning.freeze),
    recovery.Extend: each(planning.extend),
    recovery.Steer: each(planning.steer),
    recovery.Advance: each(planning.advance),
    control.Cancel: each(controlling.cancel),
    control.Retain: each(controlling.retain),
    control.Erase: each(controlling.erase),
}
"""How commands are applied, and in which order their kinds come in one transaction. They are
concurrent (none has been answered, so nobody can know an order), and this one settles and renews
before it claims, and pauses before everything: whoever pauses waits for others, and holds nothing yet."""

_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


class PostgresSession:
    """See `adapters.stores.writer.Session`."""

    __slots__ = (
        "_begin",
        "_committing",
        "_connection",
        "_days",
        "_floors",
        "_mark",
        "_pooled",
        "_url",
        "applied",
        "broken_promises",
        "name",
    )

    def __init__(self, url: Secret, *, pooled: bool) -> None:
        self._url = url
        self._pooled = pooled
        self._begin = link.begin(pooled=pooled)
        self._committing = False
        self._connection: psycopg.Connection | None = None
        self._days: frozenset[date] = frozenset()
        self._floors = Floors()
        self._mark = ""
        self.name = link.name_of(url)
        self.applied: tuple[str, ...] = ()
        self.broken_promises: tuple[str, ...] = ()

    @property
    def opened(self) -> bool:
        """Whether the database is open."""
        return self._connection is not None

    @property
    def backend(self) -> int | None:
        """The server's number of the connection, None where there is none."""
        connection = self._connection
        return None if connection is None or connection.closed else connection.info.backend_pid

    def hear(self, source: str, due_at: Moment) -> None:
        """Somebody else's transaction has left something that is due since `due_at`. From any thread."""
        self._floors.hear(source, due_at)

    @property
    def mark(self) -> str:
        """What tells this store from any other, read when it was opened."""
        return self._mark

    def transact(self, commands: list[Command[Any]]) -> tuple[list[Any], bool]:
        """Apply commands in one transaction. Where a connection that was there is found lost before the
        commit was sent, it is made again and all of it is applied anew."""
        had_one = self.opened
        for left in reversed(range(TRIES)):
            try:
                return self._transact(commands)
            except _AGAIN as error:
                if not left:
                    raise link.wrapped(error, self.name) from None
            except psycopg.errors.CheckViolation:
                if not left or not self._days:
                    raise
                self._days = frozenset()  # another process has dropped a day
            except psycopg.errors.OutOfMemory as error:
                # The server has no room for more locks: of each key one is taken. Alone, each may fit.
                if len(commands) > 1:
                    raise
                raise link.wrapped(error, self.name) from None
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                lost = had_one and not self._committing and error.sqlstate in link.LOST
                if not lost:
                    raise link.wrapped(error, self.name) from None
                had_one = (
                    False  # the server has restarted since: ask the one that is there now, once
                )
        raise AssertionError

    def refusal(self, error: Exception) -> BridgewrightError:
        """The store error that a command is answered with that cannot be applied."""
        if isinstance(error, BridgewrightError):
            return error
        if isinstance(error, psycopg.Error) and error.sqlstate is not None:
            return link.wrapped(error, self.name)
        kind = type(error).__name__
        return StoreError(f"{self.name} cannot hold this ({kind}); nothing was written")

    def others_committed(self) -> bool:
        """Nobody can tell here: where there is no ear (`ear.py`), something may always be due."""
        return True

    def rest(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _transact(self, commands: list[Command[Any]]) -> tuple[list[Any], bool]:
        self._committing = False
        self._ensure_days(commands)
        writing = self._open()
        try:
            with pipelined(writing, wanted=not self._pooled) as pipeline:
                writing.execute(self._begin)
                batch = Batch(writing, self._floors, time.monotonic(), pipeline)
                results = apply_in_order(APPLIERS, batch, commands)
                batch.finish()
                if batch.due and not self._pooled:
                    batch.announce()
                self._committing = True
                writing.execute(b"COMMIT")
        except BaseException:
            self._floors = Floors()
            self._roll_back(writing)
            raise
        batch.committed()
        return results, batch.due

    def _ensure_days(self, commands: list[Command[Any]]) -> None:
        """Partitions for the days on which something is received, or made to be handled again."""
        days = {
            partitions.day_of(command.at)
            for command in commands
            if isinstance(command, effects.Accept | recovery.Advance)
        }
        if not days <= self._days:
            partitions.ensure(self._open(), days)
            self._days |= days

    def _roll_back(self, writing: psycopg.Connection) -> None:
        """Undo; a connection that cannot even do that is thrown away and opened anew."""
        try:
            writing.execute(b"ROLLBACK")
        except psycopg.Error:
            self.rest()

    def _open(self) -> psycopg.Connection:
        """The connection, opened on first use and whenever it was lost."""
        if self._connection is not None and self._connection.closed:
            self._connection = None
        if self._connection is None:
            opened = link.connect(self._url, pooled=self._pooled, writing=True)
            try:
                self.applied += schema.migrate(opened, self.name)
                self.broken_promises = link.broken_promises(opened)
                self._mark = schema.mark(opened)
            except BaseException:
                opened.close()
                raise
            self._days, self._floors = frozenset(), Floors()
            self._connection = opened
        return self._connection
