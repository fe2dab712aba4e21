"""Intercom's signature and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.intercom.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(header=b"x-hub-signature", prefix=b"sha1=", algorithm="sha1")
PLACES = Places(id=("id",), type=("topic",), at="created_at")

FACTS = Facts(
    title="Intercom",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`id`",
    event_type="`topic`",
    deadline="5 s by third-party pages",
    retries="more than 1,000 errors in 15 min pause the hook, 7 days of errors suspend it",
    sources=(
        "Intercom's page of signed notifications, as read 2026-11-28",
        "third-party pages, as read 2026-08",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the page that describes the field, its digest and its key; OpenSSL signs what we verify",
)

WEBHOOK = by_recipe(
    "intercom",
    secret_variable="INTERCOM_CLIENT_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the app's client secret (Developer Hub, Basic information)",
)
