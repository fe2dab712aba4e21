"""An outbox item is never sent twice, unless the provider still recognises its key, or a person said so."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import FAILURE, NOW
from bridgewright.core.lifecycle import outbox
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.lifecycle.lease import Standing
from bridgewright.core.lifecycle.outbox import Failed, Standpoint, Step
from bridgewright.core.model.call import Outcome
from bridgewright.core.model.item import Bury, Cause, Failure, Retry, Sending, State
from bridgewright.core.model.moment import later

if TYPE_CHECKING:
    from bridgewright.core.model.moment import Moment

POLICY = RetryPolicy(max_attempts=5)
LIFETIMES = st.sampled_from([None, 300.0, 86_400.0, inf])
ENDS = st.sampled_from(
    ["done", "lost before", "lost after", "unknown", "refused", "unsent", "crash"]
)
TURNS = st.lists(st.tuples(ENDS, st.booleans(), st.floats(0, 200_000)), max_size=12)


@dataclass(slots=True)
class Provider:
    """What really happened there: each key with when it was first heard, and how often it took effect."""

    lifetime_s: float | None
    heard_at: dict[str, Moment] = field(default_factory=dict)
    effects: int = 0

    def hear(self, key: str, now: Moment) -> None:
        """A call arrives and takes effect, unless it is recognised."""
        first = self.heard_at.setdefault(key, now)
        lives = self.lifetime_s is not None and (now - first) / 1e6 < self.lifetime_s
        if self.lifetime_s == inf:
            self.effects = 1
        elif not (lives and first != now):
            self.effects += 1


def may_have_happened(end: str) -> bool:
    return end in {"done", "lost after", "unknown", "crash"}


@given(LIFETIMES, TURNS)
def test_whatever_goes_wrong_an_item_takes_effect_at_most_once(
    lifetime_s: float | None, turns: list[tuple[str, bool, float]]
) -> None:
    provider, sending, attempt, now = Provider(lifetime_s), None, 0, NOW
    for end, arrived, wait_s in turns:
        attempt, now = attempt + 1, later(now, wait_s + 1)
        step = outbox.next_step(sending, attempt, lifetime_s, now)
        if step in (Step.LOOK, Step.LOOK_FIRST):
            break
        if end == "lost before":  # the worker vanished before it marked anything
            continue
        was_open = sending is not None and sending.open
        sending = marked(sending, now, anew=step is Step.SEND_ANEW)
        if may_have_happened(end) and arrived:
            provider.hear(outbox.key_of("k", sending.turn), now)
        if end == "done":
            break
        if end in {"lost after", "crash"}:
            continue
        outcome = {"unknown": Outcome.UNKNOWN, "refused": Outcome.REJECTED}.get(
            end, Outcome.NOT_SENT
        )
        live = outbox.is_live(sending, lifetime_s, now)
        at = Standpoint(was_open and step is Step.SEND, live, can_look=True, attempt=attempt)
        ahead = outbox.resolve(Failed(FAILURE, outcome), at, POLICY, now, 0.5)
        if ahead.unsent:
            sending = replace(sending, open=False)
        if isinstance(ahead.resolution, Bury):
            break
    assert provider.effects <= 1


def marked(sending: Sending | None, now: Moment, *, anew: bool) -> Sending:
    """What a store makes of a mark."""
    if sending is None:
        return Sending(now, now, open=True)
    if anew:
        return Sending(now, now, open=True, turn=sending.turn + 1)
    return replace(sending, last_at=now, open=True)


OPEN = Sending(NOW, NOW, open=True)
CLOSED = Sending(NOW, NOW, open=False)


@pytest.mark.parametrize(
    ("sending", "attempt", "lifetime_s", "after_s", "step"),
    [
        (None, 1, None, 0, Step.SEND),
        (None, 2, None, 0, Step.SEND),
        (CLOSED, 2, None, 5, Step.SEND_ANEW),
        (CLOSED, 2, 86_400.0, 5, Step.SEND),
        (CLOSED, 1, 86_400.0, 5, Step.SEND_ANEW),
        (OPEN, 2, None, 5, Step.LOOK),
        (OPEN, 2, 86_400.0, 5, Step.SEND),
        (OPEN, 2, 86_400.0, 86_400 * 0.9, Step.LOOK),
        (OPEN, 2, inf, 1e9, Step.SEND),
        (OPEN, 1, None, 5, Step.LOOK_FIRST),
        (OPEN, 1, 86_400.0, 5, Step.SEND),
        (OPEN, 1, 86_400.0, 90_000, Step.LOOK_FIRST),
    ],
)
def test_what_comes_next_follows_from_what_was_sent(
    sending: Sending | None, attempt: int, lifetime_s: float | None, after_s: float, step: Step
) -> None:
    assert outbox.next_step(sending, attempt, lifetime_s, later(NOW, after_s)) is step


FAILED = st.builds(
    Failed,
    st.just(Failure("E")),
    st.sampled_from([Outcome.NOT_SENT, Outcome.REJECTED, Outcome.UNKNOWN]),
    st.booleans(),
    st.none() | st.floats(0, 1_000),
)
POINTS = st.builds(Standpoint, st.booleans(), st.booleans(), st.booleans(), st.integers(1, 9))


@given(FAILED, POINTS, st.floats(0, 1, exclude_max=True))
def test_what_follows_a_failure_keeps_to_what_is_known(
    failed: Failed, at: Any, roll: float
) -> None:
    ahead = outbox.resolve(failed, at, POLICY, NOW, roll)
    if failed.outcome is Outcome.UNKNOWN or at.was_open:
        assert not ahead.unsent
    if isinstance(ahead.resolution, Retry):
        assert at.attempt < POLICY.max_attempts
        assert ahead.resolution.due_at >= NOW
        assert failed.outcome is not Outcome.UNKNOWN or at.live or at.can_look
    elif isinstance(ahead.resolution, Bury):
        said_no = failed.permanent and failed.outcome is not Outcome.UNKNOWN
        if not ahead.unsent and not said_no:
            assert ahead.resolution.cause is Cause.AMBIGUOUS
        if said_no:
            assert ahead.resolution.cause is Cause.PERMANENT


@given(st.integers(0, 3), st.integers(0, 3), st.floats(-10, 10))
def test_only_a_held_lease_within_its_time_sends(fence: int, held: int, ahead_s: float) -> None:
    standing = Standing(State.LEASED, later(NOW, ahead_s), fence=held)
    assert outbox.may_send(standing, fence, NOW) == (fence == held and standing.due_at > NOW)
    waiting = Standing(State.WAITING, later(NOW, 10), fence=held)
    assert not outbox.may_send(waiting, held, NOW)


def test_a_lane_is_told_from_a_source_by_its_slash() -> None:
    assert outbox.is_lane(outbox.lane_of("stripe"))
    assert not outbox.is_lane("outbox")
    assert outbox.key_of("k", 0) == "k"
    assert outbox.key_of("k", 2) == "k~2"
