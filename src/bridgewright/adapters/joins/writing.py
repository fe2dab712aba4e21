"""Writing an entry by whatever connection a user has open: one description, driven by any of the joins.

Statements come from the store that the entry is for; a join only knows how its driver takes them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import Receipt, ask
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.states import Move, after
from bridgewright.core.model.moment import later
from bridgewright.core.sending import Statement

if TYPE_CHECKING:
    from bridgewright.core.effects import Accept, Journey
    from bridgewright.core.sending import Joining


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
    found = yield from ask(Statement(sql["join_find"], at))
    if found is not None:
        yield from ask(Statement(sql["join_tally"], {"source": entry.source, "what": "duplicate"}))
        item_id, event_type, body = found
        receipt = Receipt(item_id, duplicate=True)
        # A payload that was erased meanwhile can be compared no more.
        return Written(receipt, event_type or notice.event_type, bytes(body or notice.body))
    after(None, Move.ACCEPT)
    item_id = yield from _insert(entry, joining)
    return Written(Receipt(item_id, duplicate=False), notice.event_type, notice.body)


def _insert(entry: Accept, joining: Joining) -> Journey[int]:
    sql, [notice] = joining.statements, entry.notices
    at: dict[str, Any] = {"source": entry.source, "key": notice.key, "at": entry.at}
    written = at | {
        "event_type": notice.event_type,
        "headers": json.dumps(notice.headers),
        "body": notice.body,
        "origin": str(entry.origin),
        "kind": str(entry.kind),
    }
    row = yield from ask(Statement(sql["join_item"], written))
    item_id: int = (row or (0,))[0]
    expiry = {"item_id": item_id, "expires_at": later(entry.at, entry.horizon_s)}
    named = {"source": entry.source}
    yield from ask(Statement(sql["join_key"], named | {"key": notice.key} | expiry))
    work = named | {"item_id": item_id, "at": entry.at, "event_type": notice.event_type}
    yield from ask(Statement(sql["join_work"], work))
    yield from ask(Statement(sql["join_tally"], named | {"what": "accepted"}))
    return item_id


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
