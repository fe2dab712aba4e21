"""Which keys can go, and which sources are silent: by what was counted."""

from __future__ import annotations

import pytest

from bridgewright.certify.contracts.made import NOW
from bridgewright.core.lifecycle.rotation import IDLE_S, idle_keys
from bridgewright.core.lifecycle.silence import gap_s, is_silent
from bridgewright.core.model.moment import later
from bridgewright.core.model.operation import KeyRow, SourceRow

DAY_S = 86_400.0
BOTH = ("env:NEW", "env:OLD")


def source(**used_days_ago: float | None) -> SourceRow:
    """Keys that are known for a month, each used so many days ago, or never."""
    keys = tuple(
        KeyRow(
            f"env:{name}",
            later(NOW, -30 * DAY_S),
            0 if days is None else 1,
            None if days is None else later(NOW, -days * DAY_S),
        )
        for name, days in used_days_ago.items()
    )
    used = [key.used_at for key in keys if key.used_at is not None]
    return SourceRow("stripe", later(NOW, -30 * DAY_S), max(used, default=None), None, keys)


@pytest.mark.parametrize(
    ("row", "names", "idle"),
    [
        (source(NEW=0.1, OLD=9), BOTH, ("env:OLD",)),
        (source(NEW=0.1, OLD=6.9), BOTH, ()),
        (source(NEW=None, OLD=0.1), BOTH, ("env:NEW",)),
        (source(NEW=0.1, OLD=None), BOTH, ("env:OLD",)),
        (source(NEW=9, OLD=12), BOTH, ()),
        (source(NEW=None, OLD=None), BOTH, ()),
        (source(NEW=0.1, OLD=9), ("env:NEW",), ()),
        (source(NEW=0.1), BOTH, ()),
        (source(GONE=0.1, OLD=9), BOTH, ()),
    ],
)
def test_a_key_can_go_when_it_is_idle_and_others_are_used(
    row: SourceRow, names: tuple[str, ...], idle: tuple[str, ...]
) -> None:
    assert idle_keys(row, names, NOW) == idle


def test_a_new_key_is_given_a_week() -> None:
    young = KeyRow("env:NEW", later(NOW, -IDLE_S + 1))
    old = KeyRow("env:OLD", later(NOW, -90 * DAY_S), 5, later(NOW, -1))
    assert idle_keys(SourceRow("s", NOW, None, None, (young, old)), BOTH, NOW) == ()
    assert idle_keys(SourceRow("s", NOW, None, None, (young, old)), BOTH, later(NOW, 1)) == (
        "env:NEW",
    )


def test_a_gap_counts_from_the_last_delivery_or_from_the_first_look() -> None:
    assert gap_s(NOW, None, later(NOW, 7)) == 7
    assert gap_s(NOW, later(NOW, 5), later(NOW, 7)) == 2


def test_a_source_is_silent_beyond_its_longest_gap_and_never_without_one() -> None:
    row = SourceRow("s", NOW, later(NOW, 10))
    assert not is_silent(row, 100.0, later(NOW, 110))
    assert is_silent(row, 100.0, later(NOW, 110.5))
    assert not is_silent(row, None, later(NOW, 1e9))
