"""Which days of history may be forgotten."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.lifecycle.days import droppable

DAYS = st.integers(0, 30).map(lambda n: date(2026, 11, 1) + timedelta(days=n))


@given(known=st.lists(DAYS), held=st.frozensets(DAYS), before=DAYS)
def test_a_day_goes_when_it_is_old_and_nothing_is_held_in_it(
    known: list[date], held: frozenset[date], before: date
) -> None:
    gone = droppable(known, held, before)
    assert list(gone) == sorted(set(gone))
    for day in set(known):
        assert (day in gone) == (day < before and day not in held)
    assert set(gone) <= set(known)
