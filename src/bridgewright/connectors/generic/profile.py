"""What is taken of a source that is declared in the settings. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile()
"""Nothing is known of the sender: 1 MiB, 200 for what verifies, 401 for what does not."""
