"""Standard Webhooks and Svix."""

from __future__ import annotations

from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from tests.signed import pair_text, vector, way


def _pair(number: int) -> tuple[Secret, Secret]:
    private, public = pair_text(number)
    return Secret(private), Secret(public)


WAYS = (way("standard"), way("standard", _pair, "standard-v1a"))

VECTORS = (
    vector(
        "standard",
        "svix-server, worker.rs, test_asymmetric_key_signing",
        ("whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",),
        (
            (b"webhook-id", b"msg_p5jXN8AQM9LWM0D4loKWxJek"),
            (b"webhook-timestamp", b"1614265330"),
            (
                b"webhook-signature",
                b"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
            ),
        ),
        b'{"test": 2432232314}',
        from_seconds(1_614_265_330),
    ),
)
