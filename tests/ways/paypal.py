"""PayPal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.secret import Secret
from tests.keys import certificate, pem, rsa_key
from tests.signed import vector, way

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import NeedsKey


def _keys(number: int) -> tuple[Secret, Secret]:
    """PayPal has one key for everybody: what tells ours from others is the webhook's id."""
    webhook_id = f"4JH86294D62{number:06}"
    return Secret(f"{webhook_id}\n{pem(rsa_key())}"), Secret(webhook_id)


def _publish(need: NeedsKey) -> bytes:
    del need  # which certificate PayPal signs with is not signed
    return certificate("messageverificationcerts.sandbox.paypal.com")


WAYS = (
    way(
        "paypal",
        _keys,
        publish=_publish,
        optional=frozenset({b"paypal-cert-url"}),
    ),
)

CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIDTzCCAjegAwIBAgIUSKEytDEDzt59GjRgU1Ze0WCnTxkwDQYJKoZIhvcNAQEL
BQAwNjE0MDIGA1UEAwwrbWVzc2FnZXZlcmlmaWNhdGlvbmNlcnRzLnNhbmRib3gu
cGF5cGFsLmNvbTAgFw0yNjExMjkwMTAwNThaGA8yMTI2MTEwNTAxMDA1OFowNjE0
MDIGA1UEAwwrbWVzc2FnZXZlcmlmaWNhdGlvbmNlcnRzLnNhbmRib3gucGF5cGFs
LmNvbTCCASIwDQYJKoZIhvcNAQEBBQADggEPADCCAQoCggEBAKaUnXkyGtdmjoPE
5Ez5iSPvgvtpcTKogjBOwDGIkeC5RLlqlvfPtGWy+KSGiEggjSDACaqAPkPyyppQ
l3VmMBIWLxwY6MgCUYUWN+tcyeeQvSqE2MKc7ClN+venE4v9S5aBy7QwQSl72ryU
tPqrnU91YnqXZJ0K9b7kr3ikx/BmsBGJb7XN4S9nHWvO6E66kllqFrpu9HC8DeaD
vK4Z+70fn4U0QsXXUKCnAi9v7DPbh0aK5cPkRILj2i0F1WgJtdnAjhf19hhASV8R
9xDDYx7cEt21QwbTVgg8HCsPvzszxUPPpE0ryqOHvr1I8zJIGOuI62TwZ7whk/uT
1A38l+ECAwEAAaNTMFEwHQYDVR0OBBYEFLBkKHW6zHEKomfow5EBVzt7LkiYMB8G
A1UdIwQYMBaAFLBkKHW6zHEKomfow5EBVzt7LkiYMA8GA1UdEwEB/wQFMAMBAf8w
DQYJKoZIhvcNAQELBQADggEBADTd8z2QF5OayC8dmRKkTuyeteBznDE8v4wYiaGC
pmqndcGb4G8o0tEUEkGTjME9kIOBVxaWztIdVKeCvx4cREMMqoIrVJJEQC7SAjWH
FiMN9Rd5Wf1CPCy8HjLuhAbY/wS/RPTELfvm9lWdZJoA1sH+J2VLHKQTYrsQOlA8
c2xO7W0fe+jyDtPTt0y0V70KM+CKXkWmEQzemoUcXB6dk7gZfhJ4BBQcOxfq92g+
4pUEPdAhSDHRv5Gkx0qAsIr2Q+3/DuaqnX/y/IYjxjNj74ErmV1sCf2v5z6HJVcR
Pnvd1n65N46BVt3X8SIjGjUKyLALpSHMOSEifLv53BdIWJY=
-----END CERTIFICATE-----
"""
"""Made and signed with OpenSSL 3.0.19 for this test."""

VECTORS = (
    vector(
        "paypal",
        "paypalrestsdk 1.13.3, WebhookEvent._get_expected_sig, signed by openssl dgst -sha256 -sign",
        ("4JH86294D6297924G",),
        (
            (b"PAYPAL-TRANSMISSION-ID", b"dfb3be50-fd74-11e4-8bf3-77339302725b"),
            (b"PAYPAL-TRANSMISSION-TIME", b"2027-01-15T08:00:00Z"),
            (
                b"PAYPAL-TRANSMISSION-SIG",
                (
                    b"myG2zzxhneZQz21kPI1rRXisWwI1idhjXDYf6IG4MqXQdWIIFYaLj/+1IEYWYtlsaKKmTv93OkzFDVA74lt/"
                    b"b2jpdI6q8nODdqVLvSXK2CLNp7+1ZmynKfchnGiFX5nGub3+ekrBfBrUSibAN3lzwKlXJnJcG4yVtftyibw8"
                    b"qx8Bc4s2wC5CbEjzf3aFNjJsN57dthUoGm0PKsheeMDQkbVtLoHflvnsclZ9EZYMuhdnzK8/xF2RjlOGxN8W"
                    b"RHK5/9djUUaBbJcGpqqg/DlMxbcw451sf53XR0aECV+H1vHFZ6OYBq34HIar9Up1yqi32ytkdoHivAJF+ogE"
                    b"IhIwCQ=="
                ),
            ),
            (
                b"PAYPAL-CERT-URL",
                b"https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77",
            ),
            (b"PAYPAL-AUTH-ALGO", b"SHA256withRSA"),
        ),
        (
            b'{"id": "WH-2WR32451HC0233532-67976317FL4543714", "event_type": "PAYMENT.SALE.COM'
            b'PLETED", "create_time": "2027-01-15T08:00:00Z", "resource": {"amount": {"total":'
            b' "4.90"}}}'
        ),
        NOW,
        publish=lambda need: CERTIFICATE,
    ),
)
