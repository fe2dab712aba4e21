"""What a subscription is of: its items, and what a change of them costs for the rest of a period.

https://docs.stripe.com/billing/subscriptions/prorations, read 2026-11.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.stripe import lines, prices
from bridgewright.simulate.stripe.account import copied
from bridgewright.simulate.stripe.trouble import invalid, unsupported

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content


def item_of(
    account: Account, owner: str, price: Content, quantity: int, period: tuple[int, int]
) -> Content:
    """So many of something, from one instant to another."""
    return {
        "id": account.books.mint("si"),
        "object": "subscription_item",
        "created": account.now,
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": {},
        "plan": prices.plan_of(price),
        "price": copied(price),
        "quantity": quantity,
        "subscription": owner,
        "tax_rates": [],
    }


def change(account: Account, subscription: Content, asked: Content) -> bool:
    """Give a subscription other items; whether that makes a difference for the rest of the period."""
    kept = {item["id"]: item for item in subscription["items"]["data"]}
    first = subscription["items"]["data"][0]
    period = (first["current_period_start"], first["current_period_end"])
    changed = False
    for index, wish in enumerate(asked.get("items", ())):
        old = kept.get(wish["id"]) if "id" in wish else None
        if "id" in wish and old is None:
            message = f"No such subscription item: '{wish['id']}'"
            raise invalid(message, f"items[{index}][id]", "resource_missing")
        price = prices.priced(account, wish, f"items[{index}]") if old is None else old["price"]
        if old is not None and ("price" in wish or "price_data" in wish):
            price = prices.priced(account, wish, f"items[{index}]")
        check([first["price"], price])
        quantity = wish.get("quantity", old["quantity"] if old else 1)
        new = (
            None
            if wish.get("deleted")
            else item_of(account, subscription["id"], price, quantity, period)
        )
        if new is not None and old is not None:
            new |= {"id": old["id"], "created": old["created"]}
        if new is None and old is not None:
            del kept[old["id"]]
        elif new is not None:
            kept[new["id"]] = new
        if asked.get("proration_behavior") != "none":
            changed |= _prorate(account, subscription, old, new)
    if not kept:
        raise invalid("A subscription must have at least one item.", "items")
    items = subscription["items"]
    data = list(kept.values())
    subscription["items"] = items | {"data": data, "total_count": len(data)}
    return changed


def _prorate(
    account: Account, subscription: Content, old: Content | None, new: Content | None
) -> bool:
    """What was paid for the rest of the period is given back, what is due instead is charged."""
    if subscription["status"] not in ("active", "past_due"):
        return False
    either = new or old or {}
    start, over = either["current_period_start"], either["current_period_end"]
    left = (over - account.now) / (over - start)
    if old is not None and new is not None:
        same = (old["price"]["id"], old["quantity"]) == (new["price"]["id"], new["quantity"])
        if same:
            return False
    for item, sign, word in ((old, -1, "Unused"), (new, 1, "Remaining")):
        if item is None:
            continue
        added = lines.add(
            account,
            {
                "amount": sign * round(prices.sold(item["price"], item["quantity"]) * left),
                "currency": subscription["currency"],
                "customer": subscription["customer"],
                "description": f"{word} time on {item['quantity']} × {item['price']['product']}",  # noqa: RUF001
                "parent": lines.parent_of(subscription),
                "period": {"end": over, "start": account.now},
                "price": item["price"],
                "proration": True,
                "quantity": item["quantity"],
            },
        )
        account.tell("invoiceitem.created", added)
    return True


def check(chosen: list[Content]) -> None:
    """ProblemError for prices that no subscription can be of together."""
    if any(price["recurring"] is None for price in chosen):
        message = (
            "The price specified is set to `type=one_time` but this field only accepts prices with"
            " `type=recurring`."
        )
        raise invalid(message, "items[0][price]")
    if len({price["currency"] for price in chosen}) > 1:
        raise invalid("All prices on a subscription must have the same currency.", "items")
    cycles = {(p["recurring"]["interval"], p["recurring"]["interval_count"]) for p in chosen}
    if len(cycles) > 1:
        raise unsupported("items with intervals of different lengths")
