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
    dedupe="`Request-ID`",
    event_type="`Sentry-Hook-Resource` and `action`",
    deadline="1 s",
    retries="none documented; many failures disable the integration's hook",
    sources=(
        "Sentry's page of integration platform webhooks, as read 2026-11-28",
        "third-party pages, as read 2026-08",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the page that describes the fields and shows how to verify; OpenSSL signs what we verify",
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
