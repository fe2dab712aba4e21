"""Lines of invoices, and items that wait for the next one: https://docs.stripe.com/api/invoiceitems,
as known in 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe import prices
from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.books import paged
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content


def create(account: Account, asked: Content) -> Content:
    """POST /v1/invoiceitems: for a draft, or for the customer's next invoice."""
    account.books.get("cus", asked["customer"], "customer")
    if "pricing" in asked:
        price = prices.priced(account, asked["pricing"], "pricing")
        quantity = asked.get("quantity", 1)
        facts = {"amount": prices.sold(price, quantity), "currency": price["currency"]}
        facts |= {"price": price, "quantity": quantity}
    elif "amount" in asked:
        facts = {"amount": asked["amount"], "currency": asked.get("currency", "usd")}
    else:
        raise invalid("Missing required param: amount.", "amount", "parameter_missing")
    draft = None
    if "invoice" in asked:
        draft = account.books.get("in", asked["invoice"], "invoice")
        if draft["status"] != "draft":
            message = "This invoice is no longer editable"
            raise invalid(message, "invoice", "invoice_not_editable")
        if draft["currency"] != facts["currency"]:
            message = f"The invoice is in {draft['currency']}, and the item in {facts['currency']}."
            raise invalid(message, "currency")
    item = add(account, asked | facts)
    if draft is not None:
        item["invoice"] = draft["id"]
        put(draft, [*draft["lines"]["data"], line_of(account, item, draft)])
    return account.tell("invoiceitem.created", item)


def add(account: Account, facts: Content) -> Content:
    """An item that waits, told to nobody yet."""
    price = facts.get("price")
    period = {"end": account.now, "start": account.now}
    return account.books.add(
        "ii",
        amount=facts["amount"],
        currency=facts["currency"],
        customer=facts["customer"],
        date=account.now,
        description=facts.get("description"),
        discountable=True,
        discounts=[],
        invoice=None,
        metadata=merged({}, facts),
        parent=facts.get("parent"),
        period=facts.get("period", period),
        pricing=None if price is None else _pricing(price),
        proration=facts.get("proration", False),
        quantity=facts.get("quantity", 1),
        tax_rates=[],
        test_clock=None,
    )


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/invoiceitems/:id, while it waits or its invoice is a draft."""
    item = account.books.get("ii", name)
    draft = _draft_of(account, item)
    changes: dict[str, Any] = {
        field: asked[field] for field in ("amount", "description") if field in asked
    }
    changes["metadata"] = merged(item["metadata"], asked)
    item.update(changes)
    if draft is not None:
        kept = [line for line in draft["lines"]["data"] if _item_of(line) != name]
        put(draft, [*kept, line_of(account, item, draft)])
    return item


def delete(account: Account, asked: Content, name: str) -> Content:
    """DELETE /v1/invoiceitems/:id."""
    del asked
    item = account.books.get("ii", name)
    draft = _draft_of(account, item)
    if draft is not None:
        put(draft, [line for line in draft["lines"]["data"] if _item_of(line) != name])
    answer = account.books.drop("ii", name)
    account.tell("invoiceitem.deleted", item)
    return answer


def page(account: Account, asked: Content, name: str) -> Content:
    """GET /v1/invoices/:id/lines."""
    found = account.books.get("in", name)["lines"]
    return paged(found["data"], asked, found["url"])


def page_of_items(account: Account, asked: Content) -> Content:
    """GET /v1/invoiceitems."""
    waiting = asked.get("pending")
    return account.books.page(
        "ii",
        asked,
        "/v1/invoiceitems",
        ("customer", "invoice"),
        lambda each: waiting is None or (each["invoice"] is None) is waiting,
    )


def pending(account: Account, invoice: Content) -> list[Content]:
    """Lines of the items that wait for an invoice of its customer, oldest first; they wait no more."""
    drawn = []
    for item in reversed(account.books.all("ii")):
        same = item["customer"] == invoice["customer"] and item["currency"] == invoice["currency"]
        if item["invoice"] is None and same:
            item["invoice"] = invoice["id"]
            drawn.append(line_of(account, item, invoice))
    return drawn


def line_of(account: Account, item: Content, invoice: Content) -> Content:
    """An item as a line."""
    details = {"invoice_item": item["id"], "proration": item["proration"], "subscription": None}
    line = blank(account, item["amount"], item["currency"], item["period"]) | {
        "description": item["description"],
        "invoice": invoice["id"],
        "metadata": item["metadata"],
        "parent": {"invoice_item_details": details, "type": "invoice_item_details"},
        "pricing": item["pricing"],
        "quantity": item["quantity"],
    }
    if item["parent"] is not None:
        details["subscription"] = item["parent"]["subscription_details"]["subscription"]
    return line


def subscribed(
    account: Account, item: Content, period: Content, amount: int | None = None
) -> Content:
    """A subscription's item as a line for a period."""
    price, quantity = item["price"], item["quantity"]
    cost = prices.sold(price, quantity) if amount is None else amount
    details = {
        "invoice_item": None,
        "proration": False,
        "subscription": item["subscription"],
        "subscription_item": item["id"],
    }
    product = account.books.find(price["product"]) or {"name": price["product"]}
    every = price["recurring"]["interval"]
    return blank(account, cost, price["currency"], period) | {
        "description": f"{quantity} × {product['name']} (per {every})",  # noqa: RUF001 - as Stripe has it
        "parent": {"subscription_item_details": details, "type": "subscription_item_details"},
        "pricing": _pricing(price),
        "quantity": quantity,
        "subscription": item["subscription"],
    }


def blank(account: Account, amount: int, currency: str, period: Content) -> Content:
    """A line that says no more than its amount."""
    return {
        "id": account.books.mint("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": None,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": period,
        "pricing": None,
        "quantity": 1,
        "subscription": None,
        "subtotal": amount,
        "taxes": [],
    }


def put(invoice: Content, drawn: list[Content]) -> None:
    """Give a draft its lines, and the sums of them. What is less than nothing is not due."""
    for line in drawn:
        line["invoice"] = invoice["id"]
    total = sum(line["amount"] for line in drawn)
    url = f"/v1/invoices/{invoice['id']}/lines"
    listed = {"object": "list", "data": drawn, "has_more": False, "url": url}
    invoice |= {"lines": listed | {"total_count": len(drawn)}, "subtotal": total, "total": total}
    invoice |= {"amount_due": max(0, total), "amount_remaining": max(0, total)}
    invoice |= {"subtotal_excluding_tax": total, "total_excluding_tax": total}
    invoice |= {"total_discount_amounts": [], "total_taxes": []}


def parent_of(subscription: Content) -> Content:
    """Whose an invoice is."""
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    return {
        "quote_details": None,
        "subscription_details": details,
        "type": "subscription_details",
    }


def _pricing(price: Content) -> Content:
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def _item_of(line: Content) -> str | None:
    details = (line["parent"] or {}).get("invoice_item_details", {})
    name: str | None = details.get("invoice_item")
    return name


def _draft_of(account: Account, item: Content) -> Content | None:
    if item["invoice"] is None:
        return None
    draft = account.books.get("in", item["invoice"])
    if draft["status"] != "draft":
        raise invalid("This invoice is no longer editable", code="invoice_not_editable")
    return draft
