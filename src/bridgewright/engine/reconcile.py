"""The journey of asking a provider what we missed: list, leave out what is held, take in the rest.

Lists are newest first and are read to their end before anything is taken in, for handlers are better
told in the order in which things happened. What a list did not give before it failed is asked for
another time; what it gave is taken in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from bridgewright.core.effects import Accept, AskProvider, KnownKeys, Now, Pause, ask
from bridgewright.core.errors import CallError, ConfigurationError, RetryLater, StoreError
from bridgewright.core.model.fact import EventsReconciled
from bridgewright.core.model.inbound import Coverage, Origin
from bridgewright.core.model.moment import as_text, later, seconds_between
from bridgewright.core.model.reconciling import Ended, Missed, Reconciliation, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgewright.core.effects import Journey
    from bridgewright.core.model.call import Request, Response
    from bridgewright.core.model.inbound import Notice
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.reconciling import Listed, Place, Reconciler
    from bridgewright.core.ports import Observer

COVERAGE = Coverage.BODY | Coverage.ID
"""What is proven of an event that we fetched: all that the provider's own answer says, to credentials
of ours, over TLS. No signature is involved, and no time is."""

MARGIN_S = 300.0
"""How much earlier than asked a window begins: for clocks that differ, as freshness has it."""
DEFAULT_LIMIT = 1_000
LARGEST_LIMIT = 10_000
MOST_PAGES = 2_000
MOST_BYTES = 67_108_864
"""Of payloads held at once before they are taken in, 64 MiB: what is beyond is for another run."""
BATCH = 50
LONGEST_WAIT_S = 60.0
MOST_WAITS = 3
"""A provider that asks for a minute is waited for, three times for one request: nobody waits for a run."""
UNANSWERED = (CallError, RetryLater, ValueError)
"""How asking ends without an answer of this provider's."""
MORE = "there is more than one run takes in"


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for: a source's missed events, by a connection, in a window, at most `limit`."""

    source: str
    horizon_s: float
    connection: str
    reconciler: Reconciler
    place: Place = field(repr=False)
    window: Window
    limit: int = DEFAULT_LIMIT
    dry_run: bool = False

    def check(self, now: Moment) -> None:
        """`ConfigurationError` for a window that cannot be asked for without harm."""
        since, until = self.window.since, self.window.until
        if since > now or (until is not None and until < since):
            problem = f"the window begins at {as_text(since)}, and ends before"
            raise ConfigurationError(problem, remedy="give a since that is past, and before until")
        if not 1 <= self.limit <= LARGEST_LIMIT:
            problem = f"limit is {self.limit}: one run takes in from 1 to {LARGEST_LIMIT} events"
            raise ConfigurationError(problem)
        ago_s = seconds_between(since, now)
        if ago_s > self.horizon_s - MARGIN_S:
            problem = (
                f"{as_text(since)} is further back than source {self.source} remembers what it had"
            )
            remedy = "ask for less, or events would be handled twice (dedupe_horizon_s)"
            raise ConfigurationError(problem, remedy=remedy)
        if ago_s > self.reconciler.keeps_s:
            days = self.reconciler.keeps_s / 86_400
            problem = f"{self.reconciler.provider} lists events of the last {days:g} days only"
            raise ConfigurationError(problem, remedy="give a later since")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the lists gave: the events we do not have, how many there were in all, and how it ended."""

    missed: tuple[Listed, ...] = ()
    asked: int = 0
    already_there: int = 0
    ended: Ended = Ended.COMPLETE
    why: str = ""
    reached: Moment | None = None


def reconcile(search: Search, tell: Observer) -> Journey[Reconciliation]:
    """Ask, and take in what we did not have. Never raises for what the provider or the store did:
    the result says where it stopped."""
    now = yield from ask(Now())
    search.check(now)
    widened = replace(search.window, since=later(search.window.since, -MARGIN_S))
    firsts = search.reconciler.begin(widened, search.place)
    found = Gathered()
    for number, first in enumerate(firsts):
        found = yield from _list(search, widened, first, found)
        if found.ended is not Ended.COMPLETE:
            if number < len(firsts) - 1:  # of the lists after this one nothing is known
                found = replace(found, reached=None)
            break
    oldest_first = list(reversed(found.missed))
    oldest_first.sort(key=lambda each: each.at)  # of equal times the later listed came first
    if search.dry_run:
        listed = (Missed(each.event_type, each.at, each.event_id) for each in oldest_first)
        result = _result(search, found, tuple(listed))
    else:
        result = yield from _take_in(search, found, oldest_first)
    tell(
        EventsReconciled(
            search.source,
            result.asked,
            result.taken_in,
            result.already_there,
            result.ended,
            result.why,
        )
    )
    return result


def _list(search: Search, window: Window, first: Request, before: Gathered) -> Journey[Gathered]:
    """Read one list, page by page, until its end, the window's, or a bound of ours."""
    gathered = replace(before, reached=None)
    seen: set[str] = set()
    request: Request | None = first
    for _ in range(MOST_PAGES):
        if request is None:
            return replace(gathered, reached=search.window.since)
        if request.url in seen:
            return replace(gathered, ended=Ended.FAILED, why="the pages of the list go round")
        seen.add(request.url)
        try:
            response = yield from _answered(search, request)
            page = search.reconciler.page(response, request, window, search.place)
            gathered = yield from _sifted(search, window, gathered, page.listed)
        except (*UNANSWERED, StoreError) as error:
            return replace(gathered, ended=Ended.FAILED, why=str(error))
        if page.reached is not None:
            gathered = replace(gathered, reached=page.reached)
        request = page.following
        if request is not None and _full(search, gathered):
            break
    return replace(gathered, ended=Ended.LIMIT, why=MORE)


