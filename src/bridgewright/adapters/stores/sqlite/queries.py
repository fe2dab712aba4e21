"""Answering queries on the reading connection."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.sqlite import rows
from bridgewright.adapters.stores.sqlite.selection import conditions
from bridgewright.adapters.stores.sqlite.statements import statements
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.operation import (
    ItemDetail,
    ItemRow,
    KeyRow,
    Overview,
    Plan,
    RejectionRow,
    Selection,
    SourceCount,
    SourceRow,
    WorkerRow,
)

if TYPE_CHECKING:
    import sqlite3

    from bridgewright.core.effects import (
        KnownKeys,
        ListItems,
        ListPlans,
        ListRejections,
        ListSources,
        ShowItem,
        ShowPlan,
        ShowRejection,
        Survey,
    )
    from bridgewright.core.sending import ListLanes

_COLUMN_OF = {
    "accepted": "accepted",
    "duplicate": "duplicates",
    "rejected": "rejected",
    "done": "done",
    "waiting": "waiting",
    "leased": "leased",
}


def list_items(connection: sqlite3.Connection, query: ListItems) -> tuple[ItemRow, ...]:
    """A page of items, newest first."""
    where, values = conditions(query.selection)
    if query.before is not None:
        where, values = f"{where} AND i.id < :before", values | {"before": query.before}
    sql = statements()["list_items"].replace("{conditions}", where)
    found = connection.execute(sql, values | {"limit": query.limit})
    return tuple(rows.item_row(row) for row in found)


def show_item(connection: sqlite3.Connection, query: ShowItem) -> ItemDetail | None:
    """One item in full."""
    sql = statements()
    where, values = conditions(Selection(ids=(query.item_id,)))
    listed = connection.execute(
        sql["list_items"].replace("{conditions}", where), values | {"limit": 1}
    ).fetchone()
    if listed is None:
        return None
    payload = connection.execute(sql["get_item"], (query.item_id,)).fetchone()
    attempts = connection.execute(sql["list_attempts"], (query.item_id,))
    audit = connection.execute(sql["list_audit"], {"item_id": query.item_id})
    sent = connection.execute(sql["find_sendings"], (f"[{query.item_id}]",)).fetchone()
    return ItemDetail(
        row=rows.item_row(listed),
        item=rows.item_of(payload),
        attempts=tuple(rows.attempt_row(row) for row in attempts),
        audit=tuple(rows.audit_row(row) for row in audit),
        sending=None if sent is None else rows.sending_of(sent[1:]),
    )


def list_lanes(connection: sqlite3.Connection, _query: ListLanes) -> tuple[str, ...]:
    """The outbox's lanes."""
    return tuple(source for (source,) in connection.execute(statements()["list_lanes"]))


def known_keys(connection: sqlite3.Connection, query: KnownKeys) -> frozenset[str]:
    """The keys that would make a delivery of this source a duplicate."""
    pairs = json.dumps([(query.source, key) for key in query.keys])
    found = connection.execute(statements()["find_keys"], (pairs,))
    return frozenset(key for _, key, _ in found)


def list_rejections(
    connection: sqlite3.Connection, query: ListRejections
) -> tuple[RejectionRow, ...]:
    """The newest rejections."""
    values = {"source": query.source, "limit": query.limit}
    found = connection.execute(statements()["list_rejections"], values)
    return tuple(rows.rejection_row(row) for row in found)


def show_rejection(connection: sqlite3.Connection, query: ShowRejection) -> RejectionRow | None:
    """A rejection with what explains it, None when it is not kept."""
    row = connection.execute(statements()["show_rejection"], (query.rejection_id,)).fetchone()
    return None if row is None else rows.rejection_row(row)


def list_sources(connection: sqlite3.Connection, _query: ListSources) -> tuple[SourceRow, ...]:
    """Sources with their keys: as many rows as there are keys, whatever came."""
    sql = statements()
    keys: defaultdict[str, list[KeyRow]] = defaultdict(list)
    for source, *columns in connection.execute(sql["list_keys"]):
        keys[source].append(rows.key_row(tuple(columns)))
    return tuple(
        SourceRow(
            source,
            Moment(seen_at),
            max((key.used_at for key in keys[source] if key.used_at is not None), default=None),
            silent_at,
            tuple(keys[source]),
        )
        for source, seen_at, silent_at in connection.execute(sql["list_sources"])
    )


def show_plan(connection: sqlite3.Connection, query: ShowPlan) -> Plan | None:
    """A redrive plan and how far it is, None when the store holds none of that number."""
    row = connection.execute(statements()["get_plan"], (query.plan_id,)).fetchone()
    return None if row is None else rows.plan_row(row)


def list_plans(connection: sqlite3.Connection, query: ListPlans) -> tuple[Plan, ...]:
    """Plans, newest first."""
    values = {"open_only": int(query.open_only), "limit": query.limit}
    found = connection.execute(statements()["list_plans"], values)
    return tuple(rows.plan_row(row) for row in found)


def survey(
    connection: sqlite3.Connection, _query: Survey, store: str, broken: tuple[str, ...]
) -> Overview:
    """The whole store on one screen. Finished items are counted as they finish, so this stays quick
    however many there are."""
    sql = statements()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    oldest: dict[str, Moment] = {}
    for source, what, n in connection.execute(sql["list_tally"]):
        counts[source][_COLUMN_OF[what]] += n
    for source, state, n, first in connection.execute(sql["count_work"]):
        counts[source][_COLUMN_OF[state]] += n
        if state == "waiting":
            oldest[source] = Moment(first)
    causes: Counter[str] = Counter()
    for source, cause, n in connection.execute(sql["count_dead"]):
        counts[source]["dead"] += n
        causes[cause] += n
    return Overview(
        store=store,
        sources=tuple(_count(source, counts[source], oldest) for source in sorted(counts)),
        dead_by_cause=dict(causes),
        workers=_workers(connection),
        broken_promises=broken,
    )


def _count(source: str, counts: Counter[str], oldest: dict[str, Moment]) -> SourceCount:
    values: dict[str, Any] = dict(counts)
    return SourceCount(source=source, oldest_waiting_at=oldest.get(source), **values)


def _workers(connection: sqlite3.Connection) -> tuple[WorkerRow, ...]:
    found = connection.execute(statements()["list_workers"])
    return tuple(rows.worker_row(row) for row in found)
