"""What Adyen sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(
    accepted=Answer(200, b"[accepted]", "text/plain; charset=utf-8"), deadline_s=10.0
)
"""Any 2xx is success now; `[accepted]` is what older webhooks wait for, and harms none."""
