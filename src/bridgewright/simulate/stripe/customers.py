"""Customers: https://docs.stripe.com/api/customers, as known 2026-11."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe import methods
from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

_FIELDS = ("address", "description", "email", "name", "phone", "preferred_locales", "shipping")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_SETTINGS: Content = dict.fromkeys(
    ("custom_fields", "default_payment_method", "footer", "rendering_options")
)


def create(account: Account, asked: Content) -> Content:
    """POST /v1/customers. A `payment_method` is attached, and is not yet anything's default."""
    _check(asked)
    name = account.books.mint("cus")
    customer = account.books.add(
        "cus",
        id=name,
        **{field: asked.get(field) for field in _FIELDS},
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        discount=None,
        invoice_prefix=asked.get("invoice_prefix") or f"SIM{name[-5:]}",
        invoice_settings=dict(_SETTINGS),
        metadata=merged({}, asked),
        next_invoice_sequence=asked.get("next_invoice_sequence", 1),
        tax_exempt=asked.get("tax_exempt", "none"),
        test_clock=None,
    )
    customer["preferred_locales"] = customer["preferred_locales"] or []
    try:
        if "payment_method" in asked:
            method = methods.resolve(account, asked["payment_method"])
            methods.attach(account, {"customer": customer["id"]}, method["id"])
        customer["invoice_settings"] = _settings(account, customer, asked)
    except Exception:
        account.books.drop("cus", name)
        raise
    return account.tell("customer.created", customer)


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/customers/:id; metadata is merged, an empty value takes a name away."""
    customer = account.books.get("cus", name)
    _check(asked)
    simple = (*_FIELDS, "invoice_prefix", "next_invoice_sequence", "tax_exempt")
    changes: dict[str, Any] = {field: asked[field] for field in simple if field in asked}
    changes["metadata"] = merged(customer["metadata"], asked)
    changes["invoice_settings"] = _settings(account, customer, asked)
    return account.change("customer.updated", customer, **changes)


def delete(account: Account, asked: Content, name: str) -> Content:
    """DELETE /v1/customers/:id; its subscriptions end, its payment methods are nobody's."""
    del asked
    customer = account.books.get("cus", name)
    for method in account.books.all("pm"):
        if method["customer"] == name:
            methods.detach(account, {}, method["id"])
    answer = account.books.drop("cus", name, known=True)
    account.tell("customer.deleted", customer)
    return answer


def _settings(account: Account, customer: Content, asked: Content) -> Content:
    settings: Content = customer["invoice_settings"] | (asked.get("invoice_settings") or {})
    method = settings["default_payment_method"]
    if method is not None:
        found = methods.resolve(account, method, "invoice_settings[default_payment_method]")
        if found["customer"] != customer["id"]:
            message = (
                f"The customer does not have a payment method with the ID {method}. The payment"
                " method must be attached to the customer."
            )
            param = "invoice_settings[default_payment_method]"
            raise invalid(message, param, "resource_missing")
    return settings


def _check(asked: Content) -> None:
    email = asked.get("email")
    if email is not None and not _EMAIL.fullmatch(email):
        raise invalid(f"Invalid email address: {email}", "email", "email_invalid")
