"""What GitHub's deliveries may be, and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

PROFILE = WebhookProfile(max_body_bytes=25 * 1_048_576)
"""GitHub caps payloads at 25 MB and delivers nothing for a larger one. Any 2xx is success; nothing
is sent again by itself."""
