"""Values that tests begin from, made in one place so that each test says only what matters to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.core.effects import (
    Accept,
    Claim,
    Claims,
    Command,
    Query,
    Receipt,
    Settle,
    ShowItem,
    Survey,
)
from bridgewright.core.model.inbound import Coverage, Notice, Origin
from bridgewright.core.model.item import Claimed, Complete, Failure, Kind, Resolution
from bridgewright.core.model.moment import Moment, from_seconds
from bridgewright.engine.drive.waiting import Waiting

if TYPE_CHECKING:
    from bridgewright.core.model.item import State
    from bridgewright.core.model.operation import Overview, SourceCount
    from bridgewright.core.ports import Store

NOW = from_seconds(1_800_000_000)
FAILURE = Failure(kind="ValueError", where="handlers.py:7 in remind", text="")


def notice(key: str = "evt_1", event_type: str = "invoice.paid", **values: Any) -> Notice:
    """An event that came in; `values` are fields of it that matter to a test."""
    return Notice(key=key, event_type=event_type, body=values.pop("body", b'{"id": 1}'), **values)


def accept(*notices: Notice, source: str = "stripe", at: Moment = NOW, **values: Any) -> Accept:
    """A command that stores events as one delivery."""
    return Accept(
        source=source,
        notices=notices or (notice(),),
        coverage=Coverage.BODY | Coverage.TIME,
        at=at,
        horizon_s=values.pop("horizon_s", 3_600.0),
        unreadable=values.pop("unreadable", None),
        origin=values.pop("origin", Origin.DELIVERED),
        key_name=values.pop("key_name", ""),
        kind=values.pop("kind", Kind.INBOX),
        due_at=values.pop("due_at", None),
    )


def claim(*sources: str, **values: Any) -> Claim:
    """A command by which a worker claims what is due."""
    given: dict[str, Any] = {"worker": "w", "limit": 100, "lease_s": 60.0, "now": NOW} | values
    return Claim(sources=sources or ("stripe",), **given)


def settle(claimed: Claimed, resolution: Resolution | None = None, at: Moment = NOW) -> Settle:
    """A command that ends an item, well unless told."""
    return Settle(claimed.item.id, claimed.lease.fence, resolution or Complete(), at)


class Desk:
    """A store with blocking verbs: submit, wait, return."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def do(self, command: Command[Any]) -> Any:
        """Write, and wait for what came of it."""
        reply = Waiting()
        self.store.submit(command, reply)
        return reply.result()

    def ask(self, query: Query[Any]) -> Any:
        """Read."""
        return self.store.answer(query)

    def accept(self, *notices: Notice, **values: Any) -> tuple[Receipt, ...]:
        """Store events; a receipt for each."""
        receipts: tuple[Receipt, ...] = self.do(accept(*notices, **values))
        return receipts

    def claim(self, *sources: str, **values: Any) -> Claims:
        """Claim what is due."""
        claims: Claims = self.do(claim(*sources, **values))
        return claims

    def claim_one(self, *sources: str, **values: Any) -> Claimed:
        """Claim the only item that is due."""
        [claimed] = self.claim(*sources, limit=1, **values).claimed
        return claimed


def state_of(desk: Desk, item_id: int) -> State:
    """The state that an item is in."""
    state: State = desk.ask(ShowItem(item_id)).row.state
    return state


def count_of(desk: Desk, source: str = "stripe") -> SourceCount:
    """How many items of a source there are in each state."""
    overview: Overview = desk.ask(Survey())
    return next(each for each in overview.sources if each.source == source)
