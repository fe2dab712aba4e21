"""SendGrid's Event Webhook."""

from __future__ import annotations

from bridgewright.core.model.moment import from_seconds
from tests.signed import vector, way
from tests.ways.ecdsa_keys import pair

WAYS = (way("sendgrid", pair),)

VECTORS = (
    vector(
        "sendgrid",
        "the tests of SendGrid's own library, sendgrid-python, test_eventwebhook.py",
        (
            (
                "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe"
                "62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
            ),
        ),
        (
            (
                b"X-Twilio-Email-Event-Webhook-Signature",
                (
                    b"MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89"
                    b"M15TluLtEZtM="
                ),
            ),
            (b"X-Twilio-Email-Event-Webhook-Timestamp", b"1600112502"),
        ),
        (
            b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":'
            b'"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4'
            b'kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ'
            b'4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
        ),
        from_seconds(1_600_112_502),
    ),
)
