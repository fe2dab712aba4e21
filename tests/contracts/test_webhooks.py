"""What every scheme in the catalogue must do. A new provider joins by being there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import Coverage, Reason, Rejected, Verified
from bridgewright.core.model.moment import later
from bridgewright.core.model.secret import Secret
from tests.made import NOW
from tests.signed import WAYS, Way, delivery

every_way = pytest.mark.parametrize("way", WAYS, ids=str)
every_provider = pytest.mark.parametrize("provider", connectors.receiving_names())

numbers = st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True)
bodies = st.binary(max_size=300)
ages = st.integers(-300, 300)


def _covers(way: Way) -> Coverage:
    found = way.scheme().verify(delivery(b"{}", way.fields(b"{}")), NOW)
    assert isinstance(found, Verified)
    return found.coverage


@every_way
@given(body=bodies, keys=numbers, data=st.data())
def test_a_delivery_signed_with_any_of_our_keys_verifies_and_says_which(
    way: Way, body: bytes, keys: list[int], data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(keys) - 1))
    fields = way.fields(body, keys[position])
    found = way.scheme(*keys).verify(delivery(body, fields), NOW)
    assert isinstance(found, Verified)
    assert found.key == position


@every_way
@given(body=bodies)
def test_the_first_key_that_matches_is_the_one_that_is_named(way: Way, body: bytes) -> None:
    found = way.scheme(7, 3, 3).verify(delivery(body, way.fields(body, 3)), NOW)
    assert isinstance(found, Verified)
    assert found.key == 1


@every_way
@given(body=bodies)
def test_other_header_fields_do_not_matter(way: Way, body: bytes) -> None:
    others = ((b"Host", b"example.com"), (b"X-Trace", b"\xff\x00"), (b"host", b"again"))
    fields = tuple((name.upper(), value) for name, value in way.fields(body))
    found = way.scheme().verify(delivery(body, (*others, *fields)), NOW)
    assert isinstance(found, Verified)


@every_way
@given(body=bodies, keys=numbers)
def test_a_key_that_is_not_ours_is_rejected(way: Way, body: bytes, keys: list[int]) -> None:
    found = way.scheme(*keys).verify(delivery(body, way.fields(body, 51)), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH


@every_way
@given(body=st.binary(min_size=1, max_size=300), data=st.data())
def test_one_changed_byte_of_the_body_is_rejected(
    way: Way, body: bytes, data: st.DataObject
) -> None:
    found = way.scheme().verify(delivery(_changed(body, data), way.fields(body)), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH


@every_way
@given(body=bodies, more=st.binary(min_size=1, max_size=9), ahead=st.booleans())
def test_bytes_before_or_after_the_body_are_rejected(
    way: Way, body: bytes, more: bytes, *, ahead: bool
) -> None:
    other = more + body if ahead else body + more
    found = way.scheme().verify(delivery(other, way.fields(body)), NOW)
    assert isinstance(found, Rejected)


@every_way
@given(body=bodies, data=st.data())
def test_one_changed_byte_of_any_signature_field_is_rejected(
    way: Way, body: bytes, data: st.DataObject
) -> None:
    fields = list(way.fields(body))
    index = data.draw(st.integers(0, len(fields) - 1))
    name, value = fields[index]
    fields[index] = (name, _changed(value, data))
    assert isinstance(way.scheme().verify(delivery(body, fields), NOW), Rejected)


def _changed(value: bytes, data: st.DataObject) -> bytes:
    at = data.draw(st.integers(0, len(value) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != value[at]))
    return value[:at] + bytes([byte]) + value[at + 1 :]


@every_way
@given(body=bodies, cut=st.integers(1, 60))
def test_a_signature_field_cut_short_is_rejected(way: Way, body: bytes, cut: int) -> None:
    *others, (name, value) = way.fields(body)
    found = way.scheme().verify(delivery(body, (*others, (name, value[:-cut]))), NOW)
    assert isinstance(found, Rejected)


@every_way
def test_every_signature_field_is_needed_once(way: Way) -> None:
    fields = way.fields(b"{}")
    for index, field in enumerate(fields):
        without = fields[:index] + fields[index + 1 :]
        missing = way.scheme().verify(delivery(b"{}", without), NOW)
        twice = way.scheme().verify(delivery(b"{}", (*fields, field)), NOW)
        empty = way.scheme().verify(delivery(b"{}", (*without, (field[0], b""))), NOW)
        assert isinstance(missing, Rejected)
        assert isinstance(twice, Rejected)
        assert isinstance(empty, Rejected)
        assert missing.reason is empty.reason is Reason.MISSING
        assert twice.reason is Reason.DUPLICATE_HEADER


@every_way
@given(body=bodies, age_s=ages)
def test_within_the_tolerance_both_ways_a_signature_is_fresh(
    way: Way, body: bytes, age_s: int
) -> None:
    found = way.scheme().verify(delivery(body, way.fields(body)), later(NOW, age_s))
    assert isinstance(found, Verified)
    assert found.age_s == (age_s if Coverage.TIME in found.coverage else None)


@every_way
@given(beyond_s=st.floats(1e-6, 1e10), tolerance_s=st.one_of(st.none(), st.floats(1, 86_400)))
def test_beyond_the_tolerance_a_signed_time_is_stale_or_from_the_future(
    way: Way, beyond_s: float, tolerance_s: float | None
) -> None:
    timed = Coverage.TIME in _covers(way)
    scheme = way.scheme(tolerance_s=tolerance_s if timed else None)
    distance_s = (tolerance_s or 300.0) + beyond_s
    signed = delivery(b"{}", way.fields(b"{}"))
    stale = scheme.verify(signed, later(NOW, distance_s))
    future = scheme.verify(signed, later(NOW, -distance_s))
    if timed:
        assert isinstance(stale, Rejected)
        assert isinstance(future, Rejected)
        assert (stale.reason, future.reason) == (Reason.STALE, Reason.FUTURE)
    else:
        assert isinstance(stale, Verified)
        assert isinstance(future, Verified)


@every_way
def test_a_forgery_is_never_called_stale(way: Way) -> None:
    forged = delivery(b"{}", way.fields(b"{}", 1))
    found = way.scheme(0).verify(forged, later(NOW, 1e9))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH


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
            text = secret.reveal().partition("_")[2]
            assert text not in shown


@every_provider
@pytest.mark.parametrize("flawed", ["", " ", "whsec_x\n", "whsec_\ud800", "\tk"])
def test_a_secret_that_cannot_be_a_key_is_refused_when_it_is_bound(
    provider: str, flawed: str
) -> None:
    good = WAYS[connectors.receiving_names().index(provider)].keys(1)[1]
    with pytest.raises(ConfigurationError) as caught:
        connectors.webhook(provider).scheme([good, Secret(flawed)])
    assert "key 2 of 2" in str(caught.value)
    assert provider in str(caught.value)


@every_provider
def test_a_source_has_from_one_to_sixteen_keys(provider: str) -> None:
    way = WAYS[connectors.receiving_names().index(provider)]
    good = [way.keys(number)[1] for number in range(17)]
    connectors.webhook(provider).scheme(good[:16])
    for bad in (good[:0], good):
        with pytest.raises(ConfigurationError, match=provider):
            connectors.webhook(provider).scheme(bad)


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
