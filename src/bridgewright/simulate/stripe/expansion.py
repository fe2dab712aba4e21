"""`expand[]`: objects in the place of their ids. https://docs.stripe.com/api/expanding_objects, read
2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe import invoices
from bridgewright.simulate.stripe.account import copied
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

DEEPEST = 4
_PAYER = {"customer", "payment_intent"}
EXPANDABLE: Mapping[str, set[str]] = {
    "charge": _PAYER,
    "checkout.session": _PAYER | {"invoice", "subscription"},
    "customer": {"default_payment_method"},
    "dispute": {"charge", "payment_intent"},
    "invoice": {"customer", "default_payment_method", "subscription"},
    "invoice_payment": {"invoice", "payment_intent"},
    "invoiceitem": {"customer", "invoice", "price", "subscription"},
    "line_item": {"price", "subscription"},
    "payment_intent": {"customer", "latest_charge", "payment_method"},
    "payment_method": {"customer"},
    "price": {"product"},
    "product": {"default_price"},
    "refund": {"charge", "payment_intent"},
    "subscription": {"customer", "default_payment_method", "latest_invoice"},
}
"""The fields of each kind, or of a hash within it, that hold an id and can hold what it stands for."""


def expanded(account: Account, content: Content, paths: list[str]) -> Content:
    """A copy with what the paths say in its place; ProblemError for what cannot be expanded."""
    if not paths:
        return content
    grown: Content = copied(content)
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            message = (
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}"
            )
            raise invalid(message, "expand")
        _grow(account, grown, "", parts, path)
    return grown


def _grow(account: Account, node: Any, kind: str, parts: list[str], path: str) -> None:
    if isinstance(node, list):
        for each in node:
            _grow(account, each, kind, parts, path)
        return
    if not isinstance(node, dict):
        raise _rigid(path)
    named = node.get("object", "list")
    kind = kind if named == "list" else named
    name, rest = parts[0], parts[1:]
    if named != "list" and (kind, name) in _COMPUTED and name not in node:
        node[name] = copied(_COMPUTED[kind, name](account, node))
    if name not in node:
        raise _rigid(path)
    node[name] = _grown(account, node[name], (kind, name), path)
    if rest and node[name] is not None:
        _grow(account, node[name], kind, rest, path)
    elif not rest and isinstance(node[name], dict) and not _is_whole(node[name], kind, name):
        raise _rigid(path)


def _grown(account: Account, value: Any, place: tuple[str, str], path: str) -> Any:
    if value is None or not isinstance(value, dict | list):
        kind, name = place
        if name not in EXPANDABLE.get(kind, ()) and place not in _COMPUTED:
            raise _rigid(path)
        return value if value is None else copied(account.books.find(value)) or value
    return value


def _is_whole(value: Content, kind: str, name: str) -> bool:
    return "object" in value or (kind, name) in _COMPUTED


def _rigid(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", "expand")


def _listed(found: list[Content], url: str) -> Content:
    return {"object": "list", "data": found, "has_more": False, "url": url}


def _refunds(account: Account, charge: Content) -> Content:
    found = [each for each in account.books.all("re") if each["charge"] == charge["id"]]
    return _listed(found, f"/v1/charges/{charge['id']}/refunds")


def _subscriptions(account: Account, customer: Content) -> Content:
    found = [
        each
        for each in account.books.all("sub")
        if each["customer"] == customer["id"] and each["status"] != "canceled"
    ]
    return _listed(found, f"/v1/customers/{customer['id']}/subscriptions")


def _basket(account: Account, session: Content) -> Content:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return _listed(account.baskets[session["id"]], url)


def _payments(account: Account, invoice: Content) -> Content:
    found = [each for each in account.books.all("inpay") if each["invoice"] == invoice["id"]]
    return _listed(found, f"/v1/invoice_payments?invoice={invoice['id']}")


def _confirmation(account: Account, invoice: Content) -> Content | None:
    payment = invoices.payment_of(account, invoice)
    if payment is None:
        return None
    return {"client_secret": payment["client_secret"], "type": "payment_intent"}


_COMPUTED: Mapping[tuple[str, str], Callable[[Account, Content], Content | None]] = {
    ("charge", "refunds"): _refunds,
    ("checkout.session", "line_items"): _basket,
    ("customer", "subscriptions"): _subscriptions,
    ("invoice", "confirmation_secret"): _confirmation,
    ("invoice", "payments"): _payments,
}
