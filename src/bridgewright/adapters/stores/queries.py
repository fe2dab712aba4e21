"""Answering queries: the same for every store, but for its SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.adapters.stores import plan_queries, rows
from bridgewright.core import control, effects, recovery
from bridgewright.core.model.listening import Frontier
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.operation import (
    ItemDetail,
    ItemRow,
    KeyRow,
    OpenTransaction,
    Overview,
    RejectionRow,
    Selection,
    SourceCount,
    SourceRow,
    WorkerRow,
)
from bridgewright.core.sending import ListLanes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bridgewright.core.effects import (
        KnownKeys,
        ListItems,
        ListRejections,
        ListSources,
        Query,
        ShowItem,
        ShowRejection,
        Survey,
    )
    from bridgewright.core.model.control import PauseRow
    from bridgewright.core.model.item import Item


class Rows(Protocol):
    """What a database answered."""

    def fetchone(self) -> Any: ...

    def __iter__(self) -> Any: ...


class Reading(Protocol):
    """A snapshot of one database, read by named statements."""

    def run(self, name: str, values: Mapping[str, Any]) -> Rows:
        """The rows of a named statement."""

    def listed(
        self, selection: Selection, values: Mapping[str, Any], more: str = ""
    ) -> Iterable[rows.Row]:
        """The rows of `list_items` that match, and for which `more` holds as well."""

    def pending(self) -> tuple[str, ...]:
        """The halves of migrations that wait to be applied by hand."""

    def oldest_transaction(self) -> OpenTransaction | None:
        """The oldest transaction open in the database, None where nobody else can have one."""

    def known(self, pairs: Sequence[tuple[str, str]]) -> Iterable[str]:
        """The keys among these pairs of source and key that are held."""


_COLUMN_OF = {
    "accepted": "accepted",
    "duplicate": "duplicates",
    "rejected": "rejected",
    "done": "done",
    "waiting": "waiting",
    "leased": "leased",
    "replayed": "replayed",
    "cancelled": "cancelled",
}


def list_items(reading: Reading, query: ListItems) -> tuple[ItemRow, ...]:
    """A page of items, newest first."""
    older = "" if query.before is None else "before"
    values = {"before": query.before, "limit": query.limit}
    return tuple(rows.item_row(row) for row in reading.listed(query.selection, values, older))


def show_item(reading: Reading, query: ShowItem) -> ItemDetail | None:
    """One item in full."""
    only = Selection(ids=(query.item_id,))
    listed = next(iter(reading.listed(only, {"limit": 1})), None)
    if listed is None:
        return None
    values = {"item_id": query.item_id}
    payload = reading.run("get_item", values).fetchone()
    attempts = reading.run("list_attempts", values)
    audit = reading.run("list_audit", values)
    sent = reading.run("find_sendings", {"ids": f"[{query.item_id}]"}).fetchone()
    return ItemDetail(
        row=rows.item_row(listed),
        item=rows.item_of(payload),
        attempts=tuple(rows.attempt_row(row) for row in attempts),
        audit=tuple(rows.audit_row(row) for row in audit),
        sending=None if sent is None else rows.sending_of(sent[1:]),
    )


def list_lanes(reading: Reading, _query: ListLanes) -> tuple[str, ...]:
    """The outbox's lanes."""
    return tuple(source for (source,) in reading.run("list_lanes", {}))


def known_keys(reading: Reading, query: KnownKeys) -> frozenset[str]:
    """The keys that would make a delivery of this source a duplicate."""
    return frozenset(reading.known([(query.source, key) for key in query.keys]))


def list_rejections(reading: Reading, query: ListRejections) -> tuple[RejectionRow, ...]:
    """The newest rejections."""
    values = {"source": query.source, "limit": query.limit}
    found = reading.run("list_rejections", values)
    return tuple(rows.rejection_row(row) for row in found)


def show_rejection(reading: Reading, query: ShowRejection) -> RejectionRow | None:
    """A rejection with what explains it, None when it is not kept."""
    row = reading.run("show_rejection", {"rejection_id": query.rejection_id}).fetchone()
    return None if row is None else rows.rejection_row(row)


def list_sources(reading: Reading, _query: ListSources) -> tuple[SourceRow, ...]:
    """Sources with their keys: as many rows as there are keys, whatever came."""
    keys: defaultdict[str, list[KeyRow]] = defaultdict(list)
    for source, *columns in reading.run("list_keys", {}):
        keys[source].append(rows.key_row(tuple(columns)))
    return tuple(
        SourceRow(
            source,
            Moment(seen_at),
            max((key.used_at for key in keys[source] if key.used_at is not None), default=None),
            silent_at,
            tuple(keys[source]),
        )
        for source, seen_at, silent_at in reading.run("list_sources", {})
    )


