"""What is told of a call against what the provider did: a deed is done once, and never denied."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.core.errors import CallRefused, RetryLater, TransportError
from bridgewright.core.model.call import (
    NS_PER_S,
    Outcome,
    Phase,
    Request,
    Response,
    Safety,
    Trouble,
)
from bridgewright.core.model.moment import as_datetime
from bridgewright.core.policy.numbers import BreakerNumbers, CallNumbers
from tests.rules.call.world import DONE, RESET, Answer, World, answer, url
from tests.tries import tries

if TYPE_CHECKING:
    from bridgewright.core.model.call import Limits
    from bridgewright.engine.call.call import Call

NUMBERS = CallNumbers(
    deadline_s=40.0, max_attempts=4, breaker=BreakerNumbers(consecutive=5, open_s=1.0)
)
NEVER_DONE = (307, 400, 401, 403, 404, 425, 429, 501)
PERHAPS_DONE = (302, 408, 409, 500, 502, 503, 504)
BEFORE_THE_KEY = (307, 401, 403)
"""Statuses of those who stand before whoever knows the key."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What one attempt meets, and whether the provider carries it out all the same."""

    met: Answer
    done: bool


@dataclass
class Provider(World):
    """Carries requests out as its script says, and knows keys again that it has seen."""

    deeds: list[Deed] = field(default_factory=list)
    effects: int = 0
    known: set[str] = field(default_factory=set)

    def send(self, request: Request, limits: Limits) -> Response:
        deed = self.deeds.pop(0) if self.deeds else Deed(Answer(DONE), done=True)
        key = request.header("idempotency-key")
        repeated = key in self.known
        if deed.done and not repeated:
            self.effects += 1
            self.known.update({key} if key else ())
        self.script = [_replayed(deed.met) if repeated else deed.met]
        return super().send(request, limits)


def _replayed(met: Answer) -> Answer:
    """A refusal by whoever knows the key is the first answer again."""
    result = met.result
    refusal = isinstance(result, Response) and result.status in NEVER_DONE
    if refusal and result.status not in (*BEFORE_THE_KEY, 425, 429):  # type: ignore[union-attr]
        return Answer(DONE, met.after_s)
    return met


lengths = st.one_of(st.just(0.0), st.floats(0, 20))
pauses = st.sampled_from([(), (("retry-after", "2"),), (("retry-after", "20"),)])
not_sent = st.builds(TransportError, st.just(Phase.NOT_SENT), st.sampled_from(Trouble))
lost = st.builds(
    TransportError, st.sampled_from([Phase.MAYBE_SENT, Phase.TRUNCATED]), st.sampled_from(Trouble)
)
no = st.builds(Response, st.sampled_from(NEVER_DONE), pauses)
perhaps = st.builds(Response, st.sampled_from(PERHAPS_DONE), pauses)
# What takes longer than an attempt may is cut off, whatever it would have said: so never "not done".
deeds = st.one_of(
    st.builds(Deed, st.builds(Answer, not_sent | no), st.just(value=False)),
    st.builds(Deed, st.builds(Answer, lost | perhaps, lengths), st.booleans()),
    st.builds(
        Deed,
        st.builds(Answer, st.sampled_from([DONE, Response(201)]), lengths),
        st.just(value=True),
    ),
)
writes = st.sampled_from([Safety.UNSAFE, Safety.KEYED, Safety.IDEMPOTENT])


def told_as_it_was(provider: Provider, call: Call) -> None:
    report, effects = call.report, provider.effects
    if call.safety is not Safety.IDEMPOTENT:
        assert effects <= 1
    if report.outcome in (Outcome.NOT_SENT, Outcome.REJECTED):
        assert effects == 0, report
    if report.outcome is Outcome.PROCESSED:
        assert effects >= 1
    if report.retry_safe and call.safety is Safety.UNSAFE:
        assert effects == 0
    if not provider.sends:
        assert report.outcome is Outcome.NOT_SENT


@settings(max_examples=tries(500))
@given(writes, st.lists(deeds, max_size=6))
def test_a_deed_is_done_once_and_told_as_it_was(safety: Safety, script: list[Deed]) -> None:
    provider = Provider(deeds=list(script))
    caller = provider.caller(NUMBERS)
    told_as_it_was(provider, caller.call(Request("POST", url(safety))))


@settings(max_examples=tries(300))
@given(writes, st.lists(deeds, max_size=6), st.integers(1, 8))
def test_a_call_that_was_abandoned_anywhere_denies_no_deed(
    safety: Safety, script: list[Deed], steps: int
) -> None:
    provider = Provider(deeds=list(script))
    caller = provider.caller(NUMBERS)
    call = caller.begin(Request("POST", url(safety)))
    for step in range(steps):
        limits = caller.admit(call)
        if limits is None:
            break
        result = caller.attempt(call, limits)
        if step + 1 == steps or caller.settle(call, result) is None:
            break
    caller.abandon(call)
    told_as_it_was(provider, call)


@pytest.mark.parametrize("status", BEFORE_THE_KEY)
def test_a_refusal_at_the_door_says_nothing_of_a_keyed_attempt_that_went_in(status: int) -> None:
    world = World([RESET, answer(status)])
    report = world.caller(NUMBERS).call(Request("POST", url(Safety.KEYED))).report
    assert report.outcome is Outcome.UNKNOWN
    assert not report.retry_safe


def test_a_refusal_of_the_request_itself_holds_for_the_attempt_before_it_too() -> None:
    world = World([RESET, answer(400)])
    report = world.caller(NUMBERS).call(Request("POST", url(Safety.KEYED))).report
    assert report.outcome is Outcome.REJECTED


@given(st.integers(1, 3_000), st.integers(0, 10**9), st.sampled_from(Safety))
def test_whoever_is_told_when_to_return_is_not_told_too_early(
    asked: int, past: int, safety: Safety
) -> None:
    world = World([answer(429, ("retry-after", str(asked)))], now=1_000 * NS_PER_S + past)
    began = as_datetime(world.moment())
    error = world.caller(CallNumbers(max_attempts=1)).call(Request("POST", url(safety))).error
    assert isinstance(error, RetryLater)
    assert error.not_before is not None
    assert error.not_before >= began + timedelta(seconds=asked)
    assert error.after_s >= asked


@given(
    st.lists(
        st.tuples(st.sampled_from(Safety), st.floats(0, 30), st.none() | st.integers(0, 120)),
        min_size=2,
        max_size=15,
    ),
    st.lists(st.floats(0, 0.999), max_size=15),
)
def test_nobody_is_sent_before_the_provider_wants_to_see_us(
    calls: list[tuple[Safety, float, int | None]], rolls: list[float]
) -> None:
    world, closed_until = World(rolls=list(rolls)), 0
    caller = world.caller(NUMBERS)
    for safety, gap, asks in calls:
        world.script = [] if asks is None else [answer(429, ("retry-after", str(asks)))]
        before = len(world.sends)
        call = caller.call(Request("POST", url(safety)))
        sends = world.sends[before:]
        for number, send in enumerate(sends):
            assert send.at >= closed_until
            if number == 0 and asks is not None:
                closed_until = send.at + asks * NS_PER_S
        if not sends:
            assert isinstance(call.error, RetryLater | CallRefused)
        world.pass_s(gap)
