"""Stripe on loopback: its accounts, and all that stands around them."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from bridgewright.connectors.stripe.webhook import WEBHOOK
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.desk import Desk
from bridgewright.simulate.dispatch import Dispatch
from bridgewright.simulate.form import nested
from bridgewright.simulate.routes import Routes
from bridgewright.simulate.simulator import close_stand, open_stand
from bridgewright.simulate.stand import Mood, Stand, Trade
from bridgewright.simulate.stripe import (
    billing,
    checkout,
    invoices,
    paying,
    payments,
    subscriptions,
    triggers,
)
from bridgewright.simulate.stripe.account import VERSION, Account, Asking
from bridgewright.simulate.stripe.calendar import Calendar
from bridgewright.simulate.stripe.door import Door
from bridgewright.simulate.stripe.keys import Keys
from bridgewright.simulate.stripe.telling import OVERLAP_S, SCHEDULE, Telling, minted
from bridgewright.simulate.stripe.trouble import (
    BROKEN,
    DOWN,
    THROTTLED,
    Problem,
    ProblemError,
    locked,
)
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.secret import Secret
    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.dispatch import Endpoint, Schedule
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.stripe.operations import Operation
    from bridgewright.simulate.wire import Content, Heard

ROUTES: Routes[Operation] = Routes((*paying.ROUTES, *billing.ROUTES))
_SECRETS = frozenset({"client_secret", "secret"})
_REACTIONS: Mapping[str, Callable[[Account, Content], None]] = {
    "customer.deleted": subscriptions.customer_gone,
    "invoice.paid": subscriptions.invoice_paid,
    "invoice.payment_failed": subscriptions.invoice_failed,
    "payment_intent.payment_failed": invoices.payment_failed,
    "payment_intent.succeeded": invoices.payment_succeeded,
}


class StripeSimulator:
    """A Stripe for tests, demos and proofs: `start` gives the base URL of its API.

    Any secret test key is good (`sk_test_…`, `rk_test_…`); `restrict` says what a restricted one may.
    `stand.be(Mood.DOWN, seconds=5)` and its like say how it treats requests; `charges` and
    `charges_per` are what it really did. What takes time happens by the `clock`: renewals, retries of
    payments, expiries. Unless told, nobody is throttled: `rate_per_s` is a sandbox's 25, say.
    `schedule` is how webhooks are sent again: as live, or `telling.SANDBOX`.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        faults: Faults | None = None,
        slow_s: float = 1.0,
        rate_per_s: float | None = None,
        schedule: Schedule = SCHEDULE,
    ) -> None:
        self._clock = clock or WallClock()
        trade = Trade("stripe", ROUTES, self._answer, _refused, Desk(self))
        self.stand = Stand(trade, self._clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(self._clock, WEBHOOK.sign, schedule)
        self.dispatch.when_off = self._turned_off
        self._rate_per_s = rate_per_s
        self._lock = threading.RLock()
        self._begin()

    def _begin(self) -> None:
        self._serial = itertools.count(1)
        self._calendar = Calendar(self._clock, self._wait_for)
        self._telling = Telling(self.dispatch)
        self._accounts: dict[str, Account] = {}
        self._keys = Keys()
        self._door = Door(self._rate_per_s)
        self._busy: set[tuple[str, str]] = set()
        self._stumbles: Counter[str] = Counter()
        self._rolled: Counter[str] = Counter()
        self._requests = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the base URL, as `stripe.api_base` and `base_addresses` take it."""
        url = open_stand(self, port)
        for at_s in self._calendar.instants:
            self._wait_for(at_s)
        return url

    def close(self) -> None:
        """Hang up on everybody."""
        close_stand(self)

    @property
    def url(self) -> str:
        """Its base URL, while it is open."""
        return self.stand.url

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """The events that can be made to happen, each with the paths it takes values for."""
        return triggers.PATHS

    def state(self) -> Content:
        """Every object of every account, by its id."""
        with self._lock:
            self._calendar.settle()
            whole = {name: account.books.whole() for name, account in self._accounts.items()}
            masked: Content = _masked(json.loads(json.dumps(whole)))
            return masked

    def reset(self) -> None:
        """Be as new."""
        with self._lock:
            self.stand.reset()
            self.dispatch.reset()
            self._begin()

    def trigger(self, event_type: str, overrides: Mapping[str, str], account: str = "") -> Content:
        """Make an event happen, with all that belongs to it, as the API would have.

        UnknownTriggerError for what cannot be made to happen, and ValueError for a value that Stripe
        would refuse, such as the id of a customer that is not there.
        """
        with self._lock:
            self._calendar.settle()
            try:
                return triggers.make(self._account(account), event_type, overrides)
            except ProblemError as error:
                raise ValueError(f"{event_type}: {error.problem.content['message']}") from None

    def pay(self, session: str, card: str = "pm_card_visa", account: str = "") -> Content:
        """Pay on the page of a checkout session, as its customer would; the session.

        ValueError when it is not open, or the card is turned down: then it stays open.
        """
        with self._lock:
            self._calendar.settle()
            return _plainly(lambda: checkout.pay(self._account(account), session, card))

    def authenticate(self, payment: str, *, succeeds: bool = True, account: str = "") -> Content:
        """Answer the bank of a payment that `requires_action`, as its customer would; the payment."""
        with self._lock:
            self._calendar.settle()
            made = self._account(account)
            return _plainly(lambda: payments.authenticate(made, payment, succeeds=succeeds))

    def restrict(self, key: str, *operations: str) -> None:
        """What a restricted key may do: names of operations, or patterns (`customers.*`)."""
        self._door.restricted[key] = operations

    def stumble(self, operation: str, *, requests: int = 1) -> None:
        """Answer the next requests of an operation 500 while carrying them out, so that nothing comes of
        them and their keys keep the 500, as Stripe says its do."""
        self._stumbles[operation] = requests

    def roll(self, endpoint: str, *, overlap_s: float = OVERLAP_S) -> Secret:
        """Give an endpoint a new secret, as its owner can in the dashboard; the new one. Until the old
        one expires both sign. LookupError when there is no such endpoint."""
        with self._lock:
            if endpoint not in {each.name for each in self.dispatch.endpoints}:
                raise LookupError(f"no endpoint {endpoint!r}")
            self._rolled[endpoint] += 1
            secret = minted(endpoint, self._rolled[endpoint])
            old = self._telling.roll(endpoint, secret)
            until_s = self._clock.now() + overlap_s
            self._calendar.at(until_s, lambda: self._telling.retire(endpoint, old))
            self._calendar.settle()
            return secret

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    def charges(self, account: str = "") -> tuple[Content, ...]:
        """The charges of an account, newest first; "" is the key's own."""
        return self._all("ch", account)

    def charges_per(self, name: str, account: str = "") -> Counter[str]:
        """How many paid charges there are for each value of a metadata field: `order`, say."""
        paid = (charge for charge in self.charges(account) if charge["paid"])
        return Counter(str(charge["metadata"].get(name, "")) for charge in paid)

    def happen(self, event_type: str, thing: Content | None = None, account: str = "") -> Content:
        """Note an event that came of no request, whatever it says; as a webhook carries it."""
        with self._lock:
            self._calendar.settle()
            return self._account(account).note(event_type, {"object": thing or {}})

    def events(self, account: str = "") -> tuple[Content, ...]:
        """The events of an account, newest first."""
        return self._all("evt", account)

    def _all(self, prefix: str, account: str) -> tuple[Content, ...]:
        with self._lock:
            self._calendar.settle()
            return self._account(account).books.all(prefix)

    def _account(self, name: str) -> Account:
        if name not in self._accounts:
            self._accounts[name] = Account(
                name, self._calendar, self._serial, reactions=_REACTIONS, telling=self._telling
            )
        return self._accounts[name]

    def _wait_for(self, at_s: float) -> None:
        if self.stand.thread is not None:
            self.stand.thread.begin(self._look_at(at_s))

    async def _look_at(self, at_s: float) -> None:
        await self._clock.sleep(at_s - self._clock.now())
        with self._lock:
            self._calendar.settle()

    def _turned_off(self, endpoint: Endpoint) -> None:
        with self._lock:
            for account in self._accounts.values():
                found = account.books.find(endpoint.name)
                if found is not None:
                    found["status"] = "disabled"

    async def _answer(self, heard: Heard, match: Match[Operation], linger: Linger) -> Reply:
        request = f"req_{next(self._requests):014}"
        try:
            self._door.admit(heard, match.route.operation, self._clock.now())
            reply = await self._once(heard, match, linger, request)
        except ProblemError as error:
            reply = error.problem.reply()
        return _stamped(heard, reply, request)

    async def _once(
        self, heard: Heard, match: Match[Operation], linger: Linger, request: str
    ) -> Reply:
        key = heard.header("idempotency-key")
        if not key or heard.method != "POST":
            return (await self._alone(heard, match, linger, Asking(request)))[0]
        account = heard.header("stripe-account") or ""
        asked = (heard.method, heard.target, heard.body)
        before = self._keys.begin((account, key), asked, self._clock.now())
        if before is not None:
            return before
        kept = False
        try:
            reply, kept = await self._alone(heard, match, linger, Asking(request, key))
        finally:
            if not kept:
                self._keys.forget((account, key))
        if kept:
            self._keys.finish((account, key), reply)
        return reply

    async def _alone(
        self, heard: Heard, match: Match[Operation], linger: Linger, asking: Asking
    ) -> tuple[Reply, bool]:
        """Carry out a request while no other changes the same object; see `_carry_out`."""
        account = heard.header("stripe-account") or ""
        name = match.names.get("id")
        if heard.method == "GET" or name is None:
            await linger()
            return self._carry_out(heard, match, account, asking)
        if (account, name) in self._busy:
            raise locked()
        self._busy.add((account, name))
        try:
            await linger()
            return self._carry_out(heard, match, account, asking)
        finally:
            self._busy.discard((account, name))

    def _carry_out(
        self, heard: Heard, match: Match[Operation], name: str, asking: Asking
    ) -> tuple[Reply, bool]:
        """Do what is asked; the answer, and whether it is kept under a key."""
        route = match.route
        text = heard.body.decode(errors="replace") or heard.target.partition("?")[2]
        with self._lock:
            self._calendar.settle()
            if self._stumbles[route.operation] > 0:
                self._stumbles[route.operation] -= 1
                return BROKEN.reply(), BROKEN.kept
            account = self._account(name)
            account.asking = asking
            try:
                done = route.handler.carry_out(account, nested(text), tuple(match.names.values()))
                return json_reply(done), True
            except ProblemError as error:
                return error.problem.reply(), error.problem.kept
            finally:
                account.asking = Asking()


def _stamped(heard: Heard, reply: Reply, request: str) -> Reply:
    stamps = [
        ("request-id", request),
        ("stripe-version", heard.header("stripe-version") or VERSION),
    ]
    echoed = ((name, heard.header(name)) for name in ("idempotency-key", "stripe-account"))
    stamps += [(name, value) for name, value in echoed if value is not None]
    return Reply(reply.status, (*reply.headers, *stamps), reply.body)


def _refused(status: int) -> Reply:
    known = {503: DOWN, 429: THROTTLED}.get(status)
    if known is not None:
        return known.reply()
    return Problem(status, {"type": "api_error", "message": "Something went wrong."}).reply()


def _plainly(act: Callable[[], Content]) -> Content:
    try:
        return act()
    except ProblemError as error:
        raise ValueError(str(error.problem.content["message"])) from None


def _masked(content: Any) -> Any:
    if isinstance(content, dict):
        return {
            name: "…" if name in _SECRETS and each else _masked(each)
            for name, each in content.items()
        }
    return [_masked(each) for each in content] if isinstance(content, list) else content
