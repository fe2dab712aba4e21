"""Bridgewright connects a Python backend to third-party services and keeps the connection dependable
when the network, the provider or the payload is not.

Everything public is named here and loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgewright.bridge import AsyncBridge, Bridge
    from bridgewright.bridge.outgoing import outcome_of
    from bridgewright.core.errors import (
        BridgewrightError,
        CallError,
        CallFailed,
        CallRefused,
        ConfigurationError,
        NotFound,
        OutcomeUnknown,
        PermanentFailure,
        Refused,
        RetryLater,
        StoreError,
    )
    from bridgewright.core.model.call import CallReport
    from bridgewright.core.model.event import Event
    from bridgewright.core.model.inbound import Answer
    from bridgewright.core.model.item import Cause, State
    from bridgewright.core.model.operation import Selection
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.policy.idempotency import IdempotencyKey
    from bridgewright.engine.drive.calling import deadline, keyed

_PLACES = {
    "outcome_of": "bridgewright.bridge.outgoing",
    "keyed": "bridgewright.engine.drive.calling",
    "deadline": "bridgewright.engine.drive.calling",
    "IdempotencyKey": "bridgewright.core.policy.idempotency",
    "CallReport": "bridgewright.core.model.call",
    "OutcomeUnknown": "bridgewright.core.errors",
    "CallRefused": "bridgewright.core.errors",
    "CallFailed": "bridgewright.core.errors",
    "CallError": "bridgewright.core.errors",
    "Answer": "bridgewright.core.model.inbound",
    "AsyncBridge": "bridgewright.bridge",
    "Bridge": "bridgewright.bridge",
    "BridgewrightError": "bridgewright.core.errors",
    "Cause": "bridgewright.core.model.item",
    "ConfigurationError": "bridgewright.core.errors",
    "Event": "bridgewright.core.model.event",
    "NotFound": "bridgewright.core.errors",
    "PermanentFailure": "bridgewright.core.errors",
    "Refused": "bridgewright.core.errors",
    "RetryLater": "bridgewright.core.errors",
    "Secret": "bridgewright.core.model.secret",
    "Selection": "bridgewright.core.model.operation",
    "State": "bridgewright.core.model.item",
    "StoreError": "bridgewright.core.errors",
}

__all__ = [
    "Answer",
    "AsyncBridge",
    "Bridge",
    "BridgewrightError",
    "CallError",
    "CallFailed",
    "CallRefused",
    "CallReport",
    "Cause",
    "ConfigurationError",
    "Event",
    "IdempotencyKey",
    "NotFound",
    "OutcomeUnknown",
    "PermanentFailure",
    "Refused",
    "RetryLater",
    "Secret",
    "Selection",
    "State",
    "StoreError",
    "__version__",
    "deadline",
    "keyed",
    "outcome_of",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    try:
        place = _PLACES[name]
    except KeyError:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg) from None
    return getattr(import_module(place), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
