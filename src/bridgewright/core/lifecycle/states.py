"""The life of an item, as one table: the code runs on it and the diagram in the docs is drawn from it."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from bridgewright.core.errors import Refused
from bridgewright.core.model.item import State

if TYPE_CHECKING:
    from collections.abc import Mapping


class Move(StrEnum):
    """What can happen to an item."""

    ACCEPT = "accept"
    SET_ASIDE = "set aside"
    CLAIM = "claim"
    RECLAIM = "reclaim"
    COMPLETE = "complete"
    RETRY = "retry"
    RELEASE = "release"
    BURY = "bury"
    POISON = "poison"
    REDRIVE = "redrive"
    CANCEL = "cancel"


TRANSITIONS: Mapping[tuple[State | None, Move], State] = MappingProxyType(
    {
        # A verified event that could be read waits; one that could not is dead from the start.
        (None, Move.ACCEPT): State.WAITING,
        (None, Move.SET_ASIDE): State.DEAD,
        (State.WAITING, Move.CLAIM): State.LEASED,
        # Its worker let the lease run out: the next one takes over, or buries it.
        (State.LEASED, Move.RECLAIM): State.LEASED,
        (State.LEASED, Move.POISON): State.DEAD,
        (State.LEASED, Move.COMPLETE): State.DONE,
        (State.LEASED, Move.RETRY): State.WAITING,
        (State.LEASED, Move.RELEASE): State.WAITING,
        (State.LEASED, Move.BURY): State.DEAD,
        # Only a person brings an item back.
        (State.DEAD, Move.REDRIVE): State.WAITING,
        # Or decides that it is never handled; not while its handler may be running.
        (State.WAITING, Move.CANCEL): State.CANCELLED,
        (State.DEAD, Move.CANCEL): State.CANCELLED,
    }
)


def after(state: State | None, move: Move) -> State:
    """The state that `move` leads to; `Refused` when an item in `state` cannot make it."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        where = "does not exist yet" if state is None else f"is {state}"
        allowed = ", ".join(m for (s, m) in TRANSITIONS if s == state) or "nothing"
        msg = f"cannot {move} an item that {where}; possible here: {allowed}"
        raise Refused(msg) from None


def diagram() -> str:
    """The table as a Mermaid state diagram."""
    lines = ["stateDiagram-v2"]
    lines += [
        f"    {'[*]' if state is None else state} --> {to}: {move}"
        for (state, move), to in TRANSITIONS.items()
    ]
    ends = [state for state in State if all(start != state for start, _ in TRANSITIONS)]
    lines += [f"    {state} --> [*]" for state in ends]
    return "\n".join(lines) + "\n"
