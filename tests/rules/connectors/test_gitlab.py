"""GitLab's two proofs beside each other, and whose word its ids are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import (
    Coverage,
    Delivery,
    Headers,
    Notice,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.envelope import fingerprint
from bridgewright.core.signing.webhook import Terms
from tests.signed import Fields, delivery, secret_text

GITLAB = connectors.webhook("gitlab")
SIGNING, OTHER = Secret(secret_text(0)), Secret(secret_text(1))
CLEAR = Secret("typed-by-somebody")
SIGNED = Coverage.BODY | Coverage.TIME | Coverage.ID
MERGE = {
    "object_kind": "merge_request",
    "event_type": "merge_request",
    "project": {"id": 1, "path_with_namespace": "gitlab-org/gitlab-test"},
    "object_attributes": {"id": 99, "iid": 1, "action": "open", "state": "opened"},
}
BODY = json.dumps(MERGE).encode()


def sent(key: Secret, *others: tuple[bytes, bytes], message_id: str = "f5e5f430") -> Delivery:
    signed = GITLAB.sign([key], BODY, message_id=message_id, at=NOW)
    return delivery(signed.body, (*signed.headers, *others))


def verify(found: Delivery, *keys: Secret) -> Verified | Rejected:
    verification = GITLAB.scheme(keys).verify(found, NOW)
    assert isinstance(verification, Verified | Rejected)
    return verification


def read(body: Any, *fields: tuple[bytes, bytes]) -> Notice:
    envelope = GITLAB.read(delivery(json.dumps(body).encode(), fields))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    return notice


@given(keys=st.permutations([SIGNING, CLEAR, OTHER]))
def test_the_form_of_a_key_says_what_it_proves_and_its_place_is_told(keys: list[Secret]) -> None:
    for key, coverage in ((SIGNING, SIGNED), (OTHER, SIGNED), (CLEAR, Coverage.NOTHING)):
        found = verify(sent(key), *keys)
        assert isinstance(found, Verified)
        assert (found.key, found.coverage) == (keys.index(key), coverage)
        assert (found.age_s is None) == (coverage is Coverage.NOTHING)


def test_a_delivery_with_both_proofs_is_verified_by_its_signature_alone() -> None:
    token = (b"X-Gitlab-Token", CLEAR.reveal().encode())
    both = sent(SIGNING, token)
    assert verify(both, SIGNING, CLEAR) == Verified(0, SIGNED, 0.0)
    forged = replace(both, body=both.body + b" ")
    found = verify(forged, SIGNING, CLEAR)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH


def test_where_only_signatures_count_a_token_proves_nothing() -> None:
    found = verify(sent(CLEAR), SIGNING)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISSING


def test_a_signing_token_sent_in_clear_is_no_token() -> None:
    shown = delivery(BODY, ((b"X-Gitlab-Token", SIGNING.reveal().encode()),))
    assert isinstance(verify(shown, SIGNING), Rejected)
    assert isinstance(verify(shown, SIGNING, CLEAR), Rejected)


def test_a_tolerance_is_taken_as_soon_as_one_key_signs_a_time() -> None:
    GITLAB.scheme([CLEAR, SIGNING], Terms(tolerance_s=60))
    with pytest.raises(ConfigurationError, match="signs no time"):
        GITLAB.scheme([CLEAR], Terms(tolerance_s=60))


@pytest.mark.parametrize("prefix", [b"webhook-", b"svix-"])
def test_an_id_that_is_not_signed_cannot_make_a_captured_delivery_new(prefix: bytes) -> None:
    captured = sent(SIGNING)
    fields: Fields = [
        (name.replace(b"webhook-", prefix), value) for name, value in captured.headers.items()
    ]
    again = replace(captured, headers=Headers((*fields, (b"Idempotency-Key", b"made-up"))))
    assert isinstance(verify(again, SIGNING), Verified)
    envelope = GITLAB.read(again)
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].key == "f5e5f430"


def test_an_unsigned_delivery_is_known_by_its_idempotency_key_and_an_old_one_by_its_body() -> None:
    unsigned = ((b"webhook-id", b"not-signed"), (b"Idempotency-Key", b"f5e5f430"))
    assert read(MERGE, *unsigned).event_id == "f5e5f430"
    old = read(MERGE, (b"X-Gitlab-Event-UUID", b"shared-by-all-hooks"))
    assert (old.key, old.event_id) == (fingerprint(BODY), None)


@pytest.mark.parametrize(
    ("body", "event_type"),
    [
        (MERGE, "merge_request.open"),
        ({"object_kind": "push", "event_name": "push", "ref": "refs/heads/main"}, "push"),
        ({"event_name": "project_create", "project_id": 1}, "project_create"),
        ({"text": "by a custom template"}, "event"),
        ({"object_kind": ["push"], "object_attributes": {"action": "open"}}, "event"),
    ],
)
def test_an_event_is_named_by_its_kind_and_action(body: Any, event_type: str) -> None:
    assert read(body).event_type == event_type


def test_headers_that_say_where_it_came_from_are_kept_and_tokens_are_not() -> None:
    fields = ((b"X-Gitlab-Event", b"Push Hook"), (b"X-Gitlab-Token", b"typed-by-somebody"))
    assert read(MERGE, *fields).headers == (("x-gitlab-event", "Push Hook"),)


def test_what_is_no_event_is_unreadable() -> None:
    long = json.dumps({"object_kind": "a" * 200, "object_attributes": {"action": "b" * 100}})
    for body in (b"", b"[]", long.encode()):
        assert isinstance(GITLAB.read(delivery(body, ())), Unreadable)


def test_the_largest_push_that_gitlab_sends_is_taken() -> None:
    assert GITLAB.profile.max_body_bytes == 25 * 1_048_576
