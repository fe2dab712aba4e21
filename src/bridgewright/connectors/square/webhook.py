"""Square's signature and its events. Sources: README.md."""

from __future__ import annotations

from bridgewright.connectors.square.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Encoding, Part, Recipe
from bridgewright.core.signing.urls import variants
from bridgewright.core.signing.webhook import Checked, Facts

RECIPE = Recipe(
    header=b"x-square-hmacsha256-signature",
    signed=(Part.URL, Part.BODY),
    encoding=Encoding.BASE64,
)
PLACES = Places(id=("event_id",), type=("type",), at="created_at")

FACTS = Facts(
    title="Square",
    coverage=Coverage.BODY | Coverage.URL,
    freshness="no time is signed",
    dedupe="`event_id`",
    event_type="`type`",
    deadline="10 s",
    retries="for up to 24 h (an older page says 72 h)",
    sources=(
        "`squareup` 46.0.0, read and run 2026-11-28",
        "Square's page of webhooks, as read 2026-08",
    ),
    checked=Checked.LIBRARY,
    how="`squareup` 46.0.0 verifies the delivery of our tests",
)

WEBHOOK = by_recipe(
    "square",
    secret_variable="SQUARE_WEBHOOK_SIGNATURE_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    key_what="the signature key of the webhook subscription",
    urls=variants,
)
