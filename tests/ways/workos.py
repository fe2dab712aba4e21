"""WorkOS."""

from __future__ import annotations

from bridgewright.core.model.moment import from_seconds
from tests.signed import vector, way

WAYS = (way("workos"),)

VECTORS = (
    vector(
        "workos",
        "accepted by workos 10.8.0, verify_header",
        ("made-up-workos-secret",),
        (
            (
                b"WorkOS-Signature",
                (
                    b"t=1800000000123, "
                    b"v1=8f0850dac7498c8e19811142e6707cd1b053c53c826f9c275d61ba91088d7bb4"
                ),
            ),
        ),
        (
            b'{"id":"event_01EHWNCE74X7JSDV0X3SZ3KJNY","event":"dsync.user.created",'
            b'"data":{"id":"directory_user_01","object":"directory_user"},'
            b'"created_at":"2027-01-15T08:00:00.000Z"}'
        ),
        from_seconds(1_800_000_001),
    ),
)
