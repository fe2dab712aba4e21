"""Razorpay's signature and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.razorpay.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(header=b"x-razorpay-signature")
PLACES = Places(
    id=("header:x-razorpay-event-id",),
    type=("event",),
    at="created_at",
    kept=(b"x-razorpay-event-id",),
)

FACTS = Facts(
    title="Razorpay",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`X-Razorpay-Event-Id`",
    event_type="`event`",
    deadline="not checked",
    retries="with growing waits for 24 h, then the webhook is disabled",
    sources=(
        "`razorpay` 2.0.1, read and run 2026-11-28",
        "Razorpay's pages of best practices and questions, as read 2026-11-29",
        "third-party pages, as read 2026-11-29",
    ),
    checked=Checked.LIBRARY,
    how="`razorpay` 2.0.1 verifies the delivery of our tests",
)

WEBHOOK = by_recipe(
    "razorpay",
    secret_variable="RAZORPAY_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the secret that was entered for the webhook",
)
