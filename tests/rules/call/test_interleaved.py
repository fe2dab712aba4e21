"""Many calls of one account, interleaved step by step in every order, each abandoned anywhere."""

from __future__ import annotations

import bisect
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import NS_PER_S, Phase, Request, Response, Safety, Trouble
from bridgewright.core.policy.breaker import BreakerState
from bridgewright.core.policy.numbers import BreakerNumbers, BudgetNumbers, CallNumbers, Quota
from bridgewright.engine.call.stepping import Step
from tests.rules.call.world import World, url
from tests.tries import tries

if TYPE_CHECKING:
    from bridgewright.core.policy.bulkhead import Ticket
    from bridgewright.engine.call.call import Call

NUMBERS = CallNumbers(
    deadline_s=20.0,
    attempt_s=5.0,
    max_attempts=3,
    concurrency=3,
    queue=3,
    budget=BudgetNumbers(cap=2.0),
    breaker=BreakerNumbers(consecutive=3, open_s=2.0, probes=2, successes=2, open_cap_s=8.0),
)
CAP = NUMBERS.budget.cap
ACCOUNT, GROUP = Quota(20, 2.0), Quota(4, 3.0)
NOTHING_BAD = (Response(200), Response(404))
BAD = (
    Response(503),
    Response(429, (("retry-after", "2"),)),
    Response(409),
    TransportError(Phase.NOT_SENT, Trouble.REFUSED),
    TransportError(Phase.MAYBE_SENT, Trouble.RESET),
    TransportError(Phase.MAYBE_SENT, Trouble.STALE),
)


class Waiter:
    """A ticket that remembers being woken."""

    def __init__(self, expires: int) -> None:
        self.expires = expires
        self.granted = self.gone = self.woken = False

    def wake(self) -> bool:
        self.woken = True
        return True


