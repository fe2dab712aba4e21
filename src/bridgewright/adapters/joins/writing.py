"""Writing an entry by whatever connection a user has open: one description, driven by any of the joins.

Statements come from the store that the entry is for; a join only knows how its driver takes them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import Receipt, ask
from bridgewright.core.errors import ConfigurationError, StoreBusy
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.moment import later
from bridgewright.core.sending import Statement

if TYPE_CHECKING:
    from bridgewright.core.effects import Accept, Journey
    from bridgewright.core.sending import Joining, Row


ROUNDS = 5
"""How often a key is tried that somebody else took after it was found free, and that is then gone again."""
FAILED = "25P02"
"""PostgreSQL's SQLSTATE of a transaction that has failed before."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of an entry; of a duplicate, what its key stands for already."""

    receipt: Receipt
    event_type: str
    body: bytes


def write(entry: Accept, joining: Joining) -> Journey[Written]:
    """Store one entry in the transaction that the statements run in. Nothing is committed."""
    sql = joining.statements
    yield from _refuse_elsewhere(joining)
    [notice] = entry.notices
    at: dict[str, Any] = {"source": entry.source, "key": notice.key}
    yield from ask(Statement(sql["join_lock"], at))
    expiry = {"expires_at": later(entry.at, entry.horizon_s)}
    for _ in range(ROUNDS):
        found = yield from ask(Statement(sql["join_find"], at))
        if found is not None:
            return (yield from _duplicate(entry, joining, found))
        # Who sends without `within` does not wait for the lock: the unique key decides.
        taken = yield from ask(Statement(sql["join_key"], at | expiry))
        if taken is not None:
            after(None, Move.ACCEPT)
            yield from _insert(entry, joining, taken[0])
            return Written(Receipt(taken[0], duplicate=False), notice.event_type, notice.body)
    msg = "its key came and went while this was written; nothing was written: try again"
    raise StoreBusy(msg)


def _duplicate(entry: Accept, joining: Joining, found: Row) -> Journey[Written]:
    tally = {"source": entry.source, "what": "duplicate"}
    yield from ask(Statement(joining.statements["join_tally"], tally))
    [notice], (item_id, event_type, body) = entry.notices, found
    receipt = Receipt(item_id, duplicate=True)
    # A payload that was erased meanwhile can be compared no more.
    return Written(receipt, event_type or notice.event_type, bytes(body or notice.body))


def _insert(entry: Accept, joining: Joining, item_id: int) -> Journey[None]:
    sql, [notice] = joining.statements, entry.notices
    work: dict[str, Any] = {"source": entry.source, "item_id": item_id, "at": entry.at}
    work |= {
        "event_type": notice.event_type,
        "due_at": entry.at if entry.due_at is None else entry.due_at,
    }
    written = work | {
        "key": notice.key,
        "event_type": notice.event_type,
        "headers": json.dumps(notice.headers),
        "body": notice.body,
        "origin": str(entry.origin),
        "kind": str(entry.kind),
    }
    yield from ask(Statement(sql["join_item"], written))
    yield from ask(Statement(sql["join_work"], work))
    yield from ask(Statement(sql["join_tally"], {"source": entry.source, "what": "accepted"}))


def _refuse_elsewhere(joining: Joining) -> Journey[None]:
    """Another database would take the entry, and no worker would ever see it."""
    place = yield from ask(Statement(joining.statements["join_place"]))
    if not joining.is_here(place):
        problem = f"within= is a transaction of another database than the store's {joining.place}"
        remedy = "keep both in one: BRIDGEWRIGHT_STORE names the database that the store is in"
        raise ConfigurationError(problem, remedy=remedy)
    if (yield from ask(Statement(joining.statements["join_ready"]))) is None:
        problem = f"the store's tables are not in {joining.place} yet, or are of an older release"
        remedy = (
            "run `bridgewright migrate` before the application starts, or call bridge.migrate()"
        )
        raise ConfigurationError(problem, remedy=remedy)


def refuse_dialect(found: str, joining: Joining) -> None:
    """`ConfigurationError` for a connection to a database of another kind."""
    if found != joining.dialect:
        problem = f"within= is a transaction of {found}, and the store is in {joining.dialect}"
        raise ConfigurationError(problem, remedy="keep the store in the application's own database")


def no_transaction(what: str, remedy: str) -> ConfigurationError:
    """The error for a connection that commits each statement by itself."""
    problem = f"within= is {what} without an open transaction: there is nothing to join"
    return ConfigurationError(problem, remedy=remedy)


def failed_transaction() -> ConfigurationError:
    """The error for a transaction in which PostgreSQL takes nothing more."""
    problem = "within= is a transaction that has failed: the database takes nothing more in it"
    return ConfigurationError(problem, remedy="roll it back, and send in a new one")
