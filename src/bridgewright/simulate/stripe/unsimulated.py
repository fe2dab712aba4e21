"""What Stripe takes and this simulator does not: named, so that it is refused and not called unknown.

After the parameters of `stripe` 16.1.0; a test compares. An operation that is not here has nothing more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PARAMETERS: Mapping[str, frozenset[str]] = {
    "customers.search": frozenset("limit page query".split()),
    "payment_intents.search": frozenset("limit page query".split()),
    "charges.search": frozenset("limit page query".split()),
    "invoices.search": frozenset("limit page query".split()),
    "subscriptions.search": frozenset("limit page query".split()),
    "prices.search": frozenset("limit page query".split()),
    "products.search": frozenset("limit page query".split()),
    "invoices.create_preview": frozenset(
        (
            "automatic_tax currency customer customer_account customer_details discounts "
            "invoice_items issuer on_behalf_of preview_mode schedule schedule_details "
            "subscription subscription_details"
        ).split()
    ),
    "customers.create": frozenset(
        (
            "balance business_name cash_balance individual_name source tax tax_id_data "
            "test_clock validate"
        ).split()
    ),
    "customers.list": frozenset("test_clock".split()),
    "customers.update": frozenset(
        (
            "balance business_name cash_balance default_source individual_name source tax validate"
        ).split()
    ),
    "customers.payment_methods.list": frozenset("allow_redisplay".split()),
    "payment_methods.create": frozenset(
        (
            "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit "
            "bacs_debit bancontact billie bizum blik boleto cashapp crypto custom customer "
            "customer_balance eps fpx giropay grabpay ideal interac_present kakao_pay klarna "
            "konbini kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo "
            "p24 pay_by_bank payco payment_method paynow paypal paypay payto pix promptpay "
            "radar_options revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort "
            "sunbit swish twint upi us_bank_account wechat_pay zip"
        ).split()
    ),
    "payment_methods.list": frozenset("allow_redisplay customer_account".split()),
    "payment_methods.update": frozenset("card us_bank_account".split()),
    "payment_methods.attach": frozenset("customer_account".split()),
    "payment_intents.create": frozenset(
        (
            "allowed_payment_method_types amount_details application_fee_amount "
            "confirmation_method confirmation_token customer_account "
            "excluded_payment_method_types hooks mandate mandate_data on_behalf_of "
            "payment_details payment_method_configuration payment_method_options "
            "radar_options transfer_data transfer_group"
        ).split()
    ),
    "payment_intents.list": frozenset("customer_account".split()),
    "payment_intents.retrieve": frozenset("client_secret".split()),
    "payment_intents.update": frozenset(
        (
            "allowed_payment_method_types amount_details application_fee_amount "
            "capture_method customer_account excluded_payment_method_types hooks "
            "payment_details payment_method_configuration payment_method_options "
            "transfer_data transfer_group"
        ).split()
    ),
    "payment_intents.confirm": frozenset(
        (
            "allowed_payment_method_types amount_details amount_to_confirm capture_method "
            "confirmation_token excluded_payment_method_types hooks mandate mandate_data "
            "payment_details payment_method_options radar_options"
        ).split()
    ),
    "payment_intents.capture": frozenset(
        (
            "amount_details application_fee_amount final_capture hooks payment_details "
            "statement_descriptor statement_descriptor_suffix transfer_data"
        ).split()
    ),
    "charges.list": frozenset("transfer_group".split()),
    "charges.update": frozenset("customer fraud_details transfer_group".split()),
    "refunds.create": frozenset(
        (
            "currency customer instructions_email origin refund_application_fee reverse_transfer"
        ).split()
    ),
    "products.create": frozenset(
        ("marketing_features package_dimensions shippable tax_code tax_details type").split()
    ),
    "products.list": frozenset("ids shippable type url".split()),
    "products.update": frozenset(
        "marketing_features package_dimensions shippable tax_code tax_details".split()
    ),
    "prices.create": frozenset(
        (
            "billing_scheme currency_options custom_unit_amount tiers tiers_mode "
            "transfer_lookup_key transform_quantity unit_amount_decimal"
        ).split()
    ),
    "prices.list": frozenset("recurring".split()),
    "prices.update": frozenset("currency_options transfer_lookup_key".split()),
    "subscriptions.create": frozenset(
        (
            "add_invoice_items application_fee_percent automatic_tax backdate_start_date "
            "billing_cycle_anchor billing_cycle_anchor_config billing_mode billing_schedules "
            "billing_thresholds currency customer_account default_source default_tax_rates "
            "discounts invoice_settings on_behalf_of payment_settings "
            "pending_invoice_item_interval transfer_data trial_from_plan trial_settings"
        ).split()
    ),
    "subscriptions.list": frozenset(
        (
            "automatic_tax current_period_end current_period_start customer_account plan test_clock"
        ).split()
    ),
    "subscriptions.update": frozenset(
        (
            "add_invoice_items application_fee_percent automatic_tax billing_cycle_anchor "
            "billing_schedules billing_thresholds default_source default_tax_rates discounts "
            "invoice_settings on_behalf_of pause_collection payment_settings "
            "pending_invoice_item_interval proration_date transfer_data trial_end "
            "trial_from_plan trial_settings"
        ).split()
    ),
    "subscriptions.cancel": frozenset("invoice_now prorate".split()),
    "invoice_items.create": frozenset(
        (
            "customer_account discountable discounts period price_data quantity_decimal "
            "subscription tax_behavior tax_code tax_rates unit_amount_decimal"
        ).split()
    ),
    "invoice_items.list": frozenset("customer_account".split()),
    "invoice_items.update": frozenset(
        (
            "discountable discounts invoicing_rules period price_data pricing quantity "
            "quantity_decimal tax_behavior tax_code tax_rates unit_amount_decimal"
        ).split()
    ),
    "invoices.create": frozenset(
        (
            "account_tax_ids application_fee_amount automatic_tax automatically_finalizes_at "
            "custom_fields customer_account default_source default_tax_rates discounts "
            "due_date effective_at from_invoice issuer number on_behalf_of payment_settings "
            "rendering shipping_cost shipping_details statement_descriptor transfer_data"
        ).split()
    ),
    "invoices.list": frozenset("customer_account due_date".split()),
    "invoices.update": frozenset(
        (
            "account_tax_ids application_fee_amount automatic_tax automatically_finalizes_at "
            "collection_method custom_fields days_until_due default_source default_tax_rates "
            "discounts due_date effective_at issuer number on_behalf_of payment_settings "
            "rendering shipping_cost shipping_details statement_descriptor transfer_data"
        ).split()
    ),
    "invoices.pay": frozenset("forgive mandate source".split()),
    "invoice_payments.list": frozenset("payment".split()),
    "checkout.sessions.create": frozenset(
        (
            "adaptive_pricing after_expiration allow_promotion_codes "
            "allowed_payment_method_types automatic_tax billing_address_collection "
            "branding_settings consent_collection currency custom_fields custom_text "
            "customer_account customer_update discounts excluded_payment_method_types "
            "integration_identifier invoice_creation managed_payments name_collection "
            "optional_items origin_context payment_method_collection "
            "payment_method_configuration payment_method_data payment_method_options "
            "permissions phone_number_collection redirect_on_completion return_url "
            "saved_payment_method_options setup_intent_data shipping_address_collection "
            "shipping_options submit_type tax_id_collection ui_mode wallet_options"
        ).split()
    ),
    "checkout.sessions.list": frozenset("customer_account customer_details payment_link".split()),
    "checkout.sessions.update": frozenset(
        "collected_information line_items payment_intent_data shipping_options".split()
    ),
}
