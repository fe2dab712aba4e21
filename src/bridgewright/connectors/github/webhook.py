"""GitHub's signature and its events. Sources: README.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from bridgewright.connectors.github.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice, Readable
from bridgewright.core.signing import envelope
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import Checked, Facts, Option

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Envelope

RECIPE = Recipe(header=b"x-hub-signature-256", prefix=b"sha256=")
HOOK = re.compile(r"(?:repos/[\w.-]+/[\w.-]+|orgs/[\w.-]+)/hooks/[0-9]+|app/hook", re.ASCII)


def _wrong_hook(text: str) -> str | None:
    if HOOK.fullmatch(text):
        return None
    return "names no hook: repos/OWNER/REPO/hooks/ID, orgs/ORG/hooks/ID or app/hook"


OPTIONS = (
    Option(
        "hook",
        "which hook this source is, as GitHub's API names it (repos/OWNER/REPO/hooks/ID,"
        " orgs/ORG/hooks/ID, app/hook): needed to reconcile it",
        example="repos/octo/hello/hooks/1",
        form=_wrong_hook,
    ),
)
EVENT = b"x-github-event"
DELIVERY = b"x-github-delivery"
KEPT = (b"content-type", EVENT, DELIVERY, b"x-github-hook-id", b"user-agent")
_FORM = b"application/x-www-form-urlencoded"


def read(delivery: Delivery) -> Envelope:
    """One event, `ping` included: its key is `X-GitHub-Delivery`, the same on redelivery."""
    payload = _payload(delivery)
    body = "the form has no payload field" if payload is None else envelope.parsed(payload)
    if payload is None or isinstance(body, str):
        return envelope.unreadable(delivery, str(body), KEPT)
    event_type = _event_type(delivery, body.get("action"))
    if event_type is None:
        return envelope.unreadable(delivery, "the delivery has no usable X-GitHub-Event", KEPT)
    delivery_id = envelope.sole_text(delivery.headers, DELIVERY)
    notice = Notice(
        key=delivery_id or envelope.fingerprint(delivery.body),
        event_type=event_type,
        body=payload,
        event_id=delivery_id,
        headers=_kept(delivery),
    )
    return Readable((notice,))


def _is_form(delivery: Delivery) -> bool:
    content_type = delivery.headers.first(b"content-type") or b""
    return content_type.partition(b";")[0].strip().lower() == _FORM


def _payload(delivery: Delivery) -> bytes | None:
    """The JSON that was sent: the body, or the only field `payload` of a form."""
    if not _is_form(delivery):
        return delivery.body
    name, _, value = delivery.body.partition(b"=")
    if name != b"payload" or b"&" in value:
        return None
    return unquote_to_bytes(value.replace(b"+", b" "))


def _kept(delivery: Delivery) -> tuple[tuple[str, str], ...]:
    """The kept fields; those of a form say what its payload is, for that is what is stored."""
    fields = envelope.kept(delivery.headers, KEPT)
    if not _is_form(delivery):
        return fields
    return (("content-type", "application/json"), *(f for f in fields if f[0] != "content-type"))


def _event_type(delivery: Delivery, action: object) -> str | None:
    event = envelope.sole_text(delivery.headers, EVENT)
    detail = envelope.clean(action)
    return event if event is None or detail is None else envelope.clean(f"{event}.{detail}")


FACTS = Facts(
    title="GitHub",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`X-GitHub-Delivery`, the same on redelivery",
    event_type="`X-GitHub-Event` and `action`",
    deadline="10 s",
    retries="none by itself; by hand or by API for 3 days",
    sources=(
        "`@octokit/webhooks-methods` 6.0.0, read",
        "GitHub's pages of webhooks, read 2026-11-23",
    ),
    checked=Checked.VECTOR,
    how="GitHub's published example is a test",
)

WEBHOOK = by_recipe(
    "github",
    secret_variable="GITHUB_WEBHOOK_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    options=OPTIONS,
    key_what="the secret that was entered when the hook was made",
    order=("repository.id", "organization.id", "installation.id"),
)
