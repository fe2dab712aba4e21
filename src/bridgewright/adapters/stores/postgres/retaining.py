"""Forgetting whole days: dropped with all that lies in them, as soon as nothing in them is kept."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from bridgewright.adapters.stores.postgres import link, partitions
from bridgewright.adapters.stores.postgres.controlling import RETENTION
from bridgewright.adapters.stores.postgres.texts import statements
from bridgewright.core.errors import BridgewrightError
from bridgewright.core.lifecycle import retention
from bridgewright.core.model.control import Retained
from bridgewright.core.model.moment import later

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from bridgewright.core.control import Retain
    from bridgewright.core.effects import Command
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Bell, Reply


@dataclass(frozen=True, slots=True)
class Adding:
    """A reply that says of a turn of retention how many items went with their days before."""

    reply: Reply
    days_gone: int

    def resolve(self, result: Any) -> Bell | None:
        """Answer with both."""
        return self.reply.resolve(Retained(self.days_gone + result.gone, result.more))

    def reject(self, error: BaseException) -> Bell | None:
        """Pass it on."""
        return self.reply.reject(error)


def begin(
    url: Secret,
    command: Retain,
    reply: Reply,
    submit: Callable[[Command[Any], Reply], None],
    *,
    pooled: bool,
) -> None:
    """Forget days on a connection and in a thread of their own, for nobody's delivery must wait for that;
    then `submit` the command, which forgets single items."""

    def run() -> None:
        try:
            with link.connect(url, pooled=pooled, writing=False) as connection:
                gone = forget_days(connection, command)
            submit(command, Adding(reply, gone))
        except psycopg.Error as error:
            _ring(reply.reject(link.wrapped(error, link.name_of(url))))
        except BridgewrightError as error:
            _ring(reply.reject(error))

    threading.Thread(target=run, name="bridgewright-days", daemon=True).start()


def forget_days(connection: psycopg.Connection, command: Retain) -> int:
    """Drop the days on which everything is finished and kept no longer; how many items went. Looks at them
    where a round begins, and not at each of its turns."""
    turning = connection.execute(statements()["look_round"], (RETENTION,)).fetchone()
    if turning is not None and turning[0]:
        return 0
    shortest_s = min((kept_s for _, kept_s in command.keep_s), default=None)
    if shortest_s is None:
        return 0
    before = partitions.day_of(later(command.at, -shortest_s))
    counts: dict[date, int] = {}
    gone = partitions.drop(connection, before, partial(_is_over, counts, command))
    return sum(counts[day] for day in gone)


def _is_over(
    counts: dict[date, int], command: Retain, connection: psycopg.Connection, day: date
) -> bool:
    """Whether nothing that ended on the items of a day is kept any more."""
    rows = connection.execute(statements()["ended_on"], partitions.bounds_of(day)).fetchall()
    counts[day] = sum(n for *_, n in rows)
    newest = [(place, source, settled_at) for place, (source, settled_at, _) in enumerate(rows)]
    return len(retention.over(newest, dict(command.keep_s), command.at)) == len(rows)


def _ring(bell: Bell | None) -> None:
    if bell is not None:
        bell()
