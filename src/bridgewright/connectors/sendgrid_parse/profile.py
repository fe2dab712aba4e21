"""What SendGrid's Inbound Parse sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(
    max_body_bytes=32 * 1_048_576,
    instead_of_4xx=Answer(503, headers=(("Retry-After", "300"),)),
)
"""Mail of up to 30 MB is sent on. Whatever is answered with 4xx is dropped for ever and nobody is
told; 5xx is sent again for three days, time enough to mend a key."""
