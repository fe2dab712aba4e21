"""The verdict on one attempt: what it means, whether it may be repeated, whom it counts against.

One table decides for retry, breaker, budget and gate at once, so that they cannot disagree. The
question behind every line is: may it have happened, and would it hurt to happen twice?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bridgewright.core.model.call import Outcome, Phase, Safety, Trouble, Verdict
from bridgewright.core.timing import pushback

if TYPE_CHECKING:
    from bridgewright.core.errors import TransportError
    from bridgewright.core.model.call import Operation, Response
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.policy.profile import CallProfile
    from bridgewright.core.timing.pushback import Pushback

_REPEATABLE = frozenset({Safety.SAFE, Safety.IDEMPOTENT, Safety.KEYED})
_LOCAL = frozenset({Trouble.POOL, Trouble.UNUSABLE})
_FINAL = frozenset({Trouble.CERTIFICATE, Trouble.UNUSABLE, Trouble.TOO_LARGE})
_NOT_MODIFIED, _REQUEST_TIMEOUT, _CONFLICT, _TOO_EARLY = 304, 408, 409, 425
_NOT_IMPLEMENTED, _UNAVAILABLE = 501, 503
_SEND_AGAIN_ELSEWHERE = (307, 308)


@dataclass(frozen=True, slots=True)
class Judgement:
    """One attempt, judged.

    `outcome` is what happened at the provider, seen from this attempt alone. `again` says that a
    repeat is allowed. `counts` is what the breaker hears: True a failure, False a success, None
    nothing. `honest` is False for an answer that is not one of this API: nobody may take it for one.
    """

    verdict: Verdict
    outcome: Outcome
    rule: str
    again: bool = False
    counts: bool | None = None
    pushback: Pushback | None = None
    honest: bool = True


def repeatable(safety: Safety) -> bool:
    """Whether a request may be sent again although it may have been carried out."""
    return safety in _REPEATABLE


def judge_failure(error: TransportError, safety: Safety) -> Judgement:
    """An attempt that got no whole answer."""
    rule = error.trouble.value
    final, local = error.trouble in _FINAL, error.trouble in _LOCAL
    counts = None if local or error.trouble is Trouble.DEADLINE else True
    if error.phase is Phase.NOT_SENT:
        verdict = Verdict.PERMANENT if final else Verdict.TRANSIENT
        again = not final and not local
        return Judgement(verdict, Outcome.NOT_SENT, rule, again=again, counts=counts)
    if safety is Safety.SAFE and final:
        return Judgement(Verdict.PERMANENT, Outcome.UNKNOWN, rule, counts=counts)
    again = repeatable(safety) and not final
    verdict = Verdict.TRANSIENT if again else Verdict.AMBIGUOUS
    return Judgement(verdict, Outcome.UNKNOWN, rule, again=again, counts=counts)


def judge_answer(
    response: Response, operation: Operation, safety: Safety, profile: CallProfile, now: Moment
) -> Judgement:
    """A whole answer. `now` only matters where a provider sends dates and no `Date`."""
    status = response.status
    if 200 <= status < 300 or status == _NOT_MODIFIED:  # noqa: PLR2004 - the class of success
        return _of_success(response, operation, safety, profile, now)
    if status < 400:  # noqa: PLR2004 - redirects and stray 1xx
        return _of_redirect(status, safety)
    asked = pushback.read(response, profile.pushback, now)
    wish = profile.should_retry(response)
    if status in profile.unprocessed or (status < 500 and profile.throttles(response)):  # noqa: PLR2004
        return _throttled(status, asked, wish)
    if status >= 500:  # noqa: PLR2004 - the class of the server's errors
        return _of_server(status, safety, asked, wish, throttled=profile.throttles(response))
    return _of_client(status, safety, profile, asked, wish)


def _of_success(
    response: Response, operation: Operation, safety: Safety, profile: CallProfile, now: Moment
) -> Judgement:
    wrong = None if operation.accepts is None else operation.accepts(response)
    if wrong is None:
        return Judgement(Verdict.SUCCESS, Outcome.PROCESSED, "success", counts=False)
    if profile.throttles(response):  # GraphQL says so with 200
        asked = pushback.read(response, profile.pushback, now)
        return _throttled(response.status, asked, profile.should_retry(response))
    again = repeatable(safety)
    verdict = Verdict.TRANSIENT if again else Verdict.AMBIGUOUS
    return _foreign(f"not an answer of this API: {wrong}", safety, Outcome.UNKNOWN, verdict)


def _of_redirect(status: int, safety: Safety) -> Judgement:
    """Never followed. 307 and 308 say "not here, send it again"; the others may come after the deed."""
    rule = f"redirect {status}"
    if status in _SEND_AGAIN_ELSEWHERE or safety is Safety.SAFE:
        return _foreign(rule, safety, Outcome.REJECTED, Verdict.PERMANENT)
    return _foreign(rule, safety, Outcome.UNKNOWN, Verdict.AMBIGUOUS)


def _foreign(rule: str, safety: Safety, outcome: Outcome, verdict: Verdict) -> Judgement:
    again = verdict is Verdict.TRANSIENT and repeatable(safety)
    counts = None if rule.startswith("redirect") else True
    return Judgement(verdict, outcome, rule, again=again, counts=counts, honest=False)


def _throttled(status: int, asked: Pushback | None, wish: bool | None) -> Judgement:  # noqa: FBT001
    """Documented as "nothing was done", so whatever it was may be sent again."""
    again = wish is not False or asked is not None
    rule = f"throttled by {status}" + (f", {asked.rule}" if asked else "")
    return Judgement(Verdict.THROTTLED, Outcome.REJECTED, rule, again=again, pushback=asked)


def _of_server(
    status: int,
    safety: Safety,
    asked: Pushback | None,
    wish: bool | None,  # noqa: FBT001 - three answers: yes, no, silence
    *,
    throttled: bool,
) -> Judgement:
    again = (repeatable(safety) or wish is True) and wish is not False
    if status == _NOT_IMPLEMENTED:
        return Judgement(Verdict.PERMANENT, Outcome.REJECTED, f"status {status}", counts=False)
    if throttled or (status == _UNAVAILABLE and asked is not None and again):
        verdict = Verdict.THROTTLED if again else Verdict.AMBIGUOUS
    elif again:
        verdict = Verdict.TRANSIENT
    else:
        verdict = Verdict.PERMANENT if safety is Safety.SAFE else Verdict.AMBIGUOUS
    rule = f"status {status}" + (f", {asked.rule}" if asked else "")
    counts = None if verdict is Verdict.THROTTLED else True
    return Judgement(verdict, Outcome.UNKNOWN, rule, again=again, counts=counts, pushback=asked)


def _of_client(
    status: int,
    safety: Safety,
    profile: CallProfile,
    asked: Pushback | None,
    wish: bool | None,  # noqa: FBT001 - three answers: yes, no, silence
) -> Judgement:
    transient = status == _TOO_EARLY or (status == _REQUEST_TIMEOUT and repeatable(safety))
    transient = transient or (status in profile.refusals and repeatable(safety)) or wish is True
    if transient and wish is not False:
        rule = f"status {status}, to be sent again"
        in_flight = status in (_REQUEST_TIMEOUT, _CONFLICT)
        outcome = Outcome.UNKNOWN if in_flight else Outcome.REJECTED
        return Judgement(Verdict.TRANSIENT, outcome, rule, again=True, counts=False, pushback=asked)
    if status == _REQUEST_TIMEOUT:
        return Judgement(Verdict.AMBIGUOUS, Outcome.UNKNOWN, f"status {status}", counts=False)
    if status == _CONFLICT and status in profile.refusals:
        return Judgement(Verdict.AMBIGUOUS, Outcome.UNKNOWN, "conflict in flight", counts=False)
    return Judgement(Verdict.PERMANENT, Outcome.REJECTED, f"status {status}", counts=False)


def without_body(judgement: Judgement, safety: Safety) -> Judgement:
    """The same verdict on a request whose body cannot be sent a second time: no repeat."""
    certain = judgement.outcome is not Outcome.UNKNOWN or safety is Safety.SAFE
    verdict = Verdict.PERMANENT if certain else Verdict.AMBIGUOUS
    if judgement.verdict is Verdict.THROTTLED:
        verdict = Verdict.THROTTLED
    rule = f"{judgement.rule}; its body cannot be sent again"
    return replace(judgement, verdict=verdict, rule=rule, again=False)
