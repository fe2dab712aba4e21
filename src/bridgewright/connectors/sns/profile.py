"""What SNS sends and which answers it understands. Sources: README.md."""

from __future__ import annotations

from bridgewright.core.model.inbound import Answer, WebhookProfile

WEBHOOK_PROFILE = WebhookProfile(
    deadline_s=15.0,
    instead_of_4xx=Answer(503, headers=(("Retry-After", "30"),)),
)
"""Messages have at most 256 KiB, and JSON may double them. SNS does not try again after a 4xx: a topic
that somebody forgot to list would lose its messages, so refusals ask it to come back instead."""
