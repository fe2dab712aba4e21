"""GoCardless's signature, and its events: several in one delivery. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.connectors.gocardless.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Envelope

RECIPE = Recipe(header=b"webhook-signature")
KEPT = (b"content-type", b"user-agent")


def read(delivery: Delivery) -> Envelope:
    """Each of `events` by itself: its own `id` is the key, resource and action are the type."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    events = body.get("events")
    if not isinstance(events, list) or not events:
        return envelope.unreadable(delivery, "the delivery has no list of events", KEPT)
    notices = [_notice(delivery, event) for event in events]
    whole = tuple(notice for notice in notices if notice is not None)
    if len(whole) < len(notices):
        return envelope.unreadable(delivery, "an event has no usable id, resource or action", KEPT)
    return Readable(whole)


def _notice(delivery: Delivery, event: Any) -> Notice | None:
    if not isinstance(event, dict):
        return None
    event_id = envelope.clean(event.get("id"))
    event_type = envelope.clean(f"{event.get('resource_type')}.{event.get('action')}")
    named = isinstance(event.get("resource_type"), str) and isinstance(event.get("action"), str)
    content = envelope.written(event)
    if event_id is None or event_type is None or not named or content is None:
        return None
    return Notice(
        key=event_id,
        event_type=event_type,
        body=content,
        event_id=event_id,
        occurred_at=envelope.occurred_at(event.get("created_at")),
        headers=envelope.kept(delivery.headers, KEPT),
    )


def wrap(event: bytes) -> bytes:
    """`events` with one of them."""
    return b'{"events":[%b]}' % event


FACTS = Facts(
    title="GoCardless",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`id` of each event",
    event_type="`resource_type` and `action`",
    batch="`events`, one item for each",
    deadline="10 s",
    retries="up to 8 times, with growing waits",
    sources=(
        "`gocardless_pro` 3.22.0, read and run 2026-11-28",
        "GoCardless's page of retries and failures, as read 2026-11-29",
    ),
    checked=Checked.LIBRARY,
    how="`gocardless_pro` 3.22.0 verifies the delivery of our tests",
)

WEBHOOK = by_recipe(
    "gocardless",
    secret_variable="GOCARDLESS_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    key_what="the secret of the webhook endpoint",
    wrap=wrap,
)
