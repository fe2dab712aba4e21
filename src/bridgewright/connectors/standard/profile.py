"""What the specification says of deliveries and answers. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

PROFILE = WebhookProfile()
"""The specification sets no maximum size. Any 2xx is success."""
