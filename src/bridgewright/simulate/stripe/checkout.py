"""Checkout sessions: https://docs.stripe.com/api/checkout/sessions, as known 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.stripe import (
    customers,
    invoices,
    methods,
    money,
    payments,
    prices,
    subscriptions,
)
from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.books import paged
from bridgewright.simulate.stripe.trouble import declined, invalid, turned_down

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

SHORTEST_S, LONGEST_S = 1_800, 86_400
"""How long a session may be open: from half an hour to a day, which is usual."""
PAYER = "payer@example.com"


def create(account: Account, asked: Content) -> Content:
    """POST /v1/checkout/sessions: a page on which `simulator.pay` pays."""
    for name in ("line_items", "success_url"):
        if not asked.get(name):
            raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
    if "customer" in asked and "customer_email" in asked:
        message = "You may only specify one of these parameters: customer, customer_email."
        raise invalid(message, "customer_email")
    if "customer" in asked:
        account.books.get("cus", asked["customer"], "customer")
    until = asked.get("expires_at", account.now + LONGEST_S)
    if not SHORTEST_S <= until - account.now <= LONGEST_S:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
        raise invalid(message, "expires_at")
    basket = _basket(account, asked)
    total = sum(line["amount_total"] for line in basket)
    currency = basket[0]["currency"]
    if asked["mode"] == "payment":
        money.check(total, currency, "line_items")
    session = account.books.add("cs", **_opened(account, asked, total, currency, until))
    account.baskets[session["id"]] = basket
    account.calendar.at(until, lambda: _late(account, session))
    return session


def expire(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/checkout/sessions/:id/expire."""
    del asked
    session = account.books.get("cs", name)
    if session["status"] != "open":
        message = (
            f'Only Checkout Sessions with a status in ["open"] can be expired. This one is'
            f" {session['status']}."
        )
        raise invalid(message)
    return _expired(account, session)


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/checkout/sessions/:id: its metadata."""
    session = account.books.get("cs", name)
    session["metadata"] = merged(session["metadata"], asked)
    return session


def page(account: Account, asked: Content) -> Content:
    """GET /v1/checkout/sessions."""
    filters = ("customer", "payment_intent", "status", "subscription")
    return account.books.page("cs", asked, "/v1/checkout/sessions", filters)


def lines(account: Account, asked: Content, name: str) -> Content:
    """GET /v1/checkout/sessions/:id/line_items."""
    account.books.get("cs", name)
    return paged(account.baskets[name], asked, f"/v1/checkout/sessions/{name}/line_items")


def pay(account: Account, name: str, card: str = "pm_card_visa") -> Content:
    """The customer pays on the page, and answers his bank if it asks; ProblemError when the card is
    turned down, and the session stays open."""
    session = account.books.get("cs", name)
    if session["status"] != "open":
        raise invalid(f"This Checkout Session is {session['status']}.")
    method = methods.resolve(account, card)
    paid_by = _pay_once if session["mode"] == "payment" else _subscribe
    done = paid_by(account, session, method)
    who = session["customer_email"] or _email(account, done["customer"]) or PAYER
    details = {"address": method["billing_details"]["address"], "email": who, "name": None}
    details |= {"phone": None, "tax_exempt": "none", "tax_ids": []}
    session |= done | {"customer_details": details, "status": "complete", "url": None}
    return account.tell("checkout.session.completed", session)


def _pay_once(account: Account, session: Content, method: Content) -> Content:
    wish = account.baskets[session["id"] + "/wish"][0]
    customer = session["customer"]
    if customer is None and session["customer_creation"] == "always":
        customer = _customer(account, session)
    asked = {**wish, "amount": session["amount_total"], "currency": session["currency"]}
    if customer is not None:
        asked["customer"] = customer
    payment = account.books.find(session["payment_intent"] or "")
    if payment is None:
        payment = payments.create(account, asked)
        session["payment_intent"] = payment["id"]
    payments.confirm(account, {"payment_method": method["id"]}, payment["id"])
    if payment["status"] == "requires_action":
        payments.authenticate(account, payment["id"])
    return {"customer": customer, "payment_status": "paid"}


def _subscribe(account: Account, session: Content, method: Content) -> Content:
    wish = account.baskets[session["id"] + "/wish"][0]
    customer = session["customer"] or _customer(account, session)
    session["customer"] = customer
    methods.attach(account, {"customer": customer}, method["id"])
    account.ready.add(method["id"])
    items = [
        {"price": line["price"]["id"], "quantity": line["quantity"]}
        for line in account.baskets[session["id"]]
    ]
    asked = {**wish, "customer": customer, "items": items, "default_payment_method": method["id"]}
    refusal = account.cards[method["id"]].refusal
    if refusal is not None:
        raise declined(turned_down(refusal))
    made = subscriptions.create(account, asked)
    invoice = account.books.get("in", made["latest_invoice"])
    payment = invoices.payment_of(account, invoice)
    if payment is not None and payment["status"] == "requires_action":
        payments.authenticate(account, payment["id"])
    status = "paid" if session["amount_total"] else "no_payment_required"
    return {
        "customer": customer,
        "invoice": invoice["id"],
        "payment_status": status,
        "subscription": made["id"],
    }


def _customer(account: Account, session: Content) -> str:
    name: str = customers.create(account, {"email": session["customer_email"] or PAYER})["id"]
    return name


def _email(account: Account, name: str | None) -> str | None:
    found: str | None = (account.books.find(name or "") or {}).get("email")
    return found


def _basket(account: Account, asked: Content) -> list[Content]:
    basket = []
    for index, line in enumerate(asked["line_items"]):
        param = f"line_items[{index}]"
        price = prices.priced(account, line, param)
        if (price["recurring"] is not None) and asked["mode"] == "payment":
            message = (
                "You specified `payment` mode but passed a recurring price. Either switch to"
                " `subscription` mode or use only one-time prices."
            )
            raise invalid(message, param)
        if price["recurring"] is None and asked["mode"] == "subscription":
            raise invalid("`subscription` mode takes recurring prices only here.", param)
        basket.append(_line(account, price, line.get("quantity", 1)))
    if len({line["currency"] for line in basket}) > 1:
        raise invalid("All prices must have the same currency.", "line_items")
    return basket


def _line(account: Account, price: Content, quantity: int) -> Content:
    product = account.books.find(price["product"]) or {"name": price["product"]}
    cost = prices.sold(price, quantity)
    return {
        "id": account.books.mint("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": cost,
        "amount_tax": 0,
        "amount_total": cost,
        "currency": price["currency"],
        "description": product["name"],
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def _opened(account: Account, asked: Content, total: int, currency: str, until: int) -> Content:
    name = account.books.mint("cs")
    paying = asked["mode"] == "payment"
    wish = asked.get("payment_intent_data" if paying else "subscription_data", {})
    account.baskets[name + "/wish"] = [wish]
    creation = asked.get("customer_creation", "if_required" if paying else "always")
    return {
        **dict.fromkeys(_EMPTY),
        "id": name,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "currency": currency,
        "custom_fields": [],
        "custom_text": {},
        "customer": asked.get("customer"),
        "customer_creation": None if "customer" in asked else creation,
        "customer_email": asked.get("customer_email"),
        "expires_at": until,
        "locale": asked.get("locale"),
        "metadata": merged({}, asked),
        "mode": asked["mode"],
        "payment_method_collection": "if_required" if paying else "always",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "success_url": asked["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"https://checkout.stripe.com/c/pay/{name}",
    }


_EMPTY = (
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer_details",
    "invoice",
    "invoice_creation",
    "payment_intent",
    "payment_link",
    "recovered_from",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
)


def _late(account: Account, session: Content) -> None:
    if session["status"] == "open":
        _expired(account, session)


def _expired(account: Account, session: Content) -> Content:
    session |= {"status": "expired", "url": None}
    return account.tell("checkout.session.expired", session)
