"""Verifying: what each scheme costs at 2 KB, beside the vendor's own library where we have it."""

from __future__ import annotations

import gc
import hmac
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import standardwebhooks
import stripe
import svix.webhooks
from slack_sdk.signature import Clock, SignatureVerifier
from twilio.request_validator import RequestValidator

from benchmarks.contest import Contender, Contest, Figures, hold
from benchmarks.report import Aim, Column, Half, Ratio, table
from bridgewright.core.model.inbound import NeedsKey, Verified
from bridgewright.core.model.moment import from_seconds
from tests.signed import WAYS, Way, secret_text, way_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.place import Place

US = "µs"
FIRST = "first"
FLOOR = "hmac of the standard library"
WORDS = (
    "A body of 2 KB, one key, everything as it comes in a request; JSON inside it where the signature"
    " stands there. `first` binds the key and verifies once, with a fetched certificate or set of keys"
    " parsed: what later deliveries no longer pay."
)
VENDORS = "The same deliveries with the vendors' own Python libraries, and ours beside them."
BODY_BYTES = 2_048
MAC_US = 15.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How much: rounds, and verifications in a turn."""

    rounds: int = 5
    calls: int = 2_000


def body() -> bytes:
    """2 KB of JSON."""
    start, end = b'{"id": "evt_1", "type": "invoice.paid", "text": "', b'"}'
    return start + b"a" * (BODY_BYTES - len(start) - len(end)) + end


def run(effort: Effort, folder: Path) -> Half:
    """Measure it all."""
    ours = [_scheme(way, effort.calls) for way in WAYS]
    schemes = hold("each scheme", WORDS, [_floor(effort.calls), *ours], effort.rounds, folder)
    beside = hold("beside the vendors", VENDORS, _vendors(effort.calls), effort.rounds, folder)
    columns = [Column(US, "µs", 1, spread=True), Column(FIRST, "first, µs", 0)]
    texts = [
        table(schemes, columns, [Ratio(US, FLOOR, "÷ bare hmac")]),
        table(
            beside,
            [Column(US, "µs", 1, spread=True)],
            [Ratio(US, "stripe: ours", "÷ ours (Stripe)")],
        ),
    ]
    failed = [name for each in (schemes, beside) for name in each.failed()]
    return Half("\n".join(texts), _aims(schemes), failed)


def _aims(schemes: Contest) -> list[Aim]:
    macs = [str(way) for way in WAYS if _is_mac(way)]
    worst = max(macs, key=lambda name: schemes.standings[name].median(US) or 0.0)
    claim = f"the dearest of {len(macs)} HMAC schemes at 2 KB ({worst})"
    return [Aim(claim, schemes.standings[worst].values(US), US, most=MAC_US)]


def _is_mac(way: Way) -> bool:
    """Whether a delivery is proven by an HMAC over what came, in a field of its own."""
    scheme = type(way.scheme()).__name__
    shared = way.keys(0)[0] == way.keys(0)[1]
    return shared and scheme in {
        "MacScheme",
        "TimestampedScheme",
        "StandardScheme",
        "NumberedScheme",
    }


def _per_call_us(once: Callable[[], object], calls: int) -> float:
    once()
    gc.collect()
    begun = time.perf_counter_ns()
    for _ in range(calls):
        once()
    return (time.perf_counter_ns() - begun) / calls / 1_000


def _scheme(way: Way, calls: int) -> Contender:
    def measure(_: Place) -> Figures:
        sent = way.sent(body())
        begun = time.perf_counter_ns()
        scheme = way.scheme()
        needed = scheme.verify(sent, sent.received_at)
        fetched = needed.parse(way.publish(needed)) if isinstance(needed, NeedsKey) else None

        def once() -> object:
            found = scheme.verify(sent, sent.received_at)
            return found.resume(fetched) if isinstance(found, NeedsKey) else found

        if not isinstance(once(), Verified):
            msg = f"{way} does not verify"
            raise TypeError(msg)
        first_us = (time.perf_counter_ns() - begun) / 1_000
        return {US: _per_call_us(once, calls), FIRST: first_us}

    return Contender(str(way), "-", "", measure)


def _floor(calls: int) -> Contender:
    payload, key = body(), b"a-key-that-was-made-up-of-32-byte"
    expected = hmac.new(key, payload, "sha256").hexdigest()

    def once() -> bool:
        return hmac.compare_digest(hmac.new(key, payload, "sha256").hexdigest(), expected)

    words = "one digest, one comparison, nothing parsed"
    return Contender(FLOOR, "-", words, lambda _: {US: _per_call_us(once, calls)})


def _vendors(calls: int) -> list[Contender]:
    pairs: list[tuple[str, Callable[[], object]]] = []
    for provider, theirs in (
        ("stripe", _stripe()),
        ("slack", _slack()),
        ("standard", _standard()),
        ("standard", _svix()),
        ("twilio", _twilio()),
    ):
        name, once = theirs
        ours = f"{provider}: ours"
        if all(ours != known for known, _ in pairs):
            pairs.append((ours, _ours(way_of(provider))))
        pairs.append((f"{provider}: {name}", once))
    return [
        Contender(name, "-", "", lambda _, once=once: {US: _per_call_us(once, calls)})
        for name, once in pairs
    ]


def _ours(way: Way) -> Callable[[], object]:
    scheme, sent = way.scheme(), way.sent(_shaped(way))
    return lambda: scheme.verify(sent, sent.received_at)


def _shaped(way: Way) -> bytes:
    return body() if way.provider != "twilio" else FORM.encode()


def _fields(way: Way) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in way.fields(_shaped(way))}


def _stripe() -> tuple[str, Callable[[], object]]:
    payload, header = body().decode(), _fields(way_of("stripe"))["stripe-signature"]
    verify = stripe.WebhookSignature.verify_header
    return "WebhookSignature.verify_header", lambda: verify(payload, header, secret_text(0))


class _Then(Clock):
    def now(self) -> float:
        return 1_800_000_000.0


def _slack() -> tuple[str, Callable[[], object]]:
    verifier = SignatureVerifier(way_of("slack").keys(0)[0].reveal(), _Then())
    payload, fields = body(), _fields(way_of("slack"))
    return "SignatureVerifier.is_valid_request", lambda: verifier.is_valid_request(payload, fields)


def _fresh() -> dict[str, str]:
    signed = way_of("standard").signed(body(), at=from_seconds(time.time()))
    return {name.decode(): value.decode() for name, value in signed.headers}


def _standard() -> tuple[str, Callable[[], object]]:
    library, payload, fields = standardwebhooks.Webhook(secret_text(0)), body(), _fresh()
    return "standardwebhooks", lambda: library.verify(payload, fields, json_parse=False)


def _svix() -> tuple[str, Callable[[], object]]:
    library, payload, fields = svix.webhooks.Webhook(secret_text(0)), body(), _fresh()
    return "svix, JSON parsed too", lambda: library.verify(payload, fields)


FORM = "&".join(f"Field{number:02}={'a' * 90}" for number in range(20))
"""A form of 2 KB, as Twilio sends them."""


def _twilio() -> tuple[str, Callable[[], object]]:
    way = way_of("twilio")
    validator = RequestValidator(way.keys(0)[0].reveal())
    signature = _fields(way)["x-twilio-signature"]
    values = dict(pair.split("=") for pair in FORM.split("&"))
    return "RequestValidator.validate", lambda: validator.validate(way.url, values, signature)
