"""Microsoft Graph's change notifications: client state, validation token, batches. Sources: README.md."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from bridgewright.connectors.graph.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Handshake,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.signing import envelope, freshness, keyring
from bridgewright.core.signing.digest import match
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

    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.keyring import Keyring

KEPT = (b"content-type", b"user-agent")
MOST_ITEMS = 1_000
"""Far more than Graph puts into one delivery; each is stored as an event of its own."""

MOST_STATE = 255
"""The longest client state that was ever allowed; 128 characters are today."""

LIFECYCLE = "lifecycle."
_TOKEN = re.compile(r"[A-Za-z0-9 _.,:;/+=@|~()\[\]{}*!$?#%-]{1,1024}")
_MOST_QUERY = 4_096
_PLAIN_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class ClientStateScheme:
    """Verifies that every item of a delivery holds a client state of ours."""

    states: Keyring[bytes]

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """Verified with nothing covered, or why not. Never raises, whatever bytes come."""
        del now  # nothing is signed
        items = _items(delivery.body)
        if isinstance(items, str):
            return Rejected(Reason.MALFORMED, items)
        given = [item.get("clientState") for item in items]
        if not all(isinstance(state, str) and state for state in given):
            return Rejected(Reason.MISSING, "an item has no clientState")
        found = [match(self.states.keys, (_utf8(str(state)),)) for state in given]
        positions = [position for position in found if position is not None]
        if len(positions) != len(found):
            return Rejected(Reason.MISMATCH, "the clientState of an item is none of ours")
        return Verified(min(positions), Coverage.NOTHING)


def _items(body: bytes) -> list[dict[str, Any]] | str:
    """The items of a delivery, or why there are none that could be believed."""
    found = envelope.parsed(body)
    if isinstance(found, str):
        return found
    items = found.get("value")
    if not isinstance(items, list) or not 0 < len(items) <= MOST_ITEMS:
        return f"value is not a list of 1 to {MOST_ITEMS} notifications"
    if not all(isinstance(item, dict) for item in items):
        return "an item is no JSON object"
    if found.get("validationTokens") or any(item.get("encryptedContent") for item in items):
        return "it holds resource data, whose tokens are not checked here: subscribe without"
    return items


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the client states that subscriptions were made with."""
    no_options("graph", terms)
    freshness.no_tolerance("graph", terms.tolerance_s)
    return ClientStateScheme(keyring.bind("graph", keys, client_state))


def client_state(text: str) -> bytes:
    """A client state. `UnfitKeyError` when it is longer than Graph allows."""
    found = keyring.verbatim(text)
    if len(text) > MOST_STATE:
        msg = f"has more than {MOST_STATE} characters"
        raise keyring.UnfitKeyError(msg)
    return found


class Validating:
    """Answers the validation of a notification URL, which Graph asks before it subscribes."""

    __slots__ = ()

    def before(self, delivery: Delivery) -> Answer | None:
        """The token as plain text, decoded; None for what is no validation, or has a token that is
        more than Graph's words and signs: nothing that a browser could take for a page."""
        if delivery.method != "POST" or not 0 < len(delivery.query) <= _MOST_QUERY:
            return None
        try:
            fields = parse_qsl(delivery.query.decode("ascii"), max_num_fields=16, errors="strict")
        except ValueError:  # not ASCII, not UTF-8, or too many
            return None
        tokens = [value for name, value in fields if name == "validationToken"]
        if len(tokens) != 1 or not _TOKEN.fullmatch(tokens[0]):
            return None
        safe = (("X-Content-Type-Options", "nosniff"),)
        return Answer(200, tokens[0].encode(), _PLAIN_TEXT, safe)

    def after(self, delivery: Delivery) -> Handshake | None:
        """What is verified holds events only."""
        del delivery
        return None


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Validating:
    """What answers validations: they come before any key is known to Graph."""
    del keys, terms
    return Validating()


def read(delivery: Delivery) -> Envelope:
    """One event for each item of `value`."""
    items = _items(delivery.body)
    if isinstance(items, str):
        return envelope.unreadable(delivery, items, KEPT)
    notices = [_notice(item, place, delivery) for place, item in enumerate(items)]
    whole = tuple(notice for notice in notices if notice is not None)
    if len(whole) != len(items):
        why = "an item has no usable subscriptionId or changeType"
        return envelope.unreadable(delivery, why, KEPT)
    return Readable(whole)


def _notice(item: dict[str, Any], place: int, delivery: Delivery) -> Notice | None:
    change, cycle = (envelope.clean(item.get(name)) for name in ("changeType", "lifecycleEvent"))
    event_type = change if cycle is None else envelope.clean(LIFECYCLE + cycle)
    content = envelope.written(item)
    if event_type is None or content is None or envelope.clean(item.get("subscriptionId")) is None:
        return None
    event_id = envelope.clean(item.get("id"))
    return Notice(
        key=_key(item, event_id, place, delivery),
        event_type=event_type,
        body=content,
        event_id=event_id,
        headers=envelope.kept(delivery.headers, KEPT),
    )


def _key(item: dict[str, Any], event_id: str | None, place: int, delivery: Delivery) -> str:
    """What tells a repeat: Graph's own id, or else the version that the change led to.

    An item with neither cannot be told from the next one that says the same: it is kept each time,
    for a change that is handled twice is better than one that is lost.
    """
    shown = item.get("resourceData")
    version = shown.get("@odata.etag") if isinstance(shown, dict) else None
    parts = [
        item.get(name) for name in ("subscriptionId", "resource", "changeType", "lifecycleEvent")
    ]
    parts += [event_id, version if isinstance(version, str) else None]
    if event_id is None and parts[-1] is None:
        parts += [delivery.received_at, place]
    return "sha256:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Put the first client state into every item of `value`, or make one item of what has none."""
    del at, url  # nothing is signed
    state = keyring.bind("graph", keys, client_state).keys[0].decode()
    found = envelope.parsed(body)
    given = found.get("value") if isinstance(found, dict) else None
    items = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    made = items or [{"subscriptionId": message_id, "changeType": "updated", "resource": "me"}]
    sent = {"value": [item | {"clientState": state} for item in made]}
    return Signed((), json.dumps(sent).encode())


def wrap(event: bytes) -> bytes:
    """`value` with one item."""
    return b'{"value":[%b]}' % event


FACTS = Facts(
    title="Microsoft Graph",
    coverage=Coverage.NOTHING,
    freshness="no time is signed",
    dedupe="the item's `id`, or its subscription, resource, change and version",
    event_type="`changeType`, or `lifecycle.` and `lifecycleEvent`",
    handshake="`?validationToken=` is answered with the token as plain text",
    batch="`value[]`: an event for each item",
    answer="202",
    deadline="3 s (10 s for a validation)",
    retries="for up to 4 h; late endpoints have notifications dropped",
    sources=(
        "Microsoft's pages of change notifications, repository of documentation, as read 2026-11-28",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the pages that describe client state, validation and batches",
    weak="client state is a secret sent in clear, and nothing is signed: read the resource itself",
)


WEBHOOK = Webhook(
    provider="graph",
    secret_variable="GRAPH_CLIENT_STATE",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    greet=greet,
    key_what="the clientState that subscriptions are made with",
    wrap=wrap,
)
