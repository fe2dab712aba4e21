"""Adyen: platforms sign the body in a field, payments eight fields in every item."""

from __future__ import annotations

import base64
import json

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.secret import Secret
from tests.signed import vector, way


def _hex(number: int) -> tuple[Secret, Secret]:
    key = Secret((number + 1).to_bytes(32, "big").hex().upper())
    return key, key


def _payment(body: bytes) -> bytes:
    held = base64.b64encode(body).decode()
    item = {
        "additionalData": {"held": held},
        "amount": {"currency": "EUR", "value": 1130},
        "eventCode": "AUTHORISATION",
        "merchantAccountCode": "TestMerchant",
        "merchantReference": "order:1",
        "pspReference": "7914073381342284",
        "success": "true",
    }
    items = [{"NotificationRequestItem": item}] * 2
    return json.dumps({"live": "false", "notificationItems": items}).encode()


WAYS = (way("adyen", _hex, "adyen-platform"), way("adyen", _hex, "adyen-payments", shape=_payment))

_KEYS = ("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",)

VECTORS = (
    vector(
        "adyen",
        "the tests of Adyen's own library, UtilTest.py, test_notification_request_item_hmac",
        _KEYS,
        (),
        (
            b'{"live": "false", "notificationItems": [{"NotificationRequestItem": {"pspReference": "79'
            b'14073381342284", "merchantReference": "TestPayment-1407325143704", "merchantAccountCode":'
            b' "TestMerchant", "amount": {"currency": "EUR", "value": 1130}, "eventCode": "AUTHORISATIO'
            b'N", "success": "true", "eventDate": "2019-05-06T17:15:34.121+02:00", "operations": ["CANC'
            b'EL", "CAPTURE", "REFUND"], "paymentMethod": "visa", "additionalData": {"hmacSignature": "'
            b'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="}}}]}'
        ),
        NOW,
    ),
    vector(
        "adyen",
        "the tests of Adyen's own library, UtilTest.py, test_is_valid_hmac_payload",
        _KEYS,
        ((b"HmacSignature", b"fX74xUdztFmaXAn3IusMFFUBUSkLmDQUK0tm8xL6ZTU="),),
        b"""
        {
            "type": "merchant.created",
            "environment": "test",
            "createdAt": "01-01-2024",
            "data": {
                "capabilities": {
                    "sendToTransferInstrument": {
                        "requested": true,
                        "requestedLevel": "notApplicable"
                    }
                },
                "companyId": "YOUR_COMPANY_ID",
                "merchantId": "YOUR_MERCHANT_ACCOUNT",
                "status": "PreActive"
            }
        }
        """,
        NOW,
    ),
)
