"""What Linear sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=5 * 1_048_576, deadline_s=5.0)
"""5 MiB is where Linear's own verifier stops. Only 200 is success."""
