"""PagerDuty's signatures, one for each live secret, and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.pagerduty.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(header=b"x-pagerduty-signature", prefix=b"v1=", separator=b",")
PLACES = Places(
    id=("event.id",),
    type=("event.event_type",),
    at="event.occurred_at",
    kept=(b"x-webhook-id",),
)

FACTS = Facts(
    title="PagerDuty (V3)",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`event.id`",
    event_type="`event.event_type`",
    deadline="5 s; 16 s of custom incident actions",
    retries="4 more within 20 minutes after 5xx and 429; after other 4xx none",
    sources=(
        "PagerDuty's own `developer-docs`: signatures, behaviour, overview, as read 2026-11-29",
        "PagerDuty's own `go-pagerduty`, `webhookv3`, read 2026-11-29",
    ),
    checked=Checked.VECTOR,
    how="a signature out of the tests of PagerDuty's own library verifies",
)

WEBHOOK = by_recipe(
    "pagerduty",
    secret_variable="PAGERDUTY_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the secret that the webhook subscription was answered with",
)
