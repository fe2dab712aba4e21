"""What the specification says of deliveries and answers. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

PROFILE = WebhookProfile(deadline_s=15.0)
"""The specification sets no maximum size, and recommends senders to wait 15 to 30 s: the shortest
counts. Any 2xx is success."""
