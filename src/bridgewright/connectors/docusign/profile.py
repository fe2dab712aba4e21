"""What DocuSign Connect sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=100.0, max_body_bytes=32 * 1_048_576)
"""Documents may stand inside, in base64: 32 MiB is ours, none is published. Any 2xx is success."""
