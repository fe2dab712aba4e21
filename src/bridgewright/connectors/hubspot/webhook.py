"""HubSpot's signature (v3) and its events. Sources: README.md."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.hubspot.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.signing import envelope
from bridgewright.core.signing.batch import read_batch
from bridgewright.core.signing.plain import by_recipe
from bridgewright.core.signing.reading import Places
from bridgewright.core.signing.recipe import Clock, Encoding, Part, Recipe
from bridgewright.core.signing.urls import variants
from bridgewright.core.signing.webhook import Checked, Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bridgewright.core.model.inbound import Delivery, Envelope

RECIPE = Recipe(
    header=b"x-hubspot-signature-v3",
    signed=(Part.METHOD, Part.URL, Part.BODY, Part.TIME),
    encoding=Encoding.BASE64,
    time=b"x-hubspot-request-timestamp",
    clock=Clock.MILLISECONDS,
)
PLACES = Places(
    id=("eventId", "subscriptionId", "occurredAt"),
    type=("subscriptionType",),
    at="occurredAt",
    at_ms=True,
    untyped="request",
    made=True,
)
_DECODED = re.compile(rb"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def urls(public_url: str) -> Callable[[Delivery], Iterable[bytes]]:
    """The variants of a URL, each as it is and with the twelve characters decoded that HubSpot signs
    so."""
    written = variants(public_url)

    def signed(delivery: Delivery) -> Iterator[bytes]:
        found = []
        for url in written(delivery):  # nearly always the first is it
            found.append(url)
            yield url
        for url in found:
            decoded = _DECODED.sub(_character, url)
            if decoded != url:
                yield decoded

    return signed


def _character(code: re.Match[bytes]) -> bytes:
    return bytes.fromhex(code[1].decode())


def read(delivery: Delivery) -> Envelope:
    """A batch, each event with a key of three ids (`eventId` is not unique by itself); or the object
    that a workflow sends."""
    if delivery.body.lstrip()[:1] != b"[":
        return PLACES(delivery)
    headers = envelope.kept(delivery.headers, PLACES.allowed)

    def notice(event: dict[str, Any], text: bytes) -> Notice | None:
        event_type = envelope.clean(event.get("subscriptionType"))
        if event_type is None:
            return None
        key = PLACES.id_of(delivery, event) or envelope.fingerprint(text)
        return Notice(key, event_type, text, None, PLACES.time_of(delivery, event), headers)

    return read_batch(delivery, notice, PLACES.allowed)


def wrap(event: bytes) -> bytes:
    """An array of one event; what a workflow sends comes alone."""
    parsed = envelope.parsed(event)
    is_of_batch = not isinstance(parsed, str) and "subscriptionType" in parsed
    return b"[%b]" % event if is_of_batch else event


FACTS = Facts(
    title="HubSpot",
    coverage=Coverage.BODY | Coverage.TIME | Coverage.URL,
    freshness="300 s both ways (the vendor's library: into the past only)",
    dedupe="`eventId`, `subscriptionId` and `occurredAt` of each event",
    event_type="`subscriptionType`",
    batch="an array of up to 100: one event each",
    deadline="5 s, by third-party pages",
    retries="for up to 3 days, by a third-party page",
    sources=(
        "`hubspot-api-client` 12.0.0, read and run 2026-11-28",
        "HubSpot's page of validating requests, as read 2026-11-28",
        "third-party pages, as read 2026-11-28",
    ),
    checked=Checked.LIBRARY,
    how="`hubspot-api-client` 12.0.0 signed the deliveries of our tests",
)

WEBHOOK = by_recipe(
    "hubspot",
    secret_variable="HUBSPOT_CLIENT_SECRET",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    recipe=RECIPE,
    read=read,
    facts=FACTS,
    key_what="the client secret of the app",
    urls=urls,
    wrap=wrap,
)
