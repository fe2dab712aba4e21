"""Errors as Stripe words them: https://docs.stripe.com/api/errors, read 2026-11."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.stripe.cards import Refusal
    from bridgewright.simulate.wire import Content

_DOCUMENTED = "https://docs.stripe.com/error-codes/"


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
        super().__init__(problem.status, problem.content.get("message", ""))
        self.problem = problem

    def begun(self) -> Problem:
        """The same of a request that began to be carried out, so that its key is used up; one whose
        parameters were wrong in themselves did not begin."""
        wrong = str(self.problem.content.get("code", "")).startswith(_INVALID)
        return replace(self.problem, kept=self.problem.status != UNSIMULATED and not wrong)


UNSIMULATED = 501
_INVALID = ("amount_too_", "email_invalid", "parameter_", "url_invalid")


def invalid(message: str, param: str = "", code: str = "", status: int = 400) -> ProblemError:
    """A request that makes no sense here and now."""
    content = {"type": "invalid_request_error", "message": message}
    content |= {name: value for name, value in (("param", param), ("code", code)) if value}
    if code:
        content["doc_url"] = _DOCUMENTED + code.replace("_", "-")
    return ProblemError(Problem(status, content))


def missing(kind: str, name: str, param: str = "id") -> ProblemError:
    """No such object, or one of another account: 404 where the path names it, 400 elsewhere."""
    status = 404 if param == "id" else 400
    return invalid(f"No such {kind}: '{name}'", param, "resource_missing", status)


def unsupported(what: str) -> ProblemError:
    """Something that Stripe does and this simulator does not: said, and nothing made up."""
    message = f"`{what}` is not simulated. It may be right at Stripe; here nothing is made up."
    return ProblemError(Problem(UNSIMULATED, {"type": "not_simulated", "message": message}))


def unauthorized(message: str) -> ProblemError:
    """No key, or none of ours."""
    return ProblemError(Problem(401, {"type": "invalid_request_error", "message": message}))


def forbidden(message: str, code: str = "") -> ProblemError:
    """A key that may not do this."""
    content = {"type": "invalid_request_error", "message": message}
    return ProblemError(Problem(403, content | ({"code": code} if code else {})))


def turned_down(refusal: Refusal, **more: object) -> Content:
    """What a card's refusal says, as an error and as a payment's `last_payment_error` have it."""
    return {
        "type": "card_error",
        "code": refusal.code,
        "decline_code": refusal.decline_code,
        "doc_url": _DOCUMENTED + refusal.code.replace("_", "-"),
        "message": refusal.message,
    } | more


def declined(content: Content) -> ProblemError:
    """A card that its bank turned down."""
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


def locked() -> ProblemError:
    """An object that another request works on."""
    message = (
        "This object cannot be accessed right now because another API request or Stripe process is"
        " currently accessing it. If you see this error intermittently, retry the request."
    )
    content = {"type": "invalid_request_error", "code": "lock_timeout", "message": message}
    return ProblemError(Problem(429, content))


THROTTLED = Problem(
    429,
    {
        "type": "invalid_request_error",
        "code": "rate_limit",
        "message": "Request rate limit exceeded.",
    },
)
DOWN = Problem(503, {"type": "api_error", "message": "Stripe is temporarily unavailable."})
BROKEN = Problem(
    500,
    {
        "type": "api_error",
        "message": "An unknown error occurred. Contact Stripe support if this keeps happening.",
    },
    kept=True,
)
