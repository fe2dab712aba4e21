"""What every scheme in the catalogue must do. A new provider joins by being there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import (
    Coverage,
    Delivery,
    Headers,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.model.moment import later
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Checked
from tests.made import NOW
from tests.signed import VECTORS, WAYS, Fields, Vector, Way, delivery, way_of

every_way = pytest.mark.parametrize("way", WAYS, ids=str)
every_vector = pytest.mark.parametrize("vector", VECTORS, ids=str)
every_provider = pytest.mark.parametrize("provider", connectors.receiving_names())

numbers = st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True)
bodies = st.binary(max_size=300)


def _covers(way: Way) -> Coverage:
    found = way.verify(way.sent(b"{}"))
    assert isinstance(found, Verified)
    return found.coverage


def _with(sent: Delivery, fields: Fields) -> Delivery:
    return replace(sent, headers=Headers(fields))


@every_way
@given(body=bodies, keys=numbers, data=st.data())
def test_a_delivery_signed_with_any_of_our_keys_verifies_and_says_which(
    way: Way, body: bytes, keys: list[int], data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(keys) - 1 if way.tells else 0))
    found = way.verify(way.sent(body, keys[position]), *keys)
    assert isinstance(found, Verified)
    assert found.key == position


@every_way
def test_the_first_key_that_matches_is_the_one_that_is_named(way: Way) -> None:
    found = way.verify(way.sent(b"{}", 3), *((7, 3, 3) if way.tells else (3, 3)))
    assert isinstance(found, Verified)
    assert found.key == (1 if way.tells else 0)


@every_way
@given(body=bodies)
def test_other_header_fields_do_not_matter(way: Way, body: bytes) -> None:
    others = ((b"Host", b"example.com"), (b"X-Trace", b"\xff\x00"), (b"host", b"again"))
    sent = way.sent(body)
    fields = tuple((name.upper(), value) for name, value in sent.headers.items())
    assert isinstance(way.verify(_with(sent, (*others, *fields))), Verified)


@every_way
@given(keys=numbers)
def test_a_key_that_is_not_ours_is_rejected(way: Way, keys: list[int]) -> None:
    found = way.verify(way.sent(b"{}", 51), *keys)
    assert isinstance(found, Rejected)
    assert found.reason in {Reason.MISMATCH, Reason.WRONG_CLAIM}


@every_way
@given(body=st.binary(min_size=1, max_size=300), data=st.data())
def test_one_changed_byte_of_the_body_is_rejected_where_the_body_is_covered(
    way: Way, body: bytes, data: st.DataObject
) -> None:
    sent = way.sent(body)
    found = way.verify(replace(sent, body=_changed(sent.body, data)))
    if Coverage.BODY in _covers(way):
        assert isinstance(found, Rejected)


@every_way
@given(body=bodies, more=st.binary(min_size=1, max_size=9), ahead=st.booleans())
def test_bytes_before_or_after_the_body_are_rejected_where_the_body_is_covered(
    way: Way, body: bytes, more: bytes, *, ahead: bool
) -> None:
    sent = way.sent(body)
    other = more + sent.body if ahead else sent.body + more
    found = way.verify(replace(sent, body=other))
    if Coverage.BODY in _covers(way):
        assert isinstance(found, Rejected)


@every_way
def test_another_url_is_rejected_where_the_url_is_covered(way: Way) -> None:
    sent = way.sent(b"{}")
    for url in ("https://elsewhere.example.com/in", sent.url + "x", ""):
        found = way.verify(replace(sent, url=url))
        if Coverage.URL in _covers(way):
            assert isinstance(found, Rejected)
        else:
            assert isinstance(found, Verified)


@every_way
@given(body=bodies, data=st.data())
def test_one_changed_byte_of_any_signature_field_is_rejected(
    way: Way, body: bytes, data: st.DataObject
) -> None:
    sent = way.sent(body)
    fields = list(sent.headers.items())
    needed = [place for place, field in enumerate(fields) if field[0] not in way.optional]
    if not needed:
        return
    index = data.draw(st.sampled_from(needed))
    name, value = fields[index]
    fields[index] = (name, _changed(value, data))
    assert isinstance(way.verify(_with(sent, fields)), Rejected)


def _changed(value: bytes, data: st.DataObject) -> bytes:
    """One byte of it changed. What is drawn depends neither on the value nor on its length: an ECDSA
    signature is another each time, a byte longer or shorter, and Hypothesis calls that flaky."""
    at = data.draw(st.integers(0, 65_535)) % len(value)
    flipped = value[at] ^ data.draw(st.integers(1, 255))
    return value[:at] + bytes([flipped]) + value[at + 1 :]


@every_way
@given(body=bodies, cut=st.integers(1, 60))
def test_a_signature_field_cut_short_is_rejected(way: Way, body: bytes, cut: int) -> None:
    sent = way.sent(body)
    for name, value in sent.headers.items():
        if name not in way.optional:
            others = [field for field in sent.headers.items() if field[0] != name]
            found = way.verify(_with(sent, (*others, (name, value[:-cut]))))
            assert isinstance(found, Rejected)


@every_way
def test_every_signature_field_is_needed_once(way: Way) -> None:
    sent = way.sent(b"{}")
    fields = sent.headers.items()
    for index, field in enumerate(fields):
        if field[0] in way.optional:
            continue
        without = fields[:index] + fields[index + 1 :]
        missing = way.verify(_with(sent, without))
        twice = way.verify(_with(sent, (*fields, field)))
        empty = way.verify(_with(sent, (*without, (field[0], b""))))
        assert isinstance(missing, Rejected)
        assert isinstance(twice, Rejected)
        assert isinstance(empty, Rejected)
        assert missing.reason is empty.reason is Reason.MISSING
        assert twice.reason is Reason.DUPLICATE_HEADER


@every_way
@given(age_s=st.integers(-4, 4))
def test_within_the_tolerance_both_ways_a_signature_is_fresh(way: Way, age_s: int) -> None:
    found = way.verify(way.sent(b"{}"), now=later(NOW, age_s))
    assert isinstance(found, Verified)
    assert found.age_s == (age_s if Coverage.TIME in found.coverage else None)


@every_way
@given(beyond_s=st.floats(1e-6, 1e10), tolerance_s=st.floats(1, 86_400))
def test_beyond_the_tolerance_a_signed_time_is_stale_or_from_the_future(
    way: Way, beyond_s: float, tolerance_s: float
) -> None:
    sent = way.sent(b"{}")
    timed = Coverage.TIME in _covers(way)
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


@every_way
def test_a_forgery_is_never_called_stale(way: Way) -> None:
    found = way.verify(way.sent(b"{}", 1), 0, now=later(NOW, 1e9))
    assert isinstance(found, Rejected)
    assert found.reason in {Reason.MISMATCH, Reason.WRONG_CLAIM}


@every_way
def test_no_rejection_repeats_what_was_sent(way: Way) -> None:
    for mark in (b"PRIVATE", b"sha1=PRIVATE", b"t=1,v1=PRIVATE", b"v1,PRIVATE", b"v9,PRIVATE"):
        fields = [(name, mark) for name, _ in way.fields(b"{}")]
        found = way.scheme().verify(delivery(b"PRIVATE", fields), NOW)
        assert isinstance(found, Rejected)
        assert "PRIVATE" not in repr(found)


@every_way
def test_no_way_of_showing_a_scheme_shows_its_keys(way: Way) -> None:
    shown = repr(way.scheme(1, 2)) + str(way.scheme(1, 2))
    for number in (1, 2):
        for secret in way.keys(number):
            text = secret.reveal().partition("_")[2] or secret.reveal()
            assert text not in shown


@every_provider
@pytest.mark.parametrize("flawed", ["", " ", "whsec_x\n", "whsec_\ud800", "\tk"])
def test_a_secret_that_cannot_be_a_key_is_refused_when_it_is_bound(
    provider: str, flawed: str
) -> None:
    good = way_of(provider).keys(1)[1]
    with pytest.raises(ConfigurationError) as caught:
        connectors.webhook(provider).scheme([good, Secret(flawed)], way_of(provider).terms)
    assert "key 2 of 2" in str(caught.value)
    assert provider in str(caught.value)


@every_provider
def test_a_source_has_from_one_to_sixteen_keys(provider: str) -> None:
    way = way_of(provider)
    good = [way.keys(number)[1] for number in range(17)]
    connectors.webhook(provider).scheme(good[:16], way.terms)
    for bad in (good[:0], good):
        with pytest.raises(ConfigurationError, match=provider):
            connectors.webhook(provider).scheme(bad, way.terms)


@every_way
@pytest.mark.parametrize("tolerance_s", [0, -1.0, 0.99, 86_401, float("inf"), float("nan")])
def test_a_tolerance_out_of_bounds_is_refused(way: Way, tolerance_s: float) -> None:
    with pytest.raises(ConfigurationError, match="tolerance_s"):
        way.scheme(tolerance_s=tolerance_s)


@every_way
def test_a_tolerance_is_taken_only_where_a_time_is_signed(way: Way) -> None:
    if Coverage.TIME in _covers(way):
        way.scheme(tolerance_s=60)
        return
    with pytest.raises(ConfigurationError, match="signs no time"):
        way.scheme(tolerance_s=60)


@every_provider
def test_a_connector_knows_its_own_name_and_the_variable_of_its_secret(provider: str) -> None:
    webhook = connectors.webhook(provider)
    assert webhook.provider == provider
    assert webhook.secret_variable.isidentifier()
    assert webhook.secret_variable.isupper()
    assert 200 <= webhook.profile.accepted.status < 300
    assert 400 <= webhook.profile.rejected.status < 500
    assert webhook.profile.max_body_bytes >= 1_048_576


@every_provider
def test_each_provider_has_a_way_and_a_delivery_that_somebody_else_signed(provider: str) -> None:
    facts = connectors.webhook(provider).facts
    assert way_of(provider)
    assert any(vector.provider == provider for vector in VECTORS) or facts.checked is Checked.NOT


@every_way
def test_what_is_covered_is_what_the_catalogue_says(way: Way) -> None:
    said = connectors.webhook(way.provider).facts.coverage
    assert _covers(way) & said == _covers(way)


@every_vector
def test_a_delivery_that_somebody_else_signed_verifies(vector: Vector) -> None:
    assert isinstance(vector.verify(vector.sent()), Verified)


@every_vector
@given(data=st.data())
def test_a_foreign_delivery_with_one_byte_changed_is_rejected(
    vector: Vector, data: st.DataObject
) -> None:
    sent = vector.sent()
    found = vector.verify(sent)
    assert isinstance(found, Verified)
    if Coverage.BODY in found.coverage:
        changed = vector.verify(replace(sent, body=_changed(sent.body, data)))
        assert isinstance(changed, Rejected)


@every_vector
def test_a_foreign_delivery_without_one_of_its_signature_fields_is_rejected(
    vector: Vector,
) -> None:
    sent = vector.sent()
    optional = way_of(vector.provider).optional
    signed = {field[0] for field in way_of(vector.provider).fields(b"{}")} - optional
    for field in sent.headers.items():
        rest = [other for other in sent.headers.items() if other[0] != field[0]]
        if field[0] in signed:
            assert isinstance(vector.verify(_with(sent, rest)), Rejected)


@every_vector
def test_a_foreign_delivery_too_old_or_too_new_is_rejected(vector: Vector) -> None:
    sent = vector.sent()
    found = vector.verify(sent)
    assert isinstance(found, Verified)
    for seconds in (-86_401, 86_401):
        moved = vector.verify(sent, later(vector.at, seconds))
        if Coverage.TIME in found.coverage:
            assert isinstance(moved, Rejected)
