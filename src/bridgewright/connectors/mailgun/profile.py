"""What Mailgun sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=32 * 1_048_576)
"""200 is success, 406 "never again", anything else is sent again: a wrong signature gets 401 and so
another chance after a key is mended. Forwarded mail stands inside; 32 MiB is ours."""
