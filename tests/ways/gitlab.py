"""GitLab: its signing token, and its token in clear."""

from __future__ import annotations

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.model.secret import Secret
from tests.signed import vector, way


def _clear(number: int) -> tuple[Secret, Secret]:
    token = Secret(f"a-token-in-clear-{number:04}")
    return token, token


WAYS = (way("gitlab"), way("gitlab", _clear, "gitlab-token"))

VECTORS = (
    vector(
        "gitlab",
        "standardwebhooks 1.1.0, Webhook.sign, by GitLab's merge request 230944",
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",),
        (
            (b"X-Gitlab-Event", b"Push Hook"),
            (b"Idempotency-Key", b"f5e5f430-f57b-4e6e-9fac-d9128cd7232f"),
            (b"webhook-id", b"f5e5f430-f57b-4e6e-9fac-d9128cd7232f"),
            (b"webhook-timestamp", b"1800000000"),
            (b"webhook-signature", b"v1,W0zN+dxly8/SdeL6WSiUnamN+GaVJn3d5D3YrJILJ7M="),
        ),
        b'{"object_kind": "push", "event_name": "push", "ref": "refs/heads/main"}',
        NOW,
    ),
)
