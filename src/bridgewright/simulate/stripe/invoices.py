"""Invoices, from draft to paid: https://docs.stripe.com/invoicing/overview, as known 2026-11.

An invoice that charges by itself is finalized an hour after it was drafted, and paid at once. What
fails is tried again after 3, 5 and 7 days more; then it is left. (At Stripe each account sets that
schedule for itself.) An invoice of less than a payment may be is paid all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe import lines, payments
from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.trouble import ProblemError, invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

DRAFT_S = 3_600
DAY_S = 86_400
AGAIN_S = (3 * DAY_S, 5 * DAY_S, 7 * DAY_S)
_TAKEN = ("auto_advance", "default_payment_method", "description", "footer")


def create(account: Account, asked: Content) -> Content:
    """POST /v1/invoices: a draft, with the customer's pending items if it is told to include them."""
    parent = None
    if "subscription" in asked:
        subscription = account.books.get("sub", asked["subscription"], "subscription")
        parent = lines.parent_of(subscription)
        asked = {"customer": subscription["customer"]} | asked
    if "customer" not in asked:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    reason = "manual" if parent is None else "subscription_update"
    usual = {"auto_advance": False, "currency": "usd", "pending": parent is not None}
    facts = {**usual, **asked, "parent": parent, "billing_reason": reason}
    behavior = asked.get("pending_invoice_items_behavior")
    if behavior is not None:
        facts["pending"] = behavior == "include"
    return draft(account, facts, [])


def draft(account: Account, facts: Content, drawn: list[Content]) -> Content:
    """A new invoice with these lines, and the pending items of its customer if `facts` say so."""
    customer = account.books.get("cus", facts["customer"], "customer")
    automatic = facts.get("collection_method", "charge_automatically") == "charge_automatically"
    days = facts.get("days_until_due")
    if automatic is (days is not None):
        verb = "can only" if automatic else "must"
        message = (
            f"`days_until_due` {verb} be set for invoices with `collection_method=send_invoice`."
        )
        raise invalid(message, "days_until_due")
    invoice = account.books.add("in", **_blank(account, customer, facts))
    if facts.get("pending"):
        drawn = drawn + lines.pending(account, invoice)
    lines.put(invoice, drawn)
    account.tell("invoice.created", invoice)
    if invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = account.now + DRAFT_S
        account.calendar.at(account.now + DRAFT_S, lambda: _advance(account, invoice))
    return invoice


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoices/:id; the most of it only of a draft."""
    invoice = account.books.get("in", name)
    changes: dict[str, Any] = {field: asked[field] for field in _TAKEN if field in asked}
    if invoice["status"] != "draft" and changes.keys() - {"auto_advance", "default_payment_method"}:
        raise invalid(
            "Finalized invoices can't be updated in this way", code="invoice_not_editable"
        )
    changes["metadata"] = merged(invoice["metadata"], asked)
    return account.change("invoice.updated", invoice, **changes)


def delete(account: Account, asked: Content, name: str) -> Content:
    """DELETE /v1/invoices/:id, of a draft; its items are pending again."""
    del asked
    invoice = account.books.get("in", name)
    _expect(invoice, "deleted", "draft")
    for item in account.books.all("ii"):
        if item["invoice"] == name:
            item["invoice"] = None
    answer = account.books.drop("in", name)
    account.tell("invoice.deleted", invoice)
    return answer


def finalize(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoices/:id/finalize: it has a number, and is paid at once if nothing is due."""
    invoice = account.books.get("in", name)
    if invoice["status"] != "draft":
        message = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
        raise invalid(message, code="invoice_not_editable")
    customer = account.books.get("cus", invoice["customer"], "customer", deleted=True)
    sequence = customer.get("next_invoice_sequence", 1)
    customer["next_invoice_sequence"] = sequence + 1
    invoice |= {
        "auto_advance": asked.get("auto_advance", invoice["auto_advance"]),
        "automatically_finalizes_at": None,
        "effective_at": account.now,
        "hosted_invoice_url": f"https://invoice.stripe.com/i/acct_simulated/{name}",
        "invoice_pdf": f"https://pay.stripe.com/invoice/acct_simulated/{name}/pdf",
        "number": f"{customer.get('invoice_prefix', 'SIM')}-{sequence:04}",
        "status": "open",
    }
    _passed(account, invoice, "finalized_at")
    if invoice["amount_due"] > 0:
        _ask(account, invoice)
    account.tell("invoice.finalized", invoice)
    if invoice["amount_due"] <= 0:
        _paid(account, invoice, 0)
    return invoice


