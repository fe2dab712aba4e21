"""The parameters of each operation: https://docs.stripe.com/api, read 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.stripe.books import MOST
from bridgewright.simulate.stripe.money import currency
from bridgewright.simulate.stripe.parameters import (
    each,
    either,
    flag,
    metadata,
    one_of,
    table,
    text,
    whole,
)

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.parameters import Parameters

EXPAND: Parameters = {"expand": each(text())}
_CREATED: Parameters = {
    "created": either(
        table({"gt": whole(), "gte": whole(), "lt": whole(), "lte": whole()}), whole()
    )
}
PAGE: Parameters = {
    "ending_before": text(),
    "limit": whole(1, MOST),
    "starting_after": text(),
}
LIST: Parameters = {**PAGE, **_CREATED}
META: Parameters = {"metadata": metadata()}
_CLEARABLE = text(clearable=True)
_ADDRESS = {
    name: text(clearable=True)
    for name in ("city", "country", "line1", "line2", "postal_code", "state")
}
_SHIPPING = table(
    {"address": table(_ADDRESS, needed=True), "name": text(needed=True), "phone": _CLEARABLE},
    clearable=True,
)
CUSTOMER: Parameters = {
    **META,
    "address": table(_ADDRESS, clearable=True),
    "description": _CLEARABLE,
    "email": text(clearable=True, most=512),
    "invoice_prefix": text(most=12),
    "invoice_settings": table({"default_payment_method": _CLEARABLE, "footer": _CLEARABLE}),
    "name": text(clearable=True, most=256),
    "next_invoice_sequence": whole(1),
    "phone": _CLEARABLE,
    "preferred_locales": each(text()),
    "shipping": _SHIPPING,
    "tax_exempt": one_of("exempt", "none", "reverse"),
}
CUSTOMER_CREATE: Parameters = {**CUSTOMER, "payment_method": text()}
_BILLING: Parameters = {
    "billing_details": table(
        {
            "address": table(_ADDRESS, clearable=True),
            "email": _CLEARABLE,
            "name": _CLEARABLE,
            "phone": _CLEARABLE,
        }
    )
}
_CARD: Parameters = {
    "cvc": text(most=4),
    "exp_month": whole(1, 12),
    "exp_year": whole(0, 2_100),
    "number": text(most=24),
    "token": text(),
}
_REDISPLAY: Parameters = {"allow_redisplay": one_of("always", "limited", "unspecified")}
METHOD: Parameters = {**META, **_BILLING, **_REDISPLAY}
METHOD_CREATE: Parameters = {**METHOD, "card": table(_CARD), "type": one_of("card", needed=True)}
METHOD_LIST_OF: Parameters = {**PAGE, "type": one_of("card")}
METHOD_LIST: Parameters = {**METHOD_LIST_OF, "customer": text()}
ATTACH: Parameters = {"customer": text(needed=True)}
_AGAIN: Parameters = {"setup_future_usage": one_of("off_session", "on_session", clearable=True)}
_PAID_BY: Parameters = {
    **_AGAIN,
    "payment_method": text(),
    "payment_method_data": table(METHOD_CREATE),
    "receipt_email": _CLEARABLE,
    "shipping": _SHIPPING,
}
_CONFIRMED: Parameters = {
    "error_on_requires_action": flag(),
    "off_session": flag(),
    "return_url": text(),
    "use_stripe_sdk": flag(),
}
_STATED: Parameters = {
    "description": _CLEARABLE,
    "statement_descriptor": text(clearable=True, most=22),
    "statement_descriptor_suffix": text(clearable=True, most=22),
}
PAYMENT: Parameters = {
    **META,
    **_PAID_BY,
    **_STATED,
    "amount": whole(1),
    "currency": currency(),
    "customer": text(),
}
PAYMENT_CREATE: Parameters = {
    **PAYMENT,
    **_CONFIRMED,
    "amount": whole(1, needed=True),
    "automatic_payment_methods": table(
        {"allow_redirects": one_of("always", "never"), "enabled": flag()}
    ),
    "capture_method": one_of("automatic", "automatic_async", "manual"),
    "confirm": flag(),
    "currency": currency(needed=True),
    "payment_method_types": each(one_of("card")),
}
CONFIRM: Parameters = {**_PAID_BY, **_CONFIRMED}
CAPTURE: Parameters = {**META, "amount_to_capture": whole(1)}
CANCEL: Parameters = {
    "cancellation_reason": one_of("abandoned", "duplicate", "fraudulent", "requested_by_customer")
}
CHARGE: Parameters = {
    **META,
    "description": _CLEARABLE,
    "receipt_email": _CLEARABLE,
    "shipping": _SHIPPING,
}
REFUND: Parameters = {
    **META,
    "amount": whole(1),
    "charge": text(),
    "payment_intent": text(),
    "reason": one_of("duplicate", "fraudulent", "requested_by_customer", clearable=True),
}
_RECURRING = table(
    {
        "interval": one_of("day", "month", "week", "year", needed=True),
        "interval_count": whole(1, 36),
        "usage_type": one_of("licensed", "metered"),
    }
)
_AMOUNT = whole(0, 999_999_999_999)
_PRICED: Parameters = {
    "currency": currency(needed=True),
    "recurring": _RECURRING,
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
    "unit_amount": _AMOUNT,
}
_PRODUCT: Parameters = {
    **META,
    "active": flag(),
    "description": _CLEARABLE,
    "images": each(text(), clearable=True),
    "statement_descriptor": text(most=22),
    "unit_label": text(clearable=True, most=12),
    "url": _CLEARABLE,
}
PRODUCT_CREATE: Parameters = {
    **_PRODUCT,
    "default_price_data": table({**_PRICED, **META}),
    "id": text(),
    "name": text(needed=True),
}
PRODUCT_UPDATE: Parameters = {**_PRODUCT, "default_price": text(), "name": text()}
_PRODUCT_DATA = table({**META, "name": text(needed=True)})
PRICE_CREATE: Parameters = {
    **_PRICED,
    **META,
    "active": flag(),
    "lookup_key": text(most=200),
    "nickname": _CLEARABLE,
    "product": text(),
    "product_data": _PRODUCT_DATA,
}
PRICE_UPDATE: Parameters = {
    **META,
    "active": flag(),
    "lookup_key": text(clearable=True, most=200),
    "nickname": _CLEARABLE,
    "tax_behavior": one_of("exclusive", "inclusive", "unspecified"),
}
PRICE_LIST: Parameters = {
    **LIST,
    "active": flag(),
    "currency": currency(),
    "lookup_keys": each(text()),
    "product": text(),
    "type": one_of("one_time", "recurring"),
}
_PRICE_DATA = table({**_PRICED, "product": text(), "product_data": _PRODUCT_DATA})
_SOLD: Parameters = {"price": text(), "price_data": _PRICE_DATA, "quantity": whole(1, 1_000_000)}
_COLLECTED: Parameters = {
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "days_until_due": whole(0, 365),
}
_BEHAVIOR = one_of("allow_incomplete", "default_incomplete", "error_if_incomplete")
_PRORATED: Parameters = {
    "proration_behavior": one_of("always_invoice", "create_prorations", "none")
}
_FEEDBACK = {
    "cancellation_details": table(
        {
            "comment": _CLEARABLE,
            "feedback": one_of(
                "customer_service",
                "low_quality",
                "missing_features",
                "other",
                "switched_service",
                "too_complex",
                "too_expensive",
                "unused",
                clearable=True,
            ),
        }
    )
}
_SUBSCRIPTION: Parameters = {
    **META,
    **_COLLECTED,
    **_PRORATED,
    "cancel_at": whole(clearable=True),
    "cancel_at_period_end": flag(),
    "default_payment_method": _CLEARABLE,
    "description": _CLEARABLE,
    "off_session": flag(),
    "payment_behavior": _BEHAVIOR,
}
SUBSCRIPTION_CREATE: Parameters = {
    **_SUBSCRIPTION,
    "customer": text(needed=True),
    "items": each(table(_SOLD), needed=True),
    "trial_end": whole(),
    "trial_period_days": whole(0, 730),
}
SUBSCRIPTION_UPDATE: Parameters = {
    **_SUBSCRIPTION,
    **_FEEDBACK,
    "items": each(table({**_SOLD, "deleted": flag(), "id": text()})),
}
SUBSCRIPTION_CANCEL: Parameters = _FEEDBACK
SUBSCRIPTION_LIST: Parameters = {
    **LIST,
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "customer": text(),
    "price": text(),
    "status": one_of(
        "active",
        "all",
        "canceled",
        "ended",
        "incomplete",
        "incomplete_expired",
        "past_due",
        "paused",
        "trialing",
        "unpaid",
    ),
}
INVOICE: Parameters = {
    **META,
    "auto_advance": flag(),
    "default_payment_method": _CLEARABLE,
    "description": _CLEARABLE,
    "footer": _CLEARABLE,
}
INVOICE_CREATE: Parameters = {
    **INVOICE,
    **_COLLECTED,
    "currency": currency(),
    "customer": text(),
    "pending_invoice_items_behavior": one_of("exclude", "include"),
    "subscription": text(),
}
FINALIZE: Parameters = {"auto_advance": flag()}
PAY: Parameters = {"off_session": flag(), "paid_out_of_band": flag(), "payment_method": text()}
INVOICE_LIST: Parameters = {
    **LIST,
    "collection_method": one_of("charge_automatically", "send_invoice"),
    "customer": text(),
    "status": one_of("draft", "open", "paid", "uncollectible", "void"),
    "subscription": text(),
}
INVOICE_PAYMENT_LIST: Parameters = {
    **LIST,
    "invoice": text(),
    "status": one_of("canceled", "open", "paid"),
}
_PENDING = whole(-999_999_999_999, 999_999_999_999)
ITEM_CREATE: Parameters = {
    **META,
    "amount": _PENDING,
    "currency": currency(),
    "customer": text(needed=True),
    "description": _CLEARABLE,
    "invoice": text(),
    "pricing": table({"price": text(needed=True)}),
    "quantity": whole(1, 1_000_000),
}
ITEM_UPDATE: Parameters = {**META, "amount": _PENDING, "description": _CLEARABLE}
ITEM_LIST: Parameters = {**LIST, "customer": text(), "invoice": text(), "pending": flag()}
SESSION_CREATE: Parameters = {
    **META,
    "cancel_url": text(),
    "client_reference_id": text(most=200),
    "customer": text(),
    "customer_creation": one_of("always", "if_required"),
    "customer_email": text(most=512),
    "expires_at": whole(),
    "line_items": each(table(_SOLD)),
    "locale": text(most=16),
    "mode": one_of("payment", "subscription", needed=True),
    "payment_intent_data": table(
        {
            **META,
            **_AGAIN,
            "capture_method": one_of("automatic", "automatic_async"),
            "description": _CLEARABLE,
            "receipt_email": _CLEARABLE,
        }
    ),
    "subscription_data": table(
        {**META, "description": _CLEARABLE, "trial_period_days": whole(1, 730)}
    ),
    "success_url": text(),
}
SESSION_LIST: Parameters = {
    **LIST,
    "customer": text(),
    "payment_intent": text(),
    "status": one_of("complete", "expired", "open"),
    "subscription": text(),
}
EVENT_LIST: Parameters = {
    **LIST,
    "delivery_success": flag(),
    "type": text(),
    "types": each(text()),
}
ENDPOINT_CREATE: Parameters = {
    **META,
    "api_version": text(most=64),
    "connect": flag(),
    "description": _CLEARABLE,
    "enabled_events": each(text(), needed=True),
    "url": text(needed=True),
}
ENDPOINT_UPDATE: Parameters = {
    **META,
    "description": _CLEARABLE,
    "disabled": flag(),
    "enabled_events": each(text()),
    "url": text(),
}
