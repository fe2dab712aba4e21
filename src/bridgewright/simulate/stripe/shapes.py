"""What the objects of the API look like: the JSON Schema of each kind.

Fields and their types are those of `stripe` 16.1.0, as far as they are simulated.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Schema = dict[str, Any]

REFUSALS = (400, 401, 402, 403, 404, 409, 429, 501)
"""What every operation may answer instead."""
_TYPES: Mapping[str, tuple[str, ...]] = {
    "a": ("array",),
    "b": ("boolean",),
    "i": ("integer",),
    "l": ("object",),
    "o": ("object",),
    "s": ("string",),
    "x": ("string", "object"),
}
_FRAME = "id:s object:s created:i livemode:b metadata:o"
_KINDS: Mapping[str, str] = {
    "customer": """
        address:o? balance:i? currency:s? default_source:x? delinquent:b? description:s?
        discount:o? email:s? invoice_prefix:s? invoice_settings:o? name:s?
        next_invoice_sequence:i? phone:s? preferred_locales:a? shipping:o? tax_exempt:s?
        test_clock:x? subscriptions:l~
    """,
    "payment_method": """
        allow_redisplay:s? billing_details:o card:o? customer:x? type:s
    """,
    "payment_intent": """
        amount:i amount_capturable:i amount_received:i application_fee_amount:i?
        automatic_payment_methods:o? canceled_at:i? cancellation_reason:s? capture_method:s
        client_secret:s? confirmation_method:s currency:s customer:x? description:s?
        last_payment_error:o? latest_charge:x? next_action:o? payment_method:x?
        payment_method_options:o? payment_method_types:a processing:o? receipt_email:s?
        setup_future_usage:s? shipping:o? statement_descriptor:s? statement_descriptor_suffix:s?
        status:s transfer_group:s?
    """,
    "charge": """
        amount:i amount_captured:i amount_refunded:i balance_transaction:x? billing_details:o
        captured:b currency:s customer:x? description:s? disputed:b failure_code:s?
        failure_message:s? fraud_details:o? outcome:o? paid:b payment_intent:x?
        payment_method:s? payment_method_details:o? receipt_email:s? receipt_number:s?
        receipt_url:s? refunded:b shipping:o? statement_descriptor:s?
        statement_descriptor_suffix:s? status:s transfer_group:s? refunds:l~
    """,
    "refund": """
        amount:i balance_transaction:x? charge:x? currency:s destination_details:o?
        payment_intent:x? reason:s? receipt_number:s? status:s?
    """,
    "dispute": """
        amount:i balance_transactions:a charge:x currency:s enhanced_eligibility_types:a
        evidence:o evidence_details:o is_charge_refundable:b payment_intent:x? reason:s status:s
    """,
    "product": """
        active:b default_price:x? description:s? images:a marketing_features:a name:s
        package_dimensions:o? shippable:b? statement_descriptor:s? tax_code:x? type:s
        unit_label:s? updated:i url:s?
    """,
    "price": """
        active:b billing_scheme:s currency:s custom_unit_amount:o? lookup_key:s? nickname:s?
        product:x recurring:o? tax_behavior:s? tiers_mode:s? transform_quantity:o? type:s
        unit_amount:i? unit_amount_decimal:s?
    """,
    "subscription": """
        application:x? application_fee_percent:o? automatic_tax:o billing_cycle_anchor:i
        billing_mode:o billing_thresholds:o? cancel_at:i? cancel_at_period_end:b canceled_at:i?
        cancellation_details:o? collection_method:s currency:s customer:x days_until_due:i?
        default_payment_method:x? default_tax_rates:a? description:s? discounts:a ended_at:i?
        invoice_settings:o items:l latest_invoice:x? next_pending_invoice_item_invoice:i?
        on_behalf_of:x? pause_collection:o? pending_setup_intent:x? pending_update:o?
        schedule:x? start_date:i status:s test_clock:x? transfer_data:o? trial_end:i?
        trial_settings:o? trial_start:i?
    """,
    "invoice": """
        amount_due:i amount_overpaid:i amount_paid:i amount_paid_off_stripe:i?
        amount_remaining:i amount_shipping:i attempt_count:i attempted:b auto_advance:b?
        automatic_tax:o automatically_finalizes_at:i? billing_reason:s? collection_method:s
        currency:s custom_fields:a? customer:x? customer_address:o? customer_email:s?
        customer_name:s? customer_phone:s? customer_shipping:o? customer_tax_exempt:s?
        default_payment_method:x? default_tax_rates:a description:s? discounts:a due_date:i?
        effective_at:i? ending_balance:i? footer:s? hosted_invoice_url:s? invoice_pdf:s?
        issuer:o last_finalization_error:o? lines:l next_payment_attempt:i? number:s? parent:o?
        payment_settings:o period_end:i period_start:i receipt_number:s? starting_balance:i
        statement_descriptor:s? status:s? status_transitions:o subtotal:i
        subtotal_excluding_tax:i? test_clock:x? total:i total_discount_amounts:a?
        total_excluding_tax:i? total_taxes:a? payments:l~ confirmation_secret:o?~
    """,
    "invoiceitem": """
        amount:i currency:s customer:x date:i description:s? discountable:b discounts:a?
        invoice:x? parent:o? period:o pricing:o? proration:b quantity:i tax_rates:a?
        test_clock:x?
    """,
    "invoice_payment": """
        amount_paid:i? amount_requested:i currency:s invoice:x is_default:b payment:o status:s
        status_transitions:o -metadata
    """,
    "checkout.session": """
        after_expiration:o? allow_promotion_codes:b? amount_subtotal:i? amount_total:i?
        automatic_tax:o billing_address_collection:s? cancel_url:s? client_reference_id:s?
        client_secret:s? consent:o? consent_collection:o? currency:s? currency_conversion:o?
        custom_fields:a custom_text:o customer:x? customer_creation:s? customer_details:o?
        customer_email:s? expires_at:i invoice:x? invoice_creation:o? locale:s? mode:s
        payment_intent:x? payment_link:x? payment_method_collection:s? payment_method_options:o?
        payment_method_types:a payment_status:s phone_number_collection:o? recovered_from:s?
        setup_intent:x? shipping_address_collection:o? shipping_cost:o? shipping_options:a
        status:s? submit_type:s? subscription:x? success_url:s? total_details:o? ui_mode:s?
        url:s? line_items:l~
    """,
    "event": """
        api_version:s? data:o pending_webhooks:i request:o? type:s account:s~ -metadata
    """,
    "webhook_endpoint": """
        api_version:s? application:s? description:s? enabled_events:a status:s url:s secret:s~
    """,
    "line_item": """
        amount:i currency:s description:s? discount_amounts:a? discountable:b discounts:a
        invoice:s? parent:o? period:o pricing:o? quantity:i? subscription:x? subtotal:i taxes:a?
        -created
    """,
    "item": """
        amount_discount:i amount_subtotal:i amount_tax:i amount_total:i currency:s
        description:s? price:o? quantity:i? -created -livemode
    """,
}
"""Each field and its type: a list, a flag, a whole number, a list object, a hash, a text, an id or, expanded,
what it stands for. `?` may be null, `~` may be missing; `-` is not there."""
_ERROR: Schema = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "type": {"type": "string"},
                "message": {"type": "string"},
                "code": {"type": "string"},
                "param": {"type": "string"},
            },
            "required": ["type", "message"],
        }
    },
    "required": ["error"],
    "additionalProperties": False,
}
_DELETED: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "object": {"type": "string"},
        "deleted": {"const": True},
    },
    "required": ["id", "object", "deleted"],
    "additionalProperties": False,
}


def answers(gives: str) -> Mapping[int, Schema | None]:
    """The schemas of an operation that gives a kind of object, a list of one (`[charge]`), one or the
    other (`customer|deleted`), or, by "", nothing."""
    told: dict[int, Schema | None] = {} if gives == "" else {200: _given(gives)}
    return told | dict.fromkeys(REFUSALS, _ERROR)


def _given(gives: str) -> Schema:
    if "|" in gives:
        return {"anyOf": [_given(each) for each in gives.split("|")]}
    if gives == "deleted":
        return _DELETED
    if not gives.startswith("["):
        return schema(gives)
    properties: Schema = {
        "object": {"const": "list"},
        "data": {"type": "array", "items": schema(gives.strip("[]"))},
        "has_more": {"type": "boolean"},
        "url": {"type": "string"},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


@cache
def schema(kind: str) -> Schema:
    """The JSON Schema of a kind of object: no field is missing, and there are no others."""
    words = f"{_FRAME} {_KINDS[kind]}".split()
    absent = {word.removeprefix("-") for word in words if word.startswith("-")}
    properties: Schema = {}
    required = []
    for word in words:
        name, _, letters = word.partition(":")
        if name in absent or word.startswith("-"):
            continue
        types = [*_TYPES[letters[0]], *(["null"] if "?" in letters else [])]
        properties[name] = {"type": types}
        if "~" not in letters:
            required.append(name)
    properties["object"] = {"const": kind}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
