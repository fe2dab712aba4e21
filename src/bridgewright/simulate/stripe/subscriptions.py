"""Subscriptions and their cycles: https://docs.stripe.com/billing/subscriptions/overview, as known 2026-11.

Each period begins with an invoice. What a change costs for the rest of a period is on the next one,
or on one of its own, as `proration_behavior` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe import invoices, items, lines, methods, prices
from bridgewright.simulate.stripe.account import copied, merged, was
from bridgewright.simulate.stripe.calendar import period_end
from bridgewright.simulate.stripe.cards import ASKING, Turn
from bridgewright.simulate.stripe.trouble import declined, invalid, turned_down

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

DAY_S = 86_400
EXPIRES_S = 23 * 3_600
"""How long a first payment may take before an incomplete subscription is none."""
ENDED = ("canceled", "incomplete_expired")
_ACTIVE = ("active", "trialing", "past_due")


def create(account: Account, asked: Content) -> Content:
    """POST /v1/subscriptions: its first invoice is paid, to be paid, or sent."""
    customer = account.books.get("cus", asked["customer"], "customer")
    chosen = [
        (prices.priced(account, item, f"items[{index}]"), item.get("quantity", 1))
        for index, item in enumerate(asked["items"])
    ]
    items.check([price for price, _ in chosen])
    method = _method(account, customer, asked)
    until = _trial_end(account, asked)
    behavior = asked.get("payment_behavior", "allow_incomplete")
    automatic = asked.get("collection_method", "charge_automatically") == "charge_automatically"
    costs = until is None and any(prices.sold(price, quantity) for price, quantity in chosen)
    if automatic and costs and behavior != "default_incomplete":
        _check_method(account, method, behavior)
    subscription = _made(account, asked, chosen, until)
    if automatic and costs:
        subscription["status"] = "incomplete"
        account.calendar.at(account.now + EXPIRES_S, lambda: _expire(account, subscription))
    account.tell("customer.subscription.created", subscription)
    _plan(account, subscription)
    invoice = _bill(account, subscription, "subscription_create")
    if automatic:
        invoices.finalize(account, {}, invoice["id"])
        if invoice["status"] == "open" and behavior != "default_incomplete":
            invoices.collect(account, invoice, off_session=asked.get("off_session", False))
    return subscription


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/subscriptions/:id: quantity, price, when it ends, and how it is paid."""
    subscription = account.books.get("sub", name)
    if subscription["status"] in ENDED:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        if asked.keys() - {"metadata", "cancellation_details", "expand"}:
            raise invalid(message)
    before = copied(subscription)
    prorated = items.change(account, subscription, asked)
    simple = ("collection_method", "days_until_due", "description")
    subscription |= {field: asked[field] for field in simple if field in asked}
    if "default_payment_method" in asked:
        subscription["default_payment_method"] = _method(account, {}, asked)
    subscription["metadata"] = merged(subscription["metadata"], asked)
    if "cancellation_details" in asked:
        given = asked["cancellation_details"]
        subscription["cancellation_details"] = subscription["cancellation_details"] | given
    _change_end(account, subscription, asked)
    changed = was(before, subscription)
    if changed:
        account.tell("customer.subscription.updated", subscription, changed)
    if prorated and asked.get("proration_behavior") == "always_invoice":
        _settle(account, subscription)
    return subscription


def cancel(account: Account, asked: Content, name: str) -> Content:
    """DELETE /v1/subscriptions/:id: it ends at once."""
    subscription = account.books.get("sub", name)
    if subscription["status"] in ENDED:
        raise invalid(f"No such subscription: '{name}'", "id", "resource_missing", 404)
    given = asked.get("cancellation_details", {})
    return end(account, subscription, "cancellation_requested", given)


def page(account: Account, asked: Content) -> Content:
    """GET /v1/subscriptions: those that have not ended, unless asked for."""
    status, price = asked.get("status"), asked.get("price")

    def wanted(each: Content) -> bool:
        now = each["status"]
        fits = {
            None: now != "canceled",
            "all": True,
            "ended": now in ENDED,
        }.get(status, now == status)
        named = [item["price"]["id"] for item in each["items"]["data"]]
        return fits and (price is None or price in named)

    filters = ("customer", "collection_method")
    return account.books.page("sub", asked, "/v1/subscriptions", filters, wanted)


