"""Paddle's signature and its events. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.paddle.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import text_key
from bridgewright.core.signing.timestamped import Layout, TimestampedScheme, sign_timestamped
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

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

LAYOUT = Layout(header=b"paddle-signature", time=b"ts", signature=b"h1", between=b";", joined=b":")
PLACES = Places(id=("event_id",), type=("event_type",), at="occurred_at")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the secret keys of a notification destination (`pdl_ntfset_…`)."""
    no_options("paddle", terms)
    within_s = freshness.tolerance("paddle", terms.tolerance_s)
    return TimestampedScheme(LAYOUT, keyring.bind("paddle", keys, text_key("sha256")), within_s)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as Paddle does; several keys make several `h1=` in one field, as during a rotation."""
    del message_id, url  # Paddle signs no id beside the body
    bound = keyring.bind("paddle", keys, text_key("sha256"))
    return Signed(sign_timestamped(LAYOUT, bound.keys, body, at), body)


FACTS = Facts(
    title="Paddle",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="300 s both ways (the vendor's libraries: 5 s)",
    dedupe="`event_id`",
    event_type="`event_type`",
    deadline="5 s",
    retries="live 60 times over 3 days; sandbox 3 times in 15 minutes",
    sources=(
        "`paddle-python-sdk` 1.16.1, read and run 2026-11-28",
        "Paddle's page of responding to webhooks, as read 2026-08",
    ),
    checked=Checked.LIBRARY,
    how="`paddle-python-sdk` 1.16.1 signed the delivery of our tests",
)

WEBHOOK = Webhook(
    provider="paddle",
    secret_variable="PADDLE_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    key_what="the secret key of the notification destination (pdl_ntfset_…)",
    signature_fields=(LAYOUT.header,),
)
