"""SNS's signature, its confirmations and its messages. Sources: README.md."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from bridgewright.connectors.sns import message as messages
from bridgewright.connectors.sns.profile import WEBHOOK_PROFILE
from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Handshake,
    NeedsKey,
    Notice,
    Readable,
    Reason,
    Rejected,
    Verified,
)
from bridgewright.core.model.moment import as_text, seconds_between
from bridgewright.core.signing import certificate, envelope, freshness, keyring
from bridgewright.core.signing.rsa import RsaSigner
from bridgewright.core.signing.webhook import (
    PLAIN,
    Checked,
    Facts,
    Signed,
    Terms,
    Webhook,
    no_options,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridgewright.connectors.sns.message import Message
    from bridgewright.core.model.inbound import Delivery, Envelope, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Scheme
    from bridgewright.core.signing.certificate import Certificate
    from bridgewright.core.signing.keyring import Keyring

COVERAGE = Coverage.FIELDS | Coverage.TIME | Coverage.ID
TOLERANCE_S = 7_200.0
"""SNS signs when a message is published, and may go on delivering it for an hour."""

CERTIFICATE_AGE_S = 86_400.0
KEPT = (
    b"content-type",
    b"x-amz-sns-message-type",
    b"x-amz-sns-message-id",
    b"x-amz-sns-topic-arn",
    b"x-amz-sns-subscription-arn",
    b"user-agent",
)
_ARN = re.compile(
    r"arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]{3,32}:\d{12}:[A-Za-z0-9_-]{1,256}", re.ASCII
)
_ISSUED_TO = re.compile(r"sns(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
_SIGNING_URL = "https://sns.{region}.amazonaws.com/SimpleNotificationService-{name}.pem"


@dataclass(frozen=True, slots=True)
class SnsScheme:
    """Verifies messages of the topics that are listed, by the certificates that SNS publishes."""

    topics: Keyring[str]
    tolerance_s: float

    def verify(self, delivery: Delivery, now: Moment) -> Verification:
        """The certificate it needs, or why it proves nothing. Never raises, whatever bytes come."""
        found = messages.taken(delivery.body)
        if isinstance(found, Rejected):
            return found
        position = next((at for at, topic in enumerate(self.topics) if topic == found.topic), None)
        if position is None:  # before anything is fetched: others' topics are no reason to
            return Rejected(Reason.WRONG_CLAIM, "the topic it names is not one of this source")
        return NeedsKey(
            found.certificate_url,
            certificate.from_pem,
            partial(self._judge, found, position, now),
            max_age_s=CERTIFICATE_AGE_S,
        )

    def _judge(
        self, found: Message, position: int, now: Moment, signer: Certificate
    ) -> Verified | Rejected:
        if not signer.named(_ISSUED_TO):
            return Rejected(Reason.UNTRUSTED_KEY, "the certificate is not in the name of SNS")
        if not signer.key.verifies(found.signature, found.text, found.hash):
            return Rejected(Reason.MISMATCH, "the signature is not of this message")
        age_s = seconds_between(found.at, now)
        untimely = freshness.judge(age_s, self.tolerance_s)
        if untimely is None and not signer.valid(now):
            return Rejected(Reason.UNTRUSTED_KEY, "the certificate is not valid today")
        return untimely or Verified(position, COVERAGE, age_s)


def scheme(keys: Sequence[Secret], terms: Terms = PLAIN) -> Scheme:
    """Verify messages of the topics whose ARNs are listed as keys, and of no others."""
    no_options("sns", terms)
    asked = TOLERANCE_S if terms.tolerance_s is None else terms.tolerance_s
    return SnsScheme(keyring.bind("sns", keys, topic_arn), freshness.tolerance("sns", asked))


def topic_arn(text: str) -> str:
    """The ARN of a topic. `UnfitKeyError` for anything else, a pattern with `*` included."""
    keyring.verbatim(text)
    if not _ARN.fullmatch(text):
        msg = "is not the ARN of one topic (arn:aws:sns:REGION:ACCOUNT:NAME)"
        raise keyring.UnfitKeyError(msg)
    return text


class Confirming:
    """Confirms subscriptions, of verified messages only: their topics are on the list."""

    __slots__ = ()

    def before(self, delivery: Delivery) -> Answer | None:
        """SNS asks nothing without a signature."""
        del delivery
        return None

    def after(self, delivery: Delivery) -> Handshake | None:
        """Consent to a subscription by visiting its URL, which is signed and at SNS's own host."""
        body = envelope.parsed(delivery.body)
        if isinstance(body, str) or body.get("Type") != messages.SUBSCRIBE:
            return None
        url = body.get("SubscribeURL")
        return Handshake(Answer(200), url) if messages.of_sns(url) else None


