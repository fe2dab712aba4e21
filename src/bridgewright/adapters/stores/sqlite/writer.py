"""The one thread that writes: what has piled up shares one transaction and one fsync.

Nobody waits for a batch to fill. The writer takes what is there, commits it, answers, and takes what
arrived meanwhile: the busier it is, the larger its batches.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.sqlite import (
    connection,
    receiving,
    redrive,
    sending,
    watching,
    working,
)
from bridgewright.adapters.stores.sqlite.batch import Batch
from bridgewright.core import effects
from bridgewright.core.errors import (
    BridgewrightError,
    NotFound,
    Refused,
    StoreBusy,
    StoreClosed,
    StoreError,
)
from bridgewright.core.sending import MarkSending

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bridgewright.core.effects import Command
    from bridgewright.core.ports import Bell, Reply

MAX_QUEUED = 20_000
"""Commands that may wait; beyond it the sender is told to come back."""
MAX_QUEUED_BYTES = 268_435_456
"""Payload that may wait. Ten of the largest deliveries we take, or twenty thousand of 13 KB."""
MAX_BATCH = 512
"""Commands in one transaction: enough to make the fsync cheap, few enough to answer in milliseconds."""
LOOK_S = 0.25
"""How often the writer looks whether its file is still there."""
POLL_S = 0.01
"""How often an idle writer that somebody listens to looks for commits of other processes."""


@dataclass(frozen=True, slots=True)
class Open(effects.Command[None]):
    """Open the database and bring its schema up to date; changes nothing else."""


def _each(apply: Callable[[Batch, Any], Any]) -> Callable[[Batch, Sequence[Any]], list[Any]]:
    return lambda batch, group: [_one(apply, batch, command) for command in group]


def _one(apply: Callable[[Batch, Any], Any], batch: Batch, command: Command[Any]) -> Any:
    """The result of one command; a refusal by our own rules comes before anything is written, is an
    answer like any other, and costs the rest of the transaction nothing."""
    try:
        return apply(batch, command)
    except (NotFound, Refused) as refusal:
        return _Refusal(refusal)


@dataclass(frozen=True, slots=True)
class _Refusal:
    error: BridgewrightError


def _answer(reply: Reply, result: object) -> Bell | None:
    return reply.reject(result.error) if isinstance(result, _Refusal) else reply.resolve(result)


_APPLY: Mapping[type[Command[Any]], Callable[[Batch, Sequence[Any]], list[Any]]] = {
    Open: _each(lambda _batch, _command: None),
    effects.Accept: receiving.accept_all,
    effects.Reject: _each(receiving.reject),
    effects.Explain: _each(watching.explain),
    effects.Watch: _each(watching.watch),
    effects.Settle: working.settle_all,
    effects.Renew: _each(working.renew),
    MarkSending: _each(sending.mark),
    effects.Claim: _each(working.claim),
    effects.Enlist: _each(working.enlist),
    effects.Sweep: _each(working.sweep),
    effects.Freeze: _each(redrive.freeze),
    effects.Approve: _each(redrive.approve),
    effects.Advance: _each(redrive.advance),
}
"""How commands are applied, and in which order their kinds come in one transaction. They are
concurrent (none has been answered, so nobody can know an order), and this one settles and renews
before it claims."""

_Entry = tuple["Command[Any]", "Reply"]


class Writer:
    """Owns the writing connection and its thread."""

    __slots__ = (
        "_arrived",
        "_closing",
        "_connection",
        "_data_version",
        "_identity",
        "_listeners",
        "_look_at_s",
        "_path",
        "_queue",
        "_queued_bytes",
        "_synchronous",
        "_thread",
        "_turn",
        "applied",
        "broken_promises",
    )

    def __init__(
        self, path: Path, synchronous: str, listeners: dict[object, Callable[[], None]]
    ) -> None:
        self._path = path
        self._synchronous = synchronous
        self._listeners = listeners
        self._queue: deque[_Entry] = deque()
        self._queued_bytes = 0
        self._arrived = threading.Condition(threading.Lock())
        self._turn = threading.Lock()
        self._closing = False
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._data_version = 0
        self._look_at_s = 0.0
        self.applied: tuple[str, ...] = ()
        self.broken_promises: tuple[str, ...] = ()
        self._thread = threading.Thread(target=self._run, name="bridgewright-store", daemon=True)
        self._thread.start()

    @property
    def opened(self) -> bool:
        """Whether the database is open."""
        return self._connection is not None

    def submit(self, command: Command[Any], reply: Reply) -> None:
        """Queue one command."""
        with self._arrived:
            if self._closing:
                msg = f"{self._path.name} was closed; nothing was written"
                raise StoreClosed(msg)
            if len(self._queue) >= MAX_QUEUED or self._queued_bytes > MAX_QUEUED_BYTES:
                waiting = f"{len(self._queue)} commands ({self._queued_bytes} bytes) wait"
                msg = f"{waiting} for {self._path.name}; nothing was written"
                raise StoreBusy(msg)
            self._queue.append((command, reply))
            self._queued_bytes += _payload_bytes(command)
            self._arrived.notify()

    def close(self) -> None:
        """Commit what is queued, then end the thread."""
        with self._arrived:
            self._closing = True
            self._arrived.notify()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def rest(self) -> None:
        """Finish the transaction under way and close the connection, until `resume()`."""
        self._turn.acquire()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def resume(self) -> None:
        """Go on; the connection is opened again when it is needed."""
        self._turn.release()

    def _run(self) -> None:
        try:
            self._work()
        finally:
            self._end()

    def _work(self) -> None:
        while (batch := self._take()) is not None:
            with self._turn:
                if batch:
                    self._commit(batch)
                elif self._others_committed():
                    self._announce()

    def _end(self) -> None:
        """However the thread ends: refuse what comes, and leave nobody waiting."""
        with self._arrived:
            self._closing = True
            left = tuple(self._queue)
            self._queue.clear()
        closed = StoreClosed(f"{self._path.name} was closed; nothing was written")
        _ring({reply.reject(closed) for _, reply in left})
        if self._connection is not None:
            self._connection.close()

    def _take(self) -> list[_Entry] | None:
        """The next batch; empty after a while of nothing, None when closed and drained."""
        with self._arrived:
            if not self._queue and not self._closing:
                self._arrived.wait(POLL_S if self._listeners else None)
            if not self._queue and self._closing:
                return None
            size = min(len(self._queue), MAX_BATCH)
            batch = [self._queue.popleft() for _ in range(size)]
            self._queued_bytes -= sum(_payload_bytes(command) for command, _ in batch)
            return batch

    def _commit(self, entries: list[_Entry]) -> None:
        try:
            results, due = self._transact([command for command, _ in entries])
        except StoreError as error:
            _ring({reply.reject(error) for _, reply in entries})
        except Exception as error:  # noqa: BLE001 - one bad command must not take others with it
            self._alone(entries, error)
        else:
            pairs = zip(entries, results, strict=True)
            _ring({_answer(reply, result) for (_, reply), result in pairs})
            if due:
                self._announce()

    def _alone(self, entries: list[_Entry], error: Exception) -> None:
        """A command in this batch cannot be applied: each gets a transaction of its own."""
        if len(entries) > 1:
            for entry in entries:
                self._commit([entry])
            return
        [(_, reply)] = entries
        _ring({reply.reject(self._refusal(error))})

    def _refusal(self, error: Exception) -> BridgewrightError:
        if isinstance(error, BridgewrightError):
            return error
        if isinstance(error, sqlite3.Error):
            return _caused(connection.wrapped(error, self._path), error)
        kind = type(error).__name__
        refusal = StoreError(f"{self._path.name} cannot hold this ({kind}); nothing was written")
        return _caused(refusal, error)

    def _transact(self, commands: list[Command[Any]]) -> tuple[list[Any], bool]:
        writing = self._open()
        batch = Batch(writing)
        groups: dict[type[Command[Any]], list[int]] = {}
        for n, command in enumerate(commands):
            groups.setdefault(type(command), []).append(n)
        results: list[Any] = [None] * len(commands)
        try:
            writing.execute("BEGIN IMMEDIATE")
            for kind, apply in _APPLY.items():
                places = groups.get(kind, ())
                answers = apply(batch, [commands[n] for n in places]) if places else ()
                for n, answer in zip(places, answers, strict=True):
                    results[n] = answer
            batch.finish()
            writing.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back(writing)
            raise _caused(connection.wrapped(error, self._path), error) from error
        except BaseException:
            self._roll_back(writing)
            raise
        return results, batch.due

    def _roll_back(self, writing: sqlite3.Connection) -> None:
        """Undo; a connection that cannot even do that is thrown away and opened anew."""
        try:
            if writing.in_transaction:
                writing.execute("ROLLBACK")
        except sqlite3.Error:
            writing.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        """The connection, opened on first use and whenever it was lost.

        A database file that went away under us is never made anew: an empty one would forget what
        was acknowledged.
        """
        if self._connection is not None and self._went_away():
            self._connection.close()
            self._connection = None
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

    def _others_committed(self) -> bool:
        """Whether another process has committed since the last look."""
        if self._connection is None:
            return False
        try:
            version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:  # the next commit meets it too, and has somebody to tell
            return False
        before, self._data_version = self._data_version, version
        return version != before

    def _announce(self) -> None:
        for on_due in tuple(self._listeners.values()):
            _call(on_due)


def _ring(bells: set[Bell | None]) -> None:
    for bell in bells:
        if bell is not None:
            _call(bell)


def _call(listener: Callable[[], None]) -> None:
    """Call somebody who listens. One that raises is reported, as any thread's end is, and must not
    be the end of everybody's writer."""
    try:
        listener()
    except Exception:  # noqa: BLE001 - not our code
        threading.excepthook(threading.ExceptHookArgs([*sys.exc_info(), None]))


def _payload_bytes(command: Command[Any]) -> int:
    if isinstance(command, effects.Accept):
        return sum(len(notice.body) for notice in command.notices)
    return 0


def _caused(error: StoreError, cause: BaseException) -> StoreError:
    error.__cause__ = cause
    return error
