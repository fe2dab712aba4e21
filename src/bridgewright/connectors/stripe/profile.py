"""What Stripe's deliveries may be, and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

PROFILE = WebhookProfile()
"""No maximum size is published. Any 2xx is success; what is not is sent again for up to 3 days."""
