"""Products, and their prices: https://docs.stripe.com/api/prices, as known 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.trouble import invalid, unsupported

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

_DESCRIBED = ("description", "statement_descriptor", "unit_label", "url")


def create_product(account: Account, asked: Content) -> Content:
    """POST /v1/products."""
    chosen = asked.get("id")
    if chosen is not None and account.books.find(chosen) is not None:
        raise invalid(f"Product already exists: {chosen}", "id", "resource_already_exists")
    product = account.books.add(
        "prod",
        id=chosen or account.books.mint("prod"),
        active=asked.get("active", True),
        default_price=None,
        images=asked.get("images") or [],
        marketing_features=[],
        metadata=merged({}, asked),
        name=asked["name"],
        package_dimensions=None,
        shippable=None,
        tax_code=None,
        type="service",
        updated=account.now,
        **{field: asked.get(field) for field in _DESCRIBED},
    )
    account.tell("product.created", product)
    if "default_price_data" in asked:
        price = create_price(account, asked["default_price_data"] | {"product": product["id"]})
        product["default_price"] = price["id"]
    return product


def update_product(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/products/:id."""
    product = account.books.get("prod", name)
    simple = ("active", "images", "name", *_DESCRIBED)
    changes: dict[str, Any] = {field: asked[field] for field in simple if field in asked}
    if "images" in changes:
        changes["images"] = changes["images"] or []
    if "default_price" in asked:
        changes["default_price"] = account.books.get("price", asked["default_price"])["id"]
    changes["metadata"] = merged(product["metadata"], asked)
    return account.change("product.updated", product, **changes, updated=account.now)


def delete_product(account: Account, asked: Content, name: str) -> Content:
    """DELETE /v1/products/:id; not of one that has prices."""
    del asked
    product = account.books.get("prod", name)
    if any(price["product"] == name for price in account.books.all("price")):
        message = "This product cannot be deleted because it has one or more user-created prices."
        raise invalid(message)
    answer = account.books.drop("prod", name)
    account.tell("product.deleted", product)
    return answer


def create_price(account: Account, asked: Content) -> Content:
    """POST /v1/prices, of a product that exists or is made with it."""
    if ("product" in asked) is ("product_data" in asked):
        message = "You must provide one of `product` or `product_data`."
        raise invalid(message, "product", "parameter_missing")
    if "unit_amount" not in asked:
        raise invalid("Missing required param: unit_amount.", "unit_amount", "parameter_missing")
    key = asked.get("lookup_key")
    if key is not None and any(each["lookup_key"] == key for each in account.books.all("price")):
        message = f"A price with lookup key `{key}` already exists."
        raise invalid(message, "lookup_key", "resource_already_exists")
    if "product" in asked:
        product = account.books.get("prod", asked["product"], "product")
    else:
        product = create_product(account, asked["product_data"])
    return account.tell("price.created", _made(account, asked, product["id"]))


def update_price(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/prices/:id; its amount is for ever."""
    price = account.books.get("price", name)
    simple = ("active", "lookup_key", "nickname", "tax_behavior")
    changes: dict[str, Any] = {field: asked[field] for field in simple if field in asked}
    changes["metadata"] = merged(price["metadata"], asked)
    return account.change("price.updated", price, **changes)


def page(account: Account, asked: Content) -> Content:
    """GET /v1/prices."""
    keys = asked.get("lookup_keys")
    return account.books.page(
        "price",
        asked,
        "/v1/prices",
        ("active", "currency", "product", "type"),
        lambda each: keys is None or each["lookup_key"] in keys,
    )


def priced(account: Account, asked: Content, param: str) -> Content:
    """The price of a line: one that exists, or made for it from `price_data`."""
    if "price" in asked:
        price = account.books.get("price", asked["price"], f"{param}[price]")
    elif "price_data" in asked:
        price = create_price(account, asked["price_data"])
    else:
        message = f"You must specify either `price` or `price_data` for {param}."
        raise invalid(message, param, "parameter_missing")
    if not price["active"]:
        message = (
            f"The price specified is inactive. This field only accepts active prices: {price['id']}"
        )
        raise invalid(message, param)
    return price


def sold(price: Content, quantity: int) -> int:
    """What so many cost."""
    return int(price["unit_amount"]) * quantity


def plan_of(price: Content) -> Content:
    """A recurring price as the Plans API had it, which subscriptions still show."""
    recurring = price["recurring"]
    kept = ("active", "billing_scheme", "created", "currency", "id", "livemode", "metadata")
    plan = {name: price[name] for name in (*kept, "nickname", "product", "tiers_mode")}
    return plan | {
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "meter": None,
        "object": "plan",
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _made(account: Account, asked: Content, product: str) -> Content:
    recurring = asked.get("recurring")
    if recurring is not None:
        usual = {"interval_count": 1, "meter": None, "trial_period_days": None}
        recurring = usual | {"usage_type": "licensed"} | recurring
        if recurring["usage_type"] != "licensed":
            raise unsupported("recurring[usage_type]=metered")
    return account.books.add(
        "price",
        active=asked.get("active", True),
        billing_scheme="per_unit",
        currency=asked["currency"],
        custom_unit_amount=None,
        lookup_key=asked.get("lookup_key"),
        metadata=merged({}, asked),
        nickname=asked.get("nickname"),
        product=product,
        recurring=recurring,
        tax_behavior=asked.get("tax_behavior", "unspecified"),
        tiers_mode=None,
        transform_quantity=None,
        type="one_time" if recurring is None else "recurring",
        unit_amount=asked["unit_amount"],
        unit_amount_decimal=str(asked["unit_amount"]),
    )
