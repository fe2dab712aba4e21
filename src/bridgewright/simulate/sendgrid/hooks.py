"""Event Webhooks: where events are posted, which, and whether signed.
https://www.twilio.com/docs/sendgrid/api-reference/webhooks, read 2026-11."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.model.secret import Secret
from bridgewright.simulate.dispatch import Endpoint, Message
from bridgewright.simulate.sendgrid.account import HEADERS
from bridgewright.simulate.sendgrid.asked import flag_in, text_in
from bridgewright.simulate.sendgrid.trouble import (
    Complaint,
    TroubleError,
    given,
    missing,
    unsimulated,
    wrong,
)
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.sendgrid.account import Account
    from bridgewright.simulate.sendgrid.asked import Asked
    from bridgewright.simulate.wire import Content

MOST = 5
EVENTS = {
    "bounce": "bounce",
    "click": "click",
    "deferred": "deferred",
    "delivered": "delivered",
    "dropped": "dropped",
    "group_resubscribe": "group_resubscribe",
    "group_unsubscribe": "group_unsubscribe",
    "open": "open",
    "processed": "processed",
    "spam_report": "spamreport",
    "unsubscribe": "unsubscribe",
}
"""The settings of a webhook, and the event that each lets through."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook; `wanted` are names of settings, `key` what it signs with, where it signs."""

    id: str
    url: str
    wanted: frozenset[str]
    created_at_s: float
    updated_at_s: float
    enabled: bool = True
    friendly_name: str = ""
    key: Secret | None = None
    public_key: str = field(default="", repr=False)


def shown(hook: Hook) -> Content:
    """A webhook as the API shows it."""
    content: Content = {
        "id": hook.id,
        "enabled": hook.enabled,
        "url": hook.url,
        "friendly_name": hook.friendly_name,
        "created_date": _written(hook.created_at_s),
        "updated_date": _written(hook.updated_at_s),
    }
    content |= {name: name in hook.wanted for name in EVENTS}
    if hook.public_key:
        content["public_key"] = hook.public_key
    return content


def create(account: Account, asked: Asked) -> Reply:
    """Add a webhook, unsigned."""
    content = asked.content()
    if len(account.hooks) >= MOST:
        raise wrong(
            "You have reached the maximum number of webhooks per your current billing plan."
        )
    number, now = account.number(), account.now()
    blank = Hook(f"{number:08x}-2222-4222-8222-{number:012x}", "", frozenset(), now, now)
    hook = _changed(account, blank, content)
    _keep(account, hook)
    return given(shown(hook), HTTPStatus.CREATED)


def listed(account: Account, asked: Asked) -> Reply:
    """All webhooks."""
    del asked
    hooks = [shown(each) for each in account.hooks.values()]
    return given({"max_allowed": MOST, "webhooks": hooks})


def fetch(account: Account, asked: Asked, hook: str = "") -> Reply:
    """One webhook; the oldest, where none is named."""
    del asked
    return given(shown(_one(account, hook)))


def update(account: Account, asked: Asked, hook: str = "") -> Reply:
    """Change one webhook; the oldest, where none is named."""
    found = _one(account, hook)
    changed = _changed(account, found, asked.content())
    _keep(account, replace(changed, updated_at_s=account.now()))
    return given(shown(account.hooks[found.id]))


def delete(account: Account, asked: Asked, hook: str) -> Reply:
    """Take a webhook away."""
    del asked
    found = _one(account, hook)
    del account.hooks[found.id]
    account.dispatch.remove(found.id)
    return Reply(HTTPStatus.NO_CONTENT)


def sign(account: Account, asked: Asked, hook: str = "") -> Reply:
    """Have a webhook sign what it posts, or not; the key to verify by is kept when it is switched
    off and on again."""
    found = _one(account, hook)
    content = asked.content()
    if "enabled" not in content:
        raise wrong("enabled is required", "enabled")
    signing = flag_in(content, "enabled")
    key, public_key = _keys(found.id) if signing else (None, "")
    _keep(account, replace(found, key=key, public_key=public_key))
    return given({"id": found.id, "public_key": public_key})


def signing_key(account: Account, asked: Asked, hook: str = "") -> Reply:
    """The key to verify a webhook by: "" where it does not sign."""
    del asked
    found = _one(account, hook)
    return given({"id": found.id, "public_key": found.public_key})


def test(account: Account, asked: Asked) -> Reply:
    """Post one made-up event of each kind to a URL, unsigned, once."""
    url = text_in(asked.content(), "url")
    if not _is_url(url):
        raise wrong(f"'{url}' is not a valid url")
    number, now = account.number(), int(account.now())
    common = {"email": "example@test.com", "timestamp": now, "category": ["cat facts"]}
    events = [
        common | {"event": event, "sg_event_id": f"test_{number}_{event}", "sg_message_id": "test"}
        for event in EVENTS.values()
    ]
    body = json.dumps(events, separators=(",", ":")).encode()
    endpoint = Endpoint(f"test_{number}", url, events=())
    account.dispatch.tell_one(endpoint, Message(f"test_{number}", "test", body, HEADERS))
    return Reply(HTTPStatus.NO_CONTENT)


def _one(account: Account, ident: str) -> Hook:
    found = account.hooks.get(ident) if ident else next(iter(account.hooks.values()), None)
    if found is None:
        raise missing("Invalid id provided.")
    return found


def _changed(account: Account, hook: Hook, content: Content) -> Hook:
    for name in ("oauth_client_id", "oauth_client_secret", "oauth_token_url"):
        if content.get(name):
            raise unsimulated("OAuth of an Event Webhook")
    url = text_in(content, "url", hook.url)
    if not _is_url(url):
        raise wrong(f"'{url}' is not a valid url")
    if any(each.url == url and each.id != hook.id for each in account.hooks.values()):
        message = f"Webhook at '{url}' already exists. Please provide a unique URL."
        raise TroubleError(HTTPStatus.BAD_REQUEST, Complaint(message))
    wanted = {name for name in EVENTS if flag_in(content, name, otherwise=name in hook.wanted)}
    return replace(
        hook,
        url=url,
        wanted=frozenset(wanted),
        enabled=flag_in(content, "enabled", otherwise=hook.enabled),
        friendly_name=text_in(content, "friendly_name", hook.friendly_name),
    )


def _keep(account: Account, hook: Hook) -> None:
    account.hooks[hook.id] = hook
    secrets = () if hook.key is None else (hook.key,)
    events = tuple(EVENTS[name] for name in sorted(hook.wanted))
    account.dispatch.put(Endpoint(hook.id, hook.url, events, secrets, on=hook.enabled))


def _keys(ident: str) -> tuple[Secret, str]:
    """A private key and its public one, in base64: the same for the same webhook, so that a run can
    be repeated. They protect nothing but tests."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - large, and seldom needed
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    number = int.from_bytes(hashlib.sha256(f"event webhook {ident}".encode()).digest()[:31]) + 1
    key = ec.derive_private_key(number, ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Secret(base64.b64encode(private).decode()), base64.b64encode(public).decode()


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text.isprintable()


def _written(at_s: float) -> str:
    return datetime.fromtimestamp(int(at_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
