"""The soak's judge sees what is lost, what repeats for no reason, and memory that grows."""

from __future__ import annotations

from bridgewright.core.model.operation import SourceCount
from proofs.soak.crowd import Sent
from proofs.soak.judge import AROUND_S, Run, balance, growth, runs_of, slope

RUNS = runs_of(["10.0 1 a", "11.0 2 b", "500.0 1 c"])


def problems(runs: list[Run], **values: int) -> tuple[str, ...]:
    count = SourceCount("stripe", **{"accepted": 3} | values)
    return balance(Sent({"a", "b", "c"}), [count], runs, [7], [(100.0, 101.0)]).problems


def test_books_that_agree_have_no_problems() -> None:
    assert problems(RUNS) == ()


def test_an_event_that_was_acknowledged_and_never_handled_is_lost() -> None:
    assert problems(RUNS[:2]) == ("acknowledged events that were never handled: 1",)


def test_what_is_unfinished_dead_or_stored_too_often_is_seen() -> None:
    found = problems(RUNS, accepted=4, waiting=1, leased=1, dead=1)
    assert len(found) == 3


def test_a_repeat_is_explained_by_a_killed_worker_or_an_outage_and_by_nothing_else() -> None:
    assert problems([*RUNS, Run(20.0, 7, "a")]) == ()
    assert problems([*RUNS, Run(101.0 + AROUND_S, 1, "a")]) == ()
    assert problems([*RUNS, Run(102.0 + AROUND_S, 1, "c")]) == (
        "repeats that no kill and no outage explains: 1",
    )


def test_memory_that_grows_has_a_slope_and_memory_that_does_not_has_none() -> None:
    growing = [(float(second), 50.0 + second / 60) for second in range(300)]
    flat = [(float(second), 50.0) for second in range(300)]
    assert (round(slope(growing), 6), round(slope(flat), 6)) == (1.0, 0.0)
    assert growth(growing) > 0.04
    assert growth(flat) == 0
