"""What Twitch EventSub sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(accepted=Answer(204), deadline_s=5.0)
"""A few seconds are allowed, of which we count five; slow answers end
the subscription. Any 2xx is success."""
