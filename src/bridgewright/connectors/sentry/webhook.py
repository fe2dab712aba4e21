"""Sentry's signature and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.sentry.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(header=b"sentry-hook-signature")
PLACES = Places(
    id=("header:request-id",),
    type=("header:sentry-hook-resource", "action"),
    at="header:sentry-hook-timestamp",
    kept=(b"request-id", b"sentry-hook-resource", b"sentry-hook-timestamp"),
)

FACTS = Facts(
    title="Sentry",
    coverage=Coverage.BODY,
    freshness="no time is signed (`Sentry-Hook-Timestamp` stands beside the signature)",
    dedupe="`Request-ID`, which a repeated attempt does not share",
    event_type="`Sentry-Hook-Resource` and `action`",
    deadline="1 s",
    retries="published integrations: 3 more times, 5 min apart, unless 4xx; internal ones: none",
    sources=(
        "Sentry's page of integration platform webhooks, as read 2026-11-28",
        "Sentry's own source, `app_platform_event.py`, `webhooks.py` and `tasks`, read 2026-11-29",
        "Sentry's changelog of 2023-10-03, as read 2026-11-29",
    ),
    checked=Checked.DOCUMENTATION,
    how="by Sentry's own source and the page that shows how to verify; OpenSSL signs what we verify",
)

WEBHOOK = by_recipe(
    "sentry",
    secret_variable="SENTRY_CLIENT_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the integration's client secret",
)