class Calls(RuleBasedStateMachine):
    """Calls in flight are in `waiting` (may be asked again) or `sent` (an answer is due)."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.caller = self.world.caller(NUMBERS, {"": (ACCOUNT,), "slow": (GROUP,)})
        self.waiting: list[Call] = []
        self.sent: list[Call] = []
        self.ended: list[tuple[Call, int]] = []
        self.ambiguous: set[int] = set()
        self.paid_at = self.world.now
        self.permitted: dict[int, int] = {}
        self.units: dict[str, list[tuple[int, int]]] = {"": [], "slow": []}
        self.generations: dict[str, int] = {}

    @rule(
        safety=st.sampled_from(Safety),
        group=st.sampled_from(["", "slow"]),
        cost=st.sampled_from([1, 1, 1, 3]),
    )
    def begin(self, safety: Safety, group: str, cost: int) -> None:
        request = Request("POST", url(safety, group, cost))
        self.waiting.append(self.caller.begin(request))

    @rule(safety=st.sampled_from(Safety), group=st.sampled_from(["", "slow"]))
    def begin_several(self, safety: Safety, group: str) -> None:
        for _ in range(4):
            self.begin(safety, group, 1)

    @rule(which=st.integers(0, 100))
    def ask(self, which: int) -> None:
        if self.waiting:
            self.ask_one(self.waiting[which % len(self.waiting)])

    @rule()
    def ask_everybody(self) -> None:
        for call in tuple(self.waiting):
            self.ask_one(call)

    @rule(which=st.integers(0, 100), good=st.booleans(), what=st.integers(0, 100))
    def answer(self, which: int, good: bool, what: int) -> None:  # noqa: FBT001
        if self.sent:
            self.answer_one(self.sent[which % len(self.sent)], good=good, what=what)

    @rule(good=st.booleans(), what=st.integers(0, 100))
    def answer_everybody(self, good: bool, what: int) -> None:  # noqa: FBT001
        for call in tuple(self.sent):
            self.answer_one(call, good=good, what=what)

    @rule()
    def pass_time_until_somebody_is_due(self) -> None:
        due = [call.wake_at for call in self.waiting if call.wake_at > self.world.now]
        opens = [
            scope.breaker.opens_until
            for scope in self.caller.scopes()
            if scope.breaker.opens_until > self.world.now
        ]
        self.world.now = min(due + opens, default=self.world.now)

    def ask_one(self, call: Call) -> None:
        tokens, owed = call.scope.budget.tokens, self.owed(call)
        step = call.step(self.world.now, Waiter)
        self.hand_on(call)
        if step is Step.SEND:
            self.waiting.remove(call)
            self.sent.append(call)
            self.note_sending(call)
        elif step is Step.END:
            self.waiting.remove(call)
            self.ended.append((call, call.sent_count))
        elif step is Step.WAIT:
            assert call.wake_at > self.world.now
        back = owed if step is Step.END else 0.0
        assert call.scope.budget.tokens == min(CAP, tokens + back)

    def answer_one(self, call: Call, *, good: bool, what: int) -> None:
        self.sent.remove(call)
        budget = call.scope.budget
        tokens, paid = budget.tokens, call.paid
        choices: tuple[Response | TransportError, ...] = NOTHING_BAD if good else BAD
        result = choices[what % len(choices)]
        judgement = call.judge(result, self.world.moment())
        if isinstance(result, Response) and result.status == 200:
            call.succeed(result, self.world.now)
            assert budget.tokens == min(CAP, min(CAP, tokens + NUMBERS.budget.ratio) + paid)
        else:
            call.apply(judgement, self.world.now, 0.5)
            stale = isinstance(result, TransportError) and result.trouble is Trouble.STALE
            if call.wait_ns is None or (stale and call.sent_count == 1):
                assert budget.tokens >= tokens
            else:
                trickled = (self.world.now - self.paid_at) / NS_PER_S * NUMBERS.budget.floor_per_s
                assert budget.tokens <= min(CAP, tokens + trickled) - call.paid + 1e-9
            if isinstance(result, TransportError) and result.phase is not Phase.NOT_SENT:
                self.ambiguous.add(id(call))
        self.hand_on(call)
        if call.ended:
            self.ended.append((call, call.sent_count))
        else:
            self.waiting.append(call)

    def owed(self, call: Call) -> float:
        """What a call gets back that goes away while it waits for a retry it paid for."""
        return call.paid if call.wait_ns is not None else 0.0

    @rule(which=st.integers(0, 100))
    def abandon(self, which: int) -> None:
        alive = self.waiting + self.sent
        if not alive:
            return
        call = alive[which % len(alive)]
        (self.waiting if call in self.waiting else self.sent).remove(call)
        tokens, owed = call.scope.budget.tokens, self.owed(call)
        call.abandon(self.world.now)
        assert call.scope.budget.tokens == min(CAP, tokens + owed)
        self.hand_on(call)
        self.ended.append((call, call.sent_count))

    @rule(which=st.integers(0, 100))
    def abandon_what_has_ended(self, which: int) -> None:
        if self.ended:
            call, _ = self.ended[which % len(self.ended)]
            call.abandon(self.world.now)
            assert call.handed is None

    @rule(
        seconds=st.one_of(
            st.floats(0, 0.2), st.floats(0, 0.5), st.floats(0, 3), st.floats(0, 3_600)
        )
    )
    def pass_time(self, seconds: float) -> None:
        self.world.pass_s(seconds)

    def hand_on(self, call: Call) -> None:
        ticket, call.handed = call.handed, None
        if ticket is not None:
            assert ticket.granted
            assert ticket.wake()

    def note_sending(self, call: Call) -> None:
        now, cost = self.world.now, call.operation.cost
        assert now <= call.deadline
        assert call.sent_count <= NUMBERS.max_attempts
        if id(call) in self.ambiguous:
            assert call.safety is not Safety.UNSAFE, "an ambiguous attempt was sent again"
        self.permitted[id(call)] = call.scope.breaker.generation
        self.units[""].append((now, cost))
        if call.operation.group:
            self.units["slow"].append((now, cost))

    @invariant()
    def places_taken_are_held_by_somebody(self) -> None:
        calls = self.waiting + self.sent
        tickets: list[Ticket] = [call.ticket for call in calls if call.ticket is not None]
        held = sum(call.placed for call in calls) + sum(ticket.granted for ticket in tickets)
        bulkhead = self.caller.account.bulkhead
        assert bulkhead.busy == held <= NUMBERS.concurrency
        parked = sum(not ticket.granted and not ticket.gone for ticket in tickets)
        assert bulkhead.parked == parked <= NUMBERS.queue

    @invariant()
    def probes_are_as_many_as_configured(self) -> None:
        lease = 2 * NUMBERS.attempt_s * NS_PER_S
        for scope in self.caller.scopes():
            probing = [
                call
                for call in self.sent
                if call.scope is scope and (call.permit or 0) < 0
                if self.permitted[id(call)] == scope.breaker.generation
                if self.world.now - call.sent_at < lease
            ]
            assert len(probing) <= NUMBERS.breaker.probes

    @invariant()
    def generations_only_grow_and_budgets_stay_in_their_bounds(self) -> None:
        for scope in self.caller.scopes():
            before = self.generations.get(scope.key.group, 0)
            assert scope.breaker.generation >= before
            self.generations[scope.key.group] = scope.breaker.generation
            assert 0 <= scope.budget.tokens <= NUMBERS.budget.cap

    @invariant()
    def nothing_is_sent_after_the_end(self) -> None:
        for call, sent in self.ended:
            assert call.ended
            assert call.sent_count == sent
            assert call.permit is None

    def teardown(self) -> None:
        for call in self.waiting + self.sent:
            call.abandon(self.world.now)
            self.hand_on(call)
        bulkhead = self.caller.account.bulkhead
        assert bulkhead.busy == bulkhead.parked == 0
        for scope in self.caller.scopes():
            half_open = scope.breaker.state is BreakerState.HALF_OPEN
            assert not half_open or not scope.breaker.refuses(self.world.now), "a probe is lost"
        for quota, sends in ((ACCOUNT, self.units[""]), (GROUP, self.units["slow"])):
            assert most_within(sends, int(quota.window_s * NS_PER_S)) <= quota.limit


def most_within(sends: list[tuple[int, int]], window: int) -> int:
    """The most units that any closed window of this length saw."""
    ticks = [at for at, _ in sends]
    sums = [0]
    for _, cost in sends:
        sums.append(sums[-1] + cost)
    ends = (bisect.bisect_right(ticks, at + window) for at in ticks)
    return max((sums[end] - sums[n] for n, end in enumerate(ends)), default=0)


@pytest.mark.parametrize("seed", range(30))
def test_a_long_life_with_outages_keeps_every_promise(seed: int) -> None:
    dice, calls, good = random.Random(seed), Calls(), True
    for _ in range(1_500):
        if dice.random() < 0.01:
            good = not good
        do_something(calls, dice, good=good)
        calls.places_taken_are_held_by_somebody()
        calls.probes_are_as_many_as_configured()
        calls.generations_only_grow_and_budgets_stay_in_their_bounds()
    calls.nothing_is_sent_after_the_end()
    calls.teardown()


def do_something(calls: Calls, dice: random.Random, *, good: bool) -> None:
    roll, which, what = dice.random(), dice.randrange(100), dice.randrange(100)
    if roll < 0.2 and len(calls.waiting) < 8:
        calls.begin(dice.choice(list(Safety)), dice.choice(["", "slow"]), dice.choice([1, 1, 3]))
    elif roll < 0.5:
        calls.ask(which)
    elif roll < 0.7:
        calls.answer(which, dice.random() < (0.95 if good else 0.05), what)
    elif roll < 0.73:
        calls.abandon(which)
    elif roll < 0.85:
        calls.pass_time_until_somebody_is_due()
    else:
        calls.pass_time(dice.expovariate(2))


Calls.TestCase.settings = settings(max_examples=tries(150), stateful_step_count=100, deadline=None)
test_calls = Calls.TestCase
