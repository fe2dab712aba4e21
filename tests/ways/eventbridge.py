"""Amazon EventBridge."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.signing.webhook import Terms
from tests.signed import vector, way

WAYS = (way("eventbridge"),)

VECTORS = (
    vector(
        "eventbridge",
        "RFC 7617, section 2",
        ("Aladdin:open sesame",),
        ((b"Authorization", b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),),
        b'{"id": "1", "source": "aws.s3", "detail-type": "Object Created"}',
        NOW,
        Terms(options={"authorization": "basic"}),
    ),
)
