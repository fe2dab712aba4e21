"""The script that can be run against Stripe itself, run against the simulator."""

from __future__ import annotations

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.stripe.simulator import StripeSimulator
from tests.scripts import stripe

EXPECTED = {
    "a customer is changed": ("Jenny", {"b": "2"}),
    "a payment is charged": ("succeeded", 4_900, "visa", "4242"),
    "a hold is captured in part": ("requires_capture", "succeeded", 900),
    "a charge is refunded in part": ("succeeded", 900, False),
    "events tell of it": ["event"],
    "a subscription is paid for": ("active", "paid", 2_000),
    "its invoice names the payment": "payment_intent",
    "it is to end": (True, "active"),
    "it is of more": (3, True),
    "it has ended": "canceled",
    "a session is open": ("open", "unpaid", 1_400),
    "it lists what it sells": [("Tea", 1_400)],
    "it is closed": ("expired", None),
    "a card is declined": (
        402,
        "card_declined",
        "generic_decline",
        None,
        "Your card was declined.",
    ),
    "a card has no money": (
        402,
        "card_declined",
        "insufficient_funds",
        None,
        "Your card has insufficient funds.",
    ),
    "too little": (400, "amount_too_small", None, "amount", "Amount must be at least €0.50 eur"),
    "no currency": (
        400,
        "parameter_missing",
        None,
        "currency",
        "Missing required param: currency.",
    ),
    "a slip": (
        400,
        "parameter_unknown",
        None,
        "curency",
        "Received unknown parameter: curency. Did you mean currency?",
    ),
    "nobody": (404, "resource_missing", None, "id", "No such customer: 'cus_…'"),
    "of nobody": (400, "resource_missing", None, "customer", "No such customer: 'cus_…'"),
}


def test_the_script_sees_what_it_would_see_at_stripe() -> None:
    with StripeSimulator(VirtualClock(1_800_000_000.0)) as simulator:
        steps = stripe.run(simulator.start(), {"STRIPE_SECRET_KEY": "sk_test_script"})
    assert {step.name: step.seen for step in steps} == EXPECTED
