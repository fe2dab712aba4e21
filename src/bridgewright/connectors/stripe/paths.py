"""The words of Stripe's paths, and how an operation is named by them.

Everything else in a path is somebody's: ids of Stripe's, and ids that users chose (coupons, plans,
products). Names are built from these closed lists alone, so there are never many of them, and nothing
personal reaches a log by them.
"""

from __future__ import annotations

NOUNS = frozenset(
    """
    account account_links account_sessions account_tokens accounts active_entitlements
    adjustments alerts amount_details_line_items apple_pay application_fees apps
    associations authentications authorizations balance balance_settings
    balance_transactions billing billing_portal calculations capabilities cardholders
    cards cash_balance cash_balance_transactions charges checkout climate commerce
    computed_upfront_line_items configurations confirmation_tokens connection_tokens
    contents core country_specs coupons credit_balance_summary credit_balance_transactions
    credit_grants credit_notes credit_reversals customer_sessions customers
    debit_reversals discount disputes domains early_fraud_warnings entitlements
    ephemeral_keys event_destinations event_summaries events exchange_rates
    external_accounts features feedback_options file_links files financial_accounts
    financial_addresses financial_connections forwarding fraud_challenges
    funding_instructions gb_bank_accounts identity imports inbound_transfers installs
    invoice_payments invoice_rendering_templates invoiceitems invoices issuing line_items
    lines locations login_links mandates meter_event_adjustments meter_event_session
    meter_event_stream meter_events meters money_management oauth onboarding_links orders
    outbound_payments outbound_setup_intents outbound_transfers owners
    payment_attempt_records payment_evaluations payment_intents payment_links
    payment_method_configurations payment_method_domains payment_methods payment_records
    payout_intents payout_methods payout_methods_bank_account_spec payouts person_tokens
    personalization_designs persons physical_bundles plans prices product_catalog products
    promotion_codes quotes radar readers received_credits received_debits
    recipient_verifications refunds registrations report_runs report_types reporting
    requests reversals reviews scheduled_query_runs secrets sessions settings
    setup_attempts setup_intents shipping shipping_rates sigma source_transactions sources
    subscription_items subscription_schedules subscriptions suppliers tax tax_codes
    tax_ids tax_rates terminal test_clocks test_helpers three_d_secure tokens topups
    transaction_entries transactions transfers treasury trial_offers upcoming
    us_bank_accounts value_list_items value_lists vault verification_reports
    verification_sessions webhook_endpoints
    """.split()
)
"""What Stripe keeps: the words of every path in `stripe` 16.1.0 that are not in `VERBS`, read
2026-11-23."""

VERBS = frozenset(
    """
    accept acknowledge activate add_lines advance apply_customer_balance approve archive
    attach attach_payment cancel cancel_action capture close collect_inputs
    collect_payment_method confirm confirm_microdeposits confirm_payment_intent
    create_force_capture create_from_calculation create_preview create_reversal
    create_unlinked_refund credit deactivate deauthorize decline delete deliver detach
    disable disconnect enable expire fail finalize finalize_amount find fund_cash_balance
    increment increment_authorization mark_uncollectible migrate pause pay pdf ping post
    present_payment_method preview process_payment_intent process_setup_intent reactivate
    redact refresh refresh_fx_quote refresh_recipient_verification
    refresh_regulatory_receipt refund refund_payment reject release remove_lines
    report_payment report_payment_attempt report_payment_attempt_canceled
    report_payment_attempt_failed report_payment_attempt_guaranteed
    report_payment_attempt_informational report_refund respond resume return reverse
    search send send_microdeposits set_reader_display ship submit subscribe succeed
    succeed_input_collection timeout_input_collection token unarchive uninstall unreject
    unsubscribe update_lines validate verify verify_microdeposits void
    """.split()
)
"""What is done to it: the words that such paths end in."""

SINGLE = frozenset({"balance_settings", "cash_balance", "settings"})
"""There is one of each, whatever their names look like."""


def named(method: str, path: str) -> str:
    """An operation's name, as the SDK would call it: `POST /v1/payment_intents/pi_1/confirm` is
    `payment_intents.confirm`. Words that are not in the lists, ids above all, are left out."""
    segments = [each for each in path.split("/") if each]
    if segments and segments[0] in ("v1", "v2"):
        del segments[0]
    words = [each for each in segments if each in NOUNS or each in VERBS]
    if not words or segments[-1] not in VERBS:
        last = segments[-1] if segments else ""
        words.append(_done(method, last if last in NOUNS else ""))
    return ".".join(words[:_LONGEST])


def _done(method: str, noun: str) -> str:
    """What a method does to the thing of that noun, or, without one, to the thing of an id."""
    if method == "DELETE":
        return "delete"
    several = noun.endswith("s") and noun not in SINGLE
    if method == "GET":
        return "list" if several else "retrieve"
    return "update" if not noun or noun in SINGLE else "create"


_LONGEST = 6
"""Words of a name; no path of Stripe's has more."""
