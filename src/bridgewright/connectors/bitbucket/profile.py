"""What Bitbucket Cloud sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(deadline_s=10.0)
"""Payloads above 256 KB may silently not be sent at all. Any 2xx is success."""
