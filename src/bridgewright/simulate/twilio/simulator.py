"""Twilio on loopback: authentication, its limit and its operations around one account."""

from __future__ import annotations

import base64
import binascii
import itertools
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from bridgewright.connectors.twilio.webhook import WEBHOOK
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.agenda import Agenda
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.desk import Desk
from bridgewright.simulate.dispatch import Dispatch, Schedule
from bridgewright.simulate.simulator import close_stand, open_stand, refuse_unknown
from bridgewright.simulate.stand import Mood, Stand, Trade
from bridgewright.simulate.twilio import calls, messages, numbers, verify
from bridgewright.simulate.twilio.account import Account
from bridgewright.simulate.twilio.asked import asked_of
from bridgewright.simulate.twilio.messages import POOL
from bridgewright.simulate.twilio.pace import Pace
from bridgewright.simulate.twilio.routes import ROUTES
from bridgewright.simulate.twilio.triggers import SOMEBODY, TRIGGERS, happen
from bridgewright.simulate.twilio.trouble import TroubleError, missing, refused, trouble
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.twilio.asked import Asked
    from bridgewright.simulate.twilio.fates import Fate
    from bridgewright.simulate.twilio.routes import Operation
    from bridgewright.simulate.wire import Content, Heard

ACCOUNT = "AC" + "5" * 32
"""The account that a simulator has, unless it is given another one."""
TEST_ACCOUNT = "AC" + "7" * 32
"""Test credentials: all is checked, magic numbers too, and nothing is kept or told."""
TOKEN = "5" * 32
"""What signs callbacks, unless a simulator is given a token."""
AT_ONCE = 100
"""How many requests of an account are carried out at a time. Twilio publishes no number."""
SCHEDULE = Schedule(again_s=(0.0,), timeout_s=15.0, gone=frozenset(range(100, 600)))
"""One more attempt, at once, when nobody answers, and none after any answer (Twilio's page of
connection overrides, read 2026-11)."""
_TESTABLE = frozenset({"messages.create", "calls.create", "incoming_phone_numbers.create"})


