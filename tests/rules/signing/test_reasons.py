"""Every reason for which a delivery is rejected, and what leads to it."""

from __future__ import annotations

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Reason, Rejected
from bridgewright.core.model.moment import later
from bridgewright.core.signing.field import MAX_CANDIDATES, MAX_FIELD_BYTES
from bridgewright.core.signing.standard import MAX_ASYMMETRIC
from tests.signed import WAYS, Fields, Way, delivery

BODY = b'{"id": "evt_1"}'
STRIPE, GITHUB, STANDARD, ASYMMETRIC = (
    next(way for way in WAYS if str(way) == label)
    for label in ("stripe", "github", "standard", "standard-v1a")
)
HEX = b"0" * 64
V1 = b"v1," + b"A" * 43 + b"="
V1A = b"v1a," + b"A" * 86 + b"=="


def _stripe(value: bytes) -> Fields:
    return ((b"stripe-signature", value),)


def _github(value: bytes) -> Fields:
    return ((b"x-hub-signature-256", value),)


def _standard(signature: bytes, message_id: bytes = b"m", time: bytes = b"1800000000") -> Fields:
    fields = ((b"webhook-id", message_id), (b"webhook-timestamp", time))
    return (*fields, (b"webhook-signature", signature))


TABLE: tuple[tuple[Way, Fields, Reason], ...] = (
    (STRIPE, (), Reason.MISSING),
    (STRIPE, _stripe(b""), Reason.MISSING),
    (STRIPE, (*_stripe(b"t=1"), *_stripe(b"t=1")), Reason.DUPLICATE_HEADER),
    (STRIPE, (*_stripe(b""), *_stripe(b"t=1")), Reason.DUPLICATE_HEADER),
    (STRIPE, _stripe(b"nonsense"), Reason.MALFORMED),
    (STRIPE, _stripe(b"v1=" + HEX), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1"), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1,t=1,v1=" + HEX), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=x,v1=" + HEX), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1,v1=" + HEX[1:]), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1,v1=" + HEX + b"0"), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1,v1=" + b"F" * 64), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1" + b",v1=" + HEX + b",v1=1" * MAX_CANDIDATES), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1,v0=" + b"0" * MAX_FIELD_BYTES), Reason.MALFORMED),
    (STRIPE, _stripe(b"t=1,v0=" + HEX), Reason.UNKNOWN_ALGORITHM),
    (STRIPE, _stripe(b"t=1,v1=" + HEX), Reason.MISMATCH),
    (STRIPE, _stripe(b"t=1,v1=bad,v1=" + HEX), Reason.MISMATCH),
    (STRIPE, STRIPE.fields(BODY, 1), Reason.MISMATCH),
    (STRIPE, STRIPE.fields(BODY, at=later(NOW, -301)), Reason.STALE),
    (STRIPE, STRIPE.fields(BODY, at=later(NOW, 301)), Reason.FUTURE),
    (GITHUB, (), Reason.MISSING),
    (GITHUB, (*_github(b"x"), *_github(b"x")), Reason.DUPLICATE_HEADER),
    (GITHUB, _github(b"nonsense"), Reason.MALFORMED),
    (GITHUB, _github(HEX), Reason.MALFORMED),
    (GITHUB, _github(b"sha256=" + b"F" * 64), Reason.MALFORMED),
    (GITHUB, _github(b"sha256=" + HEX + b"\n"), Reason.MALFORMED),
    (GITHUB, _github(b"sha1=" + HEX[:40]), Reason.UNKNOWN_ALGORITHM),
    (GITHUB, _github(b"sha256=" + HEX), Reason.MISMATCH),
    (STANDARD, (), Reason.MISSING),
    (STANDARD, _standard(V1)[1:], Reason.MISSING),
    (STANDARD, (*_standard(V1), (b"webhook-id", b"m")), Reason.DUPLICATE_HEADER),
    (STANDARD, (*_standard(V1), (b"svix-id", b"m")), Reason.MISMATCH),
    (STANDARD, _standard(b"nonsense"), Reason.MALFORMED),
    (STANDARD, _standard(b"v1," + b"A" * 42 + b"=="), Reason.MALFORMED),
    (STANDARD, _standard(V1, message_id=b"a.b"), Reason.MALFORMED),
    (STANDARD, _standard(V1, message_id=b"a b"), Reason.MALFORMED),
    (STANDARD, _standard(V1, message_id=b"\xe9"), Reason.MALFORMED),
    (STANDARD, _standard(V1, time=b"1e9"), Reason.MALFORMED),
    (STANDARD, _standard(b" ".join([V1] * (MAX_CANDIDATES + 1))), Reason.MALFORMED),
    (ASYMMETRIC, _standard(b" ".join([V1A] * (MAX_ASYMMETRIC + 1))), Reason.MALFORMED),
    (ASYMMETRIC, _standard(b"v1a," + b"A" * 85 + b"B=="), Reason.MALFORMED),
    (STANDARD, _standard(b"v2,AAAA"), Reason.UNKNOWN_ALGORITHM),
    (STANDARD, _standard(V1A), Reason.UNKNOWN_ALGORITHM),
    (ASYMMETRIC, _standard(V1), Reason.UNKNOWN_ALGORITHM),
    (STANDARD, _standard(V1), Reason.MISMATCH),
    (ASYMMETRIC, _standard(V1A), Reason.MISMATCH),
    (STANDARD, STANDARD.fields(BODY, at=later(NOW, -301)), Reason.STALE),
    (ASYMMETRIC, ASYMMETRIC.fields(BODY, at=later(NOW, 301)), Reason.FUTURE),
)


@pytest.mark.parametrize(("way", "fields", "reason"), TABLE)
def test_each_flaw_has_its_reason_and_says_what_was_wrong(
    way: Way, fields: Fields, reason: Reason
) -> None:
    found = way.scheme().verify(delivery(BODY, fields), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is reason
    assert found.detail


def test_every_reason_can_be_reached() -> None:
    elsewhere = {
        Reason.UNTRUSTED_KEY,
        Reason.WRONG_CLAIM,
    }  # of keys fetched, of tokens: their tests
    assert {reason for _, _, reason in TABLE} | elsewhere == set(Reason)
