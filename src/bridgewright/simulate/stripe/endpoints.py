"""Webhook endpoints, and the events that they and lists tell: https://docs.stripe.com/api/events,
as known in 2026-11."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.simulate.stripe.account import merged
from bridgewright.simulate.stripe.telling import minted
from bridgewright.simulate.stripe.trouble import invalid

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.account import Account
    from bridgewright.simulate.wire import Content

MOST = 16
"""Endpoints of an account."""
KEPT_S = 30 * 86_400
"""How long events are listed."""
_EVENT = re.compile(r"\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")


def create(account: Account, asked: Content) -> Content:
    """POST /v1/webhook_endpoints: the secret is in this answer, and in no other."""
    if len(account.books.all("we")) >= MOST:
        raise invalid(f"You have reached the maximum of {MOST} test webhook endpoints.")
    _check(asked)
    endpoint = account.books.add(
        "we",
        api_version=asked.get("api_version"),
        application=None,
        description=asked.get("description"),
        enabled_events=asked["enabled_events"],
        metadata=merged({}, asked),
        status="enabled",
        url=asked["url"],
    )
    secret = minted(endpoint["id"])
    account.telling.put(account.name, endpoint, secret)
    if asked.get("connect"):
        account.telling.connect(endpoint["id"])
    return endpoint | {"secret": secret.reveal()}


def update(account: Account, asked: Content, name: str) -> Content:
    """POST /v1/webhook_endpoints/:id; `disabled` turns it off and on again."""
    endpoint = account.books.get("we", name)
    _check(asked)
    simple = ("description", "enabled_events", "url")
    changes: dict[str, Any] = {field: asked[field] for field in simple if field in asked}
    if "disabled" in asked:
        changes["status"] = "disabled" if asked["disabled"] else "enabled"
    endpoint |= changes | {"metadata": merged(endpoint["metadata"], asked)}
    account.telling.put(account.name, endpoint, None)
    return endpoint


def delete(account: Account, asked: Content, name: str) -> Content:
    """DELETE /v1/webhook_endpoints/:id."""
    del asked
    account.books.get("we", name)
    account.telling.remove(name)
    return account.books.drop("we", name)


def event(account: Account, asked: Content, name: str) -> Content:
    """GET /v1/events/:id."""
    del asked
    return account.telling.pending([account.books.get("evt", name)])[0]


def page(account: Account, asked: Content) -> Content:
    """GET /v1/events: by `type`, which may end in `*`, or `types`, of the last 30 days."""
    if "type" in asked and "types" in asked:
        raise invalid("You may only specify one of these parameters: type, types.", "types")
    patterns = asked.get("types", [asked["type"]] if "type" in asked else None)
    since = account.now - KEPT_S
    delivered = asked.get("delivery_success")

    def wanted(each: Content) -> bool:
        told = patterns is None or any(fnmatchcase(each["type"], p) for p in patterns)
        if each["created"] < since or not told:
            return False
        if delivered is None:
            return True
        return (account.telling.pending([each])[0]["pending_webhooks"] == 0) is delivered

    found = account.books.page("evt", asked, "/v1/events", (), wanted)
    return found | {"data": account.telling.pending(found["data"])}


def _check(asked: Content) -> None:
    for index, pattern in enumerate(asked.get("enabled_events", ())):
        if not _EVENT.fullmatch(pattern):
            name = f"enabled_events[{index}]"
            raise invalid(f"Invalid {name}: must be the type of an event, or `*`", name)
    url = asked.get("url")
    if url is None:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        message = "Invalid URL: URL must be publicly accessible and begin with http:// or https://"
        raise invalid(message, "url", "url_invalid")
