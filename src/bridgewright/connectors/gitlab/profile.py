"""What GitLab sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(max_body_bytes=25 * 1_048_576, deadline_s=10.0)
"""GitLab itself sends nothing above 25 MiB. 2xx and 3xx are success; repeated failure disables the
hook."""
