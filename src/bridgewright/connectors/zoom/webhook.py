"""Zoom's signature, its check of our URL, and its events. Sources: README.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.connectors.zoom.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Answer, Coverage, Handshake, Verified
from bridgewright.core.signing import envelope
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import MacScheme, Part, Recipe, mac_scheme
from bridgewright.core.signing.webhook import PLAIN, Checked, Facts, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Greeting

RECIPE = Recipe(
    header=b"x-zm-signature",
    prefix=b"v0=",
    signed=(b"v0:", Part.TIME, b":", Part.BODY),
    time=b"x-zm-request-timestamp",
)
TOLERANCE_S = 7_200.0
"""Zoom prescribes none. It repeats for 85 minutes and does not say whether with a new time: two hours
lose no attempt, and what is played again within them is known as a duplicate, for it is the same."""

PLACES = Places(type=("event",), at="event_ts", at_ms=True)
"""No id: two people who join a meeting in one millisecond differ in the body alone."""

VALIDATION = "endpoint.url_validation"


@dataclass(frozen=True, slots=True)
class UrlValidation:
    """Zoom asks, when a URL is entered and every 72 hours, for a token signed with our secret."""

    scheme: MacScheme

    def before(self, delivery: Delivery) -> None:
        """Zoom asks nothing unsigned."""

    def after(self, delivery: Delivery) -> Handshake | None:
        """The token and its MAC, under the key that verified the question."""
        if VALIDATION.encode() not in delivery.body:  # most deliveries are not parsed twice
            return None
        body = envelope.parsed(delivery.body)
        payload = None if isinstance(body, str) else body.get("payload")
        if (
            isinstance(body, str)
            or body.get("event") != VALIDATION
            or not isinstance(payload, dict)
        ):
            return None
        token = envelope.clean(payload.get("plainToken"))
        found = self.scheme.verify(delivery, delivery.received_at)
        if token is None or not isinstance(found, Verified):
            return None
        mac = self.scheme.keyring.keys[found.key].digest(token.encode()).hex()
        answer = json.dumps({"plainToken": token, "encryptedToken": mac}).encode()
        return Handshake(Answer(200, answer, "application/json"))


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Greeting:
    """What Zoom asks beside its events."""
    return UrlValidation(mac_scheme("zoom", RECIPE, keys, terms, tolerance_s=TOLERANCE_S))


FACTS = Facts(
    title="Zoom",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="2 h both ways (Zoom prescribes none)",
    dedupe="the digest of the body: there is no id",
    event_type="`event`",
    handshake="`endpoint.url_validation`: the token and its MAC, again every 72 h",
    deadline="3 s",
    retries="three times: 5, 25 and 85 minutes later",
    sources=(
        "`@zoom/rivet` 0.4.0, read and run 2026-11-28",
        "Zoom's webhook sample, read 2026-11-28",
        "Zoom's pages of webhook delays and of URL validation, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`@zoom/rivet` accepted an example that is a test, and gave our answer to its challenge",
)

WEBHOOK = by_recipe(
    "zoom",
    secret_variable="ZOOM_WEBHOOK_SECRET_TOKEN",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    tolerance_s=TOLERANCE_S,
    greet=greet,
    key_what="the secret token of the app (Features, Access)",
)
