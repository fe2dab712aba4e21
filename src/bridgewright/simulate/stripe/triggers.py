"""Events that can be made to happen, each with all that belongs to it.

Named after the events of https://docs.stripe.com/api/events/types, as known 2026-11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.simulator import UnknownTriggerError, refuse_unknown
from bridgewright.simulate.stripe import (
    charges,
    checkout,
    customers,
    invoices,
    lines,
    methods,
    money,
    payments,
    prices,
    refunds,
    subscriptions,
)
from bridgewright.simulate.stripe.account import Account
from bridgewright.simulate.stripe.parameters import one_of, taken, text, whole
from bridgewright.simulate.stripe.trouble import ProblemError

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.parameters import Parameters
    from bridgewright.simulate.wire import Content

Make = Callable[[Account, dict[str, Any]], object]
FAILING = "pm_card_chargeCustomerFail"
_ANY = "metadata."
_STATED: Parameters = {
    "amount": whole(1),
    "currency": money.currency(),
    "customer": text(),
    "description": text(),
    "email": text(),
    "interval": one_of("day", "month", "week", "year"),
    "name": text(),
    "payment_intent": text(),
    "payment_method": text(),
    "quantity": whole(1),
    "reason": text(),
    "subscription": text(),
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """How an event is made to happen, and what it can be told."""

    make: Make
    takes: tuple[str, ...]


def make(account: Account, event_type: str, overrides: Mapping[str, str]) -> Content:
    """Make it happen; the event. UnknownTriggerError, and ProblemError as the API would."""
    plain = {"metadata.*" if n.startswith(_ANY) else n: value for n, value in overrides.items()}
    refuse_unknown(PATHS, event_type, plain)
    stated = taken(_STATED, {n: v for n, v in overrides.items() if not n.startswith(_ANY)})
    stated["metadata"] = {
        name.removeprefix(_ANY): value for name, value in overrides.items() if name.startswith(_ANY)
    }
    before = {event["id"] for event in account.books.all("evt")}
    _TRIGGERS[event_type].make(account, stated)
    for event in account.books.all("evt"):
        if event["type"] == event_type and event["id"] not in before:
            return event
    raise UnknownTriggerError(f"{event_type} did not come of what it was told: {dict(overrides)}")


def _some(stated: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: stated[name] for name in (*names, "metadata") if name in stated}


def _priced(stated: dict[str, Any]) -> dict[str, Any]:
    return {"amount": 2_000, "currency": "usd"} | _some(stated, "amount", "currency")


def _customer(account: Account, stated: dict[str, Any]) -> Content:
    if "customer" in stated:
        return account.books.get("cus", stated["customer"], "customer")
    asked = {"email": "jenny.rosen@example.com", "name": "Jenny Rosen"}
    return customers.create(account, asked | _some(stated, "description", "email", "name"))


def _created(account: Account, stated: dict[str, Any]) -> None:
    asked = {"email": "jenny.rosen@example.com", "name": "Jenny Rosen"}
    customers.create(account, asked | _some(stated, "description", "email", "name"))


def _changed(account: Account, stated: dict[str, Any]) -> None:
    customer = _customer(account, {"customer": stated["customer"]} if "customer" in stated else {})
    asked = {"description": "(changed by a trigger)"} | _some(
        stated, "description", "email", "name"
    )
    customers.update(account, asked, customer["id"])


def _deleted(account: Account, stated: dict[str, Any]) -> None:
    customers.delete(account, {}, _customer(account, stated)["id"])


def _method(account: Account, stated: dict[str, Any], usual: str = "pm_card_visa") -> str:
    name: str = methods.resolve(account, stated.get("payment_method", usual))["id"]
    return name


def _attached(account: Account, stated: dict[str, Any]) -> None:
    customer = _customer(account, stated)["id"]
    methods.attach(account, {"customer": customer}, _method(account, stated))


def _detached(account: Account, stated: dict[str, Any]) -> None:
    method = _method(account, stated)
    methods.attach(account, {"customer": _customer(account, stated)["id"]}, method)
    methods.detach(account, {}, method)


def _payment(card: str, **more: Any) -> Make:
    """A payment by a card, unless it is told another; what a bank says is no error here."""

    def pay(account: Account, stated: dict[str, Any]) -> None:
        asked = _priced(stated) | _some(stated, "description") | more
        if "customer" in stated:
            asked["customer"] = _customer(account, stated)["id"]
        asked["payment_method"] = _method(account, stated, card)
        _bearing(lambda: payments.create(account, asked | {"confirm": True}))

    return pay


def _drafted(account: Account, stated: dict[str, Any]) -> None:
    payments.create(account, _priced(stated) | _some(stated, "customer", "description"))


def _given_up(account: Account, stated: dict[str, Any]) -> None:
    asked = _priced(stated) | _some(stated, "customer", "description")
    payments.cancel(account, {}, payments.create(account, asked)["id"])


def _captured(account: Account, stated: dict[str, Any]) -> None:
    _payment("pm_card_visa", capture_method="manual")(account, stated)
    payments.capture(account, {}, account.books.all("pi")[0]["id"])


def _paid(account: Account, stated: dict[str, Any]) -> str:
    if "payment_intent" in stated:
        name: str = account.books.get("pi", stated["payment_intent"], "payment_intent")["id"]
        return name
    _payment("pm_card_visa")(account, {k: v for k, v in stated.items() if k != "reason"})
    return str(account.books.all("pi")[0]["id"])


def _refunded(account: Account, stated: dict[str, Any]) -> None:
    payment = _paid(account, stated)
    asked = {"payment_intent": payment} | _some(stated, "reason")
    if "payment_intent" in stated:
        asked |= _some(stated, "amount")
    refunds.create(account, asked)


def _disputed(account: Account, stated: dict[str, Any]) -> None:
    payment = account.books.get("pi", _paid(account, stated))
    charge = account.books.get("ch", payment["latest_charge"] or "", "charge")
    charges.dispute(account, charge, stated.get("reason", "fraudulent"))


def _session(account: Account, stated: dict[str, Any]) -> Content:
    priced = _priced(stated)
    line = {
        "price_data": {
            "currency": priced["currency"],
            "product_data": {"name": stated.get("name", "Something")},
            "unit_amount": priced["amount"],
        },
        "quantity": stated.get("quantity", 1),
    }
    asked = {
        "line_items": [line],
        "mode": "payment",
        "payment_intent_data": _some(stated),
        "success_url": "https://shop.example.com/thanks",
    }
    return checkout.create(account, asked | _some(stated, "customer"))


def _bought(account: Account, stated: dict[str, Any]) -> None:
    session = _session(account, stated)
    checkout.pay(account, session["id"], stated.get("payment_method", "pm_card_visa"))


def _left(account: Account, stated: dict[str, Any]) -> None:
    checkout.expire(account, {}, _session(account, stated)["id"])


def _subscribed(account: Account, stated: dict[str, Any], card: str = "pm_card_visa") -> Content:
    if "subscription" in stated:
        return account.books.get("sub", stated["subscription"], "subscription")
    customer = _customer(account, stated)["id"]
    method = _method(account, stated, card)
    if account.books.get("pm", method)["customer"] is None:
        methods.attach(account, {"customer": customer}, method)
    priced = _priced(stated)
    price = {
        "currency": priced["currency"],
        "product_data": {"name": "A plan"},
        "recurring": {"interval": stated.get("interval", "month")},
        "unit_amount": priced["amount"],
    }
    asked = {
        "customer": customer,
        "default_payment_method": method,
        "items": [{"price_data": price, "quantity": stated.get("quantity", 1)}],
    }
    return subscriptions.create(account, asked | _some(stated, "description"))


def _updated(account: Account, stated: dict[str, Any]) -> None:
    subscription = _subscribed(account, _without(stated, "quantity"))
    item = subscription["items"]["data"][0]
    quantity = stated.get("quantity", item["quantity"] + 1)
    asked = {"items": [{"id": item["id"], "quantity": quantity}]} | _some(stated, "description")
    subscriptions.update(account, asked, subscription["id"])


def _ended(account: Account, stated: dict[str, Any]) -> None:
    subscriptions.cancel(account, {}, _subscribed(account, stated)["id"])


def _billed(account: Account, stated: dict[str, Any]) -> None:
    """A subscription's invoice, of its first period or, of one that is there, for a change."""
    subscription = _subscribed(account, stated)
    if "subscription" not in stated:
        return
    asked = {"subscription": subscription["id"], "currency": subscription["currency"]}
    _bill(account, asked, stated)