def _answered(search: Search, request: Request) -> Journey[Response]:
    headers = search.reconciler.headers
    if headers is not None:
        request = replace(request, headers=(*request.headers, *headers(search.place)))
    asking = AskProvider(search.connection, request)
    for _ in range(MOST_WAITS):
        try:
            return (yield from ask(asking))
        except RetryLater as error:
            if error.after_s > LONGEST_WAIT_S:
                raise
            yield from ask(Pause(error.after_s))
    return (yield from ask(asking))


def _sifted(
    search: Search, window: Window, gathered: Gathered, listed: Sequence[Listed]
) -> Journey[Gathered]:
    """Add what is inside the window and neither held nor gathered before."""
    gathered_keys = {each.key for each in gathered.missed}
    fresh = {each.key: each for each in listed if window.holds(each.at)}
    for key in gathered_keys & fresh.keys():
        del fresh[key]
    known = yield from ask(KnownKeys(search.source, tuple(fresh)))
    missed = tuple(each for key, each in fresh.items() if key not in known)
    return replace(
        gathered,
        missed=gathered.missed + missed,
        asked=gathered.asked + len(fresh),
        already_there=gathered.already_there + len(fresh) - len(missed),
    )


def _full(search: Search, gathered: Gathered) -> bool:
    held = sum(len(each.notice.body) for each in gathered.missed if each.notice is not None)
    return len(gathered.missed) >= search.limit or held > MOST_BYTES


def _take_in(
    search: Search, found: Gathered, oldest_first: list[Listed]
) -> Journey[Reconciliation]:
    """Store what was missed, batch by batch, bringing what the list did not hold."""
    missed: list[Missed] = []
    duplicates = 0
    # Beyond the limit the oldest wait: where they begin is where another run goes on.
    left = oldest_first[-search.limit :]
    if len(left) < len(oldest_first):
        found = replace(found, reached=found.reached and left[0].at)
        if found.ended is Ended.COMPLETE:
            found = replace(found, ended=Ended.LIMIT, why=MORE)
    why = ""
    for batch in _batches(left):
        notices: list[tuple[Listed, Notice]] = []
        try:
            for each in batch:
                notice = each.notice or (yield from _brought(search, each))
                notices.append((each, notice))
        except UNANSWERED as error:
            why = str(error)
        try:
            taken = yield from _stored(search, notices)
        except StoreError as error:
            why = str(error)
        else:
            missed += taken
            duplicates += len(notices) - len(taken)
        if why:
            found = replace(found, ended=Ended.FAILED, why=why, reached=None)
            break
    found = replace(found, already_there=found.already_there + duplicates)
    return _result(search, found, tuple(missed))


def _brought(search: Search, listed: Listed) -> Journey[Notice]:
    read = search.reconciler.read
    if listed.bring is None or read is None:
        msg = "the list holds an event, and neither its content nor a way to it"
        raise ValueError(msg)
    return read(listed, (yield from _answered(search, listed.bring)))


def _stored(
    search: Search, notices: Sequence[tuple[Listed, Notice]]
) -> Journey[tuple[Missed, ...]]:
    """Those that the store did not have: a webhook may have been quicker since we looked."""
    if not notices:
        return ()
    now = yield from ask(Now())
    command = Accept(
        source=search.source,
        notices=tuple(notice for _, notice in notices),
        coverage=COVERAGE,
        at=now,
        horizon_s=search.horizon_s,
        origin=Origin.RECONCILED,
    )
    receipts = yield from ask(command)
    return tuple(
        Missed(notice.event_type, listed.at, listed.event_id, receipt.item_id)
        for (listed, notice), receipt in zip(notices, receipts, strict=True)
        if not receipt.duplicate
    )


def _batches(listed: list[Listed]) -> Iterator[list[Listed]]:
    rest = iter(listed)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _result(search: Search, found: Gathered, missed: tuple[Missed, ...]) -> Reconciliation:
    return Reconciliation(
        source=search.source,
        window=search.window,
        asked=found.asked,
        already_there=found.already_there,
        missed=missed,
        ended=found.ended,
        why=found.why,
        reached_at=found.reached,
        dry_run=search.dry_run,
    )
