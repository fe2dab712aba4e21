"""What Pub/Sub pushes and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(
    max_body_bytes=16_777_216,
    accepted=Answer(204),
    deadline_s=10.0,
)
"""A message has at most 10 MB, a third more in base64. The acknowledgement deadline is 10 s unless the
subscription says otherwise. Whatever is no success is pushed again until the message is too old."""
