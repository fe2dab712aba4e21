"""What Shopify sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=8 * 1_048_576, deadline_s=5.0)
"""Whole orders and products come: 8 MiB is ours, none is published. Any 2xx is success; 401 is the
answer that is demanded for a bad signature of a privacy topic."""