def _bill(account: Account, asked: dict[str, Any], stated: dict[str, Any]) -> None:
    from_price = _priced(stated)
    draft = invoices.create(account, asked)
    invoice = draft["id"]
    customer = draft["customer"]
    item = {"amount": from_price["amount"], "currency": draft["currency"], "customer": customer}
    lines.create(account, item | {"invoice": invoice, "description": "One time"})
    invoices.finalize(account, {}, invoice)
    invoices.collect(account, account.books.get("in", invoice), off_session=True)


def _unpaid(account: Account, stated: dict[str, Any]) -> None:
    _subscribed(account, stated, FAILING)


def _product(account: Account, stated: dict[str, Any]) -> None:
    prices.create_product(account, {"name": "A product"} | _some(stated, "description", "name"))


def _price(account: Account, stated: dict[str, Any]) -> None:
    priced = _priced(stated)
    asked = {"currency": priced["currency"], "unit_amount": priced["amount"]}
    product = {"product_data": {"name": stated.get("name", "A product")}}
    prices.create_price(account, asked | product | _some(stated))


def _without(stated: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in stated.items() if key != name}


def _bearing(act: Callable[[], object]) -> None:
    """Do what may be turned down by a bank: that it was, is what happens then."""
    try:
        act()
    except ProblemError as error:
        if error.problem.content.get("type") != "card_error":
            raise


