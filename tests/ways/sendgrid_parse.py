"""SendGrid's Inbound Parse: signed by a security policy, and by the password in its URL."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.secret import Secret
from bridgewright.core.signing.webhook import Terms
from tests.signed import vector, way
from tests.ways.ecdsa_keys import pair


def _password(number: int) -> tuple[Secret, Secret]:
    text = Secret(f"sendgrid:a-made-up-password-{number:04}")
    return text, text


PASSWORD = Terms(options={"proof": "password"})
WAYS = (
    way("sendgrid_parse", pair),
    way("sendgrid_parse", _password, "sendgrid_parse-password", PASSWORD),
)

VECTORS = (
    vector(
        "sendgrid_parse",
        "accepted by sendgrid 6.12.5, EventWebhook.verify_signature",
        (
            (
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAECAE0HBZjYW8T+mIrjgTS5zV2peemqTQibcrGIxo/1xmGh0mMB0C"
                "bk+EcpPew3NpFEIDNu/NBnSsfdlT1ev0wCw=="
            ),
        ),
        (
            (b"Content-Type", b"multipart/form-data; boundary=xYzZY"),
            (
                b"X-Twilio-Email-Event-Webhook-Signature",
                (
                    b"MEYCIQC5suTCqNTkrcjVJQB7/eDKduGEEQ+aMTdXPl7JNEC6pAIhAPDg1NUIaJdLzBLWcW+06Ew/7H2szRC"
                    b"MOr2dfclemswH"
                ),
            ),
            (b"X-Twilio-Email-Event-Webhook-Timestamp", b"1800000000"),
        ),
        (
            b'--xYzZY\r\nContent-Disposition: form-data; name="headers"\r\n\r\nReceived: by mx.example'
            b".net\nMessage-ID: <mail-1@example.org>\nSubject: hello\n\r\n--xYzZY\r\nContent-Disposition"
            b': form-data; name="envelope"\r\n\r\n{"to":["in@parse.example.com"],"from":"a@example.org"}'
            b"\r\n--xYzZY--\r\n"
        ),
        NOW,
    ),
)
