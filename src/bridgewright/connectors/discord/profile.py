"""What Discord sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(accepted=Answer(204), deadline_s=3.0)
"""No maximum size is published. 204 acknowledges a webhook event; interactions are answered by their
type. Wrong signatures come on purpose, and whoever does not answer 401 to them loses the URL."""
