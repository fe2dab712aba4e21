"""Twilio: forms, JSON with the hash of its body, and the secret of a shared key."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way


def _form(body: bytes) -> bytes:
    return urlencode({"MessageSid": "SM1", "MessageStatus": "sent", "Body": body}).encode()


def _json(body: bytes) -> bytes:
    return json.dumps({"type": "a", "held": base64.b64encode(body).decode()}).encode()


_UNSIGNED = frozenset({b"content-type", b"i-twilio-idempotency-token"})
WAYS = (
    way("twilio", shape=_form, optional=_UNSIGNED),
    way("twilio", label="twilio-json", shape=_json, optional=_UNSIGNED),
)

_FORM = (b"Content-Type", b"application/x-www-form-urlencoded")
_HASH = b"0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
_LIBRARY = "the tests of Twilio's own library, twilio-python, test_request_validator.py"
_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"

VECTORS = (
    vector(
        "twilio",
        _LIBRARY,
        ("12345",),
        (_FORM, (b"X-Twilio-Signature", b"RSOYDt4T1cUTdK1PDd93/VVr8B8=")),
        b"Digits=1234&CallSid=CA1234567890ABCDE&From=%2B14158675309&To=%2B18005551212&Caller="
        b"%2B14158675309",
        NOW,
        query=b"foo=1&bar=2",
        url=_URL,
    ),
    vector(
        "twilio",
        _LIBRARY + ", names more than once",
        ("12345",),
        (_FORM, (b"X-Twilio-Signature", b"IK+Dwps556ElfBT0I3Rgjkr1wJU=")),
        b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234",
        NOW,
        query=b"foo=1&bar=2",
        url=_URL,
    ),
    vector(
        "twilio",
        _LIBRARY + ", the default port was signed",
        ("12345",),
        (_FORM, (b"X-Twilio-Signature", b"kvajT1Ptam85bY51eRf/AJRuM3w=")),
        b"Digits=1234&CallSid=CA1234567890ABCDE&From=%2B14158675309&To=%2B18005551212&Caller="
        b"%2B14158675309",
        NOW,
        query=b"foo=1&bar=2",
        url=_URL,
    ),
    vector(
        "twilio",
        _LIBRARY + ", JSON",
        ("12345",),
        (
            (b"Content-Type", b"application/json"),
            (b"X-Twilio-Signature", b"a9nBmqA0ju/hNViExpshrM61xv4="),
        ),
        b'{"property": "value", "boolean": true}',
        NOW,
        query=b"foo=1&bar=2&bodySHA256=" + _HASH,
        url=_URL + "&bodySHA256=" + _HASH.decode(),
    ),
    vector(
        "twilio",
        "twilio 9.13.0, RequestValidator.compute_signature, HMAC_SHA256",
        ("made-up-shared-key-secret-0123456789",),
        (
            _FORM,
            (
                b"X-Twilio-Webhooks-Signature-Settings",
                b"key=webhooks_sharedkey_1,algorithm=HMAC_SHA256",
            ),
            (b"X-Twilio-Signature", b"8w6KNl3dxBDICndtiAC8aUZj0D88k+dBatGhlNj5FUI="),
        ),
        b"MessageSid=SM00000000000000000000000000000001&MessageStatus=delivered&To=%2B15005550006",
        NOW,
        url="https://hooks.example.com/webhooks/twilio",
    ),
)
