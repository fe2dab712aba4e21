"""The journeys of control: pause, resume, cancel, erase, and reading a source from end to end or as it
comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.control import (
    Cancel,
    Erase,
    FindBefore,
    FindFrontier,
    PauseWork,
    ReadIn,
    ReadOn,
    ResumeWork,
)
from bridgewright.core.effects import Now, Pause, ask
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.placing import Document, wrong_place
from bridgewright.core.model.control import EVERYTHING, Erasure
from bridgewright.core.model.item import State
from bridgewright.core.model.listening import Stretch
from bridgewright.core.model.moment import Moment, later

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.effects import Journey
    from bridgewright.core.model.control import PauseRow
    from bridgewright.core.model.listening import Frontier
    from bridgewright.core.model.operation import ItemDetail, ItemRow

PAGE = 200
"""Items read at a time: a page of the largest payloads is bounded in bytes as well."""
LISTEN_PAGE = 100
LISTEN_BYTES = 4_194_304
"""Items of one stretch, and bytes of their payload: it ends with the item that exceeds them."""
END_OF_TIME = Moment(2**62)
LOOKS = 20
LOOK_S = 0.05
"""How often, and how far apart, it is looked whether a number's transaction has ended: a second. Ours last
milliseconds; one that is open for longer is a user's, and told of instead of waited for."""
SKEW_S = 60.0
"""How far the clocks of machines that share a store may differ for a time ago to leave nothing out."""
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


def listen(
    source: str, after: int | None, since: Moment | None, limit: int = LISTEN_PAGE
) -> Journey[Stretch]:
    """What came in at a source after item `after`, and nothing that an item may still appear before.

    `limit` 0 reads nothing, and only tells whether all is well. `after` None begins at
    `since` (at most a minute before it), and without that at what is settled now.
    """
    seen, settled = yield from _frontier()
    if not settled:
        return Stretch((), after, seen.last, held=True)
    if not limit:
        return Stretch((), after, seen.last)
    # A number whose transaction was undone is given out again if the server crashes just then: nobody is
    # told to go on after one that no item has.
    upto = min(seen.last, (yield from ask(FindBefore(END_OF_TIME))))
    if after is None:
        after = upto if since is None else (yield from _before(since, upto))
    items = yield from ask(ReadIn(source, after, upto, limit, LISTEN_BYTES))
    sizes = sum(len(item.body) for item in items)
    full = len(items) == limit or sizes > LISTEN_BYTES
    return Stretch(items, items[-1].id if full else max(after, upto), seen.last, behind=full)


def _frontier() -> Journey[tuple[Frontier, bool]]:
    """How far numbers were given out, and whether all that was under way then has ended."""
    seen = yield from ask(FindFrontier())
    if not seen.under_way:
        return seen, True
    for _ in range(LOOKS):
        yield from ask(Pause(LOOK_S))
        if seen.is_settled((yield from ask(FindFrontier()))):
            return seen, True
    return seen, False


def _before(since: Moment, upto: int) -> Journey[int]:
    found = yield from ask(FindBefore(later(since, -SKEW_S)))
    return min(found, upto)


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
