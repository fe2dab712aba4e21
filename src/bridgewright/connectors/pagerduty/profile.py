"""What PagerDuty sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(
    deadline_s=5.0,
    instead_of_4xx=Answer(503, headers=(("Retry-After", "300"),)),
)
"""Nothing above 256 KB is sent. Any 2xx is success. 4xx drops the event for ever, and three that were
dropped in a row end all deliveries for a day; 5xx is sent again for some twenty minutes."""
