"""The life of a plan, and how fast it may go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.errors import Refused
from bridgewright.core.lifecycle import plans
from bridgewright.core.lifecycle.plans import (
    AHEAD_S,
    LEAST_WINDOW,
    MOVES,
    WINDOW_SHARE,
    Halt,
    Leave,
    Standing,
    ahead,
    folded,
    moved,
    next_due,
    unhandled,
)
from bridgewright.core.model.moment import Moment, later, seconds_between
from bridgewright.core.model.planning import Caution, Plan, PlanMove, PlanState

ENDS = {PlanState.FINISHED, PlanState.ABORTED}
COUNTS = st.integers(0, 10_000)
CAUTIONS = st.builds(
    Caution,
    canary=st.none() | st.integers(1, 500),
    pace_per_s=st.none() | st.floats(0.001, 10_000),
    stop_after=st.none() | st.integers(1, 500),
)


def plan_in(state: PlanState) -> Plan:
    return Plan(7, state, "why", "ann", NOW, 3)


@pytest.mark.parametrize("state", PlanState)
@pytest.mark.parametrize("move", PlanMove)
def test_a_plan_makes_the_moves_of_the_table_and_no_others(
    state: PlanState, move: PlanMove
) -> None:
    if (state, move) in MOVES:
        assert moved(plan_in(state), move) is MOVES[state, move]
    else:
        with pytest.raises(Refused, match=f"plan 7 is {state}.*cannot {move}"):
            moved(plan_in(state), move)


def test_an_ended_plan_makes_no_move_and_every_other_can_be_aborted() -> None:
    assert {state for state, _ in MOVES} == set(PlanState) - ENDS
    assert {s for s, m in MOVES if m is PlanMove.ABORT} == set(PlanState) - ENDS


@given(st.lists(st.tuples(st.integers(1), st.integers(0))), st.integers(0, 50))
def test_a_content_hash_is_the_same_however_entries_come(
    entries: list[tuple[int, int]], cut: int
) -> None:
    whole = folded("", entries)
    assert folded(folded("", entries[:cut]), entries[cut:]) == whole


@given(
    st.lists(st.tuples(st.integers(1), st.integers(0)), min_size=1),
    st.lists(st.tuples(st.integers(1), st.integers(0)), min_size=1),
)
def test_other_contents_have_another_hash(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    assert (folded("", one) == folded("", two)) is (one == two)


@given(CAUTIONS, COUNTS, COUNTS, COUNTS, st.integers(1, 5_000))
def test_caution_is_never_exceeded(
    caution: Caution, put_back: int, failed: int, out: int, batch: int
) -> None:
    found = ahead(caution, Standing(put_back, failed, out, NOW), NOW, batch)
    if isinstance(found, Halt):
        assert failed > 0
        return
    assert 0 <= found.limit <= batch
    if caution.canary is not None and put_back < caution.canary:
        assert put_back + found.limit <= caution.canary
        assert failed == 0
    if caution.canary is not None and put_back == caution.canary and out:
        assert found.limit == 0
    if caution.stop_after is not None:
        assert failed < caution.stop_after
        assert not found.limit or out + found.limit <= max(
            LEAST_WINDOW, WINDOW_SHARE * caution.stop_after
        )


@given(
    st.floats(0.001, 10_000),
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 2_000)), max_size=40),
)
def test_no_more_become_due_than_a_pace_allows(pace: float, looks: list[tuple[float, int]]) -> None:
    """However often, and after whatever breaks, somebody looks at the plan."""
    now, due, given = NOW, Moment(0), 0
    begun = NOW
    for after_s, batch in looks:
        now = later(now, after_s)
        leave = ahead(Caution(pace_per_s=pace), Standing(given, 0, 0, due), now, batch)
        assert isinstance(leave, Leave)
        if not leave.limit:
            assert seconds_between(now, due) > AHEAD_S - 1 / pace - 0.001
            continue
        assert leave.first_at >= max(now, due)
        given, due = given + leave.limit, next_due(leave, leave.limit)
        assert given <= (seconds_between(begun, now) + AHEAD_S) * pace * 1.01 + 2


def test_without_caution_a_plan_goes_as_fast_as_its_batches() -> None:
    assert ahead(Caution(), Standing(0, 99, 99, NOW), NOW, 500) == Leave(500, NOW)


def test_types_are_missing_a_handler_only_where_handlers_are_known() -> None:
    types = [("stripe", "a.b"), ("stripe", "c"), ("github", "push")]
    assert unhandled(types, [("stripe", "a.*")]) == (("stripe", "c"),)
    assert unhandled(types, []) == ()
    assert plans.unhandled(types, [("stripe", "*"), ("github", "x")]) == (("github", "push"),)