def survey(reading: Reading, _query: Survey, store: str, broken: tuple[str, ...]) -> Overview:
    """The whole store on one screen. Finished items are counted as they finish, so this stays quick
    however many there are."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    oldest: dict[str, Moment] = {}
    for source, what, n in reading.run("list_tally", {}):
        counts[source][_COLUMN_OF[what]] += n
    for source, state, n, first in reading.run("count_work", {}):
        counts[source][_COLUMN_OF[state]] += n
        if state == "waiting":
            oldest[source] = Moment(first)
    causes: Counter[str] = Counter()
    for source, cause, n in reading.run("count_dead", {}):
        counts[source]["dead"] += n
        causes[cause] += n
    return Overview(
        store=store,
        sources=tuple(_count(source, counts[source], oldest) for source in sorted(counts)),
        dead_by_cause=dict(causes),
        workers=_workers(reading),
        broken_promises=broken,
        pending=reading.pending(),
        oldest_transaction=reading.oldest_transaction(),
    )


def _count(source: str, counts: Counter[str], oldest: dict[str, Moment]) -> SourceCount:
    values: dict[str, Any] = dict(counts)
    return SourceCount(source=source, oldest_waiting_at=oldest.get(source), **values)


def _workers(reading: Reading) -> tuple[WorkerRow, ...]:
    found = reading.run("list_workers", {})
    return tuple(rows.worker_row(row) for row in found)


def list_pauses(reading: Reading, _query: control.ListPauses) -> tuple[PauseRow, ...]:
    """What is paused."""
    return tuple(rows.pause_row(row) for row in reading.run("list_pauses", {}))


def read_on(reading: Reading, query: control.ReadOn) -> tuple[ItemDetail, ...]:
    """The next items of a source, one by one, so that a page of large payloads ends early."""
    values = {"source": query.source, "after": query.after, "limit": query.limit}
    ids = [row[0] for row in reading.run("read_on", values)]
    listed = {row[0]: row for row in reading.listed(Selection(ids=tuple(ids)), {"limit": len(ids)})}
    found: list[ItemDetail] = []
    held_bytes = 0
    for item_id in ids:
        item = rows.item_of(reading.run("get_item", {"item_id": item_id}).fetchone())
        found.append(ItemDetail(row=rows.item_row(listed[item_id]), item=item))
        held_bytes += len(item.body)
        if held_bytes > query.payload_bytes:
            break
    return tuple(found)


def find_frontier(reading: Reading, _query: control.FindFrontier) -> Frontier:
    """The last number first, and only then who is under way: whoever took a number up to it before is
    seen, or has ended. The other way round one could begin between the two looks."""
    [last] = reading.run("last_number", {}).fetchone() or (0,)
    return Frontier(last, frozenset(name for (name,) in reading.run("under_way", {})))


def find_before(reading: Reading, query: control.FindBefore) -> int:
    """Walks back from the newest item: as far as `at`, however many there are before it."""
    [found] = reading.run("find_before", {"at": query.at}).fetchone() or (0,)
    return int(found)


def read_in(reading: Reading, query: control.ReadIn) -> tuple[Item, ...]:
    """The next items that came in, one by one, so that a page of large payloads ends early."""
    bounds = {"after": query.after, "upto": query.upto, "limit": query.limit}
    ids = [row[0] for row in reading.run("read_in", {"source": query.source, **bounds})]
    found: list[Item] = []
    held_bytes = 0
    for item_id in ids:
        item = rows.item_of(reading.run("get_item", {"item_id": item_id}).fetchone())
        found.append(item)
        held_bytes += len(item.body)
        if held_bytes > query.payload_bytes:
            break
    return tuple(found)


_ANSWERS: dict[type[Query[Any]], Callable[[Reading, Any], Any]] = {
    effects.ListItems: list_items,
    effects.ShowItem: show_item,
    effects.KnownKeys: known_keys,
    effects.ListRejections: list_rejections,
    effects.ShowRejection: show_rejection,
    effects.ListSources: list_sources,
    ListLanes: list_lanes,
    recovery.ShowPlan: plan_queries.show_plan,
    recovery.ListPlans: plan_queries.list_plans,
    recovery.ListPlanned: plan_queries.list_planned,
    recovery.CountPlanned: plan_queries.count_planned,
    recovery.ListAudit: plan_queries.list_audit,
    recovery.ListProblems: plan_queries.list_problems,
    control.ListPauses: list_pauses,
    control.ReadOn: read_on,
    control.FindFrontier: find_frontier,
    control.FindBefore: find_before,
    control.ReadIn: read_in,
}


def answer(reading: Reading, query: Query[Any], store: str, broken: tuple[str, ...]) -> Any:
    """The answer to any query; `store` and `broken` are what a survey says of the store itself."""
    if isinstance(query, effects.Survey):
        return survey(reading, query, store, broken)
    return _ANSWERS[type(query)](reading, query)
