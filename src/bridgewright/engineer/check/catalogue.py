"""Every rule, by its code."""

from __future__ import annotations

from bridgewright.engineer.check.calls import rules as calls
from bridgewright.engineer.check.declared import rules as declared
from bridgewright.engineer.check.layers import rules as layers
from bridgewright.engineer.check.logs import rules as logs
from bridgewright.engineer.check.retries import rules as retries
from bridgewright.engineer.check.secrets import rules as secrets
from bridgewright.engineer.check.trials import rules as trials
from bridgewright.engineer.check.webhooks import rules as webhooks

RULES = tuple(
    sorted(
        (
            *calls.RULES,
            *secrets.RULES,
            *logs.RULES,
            *webhooks.RULES,
            *retries.RULES,
            *layers.RULES,
            *declared.RULES,
            *trials.RULES,
        ),
        key=lambda rule: rule.code,
    )
)
