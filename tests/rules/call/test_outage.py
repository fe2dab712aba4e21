"""What an outage makes of retries: a dead provider gets hardly more than there are calls."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bridgewright.core.model.call import NS_PER_S, Limits, Request, Response, Safety
from bridgewright.core.policy.numbers import CallNumbers
from tests.rules.call.world import World, url

CALLS = 2_000
MOST = 1.25


class Outage(World):
    """Two in a hundred fail, then all do; nobody's wait holds up the calls of others."""

    down = False
    count = 0
    dice = random.Random(7)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def send(self, request: Request, limits: Limits) -> Response:
        self.count += 1
        return Response(503 if self.down or self.dice.random() < 0.02 else 200)


@pytest.mark.parametrize("rate", [0.2, 2.0, 200.0])
@pytest.mark.parametrize("observes", [True, False])
def test_retries_add_a_quarter_to_the_load_of_an_outage_at_most(
    rate: float,
    observes: bool,  # noqa: FBT001
) -> None:
    world = Outage()
    numbers = CallNumbers()
    caller = world.caller(replace(numbers, breaker=replace(numbers.breaker, observe_only=observes)))
    for down in (False, True):
        world.down, world.count = down, 0
        for _ in range(max(CALLS, int(rate * 60)) if down else 200):
            caller.call(Request("GET", url(Safety.SAFE)))
            world.now += int(NS_PER_S / rate)
    asked = max(CALLS, int(rate * 60))
    assert world.count <= MOST * asked
    if not observes:
        assert world.count < 0.5 * asked
