"""What Sentry sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(
    deadline_s=1.0,
    instead_of_4xx=Answer(503, headers=(("Retry-After", "300"),)),
)
"""The shortest deadline of the catalogue. No maximum size is published. Any 2xx is success. Whatever
is answered with 4xx is never sent again; after 5xx it is, of published integrations, three times."""