def end(account: Account, subscription: Content, reason: str, given: Content) -> Content:
    """A subscription is over; its open invoices are no longer collected by themselves."""
    details = subscription["cancellation_details"] | given | {"reason": reason}
    subscription |= {
        "canceled_at": subscription["canceled_at"] or account.now,
        "cancellation_details": details,
        "ended_at": account.now,
        "status": "canceled",
    }
    for invoice in account.books.all("in"):
        if invoice["status"] == "open" and _is_of(invoice, subscription):
            invoice |= {"auto_advance": False, "next_payment_attempt": None}
    return account.tell("customer.subscription.deleted", subscription)


def invoice_paid(account: Account, invoice: Content) -> None:
    """What follows from a paid invoice: its subscription is active."""
    subscription = invoices.subscription_of(account, invoice)
    if subscription is None or subscription["status"] not in ("incomplete", "past_due"):
        return
    changes: dict[str, Any] = {"status": "active"}
    payment = invoices.payment_of(account, invoice)
    if subscription["status"] == "incomplete" and payment is not None:
        method = account.books.find(payment["payment_method"] or "")
        if method is not None and method["customer"] == subscription["customer"]:
            changes["default_payment_method"] = method["id"]
    account.change("customer.subscription.updated", subscription, **changes)


def invoice_failed(account: Account, invoice: Content) -> None:
    """What follows from one that could not be paid: past due, and at last the end."""
    subscription = invoices.subscription_of(account, invoice)
    if subscription is None or subscription["status"] not in _ACTIVE:
        return
    account.change("customer.subscription.updated", subscription, status="past_due")
    if invoice["attempt_count"] > len(invoices.AGAIN_S):
        end(account, subscription, "payment_failed", {})


def customer_gone(account: Account, customer: Content) -> None:
    """What follows from a deleted customer: nothing is billed any more."""
    for subscription in account.books.all("sub"):
        if subscription["customer"] == customer["id"] and subscription["status"] not in ENDED:
            end(account, subscription, "cancellation_requested", {})


def renew(account: Account, subscription: Content, due: int) -> None:
    """A period is over: the next begins with an invoice, or nothing does."""
    first = subscription["items"]["data"][0]
    if subscription["status"] not in _ACTIVE or first["current_period_end"] != due:
        return
    if subscription["cancel_at_period_end"]:
        reason = subscription["cancellation_details"]["reason"] or "cancellation_requested"
        end(account, subscription, reason, {})
        return
    recurring = first["price"]["recurring"]
    cycle = recurring["interval"], recurring["interval_count"]
    until = period_end(subscription["billing_cycle_anchor"], due, *cycle)
    before = copied(subscription)
    for item in subscription["items"]["data"]:
        item |= {"current_period_start": due, "current_period_end": until}
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    account.tell("customer.subscription.updated", subscription, was(before, subscription))
    _plan(account, subscription)
    _bill(account, subscription, "subscription_cycle")


def _made(
    account: Account, asked: Content, chosen: list[tuple[Content, int]], until: int | None
) -> Content:
    now, recurring = account.now, chosen[0][0]["recurring"]
    cycle = recurring["interval"], recurring["interval_count"]
    over = until or period_end(now, now, *cycle)
    name = account.books.mint("sub")
    drawn = [
        items.item_of(account, name, price, quantity, (now, over)) for price, quantity in chosen
    ]
    url = f"/v1/subscription_items?subscription={name}"
    listed = {"object": "list", "data": drawn, "has_more": False, "url": url}
    customer = account.books.get("cus", asked["customer"])
    subscription = account.books.add(
        "sub",
        **dict.fromkeys(_EMPTY),
        id=name,
        automatic_tax={"disabled_reason": None, "enabled": False, "liability": None},
        billing_cycle_anchor=until or now,
        billing_mode={"flexible": None, "type": "classic"},
        cancel_at_period_end=False,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method=asked.get("collection_method", "charge_automatically"),
        currency=chosen[0][0]["currency"],
        customer=asked["customer"],
        days_until_due=asked.get("days_until_due"),
        default_payment_method=_method(account, {}, asked),
        default_tax_rates=[],
        description=asked.get("description"),
        discounts=[],
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        items=listed | {"total_count": len(drawn)},
        metadata=merged({}, asked),
        start_date=now,
        status="active" if until is None else "trialing",
        trial_end=until,
        trial_settings={"end_behavior": {"missing_payment_method": "create_invoice"}},
        trial_start=None if until is None else now,
    )
    customer["currency"] = subscription["currency"]
    _change_end(account, subscription, asked)
    return subscription


