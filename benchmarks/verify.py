"""Verifying: what each scheme costs at 2 KB, beside the vendor's own library where we have it."""

from __future__ import annotations

import gc
import hmac
import time
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from benchmarks.contest import Contender, Contest, Figures, hold
from benchmarks.report import Aim, Column, Half, Ratio, table
from benchmarks.vendors import Pair, pairs
from bridgewright import connectors
from bridgewright.core.model.inbound import NeedsKey, Verified
from bridgewright.core.signing.digest import MacKey
from tests.signed import WAYS, Way

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.place import Place

US = "µs"
ANEW = "anew"
THEIRS, OURS, TIMES = "theirs", "ours", "times"
FLOOR = "hmac of the standard library"
WORDS = (
    "A body of 2 KB, one key, everything as it comes in a request; JSON inside it where the signature"
    " stands there. `anew` binds the key each time, and parses the certificate or the set of keys that"
    " is fetched (the fetch itself not counted): what deliveries do not pay because it is done once."
)
VENDORS = (
    "The same deliveries with the vendors' own Python libraries, ours measured beside each in slices of"
    " one turn. `theirs ÷ ours` above 1 says that ours is faster. What a library does not look at (a time,"
    " a second field of one name, hostile bytes) it does not pay for."
)
SIGNED_INSIDE = ("linear", "twilio", "adyen-payments", "mailgun")
"""Schemes with an HMAC that need the values inside a body, which is parsed for them."""

SLICES = 20
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
    vendors = [_beside(pair, effort.calls) for pair in pairs(body())]
    beside = hold("beside the vendors", VENDORS, vendors, effort.rounds, folder)
    columns = [Column(US, "µs", 1, spread=True), Column(ANEW, "anew, µs", 1)]
    compared = [
        Column(THEIRS, "theirs, µs", 1, spread=True),
        Column(OURS, "ours, µs", 1, spread=True),
        Column(TIMES, "theirs ÷ ours", 2, spread=True),
    ]
    texts = [
        table(schemes, columns, [Ratio(US, FLOOR, "÷ bare hmac")]),
        table(beside, compared, []),
    ]
    failed = [name for each in (schemes, beside) for name in each.failed()]
    return Half("\n".join(texts), _aims(schemes), failed)


def _aims(schemes: Contest) -> list[Aim]:
    macs = [str(way) for way in WAYS if _is_mac(way)]
    worst = max(macs, key=lambda name: schemes.standings[name].median(US) or 0.0)
    inside = ", ".join(SIGNED_INSIDE)
    claim = (
        f"the dearest of {len(macs)} schemes by an HMAC of what came, at 2 KB ({worst});"
        f" {inside} sign values inside the body, which is parsed first"
    )
    return [Aim(claim, schemes.standings[worst].values(US), US, most=MAC_US)]


def _is_mac(way: Way) -> bool:
    """Whether a delivery is proven by an HMAC over what came, in a field of its own."""
    return str(way) not in SIGNED_INSIDE and _holds_mac(way.scheme())


def _holds_mac(found: object) -> bool:
    """Whether a scheme has, somewhere inside, a key that was prepared for HMAC."""
    if isinstance(found, MacKey):
        return True
    inner = found if isinstance(found, tuple) else ()
    if is_dataclass(found):
        inner = tuple(getattr(found, each.name) for each in fields(found))
    return any(map(_holds_mac, inner))


def _per_call_us(once: Callable[[], object], calls: int) -> float:
    once()
    gc.collect()
    return _slice_us(once, calls)


def _slice_us(once: Callable[[], object], calls: int) -> float:
    begun = time.perf_counter_ns()
    for _ in range(calls):
        once()
    return (time.perf_counter_ns() - begun) / calls / 1_000


def _scheme(way: Way, calls: int) -> Contender:
    def measure(_: Place) -> Figures:
        sent = way.sent(body())
        bind, key = connectors.webhook(way.provider).scheme, way.keys(0)[1]
        scheme = bind([key], way.terms)
        needed = scheme.verify(sent, sent.received_at)
        document = way.publish(needed) if isinstance(needed, NeedsKey) else b""
        parsed = needed.parse(document) if isinstance(needed, NeedsKey) else None

        def once() -> object:
            found = scheme.verify(sent, sent.received_at)
            return found.resume(parsed) if isinstance(found, NeedsKey) else found

        def anew() -> object:
            found = bind([key], way.terms).verify(sent, sent.received_at)
            return found.resume(found.parse(document)) if isinstance(found, NeedsKey) else found

        if not isinstance(once(), Verified) or not isinstance(anew(), Verified):
            msg = f"{way} does not verify"
            raise TypeError(msg)
        return {US: _per_call_us(once, calls), ANEW: _per_call_us(anew, max(1, calls // 4))}

    return Contender(str(way), "-", "", measure)


def _floor(calls: int) -> Contender:
    payload, key = body(), b"a-key-that-was-made-up-of-32-byte"
    expected = hmac.new(key, payload, "sha256").hexdigest()

    def once() -> bool:
        return hmac.compare_digest(hmac.new(key, payload, "sha256").hexdigest(), expected)

    words = "one digest, one comparison, nothing parsed"
    return Contender(FLOOR, "-", words, lambda _: {US: _per_call_us(once, calls)})


def _beside(pair: Pair, calls: int) -> Contender:
    """A vendor's library and ours, in turns short enough that the machine treats both alike."""

    def measure(_: Place) -> Figures:
        pair.check()
        each = max(1, calls // SLICES)
        theirs_us = ours_us = 0.0
        gc.collect()
        for _slice in range(SLICES):
            theirs_us += _slice_us(pair.theirs, each) / SLICES
            ours_us += _slice_us(pair.ours, each) / SLICES
        return {THEIRS: theirs_us, OURS: ours_us, TIMES: theirs_us / ours_us}

    return Contender(pair.name, "-", pair.words, measure)
