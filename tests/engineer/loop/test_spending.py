"""What a run may use, and its end when that is all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.loop.ends import End, Stopped
from bridgewright.engineer.loop.spending import Spending
from bridgewright.engineer.loop.words import Limits, Spent
from bridgewright.engineer.models.words import Answer, Asked, Cost, Ended, Message, Role, Usage


@dataclass(slots=True)
class Watch:
    """A clock that is put forward by hand."""

    seconds: float = 0.0

    def now(self) -> float:
        return self.seconds


ASKED = Asked((Message(Role.USER, "x" * 400),))


def answer(usage: Usage | None) -> Answer:
    return Answer("y" * 40, (), Ended.STOP, usage)


def end_of(spending: Spending) -> End | None:
    try:
        spending.refuse_more()
    except Stopped as error:
        return error.end
    return None


def test_questions_are_counted_and_end_it() -> None:
    spending = Spending(Limits(steps=2), Spent(), Watch().now)
    for _ in range(2):
        assert end_of(spending) is None
        spending.asked()
    assert end_of(spending) is End.STEPS


def test_tokens_are_the_endpoints_count_where_it_counts() -> None:
    spending = Spending(Limits(tokens=130), Spent(), Watch().now)
    spending.answered(ASKED, answer(Usage(100, 29)))
    assert (spending.spent.tokens, spending.spent.counted) == (129, True)
    assert end_of(spending) is None
    spending.answered(ASKED, answer(Usage(1, 0)))
    assert end_of(spending) is End.TOKENS


def test_where_nobody_counts_a_quarter_of_the_characters_is_taken() -> None:
    spending = Spending(Limits(), Spent(), Watch().now)
    spending.answered(ASKED, answer(None))
    assert (spending.spent.tokens, spending.spent.counted) == (110, False)


def test_money_ends_it_where_a_bound_and_prices_are_set() -> None:
    cost = Cost(Decimal("0.30"), "USD")
    bounded = Spending(Limits(cost=Decimal("0.50")), Spent(), Watch().now)
    unbounded = Spending(Limits(), Spent(), Watch().now)
    for spending, expected in ((bounded, End.COST), (unbounded, None)):
        spending.answered(ASKED, answer(Usage(1, 1, 0, cost)))
        assert end_of(spending) is None
        spending.answered(ASKED, answer(Usage(1, 1, 0, cost)))
        assert spending.spent.cost == Decimal("0.60")
        assert end_of(spending) is expected


def test_time_ends_it_and_the_pause_before_a_resumption_is_none() -> None:
    watch = Watch(1_000.0)
    spending = Spending(Limits(minutes=1.0), Spent(seconds=50.0), watch.now)
    assert spending.seconds_left == 10.0
    watch.seconds += 9.0
    assert end_of(spending) is None
    watch.seconds += 1.0
    assert end_of(spending) is End.TIME


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"tokens": 0}, {"minutes": 0.0}, {"minutes": 1e9}])
def test_limits_that_allow_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        Limits(**wrong)  # type: ignore[arg-type]