_EMPTY = (
    "application",
    "application_fee_percent",
    "billing_thresholds",
    "cancel_at",
    "canceled_at",
    "ended_at",
    "latest_invoice",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
)


def _bill(account: Account, subscription: Content, reason: str) -> Content:
    first = subscription["items"]["data"][0]
    period = {"end": first["current_period_end"], "start": first["current_period_start"]}
    free = 0 if subscription["status"] == "trialing" else None
    drawn = [
        lines.subscribed(account, item, period, free) for item in subscription["items"]["data"]
    ]
    invoice = _draft(account, subscription, reason, drawn)
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def _draft(account: Account, subscription: Content, reason: str, drawn: list[Content]) -> Content:
    facts = {
        "billing_reason": reason,
        "collection_method": subscription["collection_method"],
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "parent": lines.parent_of(subscription),
        "pending": True,
    }
    if subscription["days_until_due"] is not None:
        facts["days_until_due"] = subscription["days_until_due"]
    return invoices.draft(account, facts, drawn)


def _settle(account: Account, subscription: Content) -> None:
    """Invoice at once what a change of plan costs."""
    invoice = _draft(account, subscription, "subscription_update", [])
    subscription["latest_invoice"] = invoice["id"]
    invoices.finalize(account, {}, invoice["id"])
    if invoice["status"] == "open":
        invoices.collect(account, invoice, off_session=True)


def _plan(account: Account, subscription: Content) -> None:
    due = subscription["items"]["data"][0]["current_period_end"]
    account.calendar.at(due, lambda: renew(account, subscription, due))


def _expire(account: Account, subscription: Content) -> None:
    if subscription["status"] != "incomplete":
        return
    invoice = account.books.get("in", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.void(account, {}, invoice["id"])
    changes = {"status": "incomplete_expired", "ended_at": account.now}
    account.change("customer.subscription.updated", subscription, **changes)


def _change_end(account: Account, subscription: Content, asked: Content) -> None:
    over = subscription["items"]["data"][0]["current_period_end"]
    if "cancel_at_period_end" in asked:
        ends = asked["cancel_at_period_end"]
        reason = "cancellation_requested" if ends else None
        subscription |= {
            "cancel_at": over if ends else None,
            "cancel_at_period_end": ends,
            "canceled_at": account.now if ends else None,
            "cancellation_details": subscription["cancellation_details"] | {"reason": reason},
        }
    if "cancel_at" in asked:
        at = asked["cancel_at"]
        if at is not None and at <= account.now:
            raise invalid("`cancel_at` must be in the future.", "cancel_at")
        subscription |= {"cancel_at": at, "canceled_at": account.now if at else None}
        if at is not None:
            account.calendar.at(at, lambda: _end_at(account, subscription, at))


def _end_at(account: Account, subscription: Content, at: int) -> None:
    if subscription["cancel_at"] == at and subscription["status"] not in ENDED:
        end(account, subscription, "cancellation_requested", {})


def _check_method(account: Account, method: str | None, behavior: str) -> None:
    if method is None:
        message = (
            "This customer has no attached payment source or default payment method. Please consider"
            " adding a default payment method."
        )
        raise invalid(message, code="resource_missing")
    card = account.cards[method]
    refusal = ASKING if card.turn in (Turn.ASKS, Turn.ASKS_ONCE) else card.refusal
    if behavior == "error_if_incomplete" and refusal is not None:
        raise declined(turned_down(refusal))


def _method(account: Account, customer: Content, asked: Content) -> str | None:
    """The id of the method that a request names, or else the customer's default."""
    if asked.get("default_payment_method") is None:
        default: str | None = customer.get("invoice_settings", {}).get("default_payment_method")
        return default
    name: str = methods.resolve(account, asked["default_payment_method"])["id"]
    return name


def _trial_end(account: Account, asked: Content) -> int | None:
    if "trial_end" in asked:
        until = int(asked["trial_end"])
        if until <= account.now:
            raise invalid("Timestamp must be in the future.", "trial_end")
        return until
    days = asked.get("trial_period_days")
    return account.now + days * DAY_S if days else None


def _is_of(invoice: Content, subscription: Content) -> bool:
    parent = invoice["parent"]
    return bool(parent and parent["subscription_details"]["subscription"] == subscription["id"])
