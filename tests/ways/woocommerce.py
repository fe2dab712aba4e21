"""WooCommerce."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from tests.signed import vector, way

WAYS = (way("woocommerce"),)

VECTORS = (
    vector(
        "woocommerce",
        "openssl dgst -sha256 -hmac, OpenSSL 3.0.19, by WooCommerce's own generate_signature",
        ('made-up-"woo"&-secret',),
        (
            (b"X-WC-Webhook-Topic", b"order.updated"),
            (b"X-WC-Webhook-Delivery-ID", b"3bb9a2d1c0f54e3f9d1a4f4f2f1f7c11"),
            (b"X-WC-Webhook-Signature", b"cycymJ48ymqt5/Yojwyl1SHNya7spl1al4HPfvEL+Ak="),
        ),
        (
            b'{"id":727,"parent_id":0,"number":"727","status":"processing","currency":"USD",'
            b'"date_modified_gmt":"2027-01-15T08:00:00","total":"29.35",'
            b'"billing":{"first_name":"Zo\\u00eb"}}'
        ),
        NOW,
    ),
)
