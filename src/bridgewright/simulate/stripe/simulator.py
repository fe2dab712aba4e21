"""Stripe on loopback: authentication, idempotency and routes around its books."""

from __future__ import annotations

import base64
import itertools
import re
import time
from collections import Counter
from typing import TYPE_CHECKING, Self

from bridgewright.simulate.form import nested
from bridgewright.simulate.stand import Mood, Stand
from bridgewright.simulate.stripe import payments
from bridgewright.simulate.stripe.books import Books
from bridgewright.simulate.stripe.keys import Keys
from bridgewright.simulate.stripe.trouble import (
    DOWN,
    THROTTLED,
    ProblemError,
    unauthorized,
    unknown_url,
)
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard

    Operation = Callable[..., Content]

VERSION = "2026-06-30"
"""The API version that objects here are shaped after, when a request names none."""


class StripeSimulator:
    """A Stripe for tests, demos and proofs: `start` gives the base URL of its API.

    Any key that begins with `sk_` or `rk_` is good. `stand.be(Mood.DOWN, seconds=5)` and its like
    say how it treats requests; `charges` and `charges_per` are what it really did. `now` is the
    clock that objects are dated by, in seconds since 1970.
    """

    def __init__(self, now: Callable[[], float] = time.time, *, slow_s: float = 1.0) -> None:
        self.stand = Stand("stripe", self._answer, _refused, slow_s=slow_s)
        self._now = now
        self._serial = itertools.count(1)
        self._books: dict[str, Books] = {}
        self._keys = Keys()
        self._requests = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self) -> str:
        """Open for business; the base URL, as `stripe.api_base` and `base_addresses` take it."""
        return self.stand.start()

    def close(self) -> None:
        """Hang up on everybody."""
        self.stand.close()

    def be(self, mood: Mood, *, requests: int | None = None, seconds: float | None = None) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds)

    def charges(self, account: str = "") -> tuple[Content, ...]:
        """The charges of an account, newest first; "" is the key's own."""
        return self._account(account).all("ch")

    def charges_per(self, name: str, account: str = "") -> Counter[str]:
        """How many paid charges there are for each value of a metadata field: `order`, say."""
        paid = (charge for charge in self.charges(account) if charge["paid"])
        return Counter(str(charge["metadata"].get(name, "")) for charge in paid)

    def happen(self, event_type: str, thing: Content | None = None, account: str = "") -> Content:
        """Note an event that came of no request, and return it as a webhook would carry it."""
        books = self._account(account)
        return books.add("evt", type=event_type, data={"object": thing or {}})

    def events(self, account: str = "") -> tuple[Content, ...]:
        """The events of an account, newest first."""
        return self._account(account).all("evt")

    def _account(self, name: str) -> Books:
        return self._books.setdefault(name, Books(self._now, self._serial))

    async def _answer(self, heard: Heard, linger: Linger) -> Reply:
        try:
            _authenticate(heard)
            reply = await self._once(heard, linger)
        except ProblemError as error:
            reply = error.problem.reply()
        return self._stamped(heard, reply)

    async def _once(self, heard: Heard, linger: Linger) -> Reply:
        key = heard.header("idempotency-key")
        if key is None or heard.method != "POST":
            await linger()
            return self._carry_out(heard)[0]
        account = heard.header("stripe-account") or ""
        asked = (heard.method, heard.path, heard.body)
        before = self._keys.begin((account, key), asked, self._now())
        if before is not None:
            return before
        await linger()
        reply, kept = self._carry_out(heard)
        if kept:
            self._keys.finish((account, key), reply)
        else:
            self._keys.forget((account, key))
        return reply

    def _carry_out(self, heard: Heard) -> tuple[Reply, bool]:
        """Do what is asked; the answer, and whether it is kept under a key."""
        operation, names = _routed(heard)
        books = self._account(heard.header("stripe-account") or "")
        text = heard.body.decode(errors="replace") or heard.target.partition("?")[2]
        try:
            return json_reply(operation(books, nested(text), *names)), True
        except ProblemError as error:
            return error.problem.reply(), error.problem.kept

    def _stamped(self, heard: Heard, reply: Reply) -> Reply:
        key = heard.header("idempotency-key")
        stamps = [
            ("request-id", f"req_{next(self._requests):014}"),
            ("stripe-version", heard.header("stripe-version") or VERSION),
        ]
        if key is not None:
            stamps.append(("idempotency-key", key))
        return Reply(reply.status, (*reply.headers, *stamps), reply.body)


def _authenticate(heard: Heard) -> None:
    scheme, _, given = (heard.header("authorization") or "").partition(" ")
    if scheme.lower() == "basic":
        given = base64.b64decode(given).decode("latin-1").partition(":")[0]
    if not given:
        raise unauthorized("You did not provide an API key.")
    if not given.startswith(("sk_", "rk_")):
        raise unauthorized("Invalid API Key provided.")


def _refused(mood: Mood) -> Reply:
    return (DOWN if mood is Mood.DOWN else THROTTLED).reply()


def _one(prefix: str) -> Operation:
    def retrieve(books: Books, asked: Content, name: str) -> Content:
        del asked
        return books.get(prefix, name)

    return retrieve


def _list(prefix: str, url: str, *filters: str) -> Operation:
    def page(books: Books, asked: Content) -> Content:
        return books.page(prefix, asked, url, filters)

    return page


_ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "/v1/customers", payments.create_customer),
    ("GET", "/v1/customers", _list("cus", "/v1/customers", "email")),
    ("GET", "/v1/customers/:id", _one("cus")),
    ("POST", "/v1/customers/:id", payments.update_customer),
    ("POST", "/v1/payment_intents", payments.create_payment),
    ("GET", "/v1/payment_intents", _list("pi", "/v1/payment_intents", "customer")),
    ("GET", "/v1/payment_intents/:id", _one("pi")),
    ("POST", "/v1/payment_intents/:id", payments.update_payment),
    ("POST", "/v1/payment_intents/:id/confirm", payments.confirm),
    ("POST", "/v1/payment_intents/:id/capture", payments.capture),
    ("POST", "/v1/payment_intents/:id/cancel", payments.cancel),
    ("GET", "/v1/charges", _list("ch", "/v1/charges", "customer", "payment_intent")),
    ("GET", "/v1/charges/:id", _one("ch")),
    ("POST", "/v1/refunds", payments.refund),
    ("GET", "/v1/refunds", _list("re", "/v1/refunds", "charge", "payment_intent")),
    ("GET", "/v1/refunds/:id", _one("re")),
    ("GET", "/v1/events", _list("evt", "/v1/events", "type")),
    ("GET", "/v1/events/:id", _one("evt")),
)
_PATTERNS = tuple(
    (method, re.compile(path.replace(":id", r"([^/]+)")), operation)
    for method, path, operation in _ROUTES
)


def _routed(heard: Heard) -> tuple[Operation, tuple[str, ...]]:
    for method, pattern, operation in _PATTERNS:
        found = pattern.fullmatch(heard.path)
        if found and method == heard.method:
            return operation, found.groups()
    raise unknown_url(heard.method, heard.path)
