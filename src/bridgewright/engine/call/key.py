"""The idempotency key of a call: the caller's, the SDK's, or one of ours, minted once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.model.call import Request, Safety
from bridgewright.engine.drive.calling import key_in_use

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.policy.profile import Idempotency
    from bridgewright.engine.call.call import Call


def give_key(
    call: Call, rule: Idempotency, mint: Callable[[], str], now: Callable[[], Moment]
) -> None:
    """Put a key on a call's request, unless its caller has; a key that is another request's refuses
    the call."""
    holder = key_in_use.get()
    given = call.request.header(rule.header)
    if given is not None:
        call.key, call.key_is_ours = given, rule.minted_by_sdk(given)
        if holder is None or not call.key_is_ours:
            return
    if holder is None:
        call.key, call.key_is_ours = mint(), True
    else:
        bound = holder.key.bound_to(call.request)
        if bound is None or not holder.bind(bound):
            call.refused, call.ended_at = "key", call.started_at
            return
        call.key, call.key_is_ours = bound.value, False
        if bound.expired(now(), rule.lifetime_s):
            call.safety = Safety.UNSAFE
    others = (pair for pair in call.request.headers if pair[0] != rule.header)
    asked, headers = call.request, (*others, (rule.header, call.key))
    call.request = Request(
        asked.method, asked.url, headers, asked.body, asked.streamed, asked.verbatim
    )
