"""Telegram's secret token and its updates. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.connectors.telegram.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope, keyring
from bridgewright.core.signing.bearer import bearer_scheme
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

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme

TOKEN = b"x-telegram-bot-api-secret-token"
KEPT = (b"content-type", b"user-agent")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the `secret_token` that was given to `setWebhook`."""
    no_options("telegram", terms)
    return bearer_scheme("telegram", TOKEN, keys, terms)


def read(delivery: Delivery) -> Envelope:
    """One update: `update_id` is its key; its type is the one field beside that (`message`, …)."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    number = body.get("update_id")
    kinds = [kind for kind in map(envelope.clean, body) if kind not in (None, "update_id")]
    whole = isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**63
    if not whole or len(kinds) != 1 or kinds[0] is None:
        return envelope.unreadable(delivery, "no update_id, or not one kind of update", KEPT)
    inner = body.get(kinds[0])
    notice = Notice(
        key=str(number),
        event_type=kinds[0],
        body=delivery.body,
        event_id=str(number),
        occurred_at=envelope.occurred_at(inner.get("date") if isinstance(inner, dict) else None),
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Prove it as Telegram does: by the token itself."""
    del message_id, at, url  # nothing is signed
    [token] = keyring.bind("telegram", keys[:1], keyring.verbatim)
    return Signed(((TOKEN, token),), body)


FACTS = Facts(
    title="Telegram bots",
    coverage=Coverage.NOTHING,
    freshness="no time is signed",
    dedupe="`update_id`",
    event_type="the kind of update: `message`, `callback_query`, …",
    deadline="not published",
    retries="with growing waits, or after `Retry-After` (at most 1 h), for 24 h",
    sources=(
        "Telegram's Bot API, setWebhook and Update, as read 2026-11-28",
        "Telegram's own `telegram-bot-api`, `WebhookActor.cpp`, read 2026-11-29",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the page that describes the field, and the server that sends it",
    weak="the token comes in clear, and nothing else is bound",
)

WEBHOOK = Webhook(
    provider="telegram",
    secret_variable="TELEGRAM_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    key_what="the secret_token that was given to setWebhook",
    signature_fields=(TOKEN,),
)
