"""Intercom's signature and its events. Sources: README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.connectors.intercom.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Answer, Coverage
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Recipe
from bridgewright.core.signing.webhook import PLAIN, Checked, Facts, Terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.core.model.inbound import Delivery
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Greeting

RECIPE = Recipe(header=b"x-hub-signature", prefix=b"sha1=", algorithm="sha1")
PLACES = Places(id=("id",), type=("topic",), at="created_at")
THERE = Answer(200)


@dataclass(frozen=True, slots=True)
class Presence:
    """Answers the HEAD request by which Intercom looks whether a URL is there."""

    def before(self, delivery: Delivery) -> Answer | None:
        """200 for HEAD, None for what is no such question. It proves nothing and stores nothing."""
        return THERE if delivery.method == "HEAD" else None

    def after(self, delivery: Delivery) -> None:
        """Nothing that needs our keys is asked."""


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Greeting:
    """The same for every source: the question is not signed."""
    del keys, terms
    return Presence()


FACTS = Facts(
    title="Intercom",
    coverage=Coverage.BODY,
    freshness="no time is signed",
    dedupe="`id`",
    event_type="`topic`",
    handshake="HEAD, when the URL is entered: 200",
    deadline="5 s by third-party pages; above 500 ms deliveries lose priority",
    retries="more than 1,000 errors in 15 min pause the hook, 7 days of errors suspend it",
    sources=(
        "Intercom's page of signed notifications, as read 2026-11-28",
        "Intercom's pages of setting up webhooks and of notifications, as read 2026-11-29",
        "third-party pages, as read 2026-08",
    ),
    checked=Checked.DOCUMENTATION,
    how="by the page that describes the field, its digest and its key; OpenSSL signs what we verify",
)

WEBHOOK = by_recipe(
    "intercom",
    secret_variable="INTERCOM_CLIENT_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=PLACES,
    facts=FACTS,
    greet=greet,
    key_what="the app's client secret (Developer Hub, Basic information)",
)
