"""Several signatures in one delivery, several keys of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import Coverage, Rejected, Verified
from bridgewright.core.model.secret import Secret
from tests.signed import WAYS, Way, delivery, pair_text, secret_text

HOLD_SEVERAL = {"docusign", "gitlab", "paddle", "standard", "standard-v1a", "stripe"}
"""The ways whose deliveries can hold several signatures."""
MANY = [way for way in WAYS if str(way) in HOLD_SEVERAL]
keys = st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize("way", MANY, ids=str)
@given(theirs=keys, ours=keys)
def test_a_delivery_signed_with_several_keys_verifies_if_one_of_them_is_ours(
    way: Way, theirs: list[int], ours: list[int]
) -> None:
    found = way.scheme(*ours).verify(delivery(b"{}", way.fields(b"{}", *theirs)), NOW)
    shared = [position for position, number in enumerate(ours) if number in theirs]
    if shared:
        assert isinstance(found, Verified)
        assert found.key == shared[0]
    else:
        assert isinstance(found, Rejected)


@pytest.mark.parametrize(
    ("provider", "junk"),
    [
        ("stripe", b",v1=short,v1=\xff,v0=1,=,x"),
        ("standard", b" v1,short v1,\xff= v1a,AAAA v9,x nonsense  "),
    ],
)
def test_a_malformed_signature_does_not_hide_a_good_one(provider: str, junk: bytes) -> None:
    way = next(way for way in WAYS if str(way) == provider)
    *others, (name, value) = way.fields(b"{}")
    found = way.scheme().verify(delivery(b"{}", (*others, (name, value + junk))), NOW)
    assert isinstance(found, Verified)


def test_a_shared_and_a_public_key_are_valid_at_once_in_the_order_they_were_given() -> None:
    webhook = connectors.webhook("standard")
    private, public = (Secret(text) for text in pair_text(1))
    shared = Secret(secret_text(1))
    scheme = webhook.scheme([public, shared])
    for keys, position in (([private], 0), ([shared], 1), ([shared, private], 0)):
        fields = webhook.sign(keys, b"{}", message_id="msg_1", at=NOW).headers
        assert scheme.verify(delivery(b"{}", fields), NOW) == Verified(
            position, Coverage.BODY | Coverage.TIME | Coverage.ID, 0.0
        )


def test_what_each_signature_covers_is_said() -> None:
    found = {}
    for way in WAYS:
        verified = way.verify(way.sent(b"{}"))
        assert isinstance(verified, Verified)
        found[str(way)] = verified.coverage.words()
    assert found["stripe"] == ("body", "time")
    assert found["github"] == ("body",)
    assert found["standard"] == found["standard-v1a"] == ("body", "time", "id")


def test_an_id_that_no_receiver_could_verify_is_not_signed() -> None:
    sign = connectors.webhook("standard").sign
    for message_id in ("", "a.b", "a b", "\N{SNOWMAN}", "a\n"):
        with pytest.raises(ValueError, match="message_id"):
            sign([Secret(secret_text(1))], b"{}", message_id=message_id, at=NOW)
