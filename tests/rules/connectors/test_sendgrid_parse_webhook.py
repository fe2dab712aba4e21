"""Mails of SendGrid's Inbound Parse."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sendgrid import EventWebhook

from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.sendgrid_parse.webhook import FIELDS, WEBHOOK, read
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Notice,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.signed import delivery, way_of
from tests.ways.ecdsa_keys import pair

TYPE = (b"Content-Type", b"multipart/form-data; boundary=xYzZY")
PASSWORD = Terms(options={"proof": "password"})


def _mail(**fields: str) -> bytes:
    parts = [
        f'--xYzZY\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + "--xYzZY--\r\n").encode()


def _read(body: bytes) -> Notice:
    envelope = read(delivery(body, (TYPE,)))
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert notice.body == body
    assert notice.event_type == "inbound.parse"
    return notice


@given(body=st.text(st.characters(codec="utf-8"), max_size=99))
def test_what_we_sign_sendgrid_verifies(body: str) -> None:
    fields = dict(way_of("sendgrid_parse").fields(body.encode(), 0))
    signature, time = fields[FIELDS.signature].decode(), fields[FIELDS.time].decode()
    assert EventWebhook(pair(0)[1].reveal()).verify_signature(body, signature, time)


@pytest.mark.parametrize("status", range(400, 500))
def test_no_answer_of_4xx_is_ever_sent(status: int) -> None:
    sent = WEBHOOK.profile.refusal(Answer(status))
    assert sent.status == 503
    assert dict(sent.headers)["Retry-After"]
    assert WEBHOOK.profile.refusal(WEBHOOK.profile.rejected).status == 503


def test_mails_of_thirty_megabytes_come_in() -> None:
    assert WEBHOOK.profile.max_body_bytes > 30_000_000


@pytest.mark.parametrize(
    "head",
    [
        "Message-ID: <m-1@example.org>\nSubject: x\n",
        "Received: a\r\nmessage-id:\r\n <m-1@example.org>\r\n",
        "Message-Id:<m-1@example.org>",
    ],
)
@pytest.mark.parametrize("field", ["headers", "email"])
def test_a_mail_is_known_by_its_message_id(head: str, field: str) -> None:
    notice = _read(_mail(**{field: head, "envelope": "{}"}))
    assert notice.event_id == "m-1@example.org"
    assert notice.key.startswith("m-1@example.org:")


def test_one_mail_to_two_of_our_addresses_is_two_events_and_one_that_is_repeated_is_one() -> None:
    head = "Message-ID: <m-1@example.org>\n"
    one = _read(_mail(headers=head, envelope='{"to":["a@x.example"]}'))
    other = _read(_mail(headers=head, envelope='{"to":["b@x.example"]}'))
    again = _read(_mail(envelope='{"to":["a@x.example"]}', headers=head, spam_score="1"))
    assert one.key == again.key != other.key
    assert one.event_id == other.event_id


@pytest.mark.parametrize(
    "head",
    ["", "Subject: x", "Message-ID: none", f"Message-ID: <{'a' * 300}>", "X: Message-ID: <a>"],
)
def test_a_mail_without_a_usable_id_is_known_by_its_bytes(head: str) -> None:
    notice = _read(_mail(headers=head))
    assert notice.event_id is None
    assert notice.key.startswith("sha256:")


def test_what_is_no_form_is_unreadable() -> None:
    for body, kind in ((b"{}", b"application/json"), (b"", TYPE[1]), (b"x", TYPE[1])):
        assert isinstance(read(delivery(body, ((b"Content-Type", kind),))), Unreadable)


def test_by_password_nothing_is_covered() -> None:
    scheme = WEBHOOK.scheme([Secret("u:first"), Secret("u:second")], PASSWORD)
    given = b"Basic " + base64.b64encode(b"u:second")
    found = scheme.verify(delivery(b"x", ((b"Authorization", given),)), NOW)
    assert found == Verified(1, Coverage.NOTHING)
    for value in (b"Basic " + base64.b64encode(b"u:third"), b"Bearer x", b"Basic", b"Basic \xff"):
        wrong = scheme.verify(delivery(b"x", ((b"Authorization", value),)), NOW)
        assert isinstance(wrong, Rejected)
        assert wrong.reason in {Reason.MISMATCH, Reason.MALFORMED}


@pytest.mark.parametrize("text", ["password", ":p", "u:", ":"])
def test_a_password_has_a_user(text: str) -> None:
    with pytest.raises(ConfigurationError, match="user:password"):
        WEBHOOK.scheme([Secret(text)], PASSWORD)


def test_nothing_is_accepted_without_a_proof() -> None:
    with pytest.raises(ConfigurationError, match="signature or password"):
        WEBHOOK.scheme([pair(0)[1]], Terms(options={"proof": "none"}))
    with pytest.raises(ConfigurationError):
        WEBHOOK.scheme([], PASSWORD)
    found = WEBHOOK.scheme([pair(0)[1]]).verify(delivery(_mail(), (TYPE,)), NOW)
    assert isinstance(found, Rejected)
    assert found.reason is Reason.MISSING
