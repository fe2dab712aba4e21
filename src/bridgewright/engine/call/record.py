"""Facts of calls, made from what was sent and what came back, redacted. Called only when somebody
listens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S, Response
from bridgewright.core.model.fact import BreakerMoved, CallAttempted, CallEnded, ThrottleClosed
from bridgewright.core.redact.body import MAX_BODY_BYTES, preview, withheld
from bridgewright.core.redact.headers import shown
from bridgewright.core.redact.url import shown_url
from bridgewright.engine.call import ending

if TYPE_CHECKING:
    from bridgewright.core.errors import TransportError
    from bridgewright.core.model.call import Request
    from bridgewright.core.policy.breaker import Move
    from bridgewright.core.redact.redaction import Redaction
    from bridgewright.engine.call.call import Call
    from bridgewright.engine.call.scope import ScopeKey

BUSY = withheld("busy")
"""What stands for the bodies of attempts that came quicker than bodies can be redacted."""


def attempted(call: Call, result: Response | TransportError, redaction: Redaction) -> CallAttempted:
    """The fact of an attempt that was just accounted for, without bodies."""
    key, request = call.scope.key, call.request
    response = result if isinstance(result, Response) else None
    allowed = call.profile.log_headers
    return CallAttempted(
        connector=key.connector,
        account=key.account,
        operation=call.operation.name,
        call_id=call.call_id,
        method=request.method,
        url=shown_url(request.url, redaction),
        attempt=ending.attempts_of(call)[-1],
        request_headers=shown(request.headers, redaction, allowed),
        request_bytes=_request_bytes(request),
        response_headers=() if response is None else shown(response.headers, redaction, allowed),
        response_bytes=None if response is None or response.stream else len(response.body),
    )


def ended(call: Call, redaction: Redaction) -> CallEnded:
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
        _request_id(report.request_id, redaction),
        call.refused,
    )


def moved(key: ScopeKey, move: Move) -> BreakerMoved:
    """The fact of a breaker's move."""
    return BreakerMoved(
        key.connector,
        key.account,
        key.host,
        key.group,
        move.before.value,
        move.after.value,
        move.reason,
        move.open_for_s,
    )


def throttled(call: Call) -> ThrottleClosed:
    """The fact that a provider asked us to stay away."""
    key = call.scope.key
    for_s = call.asked / NS_PER_S
    return ThrottleClosed(
        key.connector, key.account, key.host, key.group, for_s, call.scope.closed_by
    )


def _request_id(given: str | None, redaction: Redaction) -> str | None:
    """A provider's id is whatever it sent."""
    return given and shown((("request-id", given),), redaction)[0][1]


@dataclass(frozen=True, slots=True)
class Content:
    """A body as it was sent or came, and its type; `instead` is what is told when it is not kept."""

    body: bytes = field(default=b"", repr=False)
    content_type: str | None = None
    instead: str | None = None

    def told(self, redaction: Redaction) -> str | None:
        """What may be told of it, cut and redacted; None when there is nothing."""
        if self.instead is not None:
            return self.instead
        return preview(self.body, self.content_type, redaction) or None


def contents(request: Request, result: Response | TransportError) -> tuple[Content, Content]:
    """The bodies of an attempt, for `with_bodies`: no larger than what can be redacted."""
    came = Content()
    if isinstance(result, Response):
        streamed = result.stream is not None
        came = _content(None if streamed else result.body, result.header("content-type"))
    body = request.body if isinstance(request.body, bytes | None) else None
    sent = Content() if request.body is None else _content(body, request.header("content-type"))
    return sent, came


def with_bodies(
    fact: CallAttempted, bodies: tuple[Content, Content], redaction: Redaction
) -> CallAttempted:
    """The fact with both bodies, cut and redacted: milliseconds of work."""
    sent, came = bodies
    return replace(fact, request_body=sent.told(redaction), response_body=came.told(redaction))


def without_bodies(fact: CallAttempted) -> CallAttempted:
    """The fact of an attempt whose bodies nobody had the time to redact."""
    return replace(fact, request_body=BUSY, response_body=BUSY)


def _content(body: bytes | None, content_type: str | None) -> Content:
    if body is None:
        return Content(instead=withheld("a stream"))
    if len(body) > MAX_BODY_BYTES:
        return Content(instead=withheld("too large", body))
    return Content(body, content_type)


def _request_bytes(request: Request) -> int | None:
    if request.body is None:
        return 0
    return len(request.body) if isinstance(request.body, bytes) else request.body.length
