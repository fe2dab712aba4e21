"""Asking Twilio for messages and calls by date. Sources: README.md."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from bridgewright.connectors.twilio.keys import SETTLED_CALLS, SETTLED_MESSAGES, key_of
from bridgewright.core.model.call import Request
from bridgewright.core.model.inbound import Notice
from bridgewright.core.model.moment import as_datetime, from_datetime, later
from bridgewright.core.model.reconciling import Listed, Page, Reconciler, unlike
from bridgewright.core.signing import envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.model.call import Pairs, Response
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.reconciling import Place, Window

PAGE = 1_000
_A_DAY_S = 86_400.0
KEEPS_S = 30 * 86_400.0
"""Twilio keeps records for longer; a bound of ours, as far back as any source remembers is enough."""
_FORM = (("content-type", "application/x-www-form-urlencoded"),)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two lists: where it is, by which date it is asked for, and what its webhook carries.

    `settled` are the statuses that stay: of the others there will be more to tell.
    """

    name: str
    resource: str
    sid: str
    status: str
    date: str
    filter: str
    settled: frozenset[str]
    fields: Mapping[str, str]


MESSAGES = Kind(
    name="message",
    resource="Messages",
    sid="MessageSid",
    status="MessageStatus",
    date="date_sent",
    filter="DateSent",
    settled=SETTLED_MESSAGES,
    fields={
        "AccountSid": "account_sid",
        "ApiVersion": "api_version",
        "Body": "body",
        "ErrorCode": "error_code",
        "From": "from",
        "MessagingServiceSid": "messaging_service_sid",
        "NumMedia": "num_media",
        "NumSegments": "num_segments",
        "To": "to",
    },
)
CALLS = Kind(
    name="call",
    resource="Calls",
    sid="CallSid",
    status="CallStatus",
    date="start_time",
    filter="StartTime",
    settled=SETTLED_CALLS,
    fields={
        "AccountSid": "account_sid",
        "ApiVersion": "api_version",
        "CallDuration": "duration",
        "Direction": "direction",
        "From": "from",
        "To": "to",
    },
)


def begin(window: Window, place: Place) -> tuple[Request, ...]:
    """The newest page of messages, and that of calls."""
    return tuple(_asking(kind, window, place) for kind in (MESSAGES, CALLS))


def page(response: Response, request: Request, window: Window, place: Place) -> Page:
    """What is settled on one page, as forms like those that Twilio posts."""
    kind = CALLS if _root(place, CALLS) in request.url else MESSAGES
    found = envelope.parsed(response.body)
    if isinstance(found, str):
        raise unlike(found)
    rows = found.get(kind.resource.lower())
    if not isinstance(rows, list):
        raise unlike(f"the answer holds no list of {kind.resource.lower()}")
    dated = [(_at(row, kind), row) for row in rows]
    listed = tuple(
        _listed(row, kind, at)
        for at, row in dated
        if at is not None and row.get("status") in kind.settled
    )
    oldest = min((at for at, _ in dated if at is not None), default=None)
    following = _following(found.get("next_page_uri"), kind, place)
    past = oldest is not None and oldest < window.since
    return Page(listed, None if past else following, oldest)


def headers(place: Place) -> Pairs:
    """The API key where there is one, else the account and its token."""
    names = (
        ("api_key", "api_secret") if "api_key" in place.secrets else ("account_sid", "auth_token")
    )
    pair = ":".join(place.secrets[name].reveal() for name in names)
    return (("authorization", f"Basic {b64encode(pair.encode()).decode('ascii')}"),)


def _root(place: Place, kind: Kind) -> str:
    account = place.account or place.secrets["account_sid"].reveal()
    return f"/2010-04-01/Accounts/{account}/{kind.resource}.json"


def _asking(kind: Kind, window: Window, place: Place) -> Request:
    """Days are asked for, whole ones: what a bound with a time of day leaves out is documented
    nowhere, and the window itself decides what is taken of them."""
    asked = {"PageSize": str(PAGE), f"{kind.filter}>": _day(window.since)}
    if window.until is not None:
        asked[f"{kind.filter}<"] = _day(later(window.until, _A_DAY_S))
    return _request(place, f"{_root(place, kind)}?{urlencode(asked)}")


def _request(place: Place, path: str) -> Request:
    return Request("GET", _host(place) + path, (("accept", "application/json"),))


def _host(place: Place) -> str:
    """Where the account lives: an edge and a region stand before Twilio's own domain."""
    region, edge = place.options.get("region"), place.options.get("edge")
    if not (region or edge) or not place.base_url.endswith("//api.twilio.com"):
        return place.base_url
    parts = ["api", *filter(None, (edge, region or "us1"))]
    return f"https://{'.'.join(parts)}.twilio.com"


def _following(uri: object, kind: Kind, place: Place) -> Request | None:
    """The next page, which is a path of this very list and nothing else."""
    if uri is None:
        return None
    parts = urlsplit(uri) if isinstance(uri, str) else None
    if parts is None or parts.netloc or parts.path != _root(place, kind):
        raise unlike("the next page is no page of this list")
    return _request(place, f"{parts.path}?{parts.query}")


def _day(at: Moment) -> str:
    return as_datetime(at).strftime("%Y-%m-%d")


def _at(row: Any, kind: Kind) -> Moment | None:
    """When it was sent or began, as Twilio writes dates (RFC 2822); None when that is not yet."""
    if not isinstance(row, dict):
        raise unlike(f"the list of {kind.resource.lower()} holds something else")
    text = row.get(kind.date)
    if not isinstance(text, str):
        return None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        raise unlike(f"{kind.date} is no date") from None
    return None if when.tzinfo is None else from_datetime(when)


def _listed(row: dict[str, Any], kind: Kind, at: Moment) -> Listed:
    sid, status = envelope.clean(row.get("sid")), str(row["status"])
    if sid is None:
        raise unlike(f"one of the {kind.resource.lower()} has no SID")
    form = {kind.sid: sid, kind.status: status}
    if kind is MESSAGES:
        form |= {"SmsSid": sid, "SmsStatus": status}
    else:
        form["CallbackSource"] = "call-progress-events"  # what its status callback would have said
    form |= {name: str(row[key]) for name, key in kind.fields.items() if row.get(key) is not None}
    notice = Notice(
        key=key_of(sid, status),
        event_type=f"{kind.name}.{status}",
        body=urlencode(form).encode(),
        event_id=sid,
        occurred_at=at,
        headers=_FORM,
    )
    return Listed(notice.key, at, notice.event_type, sid, notice=notice)


RECONCILER = Reconciler(provider="twilio", begin=begin, page=page, keeps_s=KEEPS_S, headers=headers)
