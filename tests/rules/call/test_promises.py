"""What every call keeps, whatever it meets: bounds on attempts and waits, no unsafe repeat, no leak."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import A_YEAR_S, TransportError
from bridgewright.core.model.call import (
    NS_PER_S,
    Outcome,
    Phase,
    Request,
    Response,
    Safety,
    Trouble,
    Verdict,
)
from bridgewright.core.policy.numbers import BreakerNumbers, CallNumbers, Quota
from bridgewright.engine.call.retry import LEAST_USEFUL_NS
from bridgewright.engine.call.scope import MOST_SCOPES
from tests.rules.call.world import KEY_HEADER, Answer, World, answer, url

lengths = st.one_of(st.just(0.0), st.floats(0, 1), st.floats(0, 40))
headers = st.lists(
    st.tuples(
        st.sampled_from(["retry-after", "retry-after-ms", "x-ratelimit-retry-after", "date"]),
        st.sampled_from(["0", "1", "3", "20", "3600", "garbage", "-1", "9" * 30]),
    ),
    max_size=2,
).map(tuple)
answers = st.builds(
    Response,
    st.sampled_from([200, 201, 302, 307, 400, 404, 408, 409, 425, 429, 500, 501, 502, 503, 504]),
    headers,
)
failures = st.builds(TransportError, st.sampled_from(list(Phase)[:3]), st.sampled_from(Trouble))
met = st.builds(Answer, answers | failures, lengths)
numbers = st.builds(
    CallNumbers,
    deadline_s=st.floats(1, 60),
    attempt_s=st.just(1.0),
    max_wait_s=st.floats(0, 30),
    max_attempts=st.integers(1, 6),
    breaker=st.builds(BreakerNumbers, consecutive=st.integers(1, 50), observe_only=st.booleans()),
)
safeties = st.sampled_from(Safety)


def request(safety: Safety) -> Request:
    return Request("POST", url(safety))


@given(numbers, safeties, st.lists(met, max_size=8), st.lists(st.floats(0, 0.999), max_size=8))
def test_a_call_keeps_its_deadline_and_its_attempts(
    given_numbers: CallNumbers, safety: Safety, script: list[Answer], rolls: list[float]
) -> None:
    world = World(list(script), list(rolls))
    caller = world.caller(given_numbers)
    began = world.now
    call = caller.call(request(safety))
    deadline = began + int(given_numbers.deadline_s * NS_PER_S)
    assert call.ended
    assert len(world.sends) == call.sent_count <= given_numbers.max_attempts
    assert world.now <= deadline
    assert sum(world.slept) <= given_numbers.deadline_s
    for send in world.sends:
        assert send.at <= deadline - LEAST_USEFUL_NS
        assert send.limits.deadline <= deadline
    assert (call.error is None) == (call.report.outcome is Outcome.PROCESSED)


@given(numbers, st.lists(met, min_size=1, max_size=8))
def test_an_attempt_that_may_have_happened_is_never_repeated_without_a_key(
    given_numbers: CallNumbers, script: list[Answer]
) -> None:
    world = World(list(script))
    call = world.caller(given_numbers).call(request(Safety.UNSAFE))
    for attempt in call.attempts:
        if attempt.wait_s is None:
            continue
        harmless = attempt.phase is Phase.NOT_SENT or attempt.status in (425, 429)
        assert harmless, attempt
    if any(attempt.verdict is Verdict.AMBIGUOUS for attempt in call.attempts):
        assert call.report.outcome is Outcome.UNKNOWN
        assert not call.report.retry_safe


@given(numbers, st.lists(met, max_size=8))
def test_every_attempt_of_a_keyed_call_carries_the_same_key(
    given_numbers: CallNumbers, script: list[Answer]
) -> None:
    world = World(list(script))
    minted = iter(map(str, range(100)))
    call = world.caller(given_numbers, mint=lambda: next(minted)).call(request(Safety.KEYED))
    assert {send.request.header(KEY_HEADER) for send in world.sends} <= {call.key}


@given(numbers, st.lists(st.tuples(safeties, lengths), max_size=12), st.lists(met, max_size=30))
def test_after_any_calls_nothing_is_held_and_the_budget_is_in_its_bounds(
    given_numbers: CallNumbers, calls: list[tuple[Safety, float]], script: list[Answer]
) -> None:
    world = World(list(script))
    began = world.now
    caller = world.caller(given_numbers)
    retries = 0
    for safety, gap in calls:
        call = caller.call(request(safety))
        retries += max(0, call.sent_count - 1)
        world.pass_s(gap)
    assert caller.account.bulkhead.busy == caller.account.bulkhead.parked == 0
    budget = given_numbers.budget
    for scope in caller.scopes():
        assert -1e-9 <= scope.budget.tokens <= budget.cap + 1e-9
    trickled = (world.now - began) / NS_PER_S * budget.floor_per_s
    won = len(calls)  # a retry that won got its price back; a stale connection costs nothing
    most = (budget.cap + trickled + len(calls) * budget.ratio) / budget.throttled_price
    assert retries <= most + won + len(calls)


@given(numbers, st.lists(met, max_size=8), st.integers(0, 30))
def test_a_caller_that_goes_away_at_any_step_leaves_nothing_behind(
    given_numbers: CallNumbers, script: list[Answer], leaves_after: int
) -> None:
    world = World(list(script))
    caller = world.caller(given_numbers)
    call, steps = caller.begin(request(Safety.IDEMPOTENT)), 0
    while steps < leaves_after:
        steps += 1
        limits = caller.admit(call)
        if limits is None or steps >= leaves_after:
            break
        result = caller.attempt(call, limits)
        steps += 1
        if steps >= leaves_after or caller.settle(call, result) is None:
            break
    sent = len(world.sends)
    caller.abandon(call)
    caller.abandon(call)
    assert call.ended
    assert caller.admit(call) is None
    assert len(world.sends) == sent
    assert caller.account.bulkhead.busy == 0
    if not call.ended_well and call.judged is None and sent:
        assert call.report.outcome is Outcome.UNKNOWN


class Interrupted(BaseException):
    """What a person or the interpreter raises."""


@given(numbers, st.lists(met, max_size=4), st.integers(0, 5))
def test_what_no_policy_may_catch_passes_through_and_gives_everything_back(
    given_numbers: CallNumbers, script: list[Answer], at: int
) -> None:
    class Interrupting(World):
        def send(self, request: Request, limits: object) -> Response:
            if len(self.sends) == at:
                raise Interrupted
            return super().send(request, limits)  # type: ignore[arg-type]

    world = Interrupting(list(script))
    caller = world.caller(replace(given_numbers, concurrency=1, queue=0))
    try:
        caller.call(request(Safety.SAFE))
    except Interrupted:
        assert len(world.sends) == at
    assert caller.account.bulkhead.busy == 0


def test_one_answer_keeps_everybody_away_for_an_hour_at_most() -> None:
    world = World([answer(429, ("retry-after", "99999999"))])
    caller = world.caller(CallNumbers())
    assert caller.call(request(Safety.SAFE)).report.retry_after_s == A_YEAR_S
    assert caller.call(request(Safety.SAFE)).refused == "gate"
    world.pass_s(3_600)
    assert caller.call(request(Safety.SAFE)).error is None


def test_of_a_thousand_hosts_those_that_protect_somebody_are_kept() -> None:
    world = World([answer(429, ("retry-after", "3000"))])
    caller = world.caller(CallNumbers(), {"slow": (Quota(1, 3_600.0),)})
    throttled = caller.call(request(Safety.SAFE)).scope
    limited = caller.begin(Request("GET", url(Safety.SAFE, "slow"))).scope
    for number in range(MOST_SCOPES + 10):
        caller.account.scope(f"host-{number}", "", world.now)
    assert len(caller.scopes()) == MOST_SCOPES
    assert {throttled, limited} <= set(caller.scopes())
