"""What every store must know of its sources: which keys verify what they send, and when they fall silent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bridgewright.certify.contracts.made import (
    NOW,
    Desk,
    notice,
)
from bridgewright.core.effects import (
    ListSources,
    Watch,
)
from bridgewright.core.model.moment import later
from bridgewright.core.model.watching import Turn, Watched

if TYPE_CHECKING:
    from bridgewright.certify.contracts.store import Open


class StoreWatchingContract:
    """A store's module inherits it beside `StoreContract`."""

    # -- watch

    def test_deliveries_are_counted_by_the_key_that_verified_them(self, desk: Desk) -> None:
        desk.accept(notice("1"), notice("2"), key_name="env:NEW", at=later(NOW, 5))
        desk.accept(notice("1"), key_name="env:NEW", at=later(NOW, 3))
        desk.accept(notice("3"), key_name="env:OLD")
        desk.accept(notice("3"), source="github", key_name="env:NEW")
        [github, stripe] = desk.ask(ListSources())
        assert [key.hits for key in github.keys] == [1]
        assert [(key.name, key.hits, key.used_at) for key in stripe.keys] == [
            ("env:NEW", 2, later(NOW, 5)),
            ("env:OLD", 1, NOW),
        ]
        assert stripe.heard_at == later(NOW, 5)

    def test_an_event_that_no_key_verified_is_not_heard(self, desk: Desk) -> None:
        desk.do(Watch((Watched("stripe", ("env:A",)),), NOW))
        desk.accept(at=later(NOW, 5))
        [source] = desk.ask(ListSources())
        assert source.heard_at is None
        assert [key.hits for key in source.keys] == [0]

    def test_a_source_and_its_keys_are_known_from_when_they_were_first_watched(
        self, desk: Desk
    ) -> None:
        desk.do(Watch((Watched("stripe", ("env:A",)),), NOW))
        desk.do(Watch((Watched("stripe", ("env:A", "env:B")),), later(NOW, 9)))
        [source] = desk.ask(ListSources())
        assert source.seen_at == NOW
        assert {key.name: key.seen_at for key in source.keys} == {
            "env:A": NOW,
            "env:B": later(NOW, 9),
        }

    def turns(self, desk: Desk, after_s: float, longest_gap_s: float | None = 100.0) -> list[Turn]:
        """What watching a source has found by then."""
        watched = Watched("stripe", ("env:A",), longest_gap_s)
        return list(desk.do(Watch((watched,), later(NOW, after_s))))

    def test_a_source_that_never_sent_anything_counts_from_when_it_was_known(
        self, desk: Desk
    ) -> None:
        assert self.turns(desk, 0) == []
        assert self.turns(desk, 100) == []
        [turn] = self.turns(desk, 101)
        assert (turn.heard, turn.gap_s, turn.longest_gap_s) == (False, 101, 100)

    def test_a_silence_is_told_once_and_its_end_once(self, again: Open) -> None:
        desk, rival = Desk(again()), Desk(again())
        desk.accept(key_name="env:A")
        assert self.turns(desk, 100) == []
        [silent] = self.turns(desk, 150)
        assert not silent.heard
        assert self.turns(desk, 160) == []
        assert self.turns(rival, 170) == []
        assert rival.ask(ListSources())[0].silent_at == later(NOW, 150)
        desk.accept(notice("2"), key_name="env:A", at=later(NOW, 200))
        [heard] = self.turns(rival, 205)
        assert (heard.heard, heard.gap_s) == (True, 200)
        assert self.turns(desk, 210) == []
        assert desk.ask(ListSources())[0].silent_at is None
        assert not self.turns(desk, 301)[0].heard

    def test_a_silence_that_settings_end_is_not_told_as_heard(self, desk: Desk) -> None:
        self.turns(desk, 0)
        assert len(self.turns(desk, 150)) == 1
        assert self.turns(desk, 160, longest_gap_s=None) == []
        assert desk.ask(ListSources())[0].silent_at is None

    def test_rivals_that_look_at_once_tell_a_silence_once(self, again: Open) -> None:
        desk = Desk(again())
        self.turns(desk, 0)
        told: list[Turn] = []
        rivals = [Desk(again()) for _ in range(4)]
        threads = [
            threading.Thread(target=lambda one=one: told.extend(self.turns(one, 500)))
            for one in rivals
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 1
