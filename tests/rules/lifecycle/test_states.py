"""The table of an item's life."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.errors import Refused
from bridgewright.core.lifecycle.states import TRANSITIONS, Move, after, diagram
from bridgewright.core.model.item import State

EVERYWHERE: list[State | None] = [None, *State]


@pytest.mark.parametrize(("state", "move"), list(itertools.product(EVERYWHERE, Move)))
def test_a_move_leads_where_the_table_says_and_is_refused_elsewhere(
    state: State | None, move: Move
) -> None:
    if (state, move) in TRANSITIONS:
        assert after(state, move) is TRANSITIONS[state, move]
    else:
        with pytest.raises(Refused, match=str(move)):
            after(state, move)


def test_every_state_is_reached_and_every_move_is_used() -> None:
    assert set(TRANSITIONS.values()) == set(State)
    assert {move for _, move in TRANSITIONS} == set(Move)


def test_done_and_cancelled_are_the_only_ends() -> None:
    ends = [state for state in State if all(start is not state for start, _ in TRANSITIONS)]
    assert ends == [State.DONE, State.CANCELLED]


def test_a_dead_letter_comes_back_only_by_redrive() -> None:
    back = [m for (s, m), to in TRANSITIONS.items() if s is State.DEAD and to is State.WAITING]
    assert back == [Move.REDRIVE]


@given(st.lists(st.sampled_from(list(Move)), max_size=30))
def test_whatever_is_tried_an_item_that_exists_stays_in_one_known_state(moves: list[Move]) -> None:
    state: State | None = None
    for move in moves:
        try:
            state = after(state, move)
        except Refused:
            continue
        assert state in State


def test_the_diagram_draws_every_transition() -> None:
    drawn = diagram()
    for (state, move), to in TRANSITIONS.items():
        assert f"{'[*]' if state is None else state} --> {to}: {move}" in drawn
    assert "done --> [*]" in drawn
