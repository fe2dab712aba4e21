"""What GoCardless sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=10.0)
"""Any 2xx is success; redirects are not followed. No maximum size was found in what was read."""
