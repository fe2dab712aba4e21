"""Finding what is due: of each source, past what is paused, parked, or at its cap."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.stores.postgres.batch import PAUSES, Held
from bridgewright.adapters.stores.postgres.selection import like
from bridgewright.adapters.stores.rows import Row, standing_of
from bridgewright.core.lifecycle.order import openings, share, turn_about, within
from bridgewright.core.model.moment import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.adapters.stores.postgres.batch import Batch
    from bridgewright.core.effects import Claim
    from bridgewright.core.model.ranking import Reach


@dataclass(slots=True)
class Finder:
    """Looks for one claim; `barred` and `held_back` are its openings (core.lifecycle.order)."""

    batch: Batch
    command: Claim
    barred: Mapping[str, tuple[Reach, ...]]
    held_back: bool
    left_some: bool = False

    @classmethod
    def of(cls, batch: Batch, command: Claim) -> Finder:
        """What is paused is read in the transaction of the claim, and nobody pauses until its end."""
        batch.post("heed_pauses", PAUSES)
        pauses = [(row[0], row[1]) for row in batch.run("list_pauses")]
        found = openings(command.sources, pauses, command.caps)
        return cls(batch, command, found.barred, found.held_back)

    def due(self) -> list[Held]:
        """What this claim takes: high priority first, turn about between sources, within the caps."""
        if not self.barred:
            return []
        limit, queues = self.command.limit, self._queues()
        high = turn_about([queues[source, 1] for source in self.barred])
        normal = turn_about([queues[source, 0] for source in self.barred])
        found = share(high[:limit], normal[:limit], limit, self.command.turn)
        if self.command.caps:
            free = within([(held.source, held.event_type) for held in found], self.command.caps)
            self.held_back = self.held_back or not all(free)
            found = [held for held, may in zip(found, free, strict=True) if may]
        taken = {held.item_id for held in found}
        left = [held for held in (*high, *normal) if held.item_id not in taken]
        self.leave(left)
        self.left_some = bool(left)
        return found

    def leave(self, rows: Iterable[Held]) -> None:
        """What was found and is not taken has to be found again."""
        self.batch.lowered.extend((held.source, held.standing.due_at) for held in rows)

    def next_due(self) -> Moment | None:
        """When something that this claim might have taken is due: now, if it has found and left some."""
        if self.left_some:
            return self.command.now
        floors, batch, now = self.batch.floors, self.batch, self.command.now
        if not self.barred:
            return None
        whole = not any(self.barred.values())  # what is barred is not remembered: it changes
        sources = tuple(self.barred)
        known = floors.coming(sources, now, batch.clock_s) if whole else None
        if known is not None:
            return known.at
        begin, _ = floors.begin(sources, now, batch.clock_s)
        row = self._run("next_due", {"floors": begin}).fetchone()
        at = None if row is None or row[0] is None else Moment(row[0])
        if whole:
            floors.comes(sources, at, batch.clock_s)
        return at

    def _queues(self) -> dict[tuple[str, int], list[Held]]:
        """What is due, by source and priority, as much of each as this claim may take."""
        batch, command = self.batch, self.command
        began_s = time.monotonic()
        begin, whole = batch.floors.begin(self.barred, command.now, batch.clock_s)
        queues: dict[tuple[str, int], list[Held]] = defaultdict(list)
        values = {"floors": begin, "now": command.now, "limit": command.limit}
        for high, *columns in self._run("find_due", values):
            held = held_of(columns)
            queues[held.source, high].append(held)
        if whole:
            batch.floors.looked(time.monotonic() - began_s, batch.clock_s)
        for source, barred in self.barred.items():
            if barred:  # some of it is due, and was not looked at
                continue
            full = [
                queue[0].standing.due_at
                for high in (1, 0)
                if len(queue := queues[source, high]) >= command.limit
            ]
            if full:
                batch.floors.reached(source, min(full), command.now)
            else:
                batch.floors.drained(source, command.now)
        return queues

    def _run(self, name: str, values: dict[str, Any]) -> Any:
        text, patterns = _except(self.barred)
        sql = self.batch.sql[name].replace(b"{conditions}", text.encode())
        return self.batch.execute(sql, {"sources": list(self.barred), **values, **patterns})


def held_of(columns: Row | list[Any]) -> Held:
    """The columns of `find_due` and `get_held`."""
    item_id, source, received_at, event_type, resource, order_key, blocks, *standing = columns
    return Held(
        item_id,
        source,
        Moment(received_at),
        event_type,
        resource,
        order_key,
        bool(blocks),
        standing_of(standing),
    )


def _except(barred: Mapping[str, tuple[Reach, ...]]) -> tuple[str, dict[str, Any]]:
    """Conditions that leave these out; sources and patterns are values, and never enter the text."""
    text = ""
    values: dict[str, Any] = {}
    for n, reach in enumerate(reach for reaches in barred.values() for reach in reaches):
        names = [f"p{n}_{m}" for m in range(1 + len(reach.but))]
        values |= dict(zip(names, map(like, (reach.pattern, *reach.but)), strict=True))
        values[f"s{n}"] = reach.source
        inside = f"s.source = %(s{n})s AND event_type LIKE %({names[0]})s"
        inside += "".join(f" AND event_type NOT LIKE %({name})s" for name in names[1:])
        text += f" AND NOT ({inside})"
    return text, values
