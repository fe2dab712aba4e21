"""Whether a call is sent again, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import NS_PER_S, Trouble, Verdict

if TYPE_CHECKING:
    from bridgewright.core.model.call import Ticks
    from bridgewright.core.policy.verdict import Judgement
    from bridgewright.engine.call.call import Call

LEAST_USEFUL_NS = 20_000_000
"""An attempt with less time than this is not begun: it would end at the deadline, and a write would
then have happened or not."""
WIDEST_SPREAD_NS = 5 * NS_PER_S
"""Added, by the dice and at most, to a pushback: those told to come back then do not come together."""
_SPREAD = 10


def asked_ns(call: Call, judgement: Judgement) -> Ticks:
    """How long the provider wants us away; 0 when it said nothing."""
    if judgement.pushback is not None:
        return int(judgement.pushback.after_s * NS_PER_S)
    if judgement.verdict is Verdict.THROTTLED:
        return int(call.profile.throttled_for_s * NS_PER_S)
    return 0


def decide(  # noqa: PLR0911 - one exit for each rule
    call: Call, judgement: Judgement, now: Ticks, asked: Ticks, roll: float
) -> str:
    """Set `call.wait_ns` to a pause that is paid for, or to None for the end; the rule that decided."""
    call.wait_ns = None
    if not judgement.again:
        return judgement.rule
    if call.sent_count >= call.limit:
        return f"{judgement.rule}; attempts exhausted"
    if call.trouble is not None and call.trouble.trouble is Trouble.STALE and call.sent_count == 1:
        call.wait_ns = 0  # an old connection, not an ailing provider: at once, and free
        return judgement.rule
    throttled = judgement.verdict is Verdict.THROTTLED
    wait = _pause(call, asked, roll, throttled=throttled)
    if asked > call.numbers.max_wait_s * NS_PER_S:
        return f"{judgement.rule}; longer than max_wait_s"
    if now + wait > call.deadline - LEAST_USEFUL_NS:
        return f"{judgement.rule}; beyond the deadline"
    budget = call.numbers.budget
    price = budget.throttled_price if throttled else budget.price
    if not call.scope.budget.withdraw(now, price):
        return f"{judgement.rule}; retry budget spent"
    call.paid = price
    call.wait_ns = wait
    return judgement.rule


def _pause(call: Call, asked: Ticks, roll: float, *, throttled: bool) -> Ticks:
    """Never earlier than asked, later by the dice."""
    backoff = call.numbers.throttled_backoff if throttled else call.numbers.backoff
    jittered = int(backoff.wait_s(call.sent_count, roll) * NS_PER_S)
    if jittered >= asked:
        return jittered
    return asked + int(roll * min(asked // _SPREAD, WIDEST_SPREAD_NS))
