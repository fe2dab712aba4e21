"""What every scheme promises: what its provider signed verifies, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import NOW
from bridgewright.certify.contracts.signed import delivery
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage, Headers, Reason, Rejected, Verified
from bridgewright.core.model.moment import later

if TYPE_CHECKING:
    from bridgewright.certify.contracts.signed import Fields, Way
    from bridgewright.core.model.inbound import Delivery

numbers = st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True)
bodies = st.binary(max_size=300)
tried = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)
"""A way is a frozen value: one fixture may serve all examples, and one suite several classes."""


def covers(way: Way) -> Coverage:
    """What the signature of this way binds."""
    found = way.verify(way.sent(b"{}"))
    assert isinstance(found, Verified)
    return found.coverage


def with_fields(sent: Delivery, fields: Fields) -> Delivery:
    """The same delivery under another header."""
    return replace(sent, headers=Headers(fields))


def changed(value: bytes, data: st.DataObject) -> bytes:
    """One byte of it changed. What is drawn depends neither on the value nor on its length: an ECDSA
    signature is another each time, a byte longer or shorter, and Hypothesis calls that flaky."""
    at = data.draw(st.integers(0, 65_535)) % len(value)
    flipped = value[at] ^ data.draw(st.integers(1, 255))
    return value[:at] + bytes([flipped]) + value[at + 1 :]


class SchemeContract:
    """A class that inherits this gives a fixture `way`: a `Way` to sign, made of a `Webhook`."""

    @tried
    @given(body=bodies, keys=numbers, data=st.data())
    def test_a_delivery_signed_with_any_of_our_keys_verifies_and_says_which(
        self, way: Way, body: bytes, keys: list[int], data: st.DataObject
    ) -> None:
        position = data.draw(st.integers(0, len(keys) - 1 if way.tells else 0))
        found = way.verify(way.sent(body, keys[position]), *keys)
        assert isinstance(found, Verified)
        assert found.key == position

    def test_the_first_key_that_matches_is_the_one_that_is_named(self, way: Way) -> None:
        found = way.verify(way.sent(b"{}", 3), *((7, 3, 3) if way.tells else (3, 3)))
        assert isinstance(found, Verified)
        assert found.key == (1 if way.tells else 0)

    @tried
    @given(body=bodies)
    def test_other_header_fields_do_not_matter(self, way: Way, body: bytes) -> None:
        others = ((b"Host", b"example.com"), (b"X-Trace", b"\xff\x00"), (b"host", b"again"))
        sent = way.sent(body)
        fields = tuple((name.upper(), value) for name, value in sent.headers.items())
        assert isinstance(way.verify(with_fields(sent, (*others, *fields))), Verified)

    @tried
    @given(keys=numbers)
    def test_a_key_that_is_not_ours_is_rejected(self, way: Way, keys: list[int]) -> None:
        found = way.verify(way.sent(b"{}", 51), *keys)
        assert isinstance(found, Rejected)
        assert found.reason in {Reason.MISMATCH, Reason.WRONG_CLAIM}

    @tried
    @given(body=st.binary(min_size=1, max_size=300), data=st.data())
    def test_one_changed_byte_of_the_body_is_rejected_where_the_body_is_covered(
        self, way: Way, body: bytes, data: st.DataObject
    ) -> None:
        sent = way.sent(body)
        found = way.verify(replace(sent, body=changed(sent.body, data)))
        if Coverage.BODY in covers(way):
            assert isinstance(found, Rejected)

    @tried
    @given(body=bodies, more=st.binary(min_size=1, max_size=9), ahead=st.booleans())
    def test_bytes_before_or_after_the_body_are_rejected_where_the_body_is_covered(
        self, way: Way, body: bytes, more: bytes, *, ahead: bool
    ) -> None:
        sent = way.sent(body)
        other = more + sent.body if ahead else sent.body + more
        found = way.verify(replace(sent, body=other))
        if Coverage.BODY in covers(way):
            assert isinstance(found, Rejected)

    def test_another_url_is_rejected_where_the_url_is_covered(self, way: Way) -> None:
        sent = way.sent(b"{}")
        for url in ("https://elsewhere.example.com/in", sent.url + "x", ""):
            found = way.verify(replace(sent, url=url))
            if Coverage.URL in covers(way):
                assert isinstance(found, Rejected)
            else:
                assert isinstance(found, Verified)

    @tried
    @given(body=bodies, data=st.data())
    def test_one_changed_byte_of_any_signature_field_is_rejected(
        self, way: Way, body: bytes, data: st.DataObject
    ) -> None:
        sent = way.sent(body)
        fields = list(sent.headers.items())
        needed = [place for place, field in enumerate(fields) if field[0] not in way.optional]
        if not needed:
            return
        index = data.draw(st.sampled_from(needed))
        name, value = fields[index]
        fields[index] = (name, changed(value, data))
        assert isinstance(way.verify(with_fields(sent, fields)), Rejected)

    @tried
    @given(body=bodies, cut=st.integers(1, 60))
    def test_a_signature_field_cut_short_is_rejected(self, way: Way, body: bytes, cut: int) -> None:
        sent = way.sent(body)
        for name, value in sent.headers.items():
            if name not in way.optional:
                others = [field for field in sent.headers.items() if field[0] != name]
                found = way.verify(with_fields(sent, (*others, (name, value[:-cut]))))
                assert isinstance(found, Rejected)

    def test_every_signature_field_is_needed_once(self, way: Way) -> None:
        sent = way.sent(b"{}")
        fields = sent.headers.items()
        for index, field in enumerate(fields):
            if field[0] in way.optional:
                continue
            without = fields[:index] + fields[index + 1 :]
            missing = way.verify(with_fields(sent, without))
            twice = way.verify(with_fields(sent, (*fields, field)))
            empty = way.verify(with_fields(sent, (*without, (field[0], b""))))
            assert isinstance(missing, Rejected)
            assert isinstance(twice, Rejected)
            assert isinstance(empty, Rejected)
            assert missing.reason is empty.reason is Reason.MISSING
            assert twice.reason is Reason.DUPLICATE_HEADER

    @tried
    @given(age_s=st.integers(-4, 4))
    def test_within_the_tolerance_both_ways_a_signature_is_fresh(
        self, way: Way, age_s: int
    ) -> None:
        found = way.verify(way.sent(b"{}"), now=later(NOW, age_s))
        assert isinstance(found, Verified)
        assert found.age_s == (age_s if Coverage.TIME in found.coverage else None)

    @tried
    @given(beyond_s=st.floats(1e-6, 1e10), tolerance_s=st.floats(1, 86_400))
    def test_beyond_the_tolerance_a_signed_time_is_stale_or_from_the_future(
        self, way: Way, beyond_s: float, tolerance_s: float
    ) -> None:
        sent = way.sent(b"{}")
        timed = Coverage.TIME in covers(way)
        given_s = tolerance_s if timed else None
        stale = way.verify(sent, now=later(NOW, tolerance_s + beyond_s), tolerance_s=given_s)
        future = way.verify(sent, now=later(NOW, -tolerance_s - beyond_s), tolerance_s=given_s)
        if timed:
            assert isinstance(stale, Rejected)
            assert isinstance(future, Rejected)
            assert (stale.reason, future.reason) == (Reason.STALE, Reason.FUTURE)
        else:
            assert isinstance(stale, Verified)
            assert isinstance(future, Verified)

    def test_a_forgery_is_never_called_stale(self, way: Way) -> None:
        found = way.verify(way.sent(b"{}", 1), 0, now=later(NOW, 1e9))
        assert isinstance(found, Rejected)
        assert found.reason in {Reason.MISMATCH, Reason.WRONG_CLAIM}

    def test_no_rejection_repeats_what_was_sent(self, way: Way) -> None:
        for mark in (b"PRIVATE", b"sha1=PRIVATE", b"t=1,v1=PRIVATE", b"v1,PRIVATE", b"v9,PRIVATE"):
            fields = [(name, mark) for name, _ in way.fields(b"{}")]
            found = way.scheme().verify(delivery(b"PRIVATE", fields), NOW)
            assert isinstance(found, Rejected)
            assert "PRIVATE" not in repr(found)

    def test_no_way_of_showing_a_scheme_shows_its_keys(self, way: Way) -> None:
        shown = repr(way.scheme(1, 2)) + str(way.scheme(1, 2))
        for number in (1, 2):
            for secret in way.keys(number):
                text = secret.reveal().partition("_")[2] or secret.reveal()
                assert text not in shown

    @pytest.mark.parametrize("tolerance_s", [0, -1.0, 0.99, 86_401, float("inf"), float("nan")])
    def test_a_tolerance_out_of_bounds_is_refused(self, way: Way, tolerance_s: float) -> None:
        with pytest.raises(ConfigurationError, match="tolerance_s"):
            way.scheme(tolerance_s=tolerance_s)

    def test_a_tolerance_is_taken_only_where_a_time_is_signed(self, way: Way) -> None:
        if Coverage.TIME in covers(way):
            way.scheme(tolerance_s=60)
            return
        with pytest.raises(ConfigurationError, match="signs no time"):
            way.scheme(tolerance_s=60)
