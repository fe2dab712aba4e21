"""What WooCommerce sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=60.0)
"""No maximum size is published. 2xx, 301 and 302 are success; nothing is sent again."""