_PERSON = ("description", "email", "name")
_SUM = ("amount", "currency", "customer", "description", "payment_method")
_PAST = (*_SUM, "payment_intent")
_PLAN = ("amount", "currency", "customer", "description", "interval", "payment_method", "quantity")
_TRIGGERS: Mapping[str, Trigger] = {
    "charge.captured": Trigger(_captured, _SUM),
    "charge.dispute.created": Trigger(_disputed, (*_PAST, "reason")),
    "charge.failed": Trigger(_payment("pm_card_chargeDeclined"), _SUM),
    "charge.refunded": Trigger(_refunded, (*_PAST, "reason")),
    "charge.succeeded": Trigger(_payment("pm_card_visa"), _SUM),
    "checkout.session.completed": Trigger(
        _bought, ("amount", "currency", "customer", "name", "payment_method", "quantity")
    ),
    "checkout.session.expired": Trigger(
        _left, ("amount", "currency", "customer", "name", "quantity")
    ),
    "customer.created": Trigger(_created, _PERSON),
    "customer.deleted": Trigger(_deleted, ("customer", *_PERSON)),
    "customer.subscription.created": Trigger(_subscribed, _PLAN),
    "customer.subscription.deleted": Trigger(_ended, (*_PLAN, "subscription")),
    "customer.subscription.updated": Trigger(_updated, (*_PLAN, "subscription")),
    "customer.updated": Trigger(_changed, ("customer", *_PERSON)),
    "invoice.finalized": Trigger(_billed, (*_PLAN, "subscription")),
    "invoice.paid": Trigger(_billed, (*_PLAN, "subscription")),
    "invoice.payment_failed": Trigger(_unpaid, _PLAN),
    "invoice.payment_succeeded": Trigger(_billed, (*_PLAN, "subscription")),
    "payment_intent.amount_capturable_updated": Trigger(
        _payment("pm_card_visa", capture_method="manual"), _SUM
    ),
    "payment_intent.canceled": Trigger(
        _given_up, ("amount", "currency", "customer", "description")
    ),
    "payment_intent.created": Trigger(_drafted, ("amount", "currency", "customer", "description")),
    "payment_intent.payment_failed": Trigger(_payment("pm_card_chargeDeclined"), _SUM),
    "payment_intent.requires_action": Trigger(_payment("pm_card_authenticationRequired"), _SUM),
    "payment_intent.succeeded": Trigger(_payment("pm_card_visa"), _SUM),
    "payment_method.attached": Trigger(_attached, ("customer", "payment_method")),
    "payment_method.detached": Trigger(_detached, ("customer", "payment_method")),
    "price.created": Trigger(_price, ("amount", "currency", "name")),
    "product.created": Trigger(_product, ("description", "name")),
    "refund.created": Trigger(_refunded, (*_PAST, "reason")),
}
_WITHOUT_METADATA = frozenset(
    {"customer.deleted", "payment_method.attached", "payment_method.detached"}
)
PATHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        name: trigger.takes if name in _WITHOUT_METADATA else (*trigger.takes, "metadata.*")
        for name, trigger in _TRIGGERS.items()
    }
)
