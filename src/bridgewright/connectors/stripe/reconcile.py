"""Asking Stripe for events: its list of them, 30 days deep. Sources: README.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bridgewright.connectors.stripe.webhook import read
from bridgewright.core.lifecycle.routes import matches
from bridgewright.core.model.call import Request
from bridgewright.core.model.inbound import Delivery, Headers, Readable
from bridgewright.core.model.moment import Moment
from bridgewright.core.model.reconciling import Listed, Page, Reconciler, unlike
from bridgewright.core.signing import envelope

if TYPE_CHECKING:
    from bridgewright.core.model.call import Pairs, Response
    from bridgewright.core.model.inbound import Notice
    from bridgewright.core.model.reconciling import Place, Window

PAGE = 100
KEEPS_S = 30 * 86_400.0
_MICROSECONDS = 1_000_000
_JSON = Headers.of({"content-type": "application/json"})


def begin(window: Window, place: Place) -> tuple[Request, ...]:
    """The newest page of the events created inside the window."""
    return (_asking(window, place),)


def page(response: Response, request: Request, window: Window, place: Place) -> Page:
    """The events of one page, each as its webhook would have carried it."""
    del request
    found = envelope.parsed(response.body)
    if isinstance(found, str):
        raise unlike(found)
    rows = found.get("data")
    if not isinstance(rows, list):
        raise unlike("the list of events has no data")
    listed = tuple(_listed(row) for row in rows)
    following = None
    if found.get("has_more") is True and listed:
        following = _asking(window, place, after=listed[-1].key)
    wanted = [each.strip() for each in place.wanted.get("events", "*").split(",")]
    chosen = tuple(
        each for each in listed if any(matches(pattern, each.event_type) for pattern in wanted)
    )
    return Page(chosen, following, listed[-1].at if listed else None)


def headers(place: Place) -> Pairs:
    """The key, and whose account and which version the connection speaks of."""
    fields = [("authorization", f"Bearer {place.secrets['api_key'].reveal()}")]
    account = place.account or place.options.get("account", "")
    if account:
        fields.append(("stripe-account", account))
    if "api_version" in place.options:
        fields.append(("stripe-version", place.options["api_version"]))
    return tuple(fields)


def _asking(window: Window, place: Place, after: str = "") -> Request:
    asked: dict[str, object] = {"limit": PAGE, "created[gte]": window.since // _MICROSECONDS}
    if window.until is not None:
        asked["created[lte]"] = -(-window.until // _MICROSECONDS)
    if after:
        asked["starting_after"] = after
    url = f"{place.base_url}/v1/events?{urlencode(asked)}"
    return Request("GET", url, (("accept", "application/json"),))


def _listed(row: Any) -> Listed:
    """An event of the list is the JSON that its webhook would have held, though not byte for byte."""
    if not isinstance(row, dict) or row.get("object") != "event":
        raise unlike("the list of events holds something else")
    body = json.dumps(row, allow_nan=False).encode()
    readable = read(Delivery("stripe", _JSON, body, Moment(0)))
    notice: Notice | None = readable.notices[0] if isinstance(readable, Readable) else None
    if notice is None or notice.occurred_at is None:
        raise unlike("the list of events holds one without id, type or time")
    at = notice.occurred_at
    return Listed(notice.key, at, notice.event_type, notice.event_id, notice=notice)


RECONCILER = Reconciler(provider="stripe", begin=begin, page=page, keeps_s=KEEPS_S, headers=headers)