def pay(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoices/:id/pay, with its customer's method or another; or off Stripe."""
    invoice = account.books.get("in", name)
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] == "draft":
        finalize(account, {}, name)
    _expect(invoice, "paid", "open", "uncollectible", "paid")
    if invoice["status"] == "paid":
        return invoice
    if asked.get("paid_out_of_band"):
        payment = payment_of(account, invoice)
        if payment is not None and payment["status"] in payments.OPEN:
            payments.give_up(account, payment, "void_invoice")
        invoice["amount_paid_off_stripe"] = invoice["amount_remaining"]
        _paid(account, invoice, invoice["amount_remaining"])
        return invoice
    off_session = asked.get("off_session", True)
    attempt(account, invoice, asked.get("payment_method"), off_session=off_session)
    if invoice["status"] != "paid":
        message = (
            "Payment for this invoice requires additional user action before it can be completed."
        )
        raise invalid(message, code="invoice_payment_intent_requires_action", status=402)
    return invoice


def void(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoices/:id/void."""
    del asked
    invoice = account.books.get("in", name)
    _expect(invoice, "voided", "open", "uncollectible")
    return _closed(account, invoice, "void", "voided")


def mark_uncollectible(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoices/:id/mark_uncollectible: nobody expects to be paid."""
    del asked
    invoice = account.books.get("in", name)
    _expect(invoice, "marked uncollectible", "open")
    return _closed(account, invoice, "uncollectible", "marked_uncollectible")


def send(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoices/:id/send: to its customer, who gets no mail from here."""
    invoice = account.books.get("in", name)
    if invoice["status"] == "draft":
        finalize(account, asked, name)
    return account.tell("invoice.sent", invoice)


def attempt(
    account: Account, invoice: Content, method: str | None = None, *, off_session: bool
) -> None:
    """Charge an open invoice's payment; ProblemError when the card is turned down."""
    payment = payment_of(account, invoice)
    chosen = method or method_of(account, invoice)
    if payment is None or chosen is None:
        message = (
            "There is no `default_payment_method` set on this Customer or Invoice. Please set either"
            " prior to making payment."
        )
        raise invalid(message)
    payments.confirm(account, {"payment_method": chosen, "off_session": off_session}, payment["id"])


def method_of(account: Account, invoice: Content) -> str | None:
    """What an invoice is paid with, unless told: its own method, its subscription's, its customer's."""
    customer = account.books.get("cus", invoice["customer"], "customer", deleted=True)
    subscription = subscription_of(account, invoice) or {}
    found: str | None = (
        invoice["default_payment_method"]
        or subscription.get("default_payment_method")
        or customer.get("invoice_settings", {}).get("default_payment_method")
    )
    return found


def payment_of(account: Account, invoice: Content) -> Content | None:
    """The PaymentIntent that pays an invoice."""
    for payment, name in account.bills.items():
        if name == invoice["id"]:
            return account.books.get("pi", payment)
    return None


def subscription_of(account: Account, invoice: Content) -> Content | None:
    """The subscription that an invoice is of."""
    parent = invoice["parent"]
    if parent is None:
        return None
    return account.books.find(parent["subscription_details"]["subscription"])


def payment_succeeded(account: Account, payment: Content) -> None:
    """What follows from a payment: its invoice is paid."""
    name = account.bills.get(payment["id"])
    if name is None:
        return
    invoice = account.books.get("in", name)
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    _paid(account, invoice, payment["amount_received"])


def payment_failed(account: Account, payment: Content) -> None:
    """What follows from a payment that failed: its invoice is tried again, or left."""
    name = account.bills.get(payment["id"])
    if name is None:
        return
    invoice = account.books.get("in", name)
    tried = invoice["attempt_count"]
    again = invoice["auto_advance"] and tried < len(AGAIN_S) and payment["latest_charge"]
    due = account.now + AGAIN_S[tried] if again else None
    invoice |= {"attempted": True, "attempt_count": tried + 1, "next_payment_attempt": due}
    if due is not None:
        account.calendar.at(due, lambda: _try_again(account, invoice, due))
    account.tell("invoice.payment_failed", invoice)


def _advance(account: Account, invoice: Content) -> None:
    """An hour has passed: the draft is an invoice, and is collected."""
    if account.books.find(invoice["id"]) is None or invoice["status"] != "draft":
        return
    finalize(account, {}, invoice["id"])
    if invoice["collection_method"] == "send_invoice":
        account.tell("invoice.sent", invoice)
    elif invoice["status"] == "open":
        collect(account, invoice, off_session=True)


def collect(account: Account, invoice: Content, *, off_session: bool) -> None:
    """Charge an open invoice if it can be; what is turned down is told, and nothing is raised."""
    try:
        attempt(account, invoice, off_session=off_session)
    except ProblemError:
        if invoice["attempted"]:
            return  # the bank said no, which the reaction to it has told
        due = account.now + AGAIN_S[0]
        invoice |= {"attempted": True, "attempt_count": 1, "next_payment_attempt": due}
        account.calendar.at(due, lambda: _try_again(account, invoice, due))
        account.tell("invoice.payment_failed", invoice)


def _try_again(account: Account, invoice: Content, due: int) -> None:
    if invoice["status"] == "open" and invoice["next_payment_attempt"] == due:
        invoice["next_payment_attempt"] = None
        collect(account, invoice, off_session=True)


def _ask(account: Account, invoice: Content) -> None:
    """Make the payment that is to pay an invoice."""
    asked = {
        "amount": invoice["amount_due"],
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": f"Payment for {invoice['number']}",
    }
    payment = payments.drafted(account, asked, None)
    account.bills[payment["id"]] = invoice["id"]
    account.tell("payment_intent.created", payment)
    account.books.add(
        "inpay",
        amount_paid=None,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"payment_intent": payment["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def _paid(account: Account, invoice: Content, amount: int) -> None:
    invoice |= {
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempted": True,
        "next_payment_attempt": None,
        "status": "paid",
    }
    _passed(account, invoice, "paid_at")
    for each in account.books.all("inpay"):
        if each["invoice"] == invoice["id"]:
            at = {"canceled_at": None, "paid_at": account.now}
            each |= {"amount_paid": amount, "status": "paid", "status_transitions": at}
            account.tell("invoice_payment.paid", each)
            break
    account.tell("invoice.paid", invoice)
    account.tell("invoice.payment_succeeded", invoice)


def _closed(account: Account, invoice: Content, status: str, verb: str) -> Content:
    invoice |= {"status": status, "next_payment_attempt": None, "auto_advance": False}
    _passed(account, invoice, f"{verb}_at")
    payment = payment_of(account, invoice)
    if status == "void" and payment is not None and payment["status"] in payments.OPEN:
        payments.give_up(account, payment, "void_invoice")
    return account.tell(f"invoice.{verb}", invoice)


def _passed(account: Account, invoice: Content, name: str) -> None:
    invoice["status_transitions"] = invoice["status_transitions"] | {name: account.now}


def _expect(invoice: Content, verb: str, *statuses: str) -> None:
    if invoice["status"] not in statuses:
        message = f"Invoices with status {invoice['status']} can't be {verb}."
        raise invalid(message, code="invoice_not_editable")


def _blank(account: Account, customer: Content, facts: Content) -> Content:
    automatic = facts.get("collection_method", "charge_automatically") == "charge_automatically"
    days = facts.get("days_until_due")
    moments = ("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")
    return {
        **dict.fromkeys(_EMPTY),
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": facts.get("auto_advance", True),
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "billing_reason": facts["billing_reason"],
        "collection_method": "charge_automatically" if automatic else "send_invoice",
        "currency": facts["currency"],
        "customer": customer["id"],
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": customer["shipping"],
        "customer_tax_exempt": customer["tax_exempt"],
        "default_payment_method": facts.get("default_payment_method"),
        "default_tax_rates": [],
        "description": facts.get("description"),
        "discounts": [],
        "due_date": None if days is None else account.now + days * DAY_S,
        "footer": facts.get("footer"),
        "issuer": {"type": "self"},
        "metadata": merged({}, facts),
        "parent": facts["parent"],
        "payment_settings": {"default_mandate": None, "payment_method_types": None},
        "period_end": facts.get("period_end", account.now),
        "period_start": facts.get("period_start", account.now),
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": dict.fromkeys(moments),
    }


_EMPTY = (
    "automatically_finalizes_at",
    "custom_fields",
    "effective_at",
    "ending_balance",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "next_payment_attempt",
    "number",
    "receipt_number",
    "statement_descriptor",
    "test_clock",
)
