"""The journeys of an operator who looks; those of plans are in `engine.plans`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.core.effects import ShowItem, ShowRejection, ask
from bridgewright.core.errors import NotFound

if TYPE_CHECKING:
    from bridgewright.core.effects import Journey
    from bridgewright.core.model.operation import ItemDetail, RejectionRow

PAGE = 50
"""Rows a list gives unless asked for more."""


def show(item_id: int) -> Journey[ItemDetail]:
    """One item in full; `NotFound` when there is none of this number."""
    detail = yield from ask(ShowItem(item_id))
    if detail is None:
        msg = f"there is no item {item_id} in this store: `bridgewright events ls` lists what is"
        raise NotFound(msg)
    return detail


def show_rejection(rejection_id: int) -> Journey[RejectionRow]:
    """One rejection with what explains it; `NotFound` when it is not kept."""
    row = yield from ask(ShowRejection(rejection_id))
    if row is None:
        msg = (
            f"there is no rejection {rejection_id}: `bridgewright events ls --rejected` lists those"
        )
        msg += " that are kept, the newest"
        raise NotFound(msg)
    return row
