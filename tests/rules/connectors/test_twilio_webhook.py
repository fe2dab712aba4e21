"""Twilio's signatures and events, against its own library in both directions."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import HMAC_SHA256, RequestValidator

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.twilio.keys import key_of_form
from bridgewright.connectors.twilio.webhook import WEBHOOK, fetch, read
from bridgewright.core.model.inbound import (
    Coverage,
    Delivery,
    Headers,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import PLAIN, Terms
from tests.signed import delivery

TOKEN = "made-up-auth-token-0123456789"
URL = "https://hooks.example.com/twilio"
FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
JSON = (b"Content-Type", b"application/json")
LIBRARY = RequestValidator(TOKEN)

texts = st.text(st.characters(codec="utf-8"), max_size=12)
params = st.lists(st.tuples(texts, texts), max_size=6)


def _sent(body: bytes, *fields: tuple[bytes, bytes], url: str = URL) -> Delivery:
    query = url.partition("?")[2].encode()
    return Delivery("source", Headers(fields), body, NOW, query=query, url=url)


def _verify(sent: Delivery, *keys: str, terms: Terms = PLAIN) -> Verified | Rejected:
    scheme = WEBHOOK.scheme([Secret(key) for key in keys or (TOKEN,)], terms)
    found = scheme.verify(sent, NOW)
    assert isinstance(found, Verified | Rejected)
    return found


def _signature(text: str) -> tuple[bytes, bytes]:
    return b"X-Twilio-Signature", text.encode()


@given(held=params, sha256=st.booleans())
def test_forms_that_twilio_signs_we_verify(held: list[tuple[str, str]], *, sha256: bool) -> None:
    algorithm = HMAC_SHA256 if sha256 else None
    signature = LIBRARY.compute_signature(URL, MultiDict(held), algorithm)
    body = urlencode(held).encode()
    named = ((b"X-Twilio-Webhooks-Signature-Settings", b"key=k,algorithm=HMAC_SHA256"),)
    found = _verify(_sent(body, FORM, _signature(signature), *(named if sha256 else ())))
    assert found == Verified(0, Coverage.URL | Coverage.FIELDS)
    other = _sent(body, FORM, _signature(signature), *(() if sha256 else named))
    assert isinstance(_verify(other), Rejected)


@given(held=params)
def test_forms_that_we_sign_twilio_verifies(held: list[tuple[str, str]]) -> None:
    body = urlencode(held).encode()
    signed = WEBHOOK.sign([Secret(TOKEN)], body, message_id="m", at=NOW, url=URL)
    signature = dict(signed.headers)[b"x-twilio-signature"].decode()
    assert LIBRARY.validate(URL, MultiDict(held), signature)


@given(value=st.text(st.characters(codec="utf-8"), max_size=60), query=st.booleans())
def test_json_that_twilio_signs_we_verify_and_the_other_way(value: str, *, query: bool) -> None:
    url = URL + ("?a=1" if query else "")
    body = '{"a": "' + value.replace("\\", "").replace('"', "") + '"}'
    signed = WEBHOOK.sign([Secret(TOKEN)], body.encode(), message_id="m", at=NOW, url=url)
    whole = url + ("&" if query else "?") + signed.query.decode()
    ours = dict(signed.headers)[b"x-twilio-signature"].decode()
    assert LIBRARY.validate(whole, body, ours)
    theirs = LIBRARY.compute_signature(whole, {})
    sent = _sent(body.encode(), JSON, _signature(theirs), url=whole)
    assert _verify(sent) == Verified(0, Coverage.URL | Coverage.BODY)
    found = _verify(replace(sent, body=body.encode() + b" "))
    assert isinstance(found, Rejected)


def test_json_without_the_hash_of_its_body_is_rejected() -> None:
    signature = _signature(LIBRARY.compute_signature(URL, {}))
    found = _verify(_sent(b'{"a": 1}', JSON, signature))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISSING


def test_a_body_whose_hash_the_url_holds_cannot_be_exchanged_for_a_form() -> None:
    url = f"{URL}?bodySHA256={'0' * 64}"
    signature = _signature(LIBRARY.compute_signature(url, {}))
    assert LIBRARY.validate(url, {}, signature[1].decode())  # the library is content with that
    for body in (b"", b"a=1", b'{"a": 1}'):
        for content_type in (FORM, JSON):
            assert isinstance(_verify(_sent(body, content_type, signature, url=url)), Rejected)


def test_two_hashes_in_one_url_are_rejected() -> None:
    body = b'{"a": 1}'
    good = LIBRARY.compute_hash(body.decode())
    url = f"{URL}?bodySHA256={'0' * 64}&bodySHA256={good}"
    signature = _signature(LIBRARY.compute_signature(url, {}))
    assert isinstance(_verify(_sent(body, JSON, signature, url=url)), Rejected)


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        (b"algorithm=HMAC_MD5", Reason.UNKNOWN_ALGORITHM),
        (b"key=k", Reason.UNKNOWN_ALGORITHM),
        (b"algorithm=HMAC_SHA256,algorithm=HMAC_SHA1", Reason.UNKNOWN_ALGORITHM),
        (b"\xff", Reason.UNKNOWN_ALGORITHM),
        (b"", Reason.MISSING),
        (b"algorithm=HMAC_SHA256", Reason.MALFORMED),
    ],
)
def test_settings_that_name_no_known_algorithm_are_rejected(named: bytes, reason: Reason) -> None:
    settings = (b"X-Twilio-Webhooks-Signature-Settings", named)
    signature = _signature(LIBRARY.compute_signature(URL, {"a": "1"}))
    found = _verify(_sent(b"a=1", FORM, signature, settings))
    assert isinstance(found, Rejected)
    assert found.reason is reason


def test_the_configured_url_counts_and_not_what_the_request_says() -> None:
    signature = _signature(LIBRARY.compute_signature(URL + "?a=1", {"b": "2"}))
    sent = _sent(b"b=2", FORM, signature, url="http://10.0.0.7:8000/inner?a=1")
    assert isinstance(_verify(sent), Rejected)
    assert isinstance(_verify(sent, terms=Terms(public_url=URL)), Verified)
    assert isinstance(_verify(sent, terms=Terms(public_url=URL + "x")), Rejected)


def test_an_auth_token_and_the_secret_of_a_shared_key_stand_beside_each_other() -> None:
    shared = RequestValidator("made-up-shared-secret-0123456789")
    signature = shared.compute_signature(URL, {"a": "1"}, HMAC_SHA256)
    named = (b"X-Twilio-Webhooks-Signature-Settings", b"key=k, algorithm=hmac_sha256")
    found = _verify(
        _sent(b"a=1", FORM, _signature(signature), named),
        TOKEN,
        "made-up-shared-secret-0123456789",
    )
    assert isinstance(found, Verified)
    assert found.key == 1


@pytest.mark.parametrize(
    ("fields", "event_type"),
    [
        ({"MessageSid": "SM1", "SmsStatus": "received", "Body": "hi"}, "message.received"),
        ({"MessageSid": "SM1", "MessageStatus": "delivered"}, "message.delivered"),
        ({"CallSid": "CA1", "CallStatus": "ringing"}, "call.ringing"),
        ({"CallSid": "CA1", "RecordingStatus": "completed"}, "recording.completed"),
        ({"ConferenceSid": "CF1", "StatusCallbackEvent": "participant-join"},
         "conference.participant-join"),
        ({"EventType": "onMessageAdded", "CallStatus": "x"}, "onMessageAdded"),
        ({"Digits": "1"}, "request"),
        ({"CallStatus": "a\0b"}, "request"),
    ],
)  # fmt: skip
def test_the_type_of_a_form_is_what_it_is_about(fields: dict[str, str], event_type: str) -> None:
    token = (b"I-Twilio-Idempotency-Token", b"tok-1")
    body = urlencode(fields).encode()
    envelope = read(delivery(body, (FORM, token)))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.event_type == event_type
    assert (notice.event_id, notice.body) == ("tok-1", body)
    assert notice.key == (key_of_form(fields) or "tok-1")


def test_without_a_token_the_digest_of_the_body_is_the_key() -> None:
    envelope = read(delivery(b"a=1", (FORM,)))
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].key.startswith("sha256:")
    assert envelope.notices[0].event_id is None
    assert envelope.answer is None
    assert WEBHOOK.profile.accepted.body.endswith(b"<Response/>")
    assert (WEBHOOK.profile.accepted.content_type or "").startswith("text/xml")


def test_an_array_of_events_is_one_event_each() -> None:
    body = b'[{"id": "1", "type": "a", "time": "2027-01-15T08:00:00Z"}, {"id": "2", "type": "b"}]'
    envelope = read(delivery(body, (JSON,)))
    assert isinstance(envelope, Readable)
    assert [(each.key, each.event_type) for each in envelope.notices] == [("1", "a"), ("2", "b")]
    assert envelope.notices[0].occurred_at == NOW
    assert envelope.notices[1].body == b'{"id": "2", "type": "b"}'
    assert envelope.answer is not None
    assert envelope.answer.body == b""
    assert isinstance(read(delivery(b'[{"id": "1"}]', (JSON,))), Unreadable)


def test_a_message_and_a_call_can_be_fetched() -> None:
    account, sid = "AC" + "0" * 32, "SM" + "1" * 32
    found = fetch("message.received", f"AccountSid={account}&MessageSid={sid}".encode(), None)
    assert found is not None
    assert found.path == f"/2010-04-01/Accounts/{account}/Messages/{sid}.json"
    for body in (b"", b"\xff", b"AccountSid=../x&MessageSid=SM1", b"MessageSid=" + sid.encode()):
        assert fetch("message.received", body, None) is None
