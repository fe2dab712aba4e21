"""The vendors' own libraries, each beside our scheme, over the same delivery."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import standardwebhooks
import stripe
import svix.webhooks
from nacl.signing import VerifyKey
from sendgrid import EventWebhook
from slack_sdk.signature import Clock, SignatureVerifier
from twilio.request_validator import RequestValidator

from bridgewright.certify.contracts.signed import Way, secret_text, unshaped
from bridgewright.core.model.inbound import Verified
from bridgewright.core.model.moment import from_seconds
from tests.signed import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.inbound import Delivery

FORM = "&".join(f"Field{number:02}={'a' * 90}" for number in range(20))
"""A form of 2 KB, as Twilio sends them."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One library and our scheme: each verifies one delivery. `words` says what the library does
    beside, or does not."""

    name: str
    theirs: Callable[[], object]
    ours: Callable[[], object]
    words: str = ""

    def check(self) -> None:
        """A `ValueError` when one of the two does not believe what it is given."""
        if self.theirs() is False or not isinstance(self.ours(), Verified):
            msg = f"{self.name}: the delivery is not believed"
            raise ValueError(msg)


def pairs(body: bytes) -> list[Pair]:
    """Every library that our tests have."""
    return [
        _stripe(body),
        _slack(body),
        _standard(body),
        _svix(body),
        _twilio_form(),
        _twilio_json(body),
        _sendgrid(body),
        _discord(body),
    ]


def _way(label: str) -> Way:
    return replace(next(way for way in WAYS if str(way) == label), shape=unshaped)


def _ours(label: str, sent: Delivery) -> Callable[[], object]:
    scheme = _way(label).scheme()
    return lambda: scheme.verify(sent, sent.received_at)


def _fields(sent: Delivery) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in sent.headers.items()}


def _stripe(body: bytes) -> Pair:
    sent = _way("stripe").sent(body)
    header, secret = _fields(sent)["stripe-signature"], secret_text(0)
    verify = stripe.WebhookSignature.verify_header
    name = "stripe: WebhookSignature.verify_header"
    return Pair(name, lambda: verify(body, header, secret, 300), _ours("stripe", sent))


class _Then(Clock):
    def now(self) -> float:
        return 1_800_000_000.0


def _slack(body: bytes) -> Pair:
    sent = _way("slack").sent(body)
    verifier, fields = SignatureVerifier(secret_text(0), _Then()), _fields(sent)
    name = "slack_sdk: SignatureVerifier.is_valid_request"
    return Pair(name, lambda: verifier.is_valid_request(body, fields), _ours("slack", sent))


def _fresh(body: bytes) -> dict[str, str]:
    """Their clock cannot be set."""
    return _fields(_way("standard").sent(body, at=from_seconds(time.time())))


def _standard(body: bytes) -> Pair:
    library, fields = standardwebhooks.Webhook(secret_text(0)), _fresh(body)
    ours = _ours("standard", _way("standard").sent(body))
    name = "standardwebhooks: Webhook.verify"
    return Pair(name, lambda: library.verify(body, fields, json_parse=False), ours)


def _svix(body: bytes) -> Pair:
    library, fields = svix.webhooks.Webhook(secret_text(0)), _fresh(body)
    ours = _ours("standard", _way("standard").sent(body))
    name = "svix: Webhook.verify"
    return Pair(name, lambda: library.verify(body, fields), ours, "it parses the JSON too")


def _twilio_form() -> Pair:
    sent = _way("twilio").sent(FORM.encode())
    validator, signature = RequestValidator(secret_text(0)), _fields(sent)["x-twilio-signature"]
    values = dict(pair.split("=") for pair in FORM.split("&"))
    name = "twilio: RequestValidator.validate, a form"
    words = "it is given the form parsed; ours parses it"
    ours = _ours("twilio", sent)
    return Pair(name, lambda: validator.validate(sent.url, values, signature), ours, words)


def _twilio_json(body: bytes) -> Pair:
    sent = _way("twilio-json").sent(body)
    validator, signature = RequestValidator(secret_text(0)), _fields(sent)["x-twilio-signature"]
    text, ours = body.decode(), _ours("twilio-json", sent)
    name = "twilio: RequestValidator.validate, JSON"
    return Pair(name, lambda: validator.validate(sent.url, text, signature), ours)


def _sendgrid(body: bytes) -> Pair:
    way = _way("sendgrid")
    sent, library = way.sent(body), EventWebhook(way.keys(0)[1].reveal())
    fields, text = _fields(sent), body.decode()
    signature, at = (
        fields[f"x-twilio-email-event-webhook-{n}"] for n in ("signature", "timestamp")
    )
    name = "sendgrid: EventWebhook.verify_signature"
    ours = _ours("sendgrid", sent)
    return Pair(name, lambda: library.verify_signature(text, signature, at), ours)


def _discord(body: bytes) -> Pair:
    """What Discord's documentation shows for Python."""
    way = _way("discord")
    sent, key = way.sent(body), VerifyKey(bytes.fromhex(way.keys(0)[1].reveal()))
    fields = _fields(sent)
    at, signature = fields["x-signature-timestamp"], fields["x-signature-ed25519"]
    name = "PyNaCl: VerifyKey.verify, as Discord shows it"
    theirs = lambda: key.verify(at.encode() + body, bytes.fromhex(signature))  # noqa: E731
    return Pair(name, theirs, _ours("discord", sent), "it looks at no time")
