"""Discord's interactions and webhook events; PyNaCl signs what we verify and verifies what we sign."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey, VerifyKey

from bridgewright import connectors
from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.discord.profile import WEBHOOK_PROFILE
from bridgewright.connectors.discord.webhook import INTERACTIONS
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import (
    Answer,
    Envelope,
    Handshake,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import as_text
from bridgewright.core.model.secret import Secret
from tests.signed import delivery

DISCORD = connectors.webhook("discord")
THEIRS = SigningKey(bytes(range(32)))
PUBLIC = Secret(THEIRS.verify_key.encode().hex())
SECONDS = b"1800000000"

INTERACTION = {
    "version": 1,
    "type": 2,
    "token": "made-up",
    "id": "846462639134605312",
    "application_id": "845027738276462632",
    "guild_id": "290926798626357999",
    "data": {"type": 1, "name": "cardsearch", "id": "771825006014889984"},
}
EVENT = {
    "version": 1,
    "application_id": "1234560123453231555",
    "type": 1,
    "event": {
        "type": "ENTITLEMENT_CREATE",
        "timestamp": "2027-01-15T08:00:00.109604+00:00",
        "data": {"id": "1234505980407808808"},
    },
}


def _read(value: object) -> Envelope:
    return DISCORD.read(delivery(json.dumps(value).encode(), ()))


@given(body=st.binary(max_size=200))
def test_what_pynacl_signs_verifies_and_what_we_sign_pynacl_verifies(body: bytes) -> None:
    signature = THEIRS.sign(SECONDS + body).signature.hex().encode()
    fields = ((b"X-Signature-Ed25519", signature), (b"X-Signature-Timestamp", SECONDS))
    found = DISCORD.scheme([PUBLIC]).verify(delivery(body, fields), NOW)
    assert isinstance(found, Verified)
    signed = DISCORD.sign([Secret(bytes(range(32)).hex())], body, message_id="", at=NOW)
    ours = dict(signed.headers)
    text = bytes.fromhex(ours[b"x-signature-ed25519"].decode())
    VerifyKey(THEIRS.verify_key.encode()).verify(ours[b"x-signature-timestamp"] + body, text)


@given(at=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_signature_that_is_wrong_on_purpose_is_a_mismatch_and_answered_401(
    at: int, bit: int
) -> None:
    signature = bytearray(THEIRS.sign(SECONDS + b"{}").signature)
    signature[at] ^= 1 << bit
    fields = (
        (b"X-Signature-Ed25519", signature.hex().encode()),
        (b"X-Signature-Timestamp", SECONDS),
    )
    found = DISCORD.scheme([PUBLIC]).verify(delivery(b"{}", fields), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISMATCH
    assert WEBHOOK_PROFILE.refusal(WEBHOOK_PROFILE.rejected) == Answer(401)


def test_a_ping_of_interactions_is_answered_with_a_pong() -> None:
    ping = {"id": "1", "application_id": "2", "token": "t", "type": 1, "version": 1}
    envelope = _read(ping)
    assert isinstance(envelope, Handshake)
    assert (envelope.answer.status, envelope.answer.content_type) == (200, "application/json")
    assert json.loads(envelope.answer.body) == {"type": 1}


def test_a_ping_of_webhook_events_is_answered_with_nothing() -> None:
    envelope = _read({"version": 1, "application_id": "2", "type": 0})
    assert isinstance(envelope, Handshake)
    assert (envelope.answer.status, envelope.answer.body) == (204, b"")
    assert envelope.answer.content_type == "application/json"


@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        (2, "APPLICATION_COMMAND", {"type": 5}),
        (3, "MESSAGE_COMPONENT", {"type": 6}),
        (4, "APPLICATION_COMMAND_AUTOCOMPLETE", {"type": 8, "data": {"choices": []}}),
        (5, "MODAL_SUBMIT", {"type": 5}),
    ],
)
def test_an_interaction_is_acknowledged_as_its_type_wants_it(
    number: int, name: str, answer: dict[str, object]
) -> None:
    envelope = _read(INTERACTION | {"type": number})
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.event_type, notice.key, notice.event_id) == (name, *[INTERACTION["id"]] * 2)
    assert envelope.answer is not None
    assert envelope.answer.status == 200
    assert json.loads(envelope.answer.body) == answer
    assert len(INTERACTIONS) == 4


def test_a_webhook_event_is_known_by_its_digest_and_answered_204() -> None:
    envelope = _read(EVENT)
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.event_type == "ENTITLEMENT_CREATE"
    assert notice.key == "sha256:" + hashlib.sha256(json.dumps(EVENT).encode()).hexdigest()
    assert notice.event_id is None
    assert notice.occurred_at is not None
    assert as_text(notice.occurred_at) == "2027-01-15T08:00:00.109Z"
    assert envelope.answer is None
    assert WEBHOOK_PROFILE.accepted == Answer(204)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"type": True, "id": "1"},
        {"type": "2", "id": "1"},
        INTERACTION | {"type": 99},
        INTERACTION | {"id": 7},
        EVENT | {"event": {"type": "a\n"}},
        EVENT | {"event": {}},
    ],
)
def test_what_is_neither_is_unreadable(value: object) -> None:
    assert isinstance(_read(value), Unreadable)


@pytest.mark.parametrize(
    "flawed", ["0" * 63, "0" * 128, "g" * 64, "whsec_" + "A" * 44, "\u0661" * 64]
)
def test_what_is_no_public_key_in_hex_is_refused_and_not_repeated(flawed: str) -> None:
    with pytest.raises(ConfigurationError, match="key 1 of 1 for discord") as caught:
        DISCORD.scheme([Secret(flawed)])
    assert flawed not in str(caught.value)
