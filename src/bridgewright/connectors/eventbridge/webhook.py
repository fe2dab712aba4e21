"""The credentials of EventBridge's API destinations, and its events. Sources: README.md."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from bridgewright.connectors.eventbridge.profile import WEBHOOK_PROFILE
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage
from bridgewright.core.signing import freshness, keyring
from bridgewright.core.signing.bearer import BearerScheme, bearer_scheme
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Option,
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

API_KEY, BASIC = "api-key", "basic"
HEADER = "x-api-key"
PLACES = Places(id=("id",), type=("source", "detail-type"), at="time")
OPTIONS = (
    Option(
        "authorization",
        "how the connection of the API destination is authorized: `api-key` or `basic`",
        example=BASIC,
        default_text=f"`{API_KEY}`",
    ),
    Option(
        "header",
        "the name of the API key in the connection, which is the header field it is sent in",
        example="x-webhook-key",
        default_text=f"`{HEADER}`",
    ),
)
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify with the values of API keys, or with `user:password` of Basic authorization."""
    no_options("eventbridge", terms, OPTIONS)
    authorization = terms.options.get("authorization", API_KEY)
    if authorization == BASIC:
        freshness.no_tolerance("eventbridge", terms.tolerance_s)
        bound = keyring.bind("eventbridge", keys, basic)
        return BearerScheme(b"authorization", bound, b"Basic ")
    if authorization != API_KEY:
        problem = "the option authorization of eventbridge is neither api-key nor basic"
        raise ConfigurationError(problem, remedy="OAuth is not checked here: use one of the two")
    name = terms.options.get("header", HEADER)
    if not _NAME.fullmatch(name):
        problem = "the option header of eventbridge is not the name of a header field"
        raise ConfigurationError(problem, remedy="use letters, digits and hyphens")
    return bearer_scheme("eventbridge", name.lower().encode(), keys, terms)


def basic(text: str) -> bytes:
    """`user:password` as RFC 7617 sends it. `UnfitKeyError` where there is no colon."""
    found = keyring.verbatim(text)
    if b":" not in found:
        msg = "is not user:password"
        raise keyring.UnfitKeyError(msg)
    return base64.b64encode(found)


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Send the first key in `x-api-key`, as a connection with that name does."""
    del message_id, at, url  # nothing is signed
    bound = keyring.bind("eventbridge", keys, keyring.verbatim)
    return Signed(((HEADER.encode(), bound.keys[0]),), body)


FACTS = Facts(
    title="Amazon EventBridge",
    coverage=Coverage.NOTHING,
    freshness="no time is signed",
    dedupe="`id`",
    event_type="`source` and `detail-type`",
    deadline="5 s",
    retries="24 h, 185 times by default",
    sources=("AWS's pages of API destinations, as read 2026-11-28", "RFC 7617, section 2"),
    checked=Checked.DOCUMENTATION,
    how="by the page of connections; the example of RFC 7617 is a test",
    weak="a secret is sent in clear with every event, and nothing is signed",
)

WEBHOOK = Webhook(
    provider="eventbridge",
    secret_variable="EVENTBRIDGE_API_KEY",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=PLACES,
    sign=sign,
    facts=FACTS,
    options=OPTIONS,
    key_what="the value of the connection's API key, or user:password of Basic authorization",
    signature_fields=(HEADER.encode(),),
)
