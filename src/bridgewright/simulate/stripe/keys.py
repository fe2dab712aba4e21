"""Idempotency keys as Stripe keeps them: the first result is the result.

https://docs.stripe.com/api/idempotent_requests, read 2026-11: kept for at least 24 hours; results
are stored whatever their status once a request began to be carried out, and not when it was invalid
on its face or met another one under way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.simulate.stripe.trouble import in_flight, other_parameters
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Hashable

KEPT_S = 86_400.0
"""How long a key is remembered: a day."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a key stands for: the request it came with, and its answer once there is one."""

    asked: Hashable = field(repr=False)
    at_s: float
    reply: Reply | None = None


class Keys:
    """The keys of all accounts; an instant is seconds since 1970."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Kept] = {}

    def begin(self, key: Hashable, asked: Hashable, now_s: float) -> Reply | None:
        """Claim a key for a request: None to carry it out, or the answer that it had before.

        ProblemError when the key came with another request, or while its first one is under way.
        """
        kept = self._kept.get(key)
        if kept is None or now_s - kept.at_s >= KEPT_S:
            self._kept[key] = Kept(asked, now_s)
            return None
        if kept.asked != asked:
            raise other_parameters()
        if kept.reply is None:
            raise in_flight()
        replayed = (*kept.reply.headers, ("idempotent-replayed", "true"))
        return Reply(kept.reply.status, replayed, kept.reply.body)

    def finish(self, key: Hashable, reply: Reply) -> None:
        """Keep the answer of a request that was carried out."""
        kept = self._kept[key]
        self._kept[key] = Kept(kept.asked, kept.at_s, reply)

    def forget(self, key: Hashable) -> None:
        """Give a key back whose request was not carried out."""
        self._kept.pop(key, None)
