"""Linear's signature, the time inside what it signs, and its events. Sources: README.md."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.connectors.linear.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import MacScheme, Recipe, mac_scheme, sign_mac, text_key
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Signed,
    Terms,
    Webhook,
    no_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

RECIPE = Recipe(header=b"linear-signature")
TIME = "webhookTimestamp"
TOLERANCE_S = 60.0
"""What Linear's own verifier allows, both ways."""

PLACES = Places(
    id=("header:linear-delivery",),
    type=("type", "action"),
    at="createdAt",
    kept=(b"linear-delivery", b"linear-event"),
)
_MILLISECOND = 1_000
_LATEST_MS = 10**15


@dataclass(frozen=True, slots=True)
class DatedScheme:
    """Verifies a body by its MAC, and then the time that stands inside it."""

    mac: MacScheme
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with body and time covered, or why not. Never raises, whatever bytes come."""
        found = self.mac.verify(delivery, now)
        if not isinstance(found, Verified):
            return found
        at = _sent_at(delivery.body)
        if at is None:
            return Rejected(Reason.MALFORMED, f"the body has no {TIME} in whole milliseconds")
        age_s = seconds_between(at, now)
        fresh = Verified(found.key, found.coverage | Coverage.TIME, age_s)
        return freshness.judge(age_s, self.tolerance_s) or fresh


def _sent_at(text: bytes) -> Moment | None:
    body = envelope.parsed(text)
    value = body.get(TIME) if isinstance(body, dict) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LATEST_MS:
        return None
    return Moment(value * _MILLISECOND)


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the signing secret of a webhook (`lin_wh_…`), used as it is written."""
    no_options("linear", terms)
    asked = TOLERANCE_S if terms.tolerance_s is None else terms.tolerance_s
    within_s = freshness.tolerance("linear", asked)
    return DatedScheme(
        mac_scheme("linear", RECIPE, keys, replace(terms, tolerance_s=None)), within_s
    )


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Linear does, with the first key; `at` is written into the body, which must be a JSON
    object (`ValueError` otherwise): there is no other place for it."""
    del message_id, url  # Linear signs the body alone
    bound = keyring.bind("linear", keys, text_key(RECIPE.algorithm))
    value = envelope.parsed(body)
    if isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - the bytes are wrong, not their type
    sent = json.dumps(value | {TIME: at // _MILLISECOND}, separators=(",", ":")).encode()
    return Signed(sign_mac(RECIPE, bound.keys[0], sent), sent)


FACTS = Facts(
    title="Linear",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="60 s both ways, by `webhookTimestamp` in the body",
    dedupe="`Linear-Delivery`",
    event_type="`type` and `action`",
    deadline="5 s",
    retries="3: after 1 min, 1 h and 6 h",
    sources=(
        "`@linear/sdk` 98.0.0, read and run 2026-11-28",
        "Linear's page of webhooks, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`@linear/sdk` verified our example, and refused it with another byte",
)

WEBHOOK = Webhook(
    provider="linear",
    secret_variable="LINEAR_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    key_what="the signing secret of the webhook (Settings, API)",
    signature_fields=(RECIPE.header,),
)
