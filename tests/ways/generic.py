"""A declared source: its example, and declarations that play providers we know."""

from __future__ import annotations

from dataclasses import replace

from bridgewright.connectors.generic.webhook import EXAMPLE, WEBHOOK
from bridgewright.core.signing.webhook import Terms
from tests.signed import Vector, way
from tests.ways import github, slack, square

WAYS = (way("generic", terms=EXAMPLE),)


def _played(vector: Vector, **options: str) -> Vector:
    source = f"{vector.source}, by a declaration"
    return replace(vector, webhook=WEBHOOK, source=source, terms=Terms(options=options))


VECTORS = (
    _played(github.VECTORS[0], header="X-Hub-Signature-256", prefix="sha256="),
    _played(
        slack.VECTORS[0],
        header="X-Slack-Signature",
        prefix="v0=",
        template="v0:{timestamp}:{body}",
        timestamp_header="X-Slack-Request-Timestamp",
    ),
    _played(
        square.VECTORS[0],
        header="x-square-hmacsha256-signature",
        template="{url}{body}",
        encoding="base64",
    ),
)
