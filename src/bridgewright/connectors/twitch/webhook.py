"""Twitch's signature, its handshake and its events: sometimes several in one delivery. Sources: README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.connectors.twitch.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Answer, Coverage, Handshake, Notice, Readable
from bridgewright.core.signing import envelope
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.recipe import Clock, Part, Recipe
from bridgewright.core.signing.webhook import Checked, Facts

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Envelope

MESSAGE_ID = b"twitch-eventsub-message-id"
MESSAGE_TYPE = b"twitch-eventsub-message-type"
SENT_AT = b"twitch-eventsub-message-timestamp"
RECIPE = Recipe(
    header=b"twitch-eventsub-message-signature",
    prefix=b"sha256=",
    signed=(Part.ID, Part.TIME, Part.BODY),
    time=SENT_AT,
    clock=Clock.RFC3339,
    id=MESSAGE_ID,
)
TOLERANCE_S = 600.0
"""Twitch itself says ten minutes."""
KEPT = (b"content-type", MESSAGE_ID, MESSAGE_TYPE, b"twitch-eventsub-message-retry", b"user-agent")
_REVOCATION = "revocation"


def read(delivery: Delivery) -> Envelope:
    """A challenge, answered; a revocation; one event, or each of `events`.

    The body says which it is, for it is signed and the field that names it is not.
    """
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    held = body.get("subscription")
    subscription = held if isinstance(held, dict) else {}
    if "challenge" in body and not {"event", "events"} & body.keys():
        return _challenge(delivery, body)
    message_id = envelope.sole_text(delivery.headers, MESSAGE_ID)
    event_type = _event_type(body, subscription)
    if message_id is None or event_type is None:
        return envelope.unreadable(delivery, "no usable message id or subscription type", KEPT)
    events = body.get("events")
    if isinstance(events, list) and events:
        return _batch(delivery, body, events, event_type)
    return Readable((_notice(delivery, message_id, event_type, delivery.body),))


def _event_type(body: dict[str, Any], subscription: dict[str, Any]) -> str | None:
    """The subscription's type; `revocation` where there is no event, and it is not enabled."""
    if {"event", "events"} & body.keys():
        return envelope.clean(subscription.get("type"))
    status = envelope.clean(subscription.get("status"))
    return None if status in {None, "enabled"} else _REVOCATION


def _challenge(delivery: Delivery, body: dict[str, Any]) -> Envelope:
    challenge = envelope.clean(body.get("challenge"))
    if challenge is None:
        return envelope.unreadable(delivery, "the challenge is not text", KEPT)
    return Handshake(Answer(200, challenge.encode(), "text/plain"))


def _batch(delivery: Delivery, body: dict[str, Any], events: list[Any], named: str) -> Envelope:
    """Each event in the envelope it came in, alone; its own id is the key."""
    notices = []
    for event in events:
        event_id = envelope.clean(event.get("id")) if isinstance(event, dict) else None
        alone = {key: value for key, value in body.items() if key != "events"} | {"events": [event]}
        content = envelope.written(alone)
        if event_id is None or content is None:
            return envelope.unreadable(delivery, "one of the events has no usable id", KEPT)
        notices.append(_notice(delivery, event_id, named, content))
    return Readable(tuple(notices))


def _notice(delivery: Delivery, event_id: str, event_type: str, body: bytes) -> Notice:
    return Notice(
        key=event_id,
        event_type=event_type,
        body=body,
        event_id=event_id,
        occurred_at=envelope.occurred_at(envelope.sole_text(delivery.headers, SENT_AT)),
        headers=envelope.kept(delivery.headers, KEPT),
    )


FACTS = Facts(
    title="Twitch EventSub",
    coverage=Coverage.BODY | Coverage.TIME | Coverage.ID,
    freshness="600 s both ways",
    dedupe="the signed message id; in a batch each event's `id`",
    event_type="`subscription.type`; `revocation`",
    handshake="`webhook_callback_verification`: the challenge in plain text",
    batch="`events` of some types, one item for each",
    answer="204",
    deadline="5 s, which we count for the few seconds that Twitch speaks of",
    retries="some; then the subscription is revoked (`notification_failures_exceeded`)",
    sources=(
        "`twitchAPI` 4.5.0, read and run 2026-11-28",
        "Twitch's own `twitch-cli`, its forwarding of events, read 2026-11-28",
        "Twitch's pages of EventSub and its webhooks, as read 2026-11-28",
        "`@twurple/eventsub-http` 8.1.4, read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="as Twitch's `twitch-cli` signs, read; `twitchAPI` 4.5.0 accepted our example",
)

WEBHOOK = by_recipe(
    "twitch",
    secret_variable="TWITCH_EVENTSUB_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    tolerance_s=TOLERANCE_S,
    key_what="the secret that the subscription was made with (10 to 100 characters)",
)
