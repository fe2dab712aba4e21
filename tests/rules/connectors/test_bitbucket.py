"""Bitbucket's events: their names stand beside the body."""

from __future__ import annotations

import pytest

from bridgewright import connectors
from bridgewright.core.model.inbound import Notice, Readable, Unreadable
from bridgewright.core.signing.envelope import fingerprint
from tests.signed import Fields, delivery

BITBUCKET = connectors.webhook("bitbucket")
BODY = b'{"actor": {"type": "user"}, "repository": {"full_name": "team/repo"}, "push": {"changes": []}}'
EVENT = (b"X-Event-Key", b"repo:push")
UUID = (b"X-Request-UUID", b"5b3a4a55-0cb1-4bd4-9d6a-2fb2b5b4a9a1")


def read(*fields: tuple[bytes, bytes]) -> Notice:
    envelope = BITBUCKET.read(delivery(BODY, fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


def test_an_event_is_known_by_its_request_and_named_by_its_key() -> None:
    notice = read(EVENT, UUID, (b"X-Attempt-Number", b"2"), (b"X-Hub-Signature", b"sha256=0"))
    assert notice.key == notice.event_id == "5b3a4a55-0cb1-4bd4-9d6a-2fb2b5b4a9a1"
    assert notice.event_type == "repo:push"
    assert dict(notice.headers)["x-attempt-number"] == "2"
    assert "x-hub-signature" not in dict(notice.headers)


def test_without_one_request_id_the_body_is_the_key() -> None:
    for fields in ((EVENT,), (EVENT, UUID, UUID)):
        assert (read(*fields).key, read(*fields).event_id) == (fingerprint(BODY), None)


@pytest.mark.parametrize("fields", [(), (EVENT, EVENT), ((b"X-Event-Key", b"\xff\x00"),)])
def test_without_one_event_key_it_is_unreadable(fields: Fields) -> None:
    assert isinstance(BITBUCKET.read(delivery(BODY, fields)), Unreadable)
