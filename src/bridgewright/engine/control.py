"""The journeys of control: pause, resume, cancel, erase, and reading a source from end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.control import Cancel, Erase, PauseWork, ReadOn, ResumeWork
from bridgewright.core.effects import Now, ask
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.placing import Document, wrong_place
from bridgewright.core.model.control import EVERYTHING, Erasure
from bridgewright.core.model.item import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.effects import Journey
    from bridgewright.core.model.control import PauseRow
    from bridgewright.core.model.operation import ItemDetail, ItemRow

PAGE = 200
"""Items read at a time: a page of the largest payloads is bounded in bytes as well."""
_UNFINISHED = frozenset({State.WAITING, State.LEASED})


def pause(source: str | None, event_type: str, reason: str, actor: str) -> Journey[PauseRow]:
    """Have nothing more claimed of a source (None: of any), or of some of its types."""
    told = _reason("pausing", reason)
    held = _held(source, event_type)
    now = yield from ask(Now())
    return (yield from ask(PauseWork(*held, told, actor, now)))


def resume(source: str | None, event_type: str, reason: str, actor: str) -> Journey[PauseRow]:
    """End that pause; `NotFound` when there is none that was named like this."""
    held = _held(source, event_type)
    now = yield from ask(Now())
    return (yield from ask(ResumeWork(*held, reason.strip(), actor, now)))


def cancel(item_id: int, reason: str, actor: str) -> Journey[ItemRow]:
    """Decide that an item which waits, or is dead, is never handled."""
    told = _reason("cancelling an item", reason)
    now = yield from ask(Now())
    return (yield from ask(Cancel(item_id, told, actor, now)))


def erase(
    source: str, match: Mapping[str, str], reason: str, actor: str, *, dry_run: bool
) -> Journey[Erasure]:
    """Erase the payload of each item of a source whose event holds these texts at these places."""
    told = _reason("erasing", reason)
    _refuse_wrong(match)
    looked_at, after = 0, 0
    erased: list[int] = []
    unfinished: list[int] = []
    while page := (yield from ask(ReadOn(source, after, PAGE))):
        looked_at, after = looked_at + len(page), page[-1].row.id
        found = [one.row for one in page if _holds(one, match)]
        unfinished += [row.id for row in found if row.state in _UNFINISHED]
        over = tuple(row.id for row in found if row.state not in _UNFINISHED)
        if over and not dry_run:
            now = yield from ask(Now())
            done = yield from ask(Erase(over, told, actor, now))
            unfinished += [item_id for item_id in over if item_id not in done]
            over = done
        erased += over
    return Erasure(looked_at, tuple(erased), tuple(unfinished))


def page(source: str, after: int) -> Journey[tuple[ItemDetail, ...]]:
    """The items of a source after one of them, oldest first."""
    return (yield from ask(ReadOn(source, after, PAGE)))


def _holds(one: ItemDetail, match: Mapping[str, str]) -> bool:
    document = Document(one.item.body, one.item.headers)
    return all(document.at(place) == value for place, value in match.items())


def _refuse_wrong(match: Mapping[str, str]) -> None:
    """Refuse what would match nothing, or everything."""
    wrong = next(filter(None, map(wrong_place, match)), None)
    if match and wrong is None and all(match.values()):
        return
    problem = f"the place to match {wrong}" if wrong else "what to match is empty"
    raise ConfigurationError(problem, remedy="for example data.object.customer=cus_123")


def _reason(what: str, reason: str) -> str:
    if not reason.strip():
        problem = f"{what} needs a reason"
        raise ConfigurationError(problem, remedy="say why: it is kept for good")
    return reason.strip()


def _held(source: str | None, event_type: str) -> tuple[str, str]:
    if not event_type:
        problem = "an empty event type matches nothing"
        raise ConfigurationError(problem, remedy="use '*' for every event")
    if source is None and event_type != "*":
        problem = "a pause of some types needs their source"
        raise ConfigurationError(problem, remedy="name the source, or pause everything")
    return (EVERYTHING if source is None else source), event_type
