"""Facts of calls, made from what was sent and what came back, redacted. Called only when somebody
listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S
from bridgewright.core.model.fact import CallAttempted, CallEnded
from bridgewright.engine.call import ending

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.errors import TransportError
    from bridgewright.core.model.call import Response
    from bridgewright.core.model.fact import Fact
    from bridgewright.engine.call.call import Call


def attempted(
    call: Call, result: Response | TransportError, *, bodies: bool = False
) -> Iterator[Fact]:
    """The fact of an attempt that was just accounted for; with it the call's end, if this was it."""
    del result, bodies
    key = call.scope.key
    yield CallAttempted(
        key.connector,
        key.account,
        call.operation.name,
        call.call_id,
        call.request.method,
        key.host,
        call.report.attempts[-1],
        (),
        None,
    )
    if call.ended:
        yield ended(call)


def ended(call: Call) -> CallEnded:
    """The fact of a call's end."""
    key = call.scope.key
    report = call.report
    end = call.started_at if call.ended_at is None else call.ended_at
    return CallEnded(
        key.connector,
        key.account,
        call.operation.name,
        call.call_id,
        ending.outcome_of(call),
        call.sent_count,
        (end - call.started_at) / NS_PER_S,
        report.status,
        report.request_id,
        call.refused,
    )
