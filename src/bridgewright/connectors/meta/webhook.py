"""Meta's signature, its challenge and its batches. Sources: README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.connectors.meta.batch import inner_events
from bridgewright.connectors.meta.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Answer, Coverage, Notice, Readable
from bridgewright.core.signing import envelope, form, keyring
from bridgewright.core.signing.digest import match
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import PLAIN, Checked, Facts, Option, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Greeting

RECIPE = Recipe(header=b"x-hub-signature-256", prefix=b"sha256=")
KEPT = (b"content-type", b"user-agent")
TOKEN = Option(
    "verify_token",
    "the verify token that is entered beside the URL in the app's dashboard; without it Meta's"
    " question about the URL is not answered",
    secret=True,
    example="env:META_VERIFY_TOKEN",
    variable="META_VERIFY_TOKEN",
)
MAX_QUERY_BYTES = 4_096
FORBIDDEN = Answer(403)
_CHALLENGE = re.compile(rb"[!-~]{1,255}")
_NO_GUESSING = (("X-Content-Type-Options", "nosniff"),)


@dataclass(frozen=True, slots=True, repr=False)
class Subscription:
    """Answers what Meta asks by GET when a URL is entered, of those who know the verify token."""

    token: bytes | None

    def before(self, delivery: Delivery) -> Answer | None:
        """The challenge, 403 for another token, None for what is no such question."""
        if delivery.method != "GET" or self.token is None or len(delivery.query) > MAX_QUERY_BYTES:
            return None
        fields = form.pairs(delivery.query)
        if form.sole(fields, b"hub.mode") != b"subscribe":
            return None
        token, challenge = (
            form.sole(fields, b"hub." + name) for name in (b"verify_token", b"challenge")
        )
        if token is None or challenge is None or not _CHALLENGE.fullmatch(challenge):
            return FORBIDDEN
        if match((self.token,), (token,)) is None:
            return FORBIDDEN
        return Answer(200, challenge, "text/plain", _NO_GUESSING)

    def after(self, delivery: Delivery) -> None:
        """Nothing that needs our keys is asked."""

    def __repr__(self) -> str:
        return "Subscription(****)"


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Greeting:
    """Bind the verify token. One that cannot be a token is a `ConfigurationError`."""
    del keys  # the token is apart from the app secret
    secret = terms.secrets.get(TOKEN.name)
    if secret is None:
        return Subscription(None)
    [token] = keyring.bind("meta's verify_token", [secret], keyring.verbatim)
    return Subscription(token)


def read(delivery: Delivery) -> Envelope:
    """Each message, status and change by itself, in an envelope that holds it alone."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    try:
        notices = _notices(delivery, body)
    except RecursionError:  # parsed at one depth, written at another
        return envelope.unreadable(delivery, "the body is nested too deep", KEPT)
    if not notices:
        return envelope.unreadable(delivery, "no entry, or one without a change or message", KEPT)
    return Readable(notices)


def _notices(delivery: Delivery, body: dict[str, object]) -> tuple[Notice, ...]:
    inner = inner_events(body) or []
    headers = envelope.kept(delivery.headers, KEPT)
    notices = []
    for each in inner:
        text = delivery.body if len(inner) == 1 else each.text()
        key = each.key or envelope.fingerprint(each.text())
        notices.append(Notice(key, each.event_type, text, each.event_id, each.occurred_at, headers))
    return tuple(notices)


FACTS = Facts(
    title="Meta: WhatsApp, Messenger, Instagram, Pages",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="a message's id; a status: that and the status; else the digest of the event",
    event_type="`changes[].field` (`messages`, `messages.statuses`); the kind of a messaging event",
    handshake="GET `hub.challenge` is echoed to who knows the verify token",
    batch="`entry[].changes[]`, `entry[].messaging[]` and the lists of WhatsApp: one item for each",
    answer="200",
    retries="WhatsApp up to 7 days, ever slower, by third-party pages",
    sources=(
        "`pywa` 4.5.0 (third party), read and run 2026-11-28",
        "Meta's page of webhooks (getting started), as read 2026-11-28",
        "WhatsApp's Node.js SDK, its page of webhooks, as read 2026-11-28",
        "third-party pages for sizes and retries, as read 2026-11-28",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the vendor's page that names field and key; `pywa` 4.5.0 verified our example",
)

WEBHOOK = by_recipe(
    "meta",
    secret_variable="META_APP_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    key_what="the app secret (App settings, Basic)",
    options=(TOKEN,),
    greet=greet,
)
