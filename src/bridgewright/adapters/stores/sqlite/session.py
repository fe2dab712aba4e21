"""Writing to a SQLite database: one connection, which is opened anew whenever it was lost."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores import pausing, planning, sending
from bridgewright.adapters.stores.sqlite import (
    connection,
    controlling,
    ordering,
    receiving,
    watching,
    working,
)
from bridgewright.adapters.stores.sqlite.batch import Batch
from bridgewright.adapters.stores.writer import Apply, Open, apply_in_order, each
from bridgewright.core import control, effects, recovery
from bridgewright.core.errors import BridgewrightError, StoreError
from bridgewright.core.sending import MarkSending

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.core.effects import Command

LOOK_S = 0.25
"""How often the writer looks whether its file is still there."""

APPLIERS: Mapping[type[Command[Any]], Apply] = {
    Open: each(lambda _batch, _command: None),
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
    control.PauseWork: each(pausing.pause),
    control.ResumeWork: each(pausing.resume),
    control.Cancel: each(controlling.cancel),
    control.Retain: each(controlling.retain),
    control.Erase: each(controlling.erase),
}
"""How commands are applied, and in which order their kinds come in one transaction. They are
concurrent (none has been answered, so nobody can know an order), and this one settles and renews
before it claims."""


class SqliteSession:
    """See `adapters.stores.writer.Session`."""

    __slots__ = (
        "_connection",
        "_data_version",
        "_identity",
        "_look_at_s",
        "_path",
        "_synchronous",
        "applied",
        "broken_promises",
    )

    def __init__(self, path: Path, synchronous: str) -> None:
        self._path = path
        self._synchronous = synchronous
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._data_version = 0
        self._look_at_s = 0.0
        self.applied: tuple[str, ...] = ()
        self.broken_promises: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the file."""
        return self._path.name

    @property
    def opened(self) -> bool:
        """Whether the database is open."""
        return self._connection is not None

    def transact(self, commands: list[Command[Any]]) -> tuple[list[Any], bool]:
        """Apply commands in one transaction."""
        writing = self._open()
        batch = Batch(writing)
        try:
            writing.execute("BEGIN IMMEDIATE")
            results = apply_in_order(APPLIERS, batch, commands)
            ordering.rank_all(batch)
            batch.finish()
            writing.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back(writing)
            raise _caused(connection.wrapped(error, self._path), error) from error
        except BaseException:
            self._roll_back(writing)
            raise
        return results, batch.due

    def refusal(self, error: Exception) -> BridgewrightError:
        """The store error that a command is answered with that cannot be applied."""
        if isinstance(error, BridgewrightError):
            return error
        if isinstance(error, sqlite3.Error):
            return _caused(connection.wrapped(error, self._path), error)
        kind = type(error).__name__
        refusal = StoreError(f"{self.name} cannot hold this ({kind}); nothing was written")
        return _caused(refusal, error)

    def others_committed(self) -> bool:
        """Whether another process has committed since the last look."""
        if self._connection is None:
            return False
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:  # the next commit meets it too, and has somebody to tell
            return False
        before, self._data_version = self._data_version, version
        return version != before

    def rest(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _roll_back(self, writing: sqlite3.Connection) -> None:
        """Undo; a connection that cannot even do that is thrown away and opened anew."""
        try:
            if writing.in_transaction:
                writing.execute("ROLLBACK")
        except sqlite3.Error:
            self.rest()

    def _open(self) -> sqlite3.Connection:
        """The connection, opened on first use and whenever it was lost.

        A database file that went away under us is never made anew: an empty one would forget what
        was acknowledged.
        """
        if self._connection is not None and self._went_away():
            self.rest()
        if self._connection is None:
            if self._identity is not None and self._found() is None:
                msg = f"{self._path} is gone; nothing was written"
                raise StoreError(f"{msg}: put it back, or restart to begin with an empty store")
            opened = connection.connect(
                self._path, synchronous=self._synchronous, create=self._identity is None
            )
            try:
                self.applied += connection.migrate(opened, self._path)
                self.broken_promises = connection.broken_promises(opened, self._path)
            except BaseException:
                opened.close()
                raise
            self._connection, self._identity = opened, self._found()
        return self._connection

    def _went_away(self) -> bool:
        """Whether the file at our path is no longer the one we opened; looked at once in a while,
        for whatever was committed to a deleted file is lost however soon we notice."""
        if time.monotonic() < self._look_at_s:
            return False
        self._look_at_s = time.monotonic() + LOOK_S
        return self._identity != self._found()

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def _caused(error: StoreError, cause: BaseException) -> StoreError:
    error.__cause__ = cause
    return error
