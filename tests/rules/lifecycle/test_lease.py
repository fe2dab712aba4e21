"""Claiming and settling as pure steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import Refused
from bridgewright.core.lifecycle.lease import (
    MAX_LOST_LEASES,
    Standing,
    claim,
    holds,
    revive,
    settle,
)
from bridgewright.core.model.item import (
    Bury,
    Cause,
    Complete,
    Failure,
    Release,
    Resolution,
    Retry,
    State,
)
from bridgewright.core.model.moment import Moment, later

moments = st.integers(0, 2**52).map(Moment)
counts = st.integers(0, 1_000)
unfinished = st.builds(
    Standing,
    state=st.sampled_from([State.WAITING, State.LEASED]),
    due_at=moments,
    fence=counts,
    attempts=counts,
    lost=st.integers(0, MAX_LOST_LEASES - 1),
)
FAILURE = Failure(kind="ValueError")
resolutions: st.SearchStrategy[Resolution] = st.one_of(
    st.just(Complete()),
    st.just(Release()),
    moments.map(lambda at: Retry(at, FAILURE)),
    st.sampled_from(list(Cause)).map(lambda cause: Bury(cause, FAILURE)),
)


@given(unfinished, moments, st.floats(0.001, 3_600))
def test_a_claim_leases_until_later_and_grows_fence_and_attempts(
    standing: Standing, now: Moment, lease_s: float
) -> None:
    step = claim(standing, now, lease_s)
    if isinstance(step, Bury):
        assert step.cause is Cause.POISONED
        assert standing.lost + 1 == MAX_LOST_LEASES
        assert standing.state is State.LEASED
        return
    assert step.state is State.LEASED
    assert step.due_at == later(now, lease_s)
    assert (step.fence, step.attempts) == (standing.fence + 1, standing.attempts + 1)


@given(moments, st.floats(0.001, 3_600))
def test_a_worker_may_vanish_twice_and_the_third_time_is_poison(
    now: Moment, lease_s: float
) -> None:
    step: Standing | Bury = Standing(State.WAITING, now)
    for _ in range(MAX_LOST_LEASES):
        assert isinstance(step, Standing)
        step = claim(step, now, lease_s)
        assert isinstance(step, Standing)
    assert isinstance(claim(step, now, lease_s), Bury)


@given(unfinished, counts)
def test_a_lease_is_held_under_its_own_number_while_the_item_is_leased(
    standing: Standing, fence: int
) -> None:
    held = standing.state is State.LEASED and fence == standing.fence
    assert holds(standing, fence) is held
    assert not holds(None, fence)


@given(unfinished, resolutions, moments)
def test_a_settlement_finishes_or_leaves_a_waiting_item_with_the_same_fence(
    standing: Standing, resolution: Resolution, at: Moment
) -> None:
    if standing.state is State.WAITING:
        with pytest.raises(Refused):
            settle(standing, resolution, at)
        return
    state, ahead = settle(standing, resolution, at)
    if isinstance(resolution, Complete):
        assert (state, ahead) == (State.DONE, None)
    elif isinstance(resolution, Bury):
        assert (state, ahead) == (State.DEAD, None)
    else:
        assert ahead is not None
        assert ahead.state is state is State.WAITING
        assert ahead.fence == standing.fence


def test_a_release_uncounts_the_attempt_and_a_retry_does_not() -> None:
    leased = Standing(State.LEASED, Moment(60), fence=4, attempts=3, lost=1)
    _, released = settle(leased, Release(), Moment(7))
    _, retried = settle(leased, Retry(Moment(99), FAILURE), Moment(7))
    assert released == Standing(State.WAITING, Moment(7), fence=4, attempts=2, lost=1)
    assert retried == Standing(State.WAITING, Moment(99), fence=4, attempts=3, lost=0)


@given(counts, moments)
def test_a_revived_item_has_fresh_attempts_and_goes_on_with_its_fence(
    fence: int, at: Moment
) -> None:
    assert revive(fence, at) == Standing(State.WAITING, at, fence=fence)
