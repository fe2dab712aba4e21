"""Amazon EventBridge."""

from __future__ import annotations

from bridgewright.core.signing.webhook import Terms
from tests.made import NOW
from tests.signed import Vector, Way

WAYS = (Way("eventbridge"),)

VECTORS = (
    Vector(
        "eventbridge",
        "RFC 7617, section 2",
        ("Aladdin:open sesame",),
        ((b"Authorization", b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),),
        b'{"id": "1", "source": "aws.s3", "detail-type": "Object Created"}',
        NOW,
        Terms(options={"authorization": "basic"}),
    ),
)