class TwilioSimulator:
    """A Twilio for tests, demos and proofs: `start` gives the base URL that stands for
    https://api.twilio.com and https://verify.twilio.com alike.

    A request needs the account's SID and its token, or an API key (`SK…`) and its secret: any secret
    is good where no `token` is given. What is done is done by the clock, at the given pace. `stand.be`
    says how it treats requests; `messages` and `messages_per` are what it really sent.
    """

    def __init__(  # noqa: PLR0913 - keywords, each with its default
        self,
        clock: Clock | None = None,
        *,
        account: str = ACCOUNT,
        token: str | None = None,
        pace: Pace | None = None,
        at_once: int = AT_ONCE,
        faults: Faults | None = None,
        slow_s: float = 1.0,
    ) -> None:
        clock = clock or WallClock()
        trade = Trade("twilio", ROUTES, self._answer, refused, Desk(self))
        self.stand = Stand(trade, clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(clock, WEBHOOK.sign, SCHEDULE)
        self.account = account
        self._token = token
        self._at_once = at_once
        self._under_way = 0
        self._agenda = Agenda(clock)
        signer = Secret(token or TOKEN)
        self._books = Account(account, signer, self._agenda, self.dispatch, pace or Pace())
        self._requests = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the base URL of every one of Twilio's APIs."""
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
        """Everything it holds, by its kind; of verifications all but their codes."""
        with self._agenda.lock:
            self._agenda.catch_up()
            books = self._books
            return {
                "messages": [messages.shown(books, each) for each in books.texts.values()],
                "calls": [calls.shown(books, each) for each in books.calls.values()],
                "incoming_phone_numbers": [
                    numbers.shown(books, each) for each in books.numbers.values()
                ],
                "services": {v.sid: v.friendly_name for v in books.verifiers.values()},
                "verifications": {
                    v.sid: {"to": v.to, "status": v.status, "checks": v.checks}
                    for v in books.verifications.values()
                },
            }

    def reset(self) -> None:
        """Be as new."""
        with self._agenda.lock:
            self._agenda.reset()
            self._books.begin()
            self._requests = itertools.count(1)
        self.stand.reset()
        self.dispatch.reset()

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """Make an event happen, with all that belongs to it; the form that its callback carries."""
        refuse_unknown(self.triggers, event_type, overrides)
        with self._agenda.lock:
            self._agenda.catch_up()
            return dict(happen(self._books, event_type, overrides))

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    def messages(self) -> tuple[Content, ...]:
        """Every message there is, in or out, oldest first."""
        with self._agenda.lock:
            self._agenda.catch_up()
            return tuple(messages.shown(self._books, each) for each in self._books.texts.values())

    def calls(self) -> tuple[Content, ...]:
        """Every call there was, oldest first."""
        with self._agenda.lock:
            self._agenda.catch_up()
            return tuple(calls.shown(self._books, each) for each in self._books.calls.values())

    def messages_per(self, name: str = "body") -> Counter[str]:
        """How many messages there are for each value of a field of theirs."""
        return Counter(str(message[name]) for message in self.messages())

    def foresee(self, number: str, fate: Fate) -> None:
        """Decide how messages and calls end that are for a number, from now on."""
        with self._agenda.lock:
            self._books.fates[number] = fate

    def text_in(self, body: str, sender: str = SOMEBODY, to: str = POOL) -> Content:
        """Somebody sends a message to the account; the message. The number's SmsUrl is told."""
        with self._agenda.lock:
            sid = messages.receive(self._books, body, sender, to)["MessageSid"]
            return messages.shown(self._books, self._books.texts[sid])

    def ring_in(self, status: str = "completed", caller: str = SOMEBODY, to: str = POOL) -> Content:
        """Somebody called the account; the call. The number's VoiceUrl is told."""
        with self._agenda.lock:
            call = calls.receive(self._books, status, caller, to)
            return calls.shown(self._books, call)

    def code_of(self, to: str) -> str:
        """The code that Verify sent to somebody last and that is still good; LookupError when there
        is none."""
        with self._agenda.lock:
            return verify.code_of(self._books, to)

    async def _answer(self, heard: Heard, match: Match[Operation], linger: Linger) -> Reply:
        self._under_way += 1
        held = self._under_way
        try:
            if held > self._at_once:
                reply = refused(HTTPStatus.TOO_MANY_REQUESTS)
            else:
                await linger()
                reply = self._judged(heard, match)
        finally:
            self._under_way -= 1
        stamps = (
            ("twilio-request-id", f"RQ{next(self._requests):032x}"),
            ("twilio-concurrent-requests", str(held)),
        )
        return Reply(reply.status, (*reply.headers, *stamps), reply.body)

    def _judged(self, heard: Heard, match: Match[Operation]) -> Reply:
        name = self._whose(heard)
        if name is None:
            return trouble(401, 20003, "Authenticate")
        tested = name == TEST_ACCOUNT != self.account
        if tested and match.route.operation not in _TESTABLE:
            return trouble(403, 20008, "Resource not accessible with Test Account Credentials")
        try:
            return self._carried_out(asked_of(heard), match, TEST_ACCOUNT if tested else "")
        except TroubleError as error:
            return error.reply()

    def _carried_out(self, asked: Asked, match: Match[Operation], tested: str) -> Reply:
        names = dict(match.names)
        if names.pop("account", self.account) != (tested or self.account):
            raise missing(asked.path)
        with self._agenda.lock:
            self._agenda.catch_up()
            self._books.tested = bool(tested)
            return match.route.handler(self._books, asked, **names)

    def _whose(self, heard: Heard) -> str | None:
        """Whose credentials a request has: the account's, a key's, test ones, or nobody's."""
        _, _, packed = (heard.header("authorization") or "").partition(" ")
        try:
            name, _, secret = base64.b64decode(packed).decode("latin-1").partition(":")
        except binascii.Error:
            return None
        known = name in {self.account, TEST_ACCOUNT} or name.startswith("SK")
        good = bool(secret) and (self._token in {None, secret} or name != self.account)
        return name if known and good else None
