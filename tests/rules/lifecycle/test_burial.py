"""What follows from how an attempt failed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.effects import Raised
from bridgewright.core.lifecycle.burial import RetryPolicy, overdue, resolve, unhandled
from bridgewright.core.model.item import Bury, Cause, Failure, Retry
from bridgewright.core.model.moment import Moment, seconds_between
from bridgewright.core.timing.backoff import Backoff

NOW = Moment(1_800_000_000_000_000)
FAILURE = Failure(kind="ValueError", where="handlers.py:7 in remind")
policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 100),
    backoff=st.builds(
        Backoff, base_s=st.floats(0, 100), factor=st.floats(1, 10), cap_s=st.floats(0, 10_000)
    ),
)
rolls = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 200), policies, rolls)
def test_a_failed_attempt_is_retried_until_the_last_and_then_buried(
    attempt: int, policy: RetryPolicy, roll: float
) -> None:
    resolution = resolve(Raised(FAILURE), attempt, policy, NOW, roll)
    if attempt >= policy.max_attempts:
        assert resolution == Bury(Cause.EXHAUSTED, FAILURE)
    else:
        assert isinstance(resolution, Retry)
        wait_s = seconds_between(NOW, resolution.due_at)
        assert 0 <= wait_s <= policy.backoff.ceiling_s(attempt) + 1e-6


@given(st.integers(1, 200), policies, rolls)
def test_a_permanent_failure_is_buried_at_once(
    attempt: int, policy: RetryPolicy, roll: float
) -> None:
    raised = Raised(FAILURE, permanent=True)
    assert resolve(raised, attempt, policy, NOW, roll) == Bury(Cause.PERMANENT, FAILURE)


@given(st.floats(0, 86_400), rolls)
def test_a_handler_that_says_when_is_believed(after_s: float, roll: float) -> None:
    resolution = resolve(Raised(FAILURE, after_s=after_s), 1, RetryPolicy(), NOW, roll)
    assert isinstance(resolution, Retry)
    assert abs(seconds_between(NOW, resolution.due_at) - after_s) < 1e-5


def test_an_attempt_beyond_the_last_is_buried_without_a_run() -> None:
    policy = RetryPolicy(max_attempts=2)
    assert overdue(2, policy) is None
    beyond = overdue(3, policy)
    assert beyond is not None
    assert beyond.cause is Cause.EXHAUSTED


def test_an_unhandled_event_is_told_what_is_handled() -> None:
    bury = unhandled("charge.failed", ["invoice.*", "charge.succeeded"])
    assert bury.cause is Cause.UNHANDLED
    assert "charge.failed" in bury.failure.text
    assert "invoice.*" in bury.failure.text
