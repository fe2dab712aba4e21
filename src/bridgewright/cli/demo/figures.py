"""What a viewer sees at an instant, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.cli.demo.shop import Shop
    from bridgewright.core.model.operation import Overview
    from bridgewright.simulate.courier import Book


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of the courier, the inbox, the worker, the dependency and the dead letters."""

    elapsed_s: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    turned_away: int = 0
    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    leased: int = 0
    done: int = 0
    dead: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    failures: int = 0
    charges: int = 0
    dependency: str = "answers"
    worker: str = "starts"
    store: str = "store open"
    courier: str = "sends"

    @property
    def received(self) -> int:
        """Deliveries the store knows of."""
        return self.accepted + self.duplicates + self.rejected

    @property
    def buried(self) -> int:
        """Dead letters of every cause."""
        return sum(self.dead.values())


def figures(elapsed_s: float, book: Book, overview: Overview, shop: Shop) -> Figures:
    """The figures of this instant."""
    sources = overview.sources
    return Figures(
        elapsed_s=elapsed_s,
        sent=book.sent,
        acknowledged=book.acknowledged.total(),
        refused=book.refused,
        turned_away=book.turned_away,
        accepted=sum(source.accepted for source in sources),
        duplicates=sum(source.duplicates for source in sources),
        rejected=sum(source.rejected for source in sources),
        waiting=sum(source.waiting for source in sources),
        leased=sum(source.leased for source in sources),
        done=sum(source.done for source in sources),
        dead=overview.dead_by_cause,
        calls=shop.dependency.calls,
        failures=shop.dependency.failures,
        charges=len(shop.stripe.charges()),
        dependency=_mood(shop),
        worker=shop.worker_is,
        store=f"store {shop.store_is}",
    )


def _mood(shop: Shop) -> str:
    if shop.dependency.holds:
        return "hangs"
    if shop.breaker_is != "closed":
        return f"breaker {shop.breaker_is}"
    return "answers 503" if shop.dependency.down else "answers"
