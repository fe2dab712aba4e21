"""Asking GitHub for a hook's deliveries: three days of them, each brought by itself. Sources: README.md."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bridgewright.connectors.github.webhook import HOOK, read
from bridgewright.core.errors import ConfigurationError
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
KEEPS_S = 3 * 86_400.0
_ASKED_WITH: Pairs = (
    ("accept", "application/vnd.github+json"),
    ("x-github-api-version", "2022-11-28"),
)
_NEXT = re.compile(r'<([^<>]{1,4096})>\s*;\s*rel="next"')
_MARKS = ("user-agent", "x-github-hook-id")
_PARSED_BYTES = 26 * 1_048_576


def begin(window: Window, place: Place) -> tuple[Request, ...]:
    """The newest page of the deliveries of this source's hook. GitHub knows no window: the pages are
    read until they are older."""
    del window
    return (_asking(place),)


def page(response: Response, request: Request, window: Window, place: Place) -> Page:
    """The deliveries of one page; a guid that was delivered again stands there more than once."""
    del request
    rows = _parsed(response.body)
    if not isinstance(rows, list):
        raise unlike("the list of deliveries is no list")
    listed = tuple(_listed(row, place) for row in rows)
    oldest = listed[-1].at if listed else None
    cursor = _cursor(response)
    past = oldest is not None and oldest < window.since
    following = None if cursor is None or past or not listed else _asking(place, cursor)
    return Page(listed, following, oldest)


def bring(listed: Listed, response: Response) -> Notice:
    """What was sent in a delivery, read as the webhook would have been.

    GitHub keeps the payload parsed: its JSON is the same, its bytes are not.
    """
    found = _parsed(response.body)
    request = found.get("request") if isinstance(found, dict) else None
    payload = request.get("payload") if isinstance(request, dict) else None
    if (
        not isinstance(found, dict)
        or not isinstance(payload, dict)
        or not isinstance(request, dict)
    ):
        raise unlike("the delivery holds no payload")
    fields = [
        ("content-type", "application/json"),
        ("x-github-event", str(found.get("event"))),
        ("x-github-delivery", listed.key),
        *_marks(request.get("headers")),
    ]
    body = json.dumps(payload, allow_nan=False).encode()
    envelope_read = read(Delivery("github", Headers.of(fields), body, Moment(0)))
    if found.get("guid") != listed.key or not isinstance(envelope_read, Readable):
        raise unlike("the delivery is not the one that was listed")
    return replace(envelope_read.notices[0], occurred_at=listed.at)


def _asking(place: Place, cursor: str = "") -> Request:
    asked: dict[str, object] = {"per_page": PAGE} | ({"cursor": cursor} if cursor else {})
    return Request("GET", f"{_deliveries(place)}?{urlencode(asked)}", _ASKED_WITH)


def _deliveries(place: Place) -> str:
    hook = place.wanted.get("hook", "")
    if not HOOK.fullmatch(hook):
        problem = "GitHub is asked for the deliveries of one hook, and this source names none"
        remedy = '[sources.github.options] hook = "repos/OWNER/REPO/hooks/ID", or app/hook'
        raise ConfigurationError(problem, remedy=remedy)
    return f"{place.base_url}/{hook}/deliveries"


def _listed(row: Any, place: Place) -> Listed:
    """One delivery; the time is that of the attempt to deliver it."""
    known = row if isinstance(row, dict) else {}
    number, guid = known.get("id"), envelope.clean(known.get("guid"))
    event, at = envelope.clean(known.get("event")), envelope.occurred_at(known.get("delivered_at"))
    usable = isinstance(number, int) and not isinstance(number, bool)
    if not usable or guid is None or event is None or at is None:
        raise unlike("the list of deliveries holds one without id, guid, event or time")
    action = envelope.clean(known.get("action"))
    event_type = event if action is None else f"{event}.{action}"
    request = Request("GET", f"{_deliveries(place)}/{number}", _ASKED_WITH)
    return Listed(guid, at, event_type, guid, bring=request)


def _cursor(response: Response) -> str | None:
    """The cursor of the next page. Nothing else of the link is used: requests go to no other place."""
    found = _NEXT.search(response.header("link") or "")
    values = parse_qs(urlsplit(found[1]).query).get("cursor") if found else None
    return values[-1] if values else None


def _marks(fields: object) -> list[tuple[str, str]]:
    if not isinstance(fields, dict):
        return []
    kept = {str(name).lower(): value for name, value in fields.items()}
    return [(name, str(kept[name])) for name in _MARKS if kept.get(name)]


def _parsed(body: bytes) -> Any:
    """The JSON of an answer, `ValueError` when it is none."""
    if len(body) > _PARSED_BYTES:
        raise unlike("the answer is larger than any delivery of GitHub's")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise unlike("the answer is no JSON") from None


RECONCILER = Reconciler(provider="github", begin=begin, page=page, keeps_s=KEEPS_S, read=bring)
