"""Bitbucket Cloud's signature and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.bitbucket.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(header=b"x-hub-signature", prefix=b"sha256=")
PLACES = Places(
    id=("header:x-request-uuid",),
    type=("header:x-event-key",),
    kept=(b"x-event-key", b"x-hook-uuid", b"x-request-uuid", b"x-attempt-number"),
)

FACTS = Facts(
    title="Bitbucket Cloud",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`X-Request-UUID`",
    event_type="`X-Event-Key`",
    deadline="10 s",
    retries="two more attempts after 5xx",
    sources=(
        "Bitbucket Cloud's page of managing webhooks, as read 2026-08",
        "its page of troubleshooting webhooks, as read 2026-11-29",
        "its published example, recomputed 2026-11-28",
    ),
    checked=Checked.VECTOR,
    how="Atlassian's published example is a test",
)

WEBHOOK = by_recipe(
    "bitbucket",
    secret_variable="BITBUCKET_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the secret that was entered when the hook was made",
    order=("repository.uuid",),
)
