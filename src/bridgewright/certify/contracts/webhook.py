"""What the inbound half of every connector promises beside its scheme: which keys it takes, what it says of
itself, that whatever bytes come are read; and deliveries that somebody else signed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.scheme import changed, covers, tried, with_fields
from bridgewright.certify.contracts.signed import delivery
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import (
    Coverage,
    Handshake,
    Readable,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text, later
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from bridgewright.certify.contracts.signed import Fields, Vector, Way
    from bridgewright.core.model.inbound import Delivery, Notice

MOST_KEYS = 16
LONGEST = 255
"""Characters of a key or a type that a store keeps."""
LONGEST_FIELD = 512
A_DAY_S = 86_400
fields = st.lists(
    st.tuples(
        st.sampled_from([b"content-type", b"webhook-id", b"x-event"])
        | st.binary(min_size=1, max_size=20),
        st.binary(max_size=60),
    ),
    max_size=6,
)
objects = st.dictionaries(
    st.sampled_from(["id", "type", "event", "created", "data", "object"]) | st.text(max_size=9),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
        ),
        max_leaves=9,
    ),
    max_size=6,
)


class WebhookContract:
    """A class that inherits this gives a fixture `way`: the first `Way` to sign of a `Webhook`."""

    def test_it_knows_its_own_name_and_the_variable_of_its_secret(self, way: Way) -> None:
        webhook = way.webhook
        assert webhook.provider == way.provider
        assert webhook.secret_variable.isidentifier()
        assert webhook.secret_variable.isupper()
        assert 200 <= webhook.profile.accepted.status < 300
        assert 400 <= webhook.profile.rejected.status < 500
        assert webhook.profile.max_body_bytes >= 1_048_576

    @pytest.mark.parametrize("flawed", ["", " ", "whsec_x\n", "whsec_\ud800", "\tk"])
    def test_a_secret_that_cannot_be_a_key_is_refused_when_it_is_bound(
        self, way: Way, flawed: str
    ) -> None:
        good = way.keys(1)[1]
        with pytest.raises(ConfigurationError) as caught:
            way.webhook.scheme([good, Secret(flawed)], way.terms)
        assert "key 2 of 2" in str(caught.value)
        assert way.provider in str(caught.value)

    def test_a_source_has_from_one_to_sixteen_keys(self, way: Way) -> None:
        good = [way.keys(number)[1] for number in range(MOST_KEYS + 1)]
        way.webhook.scheme(good[:MOST_KEYS], way.terms)
        for bad in (good[:0], good):
            with pytest.raises(ConfigurationError, match=way.provider):
                way.webhook.scheme(bad, way.terms)

    def test_what_is_covered_is_what_it_says_of_itself(self, way: Way) -> None:
        assert covers(way) & way.webhook.facts.coverage == covers(way)

    @tried
    @given(given_=fields, body=st.binary(max_size=300))
    def test_any_bytes_are_read_as_notices_that_a_store_can_keep(
        self, way: Way, given_: Fields, body: bytes
    ) -> None:
        _assert_storable(way, given_, body)

    @tried
    @given(given_=fields, value=objects)
    def test_any_object_is_read_as_notices_that_a_store_can_keep(
        self, way: Way, given_: Fields, value: dict[str, object]
    ) -> None:
        _assert_storable(way, given_, json.dumps(value).encode())

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"null",
            b"[]",
            b"NaN",
            b"\xff\xfe",
            b"[" * 200_000,
            b'{"a":' * 200_000,
            b'{"id": 1e999}',
        ],
    )
    def test_a_body_that_nobody_sends_by_mistake_is_read(self, way: Way, body: bytes) -> None:
        _assert_storable(way, ((b"content-type", b"application/json"),), body)


def _assert_storable(way: Way, given_: Fields, body: bytes) -> None:
    sent = delivery(body, given_)
    envelope = way.webhook.read(sent)
    assert envelope == way.webhook.read(sent)
    if isinstance(envelope, Handshake):
        return
    if isinstance(envelope, Unreadable):
        assert envelope.notice.body == body
        assert envelope.notice.event_type == "unreadable"
        assert envelope.notice.key.startswith("sha256:")
        assert envelope.why.isprintable()
    for notice in envelope.notices if isinstance(envelope, Readable) else (envelope.notice,):
        _assert_kept(notice)


def _assert_kept(notice: Notice) -> None:
    texts = [notice.key, notice.event_type, *(part for field in notice.headers for part in field)]
    for text in texts:
        assert text.encode().decode() == text, "half a surrogate pair is no text"
        assert "\0" not in text
    assert all(0 < len(text) <= LONGEST for text in (notice.key, notice.event_type))
    assert all(len(value) <= LONGEST_FIELD for _, value in notice.headers)
    assert notice.occurred_at is None or as_text(notice.occurred_at)


class VectorContract:
    """A class that inherits this gives a fixture `vector`: a delivery that was signed by the provider or
    by a library of its own, and a fixture `way` of the same webhook. Agreeing with oneself proves little."""

    def test_a_delivery_that_somebody_else_signed_verifies(self, vector: Vector) -> None:
        assert isinstance(vector.verify(vector.sent()), Verified)

    @tried
    @given(data=st.data())
    def test_a_foreign_delivery_with_one_byte_changed_is_rejected(
        self, vector: Vector, data: st.DataObject
    ) -> None:
        sent = vector.sent()
        if Coverage.BODY in _verified(vector, sent).coverage:
            other = vector.verify(replace(sent, body=changed(sent.body, data)))
            assert isinstance(other, Rejected)

    def test_a_foreign_delivery_without_one_of_its_signature_fields_is_rejected(
        self, vector: Vector, way: Way
    ) -> None:
        sent = vector.sent()
        signed = {field[0] for field in way.fields(b"{}")} - way.optional
        for field in sent.headers.items():
            rest = [other for other in sent.headers.items() if other[0] != field[0]]
            if field[0] in signed:
                assert isinstance(vector.verify(with_fields(sent, rest)), Rejected)

    @pytest.mark.parametrize("seconds", [-A_DAY_S - 1, A_DAY_S + 1])
    def test_a_foreign_delivery_too_old_or_too_new_is_rejected(
        self, vector: Vector, seconds: int
    ) -> None:
        sent = vector.sent()
        if Coverage.TIME in _verified(vector, sent).coverage:
            assert isinstance(vector.verify(sent, later(vector.at, seconds)), Rejected)


def _verified(vector: Vector, sent: Delivery) -> Verified:
    found = vector.verify(sent)
    assert isinstance(found, Verified)
    return found
