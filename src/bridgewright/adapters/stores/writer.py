"""The one thread that writes: what has piled up shares one transaction and one fsync.

Nobody waits for a batch to fill. The writer takes what is there, commits it, answers, and takes what
arrived meanwhile: the busier it is, the larger its batches.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.core import effects
from bridgewright.core.effects import Command
from bridgewright.core.errors import (
    BridgewrightError,
    NotFound,
    Refused,
    StoreBusy,
    StoreClosed,
    StoreError,
)

if TYPE_CHECKING:
    from bridgewright.core.ports import Bell, Reply

MAX_QUEUED = 20_000
"""Commands that may wait; beyond it the sender is told to come back."""
MAX_QUEUED_BYTES = 268_435_456
"""Payload that may wait. Ten of the largest deliveries we take, or twenty thousand of 13 KB."""
MAX_BATCH = 512
"""Commands in one transaction: enough to make the fsync cheap, few enough to answer in milliseconds."""

Listeners = dict[object, Callable[[], None]]
Apply = Callable[[Any, Sequence[Any]], Sequence[Any]]
"""Applies commands of one kind within a transaction; their results, in order."""


@dataclass(frozen=True, slots=True)
class Open(Command[None]):
    """Open the database and bring its schema up to date; changes nothing else."""


class Session(Protocol):
    """What a writer writes through: a connection to one database, opened when it is needed and used
    by one thread at a time."""

    @property
    def name(self) -> str:
        """The database in messages: holds no secret."""

    @property
    def opened(self) -> bool:
        """Whether the connection is open."""

    def transact(self, commands: list[Command[Any]]) -> tuple[list[Any], bool]:
        """Apply commands in one transaction; their results, and whether something may be due.

        `StoreError` when the database cannot be written now; any other error when one of these
        commands cannot be applied.
        """

    def refusal(self, error: Exception) -> BridgewrightError:
        """What a command that cannot be applied is answered with."""

    def others_committed(self) -> bool:
        """Whether another process may have left something due since the last look."""

    def rest(self) -> None:
        """Close the connection; the next transaction opens it again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The result of a command that was refused: an answer like any other."""

    error: BridgewrightError


def each(apply: Callable[[Any, Any], Any]) -> Apply:
    """Apply the commands of one kind one by one.

    A refusal by our own rules comes before anything is written, is an answer like any other, and
    costs the rest of the transaction nothing.
    """

    def one(batch: object, command: Command[Any]) -> Any:
        try:
            return apply(batch, command)
        except (NotFound, Refused) as refusal:
            return Refusal(refusal)

    return lambda batch, group: [one(batch, command) for command in group]


def apply_in_order(
    appliers: Mapping[type[Command[Any]], Apply], batch: object, commands: Sequence[Command[Any]]
) -> list[Any]:
    """Apply commands kind by kind, in the order of `appliers`; their results in their own order."""
    groups: dict[type[Command[Any]], list[int]] = {}
    for n, command in enumerate(commands):
        groups.setdefault(type(command), []).append(n)
    results: list[Any] = [None] * len(commands)
    for kind, apply in appliers.items():
        places = groups.get(kind, ())
        answers = apply(batch, [commands[n] for n in places]) if places else ()
        for n, answer in zip(places, answers, strict=True):
            results[n] = answer
    return results


_Entry = tuple[Command[Any], "Reply"]


class Writer:
    """Owns the writing session and its thread.

    `poll_s` is how often an idle writer that somebody listens to looks for commits of other
    processes; None where the database tells of them by itself.
    """

    __slots__ = (
        "_arrived",
        "_closing",
        "_listeners",
        "_poll_s",
        "_queue",
        "_queued_bytes",
        "_session",
        "_thread",
        "_turn",
    )

    def __init__(self, session: Session, listeners: Listeners, poll_s: float | None) -> None:
        self._session = session
        self._listeners = listeners
        self._poll_s = poll_s
        self._queue: deque[_Entry] = deque()
        self._queued_bytes = 0
        self._arrived = threading.Condition(threading.Lock())
        self._turn = threading.Lock()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="bridgewright-store", daemon=True)
        self._thread.start()

    @property
    def opened(self) -> bool:
        """Whether the database is open."""
        return self._session.opened

    def submit(self, command: Command[Any], reply: Reply) -> None:
        """Queue one command."""
        with self._arrived:
            if self._closing:
                msg = f"{self._session.name} was closed; nothing was written"
                raise StoreClosed(msg)
            if len(self._queue) >= MAX_QUEUED or self._queued_bytes > MAX_QUEUED_BYTES:
                waiting = f"{len(self._queue)} commands ({self._queued_bytes} bytes) wait"
                msg = f"{waiting} for {self._session.name}; nothing was written"
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
        self._session.rest()

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
                elif self._session.others_committed():
                    announce(self._listeners)

    def _end(self) -> None:
        """However the thread ends: refuse what comes, and leave nobody waiting."""
        with self._arrived:
            self._closing = True
            left = tuple(self._queue)
            self._queue.clear()
        closed = StoreClosed(f"{self._session.name} was closed; nothing was written")
        _ring({reply.reject(closed) for _, reply in left})
        self._session.rest()

    def _take(self) -> list[_Entry] | None:
        """The next batch; empty after a while of nothing, None when closed and drained."""
        with self._arrived:
            if not self._queue and not self._closing:
                self._arrived.wait(self._poll_s if self._listeners else None)
            if not self._queue and self._closing:
                return None
            size = min(len(self._queue), MAX_BATCH)
            batch = [self._queue.popleft() for _ in range(size)]
            self._queued_bytes -= sum(_payload_bytes(command) for command, _ in batch)
            return batch

    def _commit(self, entries: list[_Entry]) -> None:
        try:
            results, due = self._session.transact([command for command, _ in entries])
        except StoreError as error:
            _ring({reply.reject(error) for _, reply in entries})
        except Exception as error:  # noqa: BLE001 - one bad command must not take others with it
            self._alone(entries, error)
        else:
            pairs = zip(entries, results, strict=True)
            _ring({_answer(reply, result) for (_, reply), result in pairs})
            if due:
                announce(self._listeners)

    def _alone(self, entries: list[_Entry], error: Exception) -> None:
        """A command in this batch cannot be applied: each gets a transaction of its own."""
        if len(entries) > 1:
            for entry in entries:
                self._commit([entry])
            return
        [(_, reply)] = entries
        _ring({reply.reject(self._session.refusal(error))})


def announce(listeners: Listeners) -> None:
    """Tell everybody who listens that something may be due."""
    for on_due in tuple(listeners.values()):
        _call(on_due)


def _answer(reply: Reply, result: object) -> Bell | None:
    return reply.reject(result.error) if isinstance(result, Refusal) else reply.resolve(result)


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
