"""Finding what is due: of each source, past what is paused, parked, or at its cap."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.rows import Row, standing_of
from bridgewright.adapters.stores.sqlite.selection import glob
from bridgewright.core.lifecycle.order import openings, share, turn_about, within
from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.adapters.stores.sqlite.batch import Batch
    from bridgewright.core.effects import Claim
    from bridgewright.core.lifecycle.lease import Standing
    from bridgewright.core.model.ranking import Reach


@dataclass(frozen=True, slots=True)
class Place:
    """Where an unfinished item belongs; `blocks`: it stops its key when it dies."""

    source: str
    key: str | None
    blocks: bool


NOWHERE = Place("", None, blocks=False)


@dataclass(frozen=True, slots=True)
class Held:
    """An item that is due, as a claim needs it."""

    item_id: int
    source: str
    event_type: str
    resource: str | None
    order_key: str | None
    blocks: bool
    standing: Standing


@dataclass(slots=True)
class Finder:
    """Looks for one claim; `barred` and `held_back` are its openings (core.lifecycle.order)."""

    batch: Batch
    command: Claim
    barred: Mapping[str, tuple[Reach, ...]]
    held_back: bool = False
    _texts: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(cls, batch: Batch, command: Claim) -> Finder:
        """What is paused is read in the transaction of the claim: no claim comes after a pause."""
        pauses = [(row[0], row[1]) for row in batch.run("list_pauses")]
        found = openings(command.sources, pauses, command.caps)
        return cls(batch, command, found.barred, found.held_back)

    def due(self) -> list[Held]:
        """What this claim takes: high priority first, turn about between sources, within the caps."""
        limit = self.command.limit
        high = turn_about([self._queue(source, high=1) for source in self.barred])
        normal = turn_about([self._queue(source, high=0) for source in self.barred])
        found = share(high[:limit], normal[:limit], limit, self.command.turn)
        if not self.command.caps:
            return found
        free = within([(held.source, held.event_type) for held in found], self.command.caps)
        self.held_back = self.held_back or not all(free)
        return [held for held, may in zip(found, free, strict=True) if may]

    def next_due(self) -> Moment | None:
        """When something that this claim might have taken is due."""
        times = [
            Moment(row[0])
            for source in self.barred
            for high in (0, 1)
            if (row := self._run("next_due", source, {"high": high}).fetchone()) is not None
        ]
        return min(times, default=None)

    def _queue(self, source: str, *, high: int) -> list[Held]:
        values = {"high": high, "now": self.command.now, "limit": self.command.limit}
        return [_held(row) for row in self._run("find_due", source, values)]

    def _run(self, name: str, source: str, values: dict[str, Any]) -> Any:
        if source not in self._texts:
            self._texts[source] = _except(self.barred[source])
        text, patterns = self._texts[source]
        sql = self.batch.sql[name].replace("{conditions}", text)
        return self.batch.connection.execute(sql, {"source": source, **values, **patterns})


def _held(row: Row) -> Held:
    item_id, *columns, source, event_type, resource, order_key, blocks = row
    standing = standing_of(columns)
    return Held(item_id, source, event_type, resource, order_key, bool(blocks), standing)


def _except(reaches: Sequence[Reach]) -> tuple[str, dict[str, Any]]:
    """Conditions that leave these out; patterns are values, and never enter the text."""
    text = ""
    values: dict[str, Any] = {}
    for n, reach in enumerate(reaches):
        names = [f"p{n}_{m}" for m in range(1 + len(reach.but))]
        values |= dict(zip(names, map(glob, (reach.pattern, *reach.but)), strict=True))
        inside = f"event_type GLOB :{names[0]}"
        inside += "".join(f" AND event_type NOT GLOB :{name}" for name in names[1:])
        text += f" AND NOT ({inside})"
    return text, values
