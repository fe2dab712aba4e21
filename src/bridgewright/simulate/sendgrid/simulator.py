"""SendGrid on loopback: keys, limits and operations around one account."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from bridgewright.connectors.sendgrid.webhook import WEBHOOK
from bridgewright.simulate.agenda import Agenda
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.desk import Desk
from bridgewright.simulate.dispatch import Dispatch, Schedule
from bridgewright.simulate.sendgrid import groups, hooks, letters, suppressions, templates
from bridgewright.simulate.sendgrid.account import LISTS, Account, Pace
from bridgewright.simulate.sendgrid.asked import asked_of
from bridgewright.simulate.sendgrid.limits import ORDINARY, Limits
from bridgewright.simulate.sendgrid.routes import ROUTES, SEND
from bridgewright.simulate.sendgrid.triggers import TRIGGERS, happen
from bridgewright.simulate.sendgrid.trouble import (
    Complaint,
    TroubleError,
    complained,
    refused,
    unsimulated,
)
from bridgewright.simulate.simulator import close_stand, open_stand, refuse_unknown
from bridgewright.simulate.stand import Mood, Stand, Trade
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.sendgrid.account import Event
    from bridgewright.simulate.sendgrid.fates import Fate
    from bridgewright.simulate.sendgrid.letters import Letter
    from bridgewright.simulate.sendgrid.routes import Operation
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard

AGAIN_S = (60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800)
"""Posts that are not taken are tried again "at increasing intervals for up to 24 hours" (SendGrid's
page of the Event Webhook, read 2026-11). The intervals are ours, for it publishes none; they end
within the day."""
SCHEDULE = Schedule(again_s=tuple(map(float, AGAIN_S)), timeout_s=10.0)


class SendGridSimulator:
    """A SendGrid for tests, demos and proofs: `start` gives the base URL that stands for
    https://api.sendgrid.com.

    Any key that begins with `SG.` is good, or only `api_key`. Mail is taken from any sender, or only
    from `senders`, addresses and domains. `per_minute` is how often each operation may be asked for.
    `stand.be` says how it treats requests; `letters` and `events` are what it really did.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with its default
        self,
        clock: Clock | None = None,
        *,
        api_key: str | None = None,
        senders: frozenset[str] | None = None,
        per_minute: int = ORDINARY,
        pace: Pace | None = None,
        faults: Faults | None = None,
        slow_s: float = 1.0,
    ) -> None:
        clock = clock or WallClock()
        trade = Trade("sendgrid", ROUTES, self._answer, refused, Desk(self))
        self.stand = Stand(trade, clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(clock, WEBHOOK.sign, SCHEDULE)
        self._api_key = api_key
        self._senders = senders
        self._limits = Limits(clock.now, per_minute)
        self._agenda = Agenda(clock)
        self._books = Account(self._agenda, self.dispatch, pace or Pace())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the base URL, as `SendGridAPIClient(host=…)` takes it."""
        url = open_stand(self, port)
        if self.stand.thread is not None:
            self._agenda.open(self.stand.thread)
        return url

    def close(self) -> None:
        """Hang up on everybody."""
        self._agenda.close()
        close_stand(self)

    @property
    def url(self) -> str:
        """Its base URL, while it is open."""
        return self.stand.url

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """The events that can be made to happen, each with the paths it takes values for."""
        return TRIGGERS

    def state(self) -> Content:
        """Everything it holds, by its kind."""
        with self._agenda.lock:
            self._agenda.catch_up()
            books = self._books
            lists = {
                kind: [suppressions.shown(kind, each) for each in books.lists[kind].values()]
                for kind in LISTS
            }
            return {
                "letters": [asdict(each) for each in books.letters.values()],
                "events": list(books.events),
                "suppressions": lists,
                "groups": [
                    groups.shown(each) | {"suppressed": list(each.suppressed)}
                    for each in books.groups.values()
                ],
                "templates": [templates.shown(each) for each in books.templates.values()],
                "webhooks": [hooks.shown(each) for each in books.hooks.values()],
            }

    def reset(self) -> None:
        """Be as new."""
        with self._agenda.lock:
            self._agenda.reset()
            self._books.begin()
            self._limits.reset()
        self.stand.reset()
        self.dispatch.reset()

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """Make an event happen, with all that belongs to it; the event as its webhook carries it."""
        refuse_unknown(self.triggers, event_type, overrides)
        with self._agenda.lock:
            self._agenda.catch_up()
            return dict(happen(self._books, event_type, overrides))

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    def foresee(self, recipient: str, fate: Fate) -> None:
        """Decide what becomes of mail to an address or a domain, from now on."""
        with self._agenda.lock:
            self._books.fates[recipient.lower()] = fate

    @property
    def letters(self) -> tuple[Letter, ...]:
        """What was taken, one for each recipient, oldest first."""
        with self._agenda.lock:
            self._agenda.catch_up()
            return tuple(self._books.letters.values())

    @property
    def events(self) -> tuple[Event, ...]:
        """All that happened to it, oldest first."""
        with self._agenda.lock:
            self._agenda.catch_up()
            return tuple(self._books.events)

    async def _answer(self, heard: Heard, match: Match[Operation], linger: Linger) -> Reply:
        await linger()
        standing = self._limits.take(match.route.operation)
        over = refused(HTTPStatus.TOO_MANY_REQUESTS)
        reply = self._judged(heard, match) if standing.taken else over
        return Reply(reply.status, (*reply.headers, *standing.headers()), reply.body)

    def _judged(self, heard: Heard, match: Match[Operation]) -> Reply:
        stranger = self._stranger(heard, match.route.operation)
        if stranger is not None:
            return stranger
        handler = match.route.handler
        if match.route.operation == SEND:
            handler = partial(letters.send, senders=self._senders)
        try:
            if heard.header("on-behalf-of"):
                raise unsimulated("On-Behalf-Of, a subuser,")
            with self._agenda.lock:
                self._agenda.catch_up()
                return handler(self._books, asked_of(heard), **match.names)
        except TroubleError as error:
            return error.reply()

    def _stranger(self, heard: Heard, operation: str) -> Reply | None:
        """How somebody without a good key is turned away; None for somebody with one."""
        scheme, _, key = (heard.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            bare = "Permission denied, wrong credentials"
            words = bare if operation == SEND else "authorization required"
            return complained(HTTPStatus.UNAUTHORIZED, [Complaint(words)])
        good = key == self._api_key if self._api_key else key.startswith("SG.")
        return None if good else refused(HTTPStatus.UNAUTHORIZED)
