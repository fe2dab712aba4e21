"""Options that several commands share, and the values they turn into."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bridgewright.core.model.item import Cause, State
from bridgewright.core.model.moment import Moment, from_datetime, later
from bridgewright.core.model.operation import Selection
from bridgewright.engine.drive.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

_UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LARGEST_S = 100 * 365 * 86_400


def when(text: str) -> Moment:
    """An instant: a time ago (`90s`, `30m`, `2h`, `7d`, `2w`), or an RFC 3339 date or time (UTC where
    it names no zone)."""
    ago = re.fullmatch(r"([0-9]{1,9})([smhdw])", text.strip())
    if ago and int(ago[1]) * _UNITS_S[ago[2]] <= _LARGEST_S:
        return later(now(), -int(ago[1]) * _UNITS_S[ago[2]])
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        message = f"{text!r} is neither a time ago (30m, 2h, 7d) nor a date (2026-05-01T12:00Z)"
        raise click.BadParameter(message) from None
    return from_datetime(found if found.tzinfo else found.replace(tzinfo=UTC))


CAUSES = click.Choice([str(cause) for cause in Cause])
STATES = click.Choice([str(state) for state in State])

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
source = click.option("--source", metavar="NAME", help="Only this source.")
event_type = click.option(
    "--type", "event_type", metavar="PATTERN", help="Only this event type; * stands for anything."
)
cause = click.option("--cause", type=CAUSES, help="Only dead letters of this cause.")
problem = click.option(
    "--problem",
    metavar="ID",
    help="Only dead letters of this problem, as `dead problems` lists it.",
)
since = click.option(
    "--since", type=when, metavar="WHEN", help="Received since: 2h, 7d, or a date and time."
)
until = click.option("--until", type=when, metavar="WHEN", help="Received before.")
before = click.option("--before", type=int, metavar="ID", help="Only items older than this one.")


def limit(default: int, most: int) -> Callable[[F], F]:
    """How many rows at most."""
    kind = click.IntRange(1, most)
    return click.option(
        "--limit",
        type=kind,
        metavar="N",
        default=default,
        show_default=True,
        help="At most so many.",
    )


def selection(  # noqa: PLR0913 - the conditions of a selection
    *,
    ids: tuple[int, ...] = (),
    source: str | None = None,
    event_type: str | None = None,
    state: str | None = None,
    cause: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    problem: str | None = None,
) -> Selection:
    """The selection that the options describe."""
    return Selection(
        ids=ids,
        source=source,
        event_type=event_type,
        state=None if state is None else State(state),
        cause=None if cause is None else Cause(cause),
        since=since,
        until=until,
        problem=problem,
    )
