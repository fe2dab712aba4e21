"""Errors as Stripe words them: https://docs.stripe.com/api/errors, read 2026-11."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: its status, and what stands below `error` in its body.

    `retry` is what `Stripe-Should-Retry` says: yes, no, or nothing. `kept` says whether the answer
    is stored under the request's idempotency key, as that of every request is that began to be
    carried out; invalid ones never do.
    """

    status: int
    content: Content = field(repr=False)
    retry: bool | None = None
    kept: bool = False

    def reply(self) -> Reply:
        """The answer that says so."""
        reply = json_reply({"error": self.content}, self.status)
        if self.retry is None:
            return reply
        advice = ("stripe-should-retry", "true" if self.retry else "false")
        return Reply(reply.status, (*reply.headers, advice), reply.body)


class ProblemError(Exception):
    """A request that cannot be carried out; `problem` is the answer to it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status)
        self.problem = problem


def invalid(message: str, param: str = "", code: str = "", status: int = 400) -> ProblemError:
    """A request that makes no sense here and now."""
    content = {"type": "invalid_request_error", "message": message}
    content |= {name: value for name, value in (("param", param), ("code", code)) if value}
    return ProblemError(Problem(status, content))


def missing(kind: str, name: str, param: str = "id") -> ProblemError:
    """No such object, or one of another account."""
    return invalid(f"No such {kind}: '{name}'", param, "resource_missing", 404)


def unknown_url(method: str, path: str) -> ProblemError:
    """A path that leads nowhere."""
    message = f"Unrecognized request URL ({method}: {path})."
    return invalid(message, code="", status=404)


def unauthorized(message: str) -> ProblemError:
    """No key, or none of ours."""
    return ProblemError(Problem(401, {"type": "invalid_request_error", "message": message}))


def declined(payment: Content, charge_id: str, code: str) -> ProblemError:
    """A card that its bank turned down; the payment goes with the error."""
    content = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": code,
        "message": "Your card was declined.",
        "charge": charge_id,
        "payment_intent": payment,
    }
    return ProblemError(Problem(402, content, kept=True))


def other_parameters() -> ProblemError:
    """A key that was used with other parameters."""
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first"
        " used with. Try using a key other than the one you used if you meant to execute a"
        " different request."
    )
    content = {"type": "idempotency_error", "message": message}
    return ProblemError(Problem(400, content, retry=False))


def in_flight() -> ProblemError:
    """A key whose first request is still being carried out."""
    message = (
        "There is currently another in-progress request using this Idempotent Key (that probably"
        " means you submitted twice, and the other request is still going through)."
    )
    content = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": message}
    return ProblemError(Problem(409, content, retry=True))


THROTTLED = Problem(
    429,
    {
        "type": "invalid_request_error",
        "code": "rate_limit",
        "message": "Request rate limit exceeded.",
    },
)
DOWN = Problem(503, {"type": "api_error", "message": "Stripe is temporarily unavailable."})
