"""Operations on what is sold, once or each month, by method and path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.stripe import checkout, invoices, lines, prices, subscriptions, takes
from bridgewright.simulate.stripe.operations import Operation, listed, one, route, unlisted

if TYPE_CHECKING:
    from bridgewright.simulate.routes import Route
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content


def _invoices(account: Account, asked: Content) -> Content:
    name = asked.get("subscription")

    def wanted(invoice: Content) -> bool:
        found = invoices.subscription_of(account, invoice) if name else None
        return name is None or (found is not None and found["id"] == name)

    filters = ("collection_method", "customer", "status")
    return account.books.page("in", asked, "/v1/invoices", filters, wanted)


ROUTES: tuple[Route[Operation], ...] = (
    unlisted("GET", "invoices/search", "invoices.search"),
    unlisted("GET", "subscriptions/search", "subscriptions.search"),
    unlisted("GET", "prices/search", "prices.search"),
    unlisted("GET", "products/search", "products.search"),
    unlisted("GET", "invoices/upcoming", "invoices.upcoming"),
    unlisted("POST", "invoices/create_preview", "invoices.create_preview"),
    route(
        "POST",
        "products",
        "products.create",
        prices.create_product,
        takes.PRODUCT_CREATE,
        "product",
    ),
    route(
        "GET",
        "products",
        "products.list",
        listed("prod", "products", "active"),
        {**takes.LIST, "active": takes.PRICE_LIST["active"]},
        "[product]",
    ),
    route("GET", "products/{id}", "products.retrieve", one("prod"), {}, "product"),
    route(
        "POST",
        "products/{id}",
        "products.update",
        prices.update_product,
        takes.PRODUCT_UPDATE,
        "product",
    ),
    route("DELETE", "products/{id}", "products.delete", prices.delete_product, {}, "deleted"),
    route("POST", "prices", "prices.create", prices.create_price, takes.PRICE_CREATE, "price"),
    route("GET", "prices", "prices.list", prices.page, takes.PRICE_LIST, "[price]"),
    route("GET", "prices/{id}", "prices.retrieve", one("price"), {}, "price"),
    route("POST", "prices/{id}", "prices.update", prices.update_price, takes.PRICE_UPDATE, "price"),
    route(
        "POST",
        "subscriptions",
        "subscriptions.create",
        subscriptions.create,
        takes.SUBSCRIPTION_CREATE,
        "subscription",
    ),
    route(
        "GET",
        "subscriptions",
        "subscriptions.list",
        subscriptions.page,
        takes.SUBSCRIPTION_LIST,
        "[subscription]",
    ),
    route("GET", "subscriptions/{id}", "subscriptions.retrieve", one("sub"), {}, "subscription"),
    route(
        "POST",
        "subscriptions/{id}",
        "subscriptions.update",
        subscriptions.update,
        takes.SUBSCRIPTION_UPDATE,
        "subscription",
    ),
    route(
        "DELETE",
        "subscriptions/{id}",
        "subscriptions.cancel",
        subscriptions.cancel,
        takes.SUBSCRIPTION_CANCEL,
        "subscription",
    ),
    route(
        "POST",
        "invoiceitems",
        "invoice_items.create",
        lines.create,
        takes.ITEM_CREATE,
        "invoiceitem",
    ),
    route(
        "GET",
        "invoiceitems",
        "invoice_items.list",
        lines.page_of_items,
        takes.ITEM_LIST,
        "[invoiceitem]",
    ),
    route("GET", "invoiceitems/{id}", "invoice_items.retrieve", one("ii"), {}, "invoiceitem"),
    route(
        "POST",
        "invoiceitems/{id}",
        "invoice_items.update",
        lines.update,
        takes.ITEM_UPDATE,
        "invoiceitem",
    ),
    route("DELETE", "invoiceitems/{id}", "invoice_items.delete", lines.delete, {}, "deleted"),
    route("POST", "invoices", "invoices.create", invoices.create, takes.INVOICE_CREATE, "invoice"),
    route("GET", "invoices", "invoices.list", _invoices, takes.INVOICE_LIST, "[invoice]"),
    route("GET", "invoices/{id}", "invoices.retrieve", one("in"), {}, "invoice"),
    route("POST", "invoices/{id}", "invoices.update", invoices.update, takes.INVOICE, "invoice"),
    route("DELETE", "invoices/{id}", "invoices.delete", invoices.delete, {}, "deleted"),
    route(
        "GET",
        "invoices/{id}/lines",
        "invoices.line_items.list",
        lines.page,
        takes.PAGE,
        "[line_item]",
    ),
    route(
        "POST",
        "invoices/{id}/finalize",
        "invoices.finalize_invoice",
        invoices.finalize,
        takes.FINALIZE,
        "invoice",
    ),
    route("POST", "invoices/{id}/pay", "invoices.pay", invoices.pay, takes.PAY, "invoice"),
    route("POST", "invoices/{id}/void", "invoices.void_invoice", invoices.void, {}, "invoice"),
    route(
        "POST",
        "invoices/{id}/mark_uncollectible",
        "invoices.mark_uncollectible",
        invoices.mark_uncollectible,
        {},
        "invoice",
    ),
    route("POST", "invoices/{id}/send", "invoices.send_invoice", invoices.send, {}, "invoice"),
    route(
        "GET",
        "invoice_payments",
        "invoice_payments.list",
        listed("inpay", "invoice_payments", "invoice", "status"),
        takes.INVOICE_PAYMENT_LIST,
        "[invoice_payment]",
    ),
    route(
        "GET",
        "invoice_payments/{id}",
        "invoice_payments.retrieve",
        one("inpay"),
        {},
        "invoice_payment",
    ),
    route(
        "POST",
        "checkout/sessions",
        "checkout.sessions.create",
        checkout.create,
        takes.SESSION_CREATE,
        "checkout.session",
    ),
    route(
        "GET",
        "checkout/sessions",
        "checkout.sessions.list",
        checkout.page,
        takes.SESSION_LIST,
        "[checkout.session]",
    ),
    route(
        "GET",
        "checkout/sessions/{id}",
        "checkout.sessions.retrieve",
        one("cs"),
        {},
        "checkout.session",
    ),
    route(
        "POST",
        "checkout/sessions/{id}",
        "checkout.sessions.update",
        checkout.update,
        takes.META,
        "checkout.session",
    ),
    route(
        "POST",
        "checkout/sessions/{id}/expire",
        "checkout.sessions.expire",
        checkout.expire,
        {},
        "checkout.session",
    ),
    route(
        "GET",
        "checkout/sessions/{id}/line_items",
        "checkout.sessions.line_items.list",
        checkout.lines,
        takes.PAGE,
        "[item]",
    ),
)
