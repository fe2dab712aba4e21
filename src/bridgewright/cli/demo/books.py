"""Reading the three books."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bridgewright.cli.demo.ledger import Books, Sent, Stored
from bridgewright.cli.demo.script import CHARGED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from bridgewright.bridge import AsyncBridge
    from bridgewright.core.model.operation import ItemRow, Selection
    from bridgewright.simulate.courier import Book

PAGE = 1_000


async def read(
    book: Book,
    bridge: AsyncBridge,
    journal: Path,
    leased_at_kill: frozenset[str],
    charged: Mapping[str, int],
) -> Books:
    """All books as they stand; `charged` is Stripe's own, by the order that each charge names."""
    stored = await stored_in(bridge)
    return Books(sent_of(book), stored, done_in(journal), leased_at_kill, dict(charged))


def sent_of(book: Book) -> Sent:
    """What the courier wrote down."""
    return Sent(
        sent=book.sent,
        acknowledged=dict(book.acknowledged),
        refused=book.refused,
        unanswered=book.unanswered,
        given_up=book.given_up,
        wrongly_answered=len(book.wrong),
    )


async def stored_in(bridge: AsyncBridge) -> Stored:
    """What the store holds: every item by its provider's id, and its counts."""
    rows = [row async for row in every_item(bridge)]
    sources = (await bridge.survey()).sources
    return Stored(
        events=frozenset(key_of(row) for row in rows),
        to_charge=frozenset(str(row.event_id) for row in rows if row.event_type == CHARGED),
        accepted=sum(source.accepted for source in sources),
        duplicates=sum(source.duplicates for source in sources),
        rejected=sum(source.rejected for source in sources),
        unfinished=sum(source.waiting + source.leased for source in sources),
        dead=sum(source.dead for source in sources),
    )


def done_in(journal: Path) -> Counter[str]:
    """How often each event was handled to its end, whoever did it."""
    return Counter(line.rpartition(" ")[2] for line in journal.read_text("utf-8").splitlines())


def begun_by(pid: int, begun: Path) -> frozenset[str]:
    """The events that a process has ever had in its hands."""
    lines = (line.partition(" ") for line in begun.read_text("utf-8").splitlines())
    return frozenset(key for who, _, key in lines if who == str(pid))


async def every_item(
    bridge: AsyncBridge, selection: Selection | None = None
) -> AsyncIterator[ItemRow]:
    """Every item that matches, newest first."""
    before = None
    while rows := await bridge.events(selection, limit=PAGE, before=before):
        for row in rows:
            yield row
        before = rows[-1].id


def key_of(row: ItemRow) -> str:
    """The event's name across providers, as all three books spell it."""
    return f"{row.source}:{row.event_id}"
