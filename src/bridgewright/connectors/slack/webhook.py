"""Slack's signature; its events, interactions and commands. Sources: README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.connectors.slack.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Answer, Coverage, Handshake, Notice, Readable
from bridgewright.core.signing import envelope, form
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Part, Recipe
from bridgewright.core.signing.webhook import PLAIN, Checked, Facts, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery, Envelope
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Greeting

RECIPE = Recipe(
    header=b"x-slack-signature",
    prefix=b"v0=",
    signed=(b"v0:", Part.TIME, b":", Part.BODY),
    time=b"x-slack-request-timestamp",
)
EVENT = Places(
    id=("event_id",),
    type=("event.type",),
    at="event_time",
    kept=(b"x-slack-retry-num", b"x-slack-retry-reason"),
)
MAX_CHECK_BYTES = 1_024
"""An `ssl_check` is two short fields: nothing larger is read before its signature is."""

MENUS = frozenset({"block_suggestion", "dialog_suggestion"})
"""Interactions that wait for the choices of a menu, which no handler could give in time."""

NO_CHOICES = Answer(200, b'{"options":[]}', "application/json")
_PLAIN_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class SslCheck:
    """Slack looks now and then whether our certificate is good, by an unsigned form `ssl_check=1`."""

    def before(self, delivery: Delivery) -> Answer | None:
        """200 for that form; it carries nothing that could be acted on."""
        signed = delivery.headers.first(RECIPE.header) is not None
        if signed or not form.is_form(delivery) or len(delivery.body) > MAX_CHECK_BYTES:
            return None
        checked = form.sole(form.pairs(delivery.body), b"ssl_check") == b"1"
        return Answer(200) if checked else None

    def after(self, delivery: Delivery) -> None:
        """Nothing that needs our keys is asked."""


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Greeting:
    """What Slack asks beside its events."""
    del keys, terms  # nothing of them is needed
    return SslCheck()


def read(delivery: Delivery) -> Envelope:
    """One event, interaction or command; `url_verification` is answered with its challenge.

    The body says which it is, for it is signed and its content type is not.
    """
    if not delivery.body.startswith(b"{"):
        return _of_form(delivery)
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, EVENT.allowed)
    if body.get("type") == "url_verification":
        challenge = envelope.clean(body.get("challenge"))
        if challenge is None:
            return envelope.unreadable(delivery, "the challenge is not text", EVENT.allowed)
        return Handshake(Answer(200, challenge.encode(), _PLAIN_TEXT))
    if body.get("type") == "event_callback":
        return EVENT(delivery)
    return Places(type=("type",), kept=EVENT.kept)(delivery)  # app_rate_limited, and what is new


def _of_form(delivery: Delivery) -> Envelope:
    fields = form.pairs(delivery.body)
    payload, command = form.sole(fields, b"payload"), form.sole(fields, b"command")
    if payload is not None:
        return _interaction(delivery, payload)
    if command is None:
        return envelope.unreadable(
            delivery, "neither an event, a payload nor a command", EVENT.allowed
        )
    notice = Notice(
        key=envelope.fingerprint(delivery.body),
        event_type="slash_command",
        body=delivery.body,
        headers=envelope.kept(delivery.headers, EVENT.allowed),
    )
    return Readable((notice,))


def _interaction(delivery: Delivery, payload: bytes) -> Envelope:
    body = envelope.parsed(payload)
    event_type = None if isinstance(body, str) else envelope.clean(body.get("type"))
    if event_type is None:
        return envelope.unreadable(delivery, "the payload is no object with a type", EVENT.allowed)
    kept = envelope.kept(delivery.headers, EVENT.allowed)
    as_json = (("content-type", "application/json"), *(f for f in kept if f[0] != "content-type"))
    # A trigger stands in every payload, so that two interactions are never the same bytes.
    key = envelope.fingerprint(delivery.body)
    notice = Notice(key=key, event_type=event_type, body=payload, headers=as_json)
    return Readable((notice,), NO_CHOICES if event_type in MENUS else None)


FACTS = Facts(
    title="Slack",
    coverage=Coverage.BODY | Coverage.TIME,
    freshness="300 s both ways",
    dedupe="`event_id`; interactions and commands: the digest of the body",
    event_type="`event.type`; the payload's `type`; `slash_command`",
    handshake="`url_verification` is answered with its challenge; `ssl_check=1` (unsigned) with 200",
    answer="an empty 200; a menu that asks for choices gets none",
    deadline="3 s",
    retries="events three times: at once, after 1 min, after 5 min; interactions and commands never",
    sources=(
        "`slack_sdk` 3.48.0, read and run 2026-11-28",
        "`@slack/bolt` 5.1.0, read 2026-11-28",
        "Slack's page of the Events API, as read 2026-08",
    ),
    checked=Checked.LIBRARY,
    how="`slack_sdk` signs what we verify and verifies what we sign; Slack's published example is a test",
)

WEBHOOK = by_recipe(
    "slack",
    secret_variable="SLACK_SIGNING_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    greet=greet,
    key_what="the signing secret of the app (Basic Information)",
)
