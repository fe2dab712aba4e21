"""Any bytes to any webhook in the catalogue: a verification, an envelope, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.inbound import (
    Handshake,
    Headers,
    NeedsKey,
    Notice,
    Readable,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.secret import Secret
from tests.fuzz import hostile
from tests.signed import VECTORS, WAYS, Fields, Vector, Way, delivery

if TYPE_CHECKING:
    from bridgewright.core.ports import Scheme

pytestmark = pytest.mark.slow
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
every_vector = pytest.mark.parametrize("vector", VECTORS, ids=str)
every_provider = pytest.mark.parametrize("provider", connectors.receiving_names())


@every_way
@given(fields=hostile.headers, body=st.one_of(st.sampled_from(hostile.BODIES), st.binary()))
def test_any_headers_and_any_body_are_rejected_and_nothing_is_raised(
    way: Way, fields: Fields, body: bytes
) -> None:
    assert isinstance(way.scheme(0, 1).verify(delivery(body, fields), NOW), Rejected)


@every_way
@given(data=st.data())
def test_any_text_in_the_place_of_a_real_field_is_rejected(way: Way, data: st.DataObject) -> None:
    sent = way.sent(b"{}")
    fields = list(sent.headers.items())
    needed = [place for place, field in enumerate(fields) if field[0] not in way.optional]
    if needed:
        index = data.draw(st.sampled_from(needed))
        value = data.draw(hostile.texts.filter(lambda value: value != fields[index][1]))
        fields[index] = (fields[index][0], value)
        assert isinstance(way.verify(replace(sent, headers=Headers(fields))), Rejected)


@every_way
def test_each_hostile_text_in_every_field_is_rejected(way: Way) -> None:
    names, scheme = [name for name, _ in way.fields(b"{}")], way.scheme()
    for text in hostile.TEXTS:
        fields = [(name, text) for name in names]
        found = scheme.verify(delivery(b"{}", fields), NOW)
        assert isinstance(found, Rejected), text[:40]


@every_vector
def test_each_hostile_document_in_the_place_of_a_key_verifies_nothing(vector: Vector) -> None:
    found = _scheme(vector).verify(vector.sent(), vector.at)
    for document in hostile.KEYS if isinstance(found, NeedsKey) else ():
        try:
            key = found.parse(document)
        except ValueError:
            continue
        assert not isinstance(found.resume(key), Verified), document[:80]


@every_vector
@given(data=st.data())
def test_any_change_of_a_published_key_is_no_key_or_gets_a_verification(
    vector: Vector, data: st.DataObject
) -> None:
    found = _scheme(vector).verify(vector.sent(), vector.at)
    if isinstance(found, NeedsKey):
        honest = vector.publish(found)
        at = data.draw(st.integers(0, len(honest)))
        more, fewer = data.draw(st.binary(max_size=6)), data.draw(st.integers(0, 6))
        try:
            key = found.parse(honest[:at] + more + honest[at + fewer :])
        except ValueError:
            return
        assert isinstance(found.resume(key), Verified | Rejected | NeedsKey)


def _scheme(vector: Vector) -> Scheme:
    keys = [Secret(key) for key in vector.keys]
    return connectors.webhook(vector.provider).scheme(keys, vector.terms)


@every_provider
@given(fields=hostile.headers, body=st.one_of(st.sampled_from(hostile.BODIES), st.binary()))
def test_any_bytes_are_read_as_notices_that_a_store_can_keep(
    provider: str, fields: Fields, body: bytes
) -> None:
    _assert_storable(provider, fields, body)


@every_provider
@pytest.mark.parametrize(
    "content_type", [b"application/json", b"application/x-www-form-urlencoded", b"\xff"]
)
def test_each_hostile_body_is_read_under_any_content_type(
    provider: str, content_type: bytes
) -> None:
    fields = ((b"content-type", content_type), (b"x-github-event", b"push"))
    for body in hostile.BODIES:
        _assert_storable(provider, (*fields, (b"webhook-id", b"msg_1")), body)


@every_provider
@given(fields=hostile.headers, value=hostile.objects, form=st.booleans())
def test_any_object_is_read_as_notices_that_a_store_can_keep(
    provider: str, fields: Fields, value: dict[str, object], *, form: bool
) -> None:
    body = json.dumps(value)
    if form:
        _assert_storable(provider, fields, urlencode({"payload": body}).encode())
    _assert_storable(provider, fields, body.encode())


def _assert_storable(provider: str, fields: Fields, body: bytes) -> None:
    sent = delivery(body, fields)
    read = connectors.webhook(provider).read
    envelope = read(sent)
    assert envelope == read(sent)
    if isinstance(envelope, Handshake):
        return
    if isinstance(envelope, Unreadable):
        assert envelope.notice.body == body
        assert envelope.notice.event_type == "unreadable"
        assert envelope.notice.key.startswith("sha256:")
        assert envelope.why.isprintable()
    notices = envelope.notices if isinstance(envelope, Readable) else (envelope.notice,)
    for notice in notices:
        _assert_kept(notice)


def _assert_kept(notice: Notice) -> None:
    texts = [notice.key, notice.event_type, *(part for field in notice.headers for part in field)]
    with sqlite3.connect(":memory:") as store:
        row = store.execute(f"SELECT {','.join('?' * len(texts))}", texts).fetchone()
    store.close()
    assert list(row) == texts
    assert "\0" not in "".join(texts)
    assert all(0 < len(text) <= 255 for text in (notice.key, notice.event_type))
    assert all(len(value) <= 512 for _, value in notice.headers)
    if notice.occurred_at is not None:
        assert as_text(notice.occurred_at)
