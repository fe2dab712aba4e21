"""What the context narrows: a deadline, an attempt that is under way, a key of the caller's own."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from bridgewright import deadline, keyed
from bridgewright.core.model.call import NS_PER_S, Limits, Request, Response, Safety
from bridgewright.core.model.moment import later
from bridgewright.core.policy.idempotency import IdempotencyKey
from bridgewright.core.policy.numbers import CallNumbers
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.drive.calling import Timing, deadline_at
from bridgewright.engine.drive.clock import Chance
from tests.rules.call.test_promises import met
from tests.rules.call.world import KEY_HEADER, REFUSED, Answer, World, answer, profile, url

if TYPE_CHECKING:
    from bridgewright.engine.call.call import Call

NUMBERS = CallNumbers(deadline_s=30.0, max_attempts=4)
WRITE = Request("POST", url(Safety.KEYED), (), b"amount=17")
OTHER = Request("POST", url(Safety.KEYED), (), b"amount=18")
A_DAY_S = 86_400.0


@dataclass
class Around:
    """A transport that makes a call of its own for every attempt, as one that fetches a token does."""

    world: World
    inner: Caller
    results: list[Answer]
    calls: list[tuple[Call, int]] = field(default_factory=list)

    def send(self, request: Request, limits: Limits) -> Response:
        before = len(self.world.sends)
        call = self.inner.call(Request("GET", url(Safety.SAFE)))
        self.calls.append((call, len(self.world.sends) - before))
        self.world.script = [self.results.pop(0)] if self.results else []
        return self.world.send(request, limits)

    def close(self) -> None:
        """Nothing is open."""


@given(st.lists(met, max_size=6), st.floats(1, 30))
def test_a_call_within_an_attempt_is_sent_once_and_ends_before_it(
    results: list[Answer], deadline_s: float
) -> None:
    world = World()
    inner = world.caller(CallNumbers(deadline_s=60.0, max_attempts=5))
    around = Around(world, inner, list(results))
    outer = Caller(
        profile(CallNumbers(deadline_s=deadline_s, attempt_s=1.0)),
        transport=around,
        chance=Chance(world.moment, world.roll),
        timing=Timing(world.ticks, world.sleep, world.sleep_async),
    )
    call = outer.call(Request("PUT", url(Safety.IDEMPOTENT)))
    for nested, sent in around.calls:
        assert sent == nested.sent_count <= 1
        assert nested.deadline <= call.deadline


def test_a_call_within_an_attempt_is_not_repeated_whatever_it_meets() -> None:
    world = World([REFUSED])
    around = Around(world, world.caller(NUMBERS), [])
    outer = Caller(profile(NUMBERS), transport=around, timing=Timing(world.ticks, world.sleep))
    assert outer.call(Request("GET", url(Safety.SAFE))).error is None
    [(nested, sent)] = around.calls
    assert sent == 1
    assert nested.error is not None


@given(st.lists(st.floats(0.001, 86_400), min_size=1, max_size=6))
def test_of_deadlines_around_a_call_the_earliest_holds(lengths: list[float]) -> None:
    caller = Caller(profile(NUMBERS), transport=World())
    with ExitStack() as stack:
        seen = []
        for length in lengths:
            stack.enter_context(deadline(length))
            seen.append(deadline_at.get() or 0)
        call = caller.begin(WRITE)
        assert call.deadline <= call.started_at + int(NUMBERS.deadline_s * NS_PER_S)
        assert call.deadline <= min(seen) == seen[-1]
    assert deadline_at.get() is None


def test_a_key_of_ones_own_is_on_every_attempt() -> None:
    world = World([REFUSED, answer(503)])
    with keyed(IdempotencyKey("order-17", world.moment())):
        call = world.caller(NUMBERS).call(WRITE)
    assert [send.request.header(KEY_HEADER) for send in world.sends] == ["order-17"] * 3
    assert call.report.idempotency_key == "order-17"


def test_a_key_belongs_to_the_request_that_used_it_first_even_as_text() -> None:
    world = World()
    caller = world.caller(NUMBERS)
    with keyed(IdempotencyKey("order-17", world.moment())) as holder:
        assert caller.call(WRITE).error is None
        assert caller.call(OTHER).refused == "key"
        assert caller.call(WRITE).error is None
    with keyed(IdempotencyKey.from_text(holder.key.as_text())):
        assert caller.call(OTHER).refused == "key"
        assert caller.call(WRITE).error is None
    assert len(world.sends) == 3
    assert {send.request.body for send in world.sends} == {WRITE.body}


@given(st.floats(0, 3 * A_DAY_S))
def test_a_key_that_the_provider_may_have_forgotten_protects_nobody(age_s: float) -> None:
    world = World([answer(500)])
    minted = world.moment()
    world.pass_s(age_s)
    with keyed(IdempotencyKey("order-17", minted)):
        call = world.caller(NUMBERS).call(WRITE)
    expired = world.moment() >= later(minted, A_DAY_S)
    assert call.safety is (Safety.UNSAFE if expired else Safety.KEYED)
    if expired:
        assert len(world.sends) == 1
        assert not call.report.retry_safe


keys = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), min_size=1)


@given(keys.filter(lambda key: key == key.strip() and len(key) <= 255), st.booleans())
def test_a_key_survives_being_written_down(value: str, bound: bool) -> None:  # noqa: FBT001
    key = IdempotencyKey(value, World().moment())
    key = (key.bound_to(WRITE) or key) if bound else key
    assert IdempotencyKey.from_text(key.as_text()) == key


def test_a_request_that_is_given_a_key_is_otherwise_as_it_was() -> None:
    asked = Request("POST", url(Safety.KEYED), (("a", "b"),), b"x", streamed=True, verbatim=True)
    world = World()
    world.caller(NUMBERS).call(asked)
    [send] = world.sends
    assert send.request.headers == (("a", "b"), (KEY_HEADER, "minted"))
    assert (send.request.body, send.request.streamed, send.request.verbatim) == (b"x", True, True)