def greet(keys: Sequence[Secret], terms: Terms = PLAIN) -> Confirming:
    """What confirms subscriptions: verifying has seen to it that their topics are listed."""
    del keys, terms
    return Confirming()


def read(delivery: Delivery) -> Envelope:
    """One event: the signed `MessageId` is its key, its type names the topic."""
    body = envelope.parsed(delivery.body)
    if isinstance(body, str):
        return envelope.unreadable(delivery, body, KEPT)
    message_id, kind = envelope.clean(body.get("MessageId")), envelope.clean(body.get("Type"))
    topic = body.get("TopicArn")
    name = topic.rpartition(":")[2] if isinstance(topic, str) else ""
    event_type = envelope.clean(f"{kind}.{name}")
    if message_id is None or kind is None or not name or event_type is None:
        return envelope.unreadable(delivery, "the message has no usable id, type or topic", KEPT)
    notice = Notice(
        key=message_id,
        event_type=event_type,
        body=delivery.body,
        event_id=message_id,
        occurred_at=envelope.occurred_at(body.get("Timestamp")),
        headers=envelope.kept(delivery.headers, KEPT),
    )
    return Readable((notice,))


def sign(
    keys: Sequence[Secret], body: bytes, *, message_id: str, at: Moment, url: str = ""
) -> Signed:
    """Sign as SNS does, by version 2. A key is the ARN of a topic and, on the lines after it, a
    private key in PEM. `body` is a whole message, whose absent fields are filled in, or its text."""
    del url  # nobody signs it
    topic, signer = keyring.bind("sns", keys, _signing_key).keys[0]
    found = envelope.parsed(body)
    whole = isinstance(found, dict) and found.get("Type") in messages.SIGNED
    fields: dict[str, Any] = {
        "Type": messages.NOTIFICATION,
        "MessageId": message_id,
        "TopicArn": topic,
        "Message": "" if whole else body.decode("utf-8", "replace"),
        "Timestamp": as_text(at),
        "SignatureVersion": "2",
        "SigningCertURL": _SIGNING_URL.format(region=topic.split(":")[3], name="0" * 32),
    }
    if whole and isinstance(found, dict):
        fields |= found
    text = messages.signed_text(fields) or b""
    hashed_by = messages.HASHES[fields["SignatureVersion"]]
    fields["Signature"] = base64.b64encode(signer.sign(text, hashed_by)).decode()
    return Signed((), json.dumps(fields).encode())


def _signing_key(text: str) -> tuple[str, RsaSigner]:
    arn, _, pem = text.partition("\n")
    return topic_arn(arn), RsaSigner.from_pem(pem)


FACTS = Facts(
    title="Amazon SNS",
    coverage=COVERAGE,
    freshness="7,200 s both ways, by the time of publishing",
    dedupe="the signed `MessageId`",
    event_type="`Type` and the topic's name: `Notification.orders`",
    handshake="SubscriptionConfirmation of a listed topic: SubscribeURL is visited",
    deadline="15 s",
    retries="3 times, 20 s apart; at most 3,600 s by policy; none after a 4xx",
    sources=(
        "`sns-validator` 0.3.5 (npm), read",
        "AWS's pages of SNS over HTTP, as read 2026-11-28",
        "moto 5.2.5, read and run",
    ),
    checked=Checked.VECTOR,
    how="a message that SNS signed in 2015 (version 1) and one that moto signed (version 2) are tests",
    weak="`MessageAttributes` and `UnsubscribeURL` are not signed",
)

WEBHOOK = Webhook(
    provider="sns",
    secret_variable="SNS_TOPIC_ARN",  # noqa: S106 - the name of a variable
    profile=WEBHOOK_PROFILE,
    scheme=scheme,
    read=read,
    sign=sign,
    facts=FACTS,
    greet=greet,
    key_what="the ARN of a topic: messages of topics that are not listed are rejected",
    signature_fields=(b"x-amz-sns-message-type",),
    example_key="arn:aws:sns:eu-central-1:123456789012:orders",
)
