"""Typeform's signature and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.typeform.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Encoding, Recipe
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(header=b"typeform-signature", prefix=b"sha256=", encoding=Encoding.BASE64)
PLACES = Places(id=("event_id",), type=("event_type",), at="form_response.submitted_at")

FACTS = Facts(
    title="Typeform",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`event_id`",
    event_type="`event_type`",
    deadline="30 s",
    retries="408, 423, 429, 503: for 10 h; other failures: some times over hours; 404 and 410: none",
    sources=(
        "Typeform's page of securing webhooks, as read 2026-11-28",
        "Typeform's page of webhooks, as read 2026-11-29",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the page that describes the field, its digest and its key; OpenSSL signs what we verify",
)

WEBHOOK = by_recipe(
    "typeform",
    secret_variable="TYPEFORM_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the secret that was set on the webhook",
)
