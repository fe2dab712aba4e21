"""What EventBridge sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=5.0)
"""An event has at most 256 KB. A 401 is tried again, as a 5xx is."""
