"""SNS: topics that are ours, certificates that are its own, confirmations."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
import httpx2
import pytest

from bridgewright.certify.contracts.loopback import Loopback, Reply
from bridgewright.certify.contracts.made import NOW
from bridgewright.connectors.sns.webhook import WEBHOOK, read
from bridgewright.core.model.inbound import (
    Answer,
    Delivery,
    Handshake,
    NeedsKey,
    Readable,
    Reason,
    Rejected,
    Unreadable,
    Verified,
)
from bridgewright.core.model.moment import from_datetime, later
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.keyring import UnfitKeyError
from tests.contracts.amazon import KEYS, moto
from tests.keys import certificate, ec_key, rsa_key
from tests.signed import delivery, resolved, way_of

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Verification

WAY = way_of("sns")
URL = "https://sns.eu-central-1.amazonaws.com/x.pem"
CONFIRMATION = {
    "Type": "SubscriptionConfirmation",
    "Token": "2336412f37fb687f5d51e6e2",
    "Message": "You have chosen to subscribe",
    "SubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336",
}


def _signed(**fields: Any) -> Delivery:
    return WAY.sent(json.dumps({"Type": "Notification", "Message": "hello", **fields}).encode())


def _with(sent: Delivery, **fields: Any) -> Delivery:
    return replace(sent, body=json.dumps(json.loads(sent.body) | fields).encode())


def _reason(found: Verification) -> Reason:
    assert isinstance(found, Rejected)
    return found.reason


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_versions_of_the_signature_verify(version: str) -> None:
    sent = _signed(SignatureVersion=version, Subject="A subject")
    assert isinstance(WAY.verify(sent), Verified)
    other = "2" if version == "1" else "1"
    assert _reason(WAY.verify(_with(sent, SignatureVersion=other))) is Reason.MISMATCH


def test_a_signature_has_one_spelling_and_no_bits_to_spare() -> None:
    sent = _signed()
    text = json.loads(sent.body)["Signature"]
    assert text.endswith("==")
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = spare[spare.index(text[-3]) ^ 1]
    found = WAY.verify(_with(sent, Signature=f"{text[:-3]}{other}=="))
    assert _reason(found) is Reason.MALFORMED


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
)
def test_every_signed_field_that_is_changed_or_absent_is_rejected(field: str) -> None:
    sent = _signed(Subject="A subject")
    fields = json.loads(sent.body)
    without = json.dumps({name: value for name, value in fields.items() if name != field})
    assert isinstance(WAY.verify(replace(sent, body=without.encode())), Rejected)
    other = {"Timestamp": "2027-01-15T08:00:01.000Z", "TopicArn": "arn:aws:sns:a-1:1:x"}
    changed = _with(sent, **{field: other.get(field, "other")})
    assert isinstance(WAY.verify(changed), Rejected)


def test_one_text_cannot_be_cut_into_another_message() -> None:
    sent = _signed(Message="a\nMessageId\nb")
    assert isinstance(WAY.verify(sent), Verified)
    cut = _with(sent, Message="a", MessageId="b\nMessageId\nmsg_1")
    assert _reason(WAY.verify(cut)) is Reason.MALFORMED


def test_a_body_that_names_a_field_twice_is_rejected() -> None:
    sent = _signed()
    twice = sent.body.replace(b'{"Type"', b'{"Message": "evil", "Type"', 1)
    assert _reason(WAY.verify(replace(sent, body=twice))) is Reason.MALFORMED


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-central-1.amazonaws.com/x.pem",
        "https://sns.eu-central-1.amazonaws.com.evil.example/x.pem",
        "https://sns.eu-central-1.amazonaws.com:443/x.pem",
        "https://user@sns.eu-central-1.amazonaws.com/x.pem",
        "https://evil.example/sns.eu-central-1.amazonaws.com/x.pem",
        "https://sns.amazonaws.com/x.pem",
        "https://s3.eu-central-1.amazonaws.com/x.pem",
        "https://xsns.eu-central-1.amazonaws.com/x.pem",
        "https://sns.a.b.amazonaws.com/x.pem",
        "https://sns.eu-central-1.amazonaws.com/x.pem?y=.pem",
        "https://sns.eu-central-1.amazonaws.com/x?.pem",
        "https://sns.eu-central-1.amazonaws.com/x#.pem",
        "https://sns.eu-central-1.amazonaws.com\\@evil.example/x.pem",
        "https://sns.eu-central-1.amazonaws.com/x.pem\n",
        "https://SNS.eu-central-1.amazonaws.com/x.pem",
        "https://sns.eu-central-1.amazonaws.com",
        URL + "/" + "a" * 3_000 + ".pem",
        "",
        7,
        None,
    ],
)
def test_a_certificate_anywhere_else_is_never_fetched(url: object) -> None:
    found = WAY.scheme().verify(_with(_signed(), SigningCertURL=url), NOW)
    assert _reason(found) is Reason.UNTRUSTED_KEY


@pytest.mark.parametrize(
    "host", ["sns.us-gov-west-1.amazonaws.com", "sns.cn-north-1.amazonaws.com.cn"]
)
def test_the_hosts_of_every_region_are_sns_own(host: str) -> None:
    found = WAY.scheme().verify(_with(_signed(), SigningCertURL=f"https://{host}/x.pem"), NOW)
    assert isinstance(found, NeedsKey)
    assert found.url == f"https://{host}/x.pem"


def test_nothing_is_fetched_for_a_topic_that_is_not_ours() -> None:
    found = WAY.scheme(1, 2).verify(_signed(), NOW)
    assert _reason(found) is Reason.WRONG_CLAIM


@pytest.mark.parametrize(
    ("pem", "reason"),
    [
        (certificate("example.com"), Reason.UNTRUSTED_KEY),
        (certificate("sns.amazonaws.com", alternative=("example.com",)), Reason.UNTRUSTED_KEY),
        (certificate("sns.amazonaws.com", ends=later(NOW, -1)), Reason.UNTRUSTED_KEY),
        (certificate("sns.amazonaws.com", begins=later(NOW, 1)), Reason.UNTRUSTED_KEY),
        (certificate("sns.amazonaws.com", rsa_key(1)), Reason.MISMATCH),
    ],
    ids=["other-name", "name-overruled", "expired", "not-yet-valid", "other-key"],
)
def test_a_certificate_of_somebody_else_or_of_another_time_proves_nothing(
    pem: bytes, reason: Reason
) -> None:
    assert _reason(resolved(WAY.scheme().verify(_signed(), NOW), lambda need: pem)) is reason


@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"\xff" * 100,
        b"a" * 100_000,
        certificate("sns.amazonaws.com", ec_key()),
        certificate("sns.amazonaws.com", rsa_key(0, 1_024)),
    ],
    ids=["empty", "no-certificate", "bytes", "long", "ec", "short-key"],
)
def test_what_is_no_fit_certificate_is_no_key(pem: bytes) -> None:
    found = WAY.scheme().verify(_signed(), NOW)
    assert isinstance(found, NeedsKey)
    with pytest.raises(UnfitKeyError):
        found.parse(pem)


def test_a_subscription_to_a_listed_topic_is_confirmed_by_a_visit() -> None:
    sent = _signed(**CONFIRMATION)
    assert isinstance(WAY.verify(sent), Verified)
    assert WEBHOOK.greet is not None
    greeting = WEBHOOK.greet([WAY.keys(0)[1]])
    assert greeting.before(sent) is None
    assert greeting.after(sent) == Handshake(Answer(200), CONFIRMATION["SubscribeURL"])
    assert greeting.after(_signed()) is None


def test_a_subscription_whose_url_is_elsewhere_is_not_visited() -> None:
    elsewhere = CONFIRMATION | {"SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"}
    sent = _signed(**elsewhere)
    assert _reason(WAY.verify(sent)) is Reason.UNTRUSTED_KEY
    assert WEBHOOK.greet is not None
    assert WEBHOOK.greet([WAY.keys(0)[1]]).after(sent) is None


def test_an_unsubscription_is_an_event_and_never_visited() -> None:
    sent = _signed(**(CONFIRMATION | {"Type": "UnsubscribeConfirmation"}))
    assert isinstance(WAY.verify(sent), Verified)
    assert WEBHOOK.greet is not None
    assert WEBHOOK.greet([WAY.keys(0)[1]]).after(sent) is None
    envelope = read(sent)
    assert isinstance(envelope, Readable)
    assert envelope.notices[0].event_type == "UnsubscribeConfirmation.orders-0"


def test_a_raw_message_is_rejected_for_it_carries_no_signature() -> None:
    sent = delivery(b'{"order": 1}', [(b"x-amz-sns-rawdelivery", b"true")])
    assert _reason(WAY.scheme().verify(sent, NOW)) is Reason.MISSING


def test_a_message_is_read_by_its_id_its_topic_and_its_time() -> None:
    sent = _signed()
    envelope = read(sent)
    assert isinstance(envelope, Readable)
    [notice] = envelope.notices
    assert (notice.key, notice.event_type) == ("msg_1", "Notification.orders-0")
    assert notice.occurred_at == NOW
    assert notice.body == sent.body


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"Type": "Notification", "MessageId": "1"}'])
def test_what_is_no_message_is_unreadable(body: bytes) -> None:
    assert isinstance(read(delivery(body, ())), Unreadable)


@pytest.mark.slow
def test_what_motos_server_posts_verifies() -> None:
    with moto() as url, Loopback(Reply()) as ours:
        client = boto3.client("sns", endpoint_url=url, **KEYS)
        topic = client.create_topic(Name="orders")["TopicArn"]
        client.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{ours.url}/in")
        client.publish(TopicArn=topic, Message="one line\nanother: \N{SNOWMAN}")
        body = ours.received[-1].body
        at = from_datetime(datetime.fromisoformat(json.loads(body)["Timestamp"]))

        def publish(need: NeedsKey) -> bytes:
            # moto looks at Amazon's host name, or at whom a request is signed for
            scope = "AWS4-HMAC-SHA256 Credential=A/20261101/us-east-1/sns/aws4_request, Signature=0"
            place = f"{url}/{need.url.rpartition('/')[2]}"
            return httpx2.get(place, headers={"authorization": scope}).raise_for_status().content

        scheme = WEBHOOK.scheme([Secret(topic)])
        found = resolved(scheme.verify(delivery(body, ()), later(at, 1)), publish)
        assert isinstance(found, Verified)
        changed = body.replace(b"one line", b"two line")
        other = resolved(scheme.verify(delivery(changed, ()), later(at, 1)), publish)
        assert _reason(other) is Reason.MISMATCH
