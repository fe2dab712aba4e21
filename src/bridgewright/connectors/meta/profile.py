"""What Meta sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=4 * 1_048_576)
"""WhatsApp's payloads have up to 3 MB by third-party pages; 4 MiB is ours. 200 is success. No deadline
is published that could be confirmed."""
