"""Words of asking a provider what we missed: the window, its lists page by page, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import Pairs, Request, Response
    from bridgewright.core.model.inbound import Notice
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Window:
    """Since when, and until when (both included; None is open: until now, whatever a clock says)."""

    since: Moment
    until: Moment | None = None

    def holds(self, at: Moment) -> bool:
        """Whether an instant is inside."""
        return self.since <= at and (self.until is None or at <= self.until)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a provider is asked, and as whom.

    `base_url` has no slash at its end. `secrets` and `options` are the connection's, `wanted` the
    options of the source.
    """

    base_url: str
    account: str = ""
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listed:
    """One event as a provider's list has it.

    `key` is what a webhook of it would have been recognised by. `bring` asks for the rest of it where
    a list tells only that it happened; `notice` is the whole otherwise.
    """

    key: str
    at: Moment
    event_type: str
    event_id: str | None = None
    notice: Notice | None = field(default=None, repr=False)
    bring: Request | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, newest first as all of these are. `following` asks for the next, None at the
    list's end. `reached` is the instant down to which the list is known after this page."""

    listed: tuple[Listed, ...]
    following: Request | None = None
    reached: Moment | None = None


@dataclass(frozen=True, slots=True)
class Reconciler:
    """How one provider is asked what it told us, or tried to. Pure functions all.

    `begin` gives the first request of each of its lists, `page` reads an answer (to this request),
    `read` makes the notice of what `bring` brought. `begin` raises `ConfigurationError` for what it
    cannot ask; the readers raise `ValueError` for an answer that is none of this provider's, quoting
    nothing of it. `keeps_s` is how far back the provider's lists go.
    """

    provider: str
    begin: Callable[[Window, Place], tuple[Request, ...]]
    page: Callable[[Response, Request, Window, Place], Page]
    keeps_s: float
    read: Callable[[Listed, Response], Notice] | None = None
    headers: Callable[[Place], Pairs] | None = None


def unlike(text: str) -> ValueError:
    """The error of an answer that is none of this provider's; `text` quotes nothing of it."""
    return ValueError(f"unlike what this provider answers: {text}")


class Ended(StrEnum):
    """Why a run of asking ended: everything was asked for, as much was found as one run may take, or
    the provider or our store failed midway."""

    COMPLETE = "complete"
    LIMIT = "limit"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Missed:
    """An event that we did not have. `item_id` is the item it became; None in a dry run."""

    event_type: str
    at: Moment
    event_id: str | None = None
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What came of asking a provider what we missed.

    `asked` events were listed inside the window; `already_there` were held, `missed` were not, and are
    taken in, oldest first, unless `dry_run`. What was taken in stays, however it `ended`; `why` says
    what stopped it. `reached_at` is the instant from which on nothing is left to ask for: go on with
    it as `until`. None means that the same window is to be asked again, which costs only time: what is
    held is held.
    """

    source: str
    window: Window
    asked: int
    already_there: int
    missed: tuple[Missed, ...]
    ended: Ended
    why: str = ""
    reached_at: Moment | None = None
    dry_run: bool = False

    @property
    def taken_in(self) -> int:
        """How many became items."""
        return sum(each.item_id is not None for each in self.missed)
