"""Nothing is skipped by who reads on by number, although numbers are committed out of their order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import psycopg
import pytest

from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.certify.contracts.made import NOW, Desk, accept, notice
from bridgewright.core.control import FindFrontier
from bridgewright.engine.control import LISTEN_PAGE, listen
from bridgewright.engine.drive.clock import Chance
from bridgewright.engine.drive.journeys import BlockingWorld, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bridgewright.core.model.listening import Stretch
    from bridgewright.core.model.secret import Secret

NUMBER = "SELECT nextval('bw_item_id')"


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    store = (
        SqliteStore(tmp_path / "a.db")
        if request.param == "sqlite"
        else PostgresStore(request.getfixturevalue("url"))
    )
    yield Desk(store)
    store.close()


@pytest.fixture
def shared(url: Secret) -> Iterator[Desk]:
    store = PostgresStore(url)
    yield Desk(store)
    store.close()


def heard(desk: Desk, after: int | None, since: int | None = None) -> Stretch:
    return run(listen("stripe", after, since), BlockingWorld(desk.store, Chance()))  # type: ignore[arg-type]


def ids(stretch: Stretch) -> list[int]:
    return [item.id for item in stretch.items]


@pytest.mark.slow
def test_who_begins_now_hears_what_comes_next(desk: Desk) -> None:
    assert heard(desk, None).reached == 0
    desk.accept(notice("before"))
    begun = heard(desk, None)
    assert (ids(begun), begun.reached) == ([], 1)
    desk.accept(notice("a"), notice("b"))
    found = heard(desk, begun.reached)
    assert (ids(found), found.reached, found.behind) == ([2, 3], 3, False)


@pytest.mark.slow
def test_who_begins_a_while_ago_hears_what_came_since(desk: Desk) -> None:
    for n in range(4):
        desk.accept(notice(f"k{n}"), at=NOW + n * 3_600_000_000)  # type: ignore[arg-type]
    assert ids(heard(desk, None, NOW + 2 * 3_600_000_000)) == [3, 4]
    assert ids(heard(desk, None, 0)) == [1, 2, 3, 4]


@pytest.mark.slow
def test_a_long_backlog_is_heard_in_stretches(desk: Desk) -> None:
    desk.accept(*(notice(f"k{n}") for n in range(LISTEN_PAGE + 5)))
    first = heard(desk, 0)
    assert first.behind
    assert ids(first) + ids(heard(desk, first.reached)) == list(range(1, LISTEN_PAGE + 6))


def test_other_sources_do_not_hold_the_cursor_back(desk: Desk) -> None:
    desk.accept(notice("a"))
    desk.accept(notice("x"), notice("y"), source="github")
    assert heard(desk, 0).reached == 3


def test_an_item_that_is_committed_late_is_not_skipped(shared: Desk, url: Secret) -> None:
    shared.accept(notice("first"))
    with psycopg.connect(url.reveal()) as slow:
        [number] = slow.execute(NUMBER).fetchone() or ()
        shared.accept(notice("third"))  # a later number, and there before
        held = heard(shared, 1)
        assert (ids(held), held.reached, held.held) == ([], 1, True)
        slow.execute(
            "INSERT INTO bw_item SELECT %s, source, event_type, event_id, 'second', occurred_at,"
            " received_at, coverage, headers, body, origin, kind, replays FROM bw_item WHERE id = 1",
            (number,),
        )
    assert ids(heard(shared, 1)) == [2, 3]


def test_a_number_that_was_taken_and_given_up_holds_nobody(shared: Desk, url: Secret) -> None:
    with psycopg.connect(url.reveal()) as slow:
        shared.accept(notice("a"))
        slow.execute(NUMBER)
        assert heard(shared, 0).held
        slow.rollback()
    found = heard(shared, 0)
    assert (ids(found), found.reached, found.last) == ([1], 1, 2)


def test_whoever_has_taken_a_number_is_seen_until_it_ends(shared: Desk, url: Secret) -> None:
    shared.accept(notice("a"))
    with psycopg.connect(url.reveal()) as slow:
        slow.execute(NUMBER)
        assert len(shared.ask(FindFrontier()).under_way) == 1
    assert shared.ask(FindFrontier()).under_way == frozenset()


@pytest.mark.slow
def test_nothing_is_skipped_while_many_write(url: Secret) -> None:
    stores = [PostgresStore(url) for _ in range(4)]
    desks = [Desk(store) for store in stores]
    rounds = 60

    def write(which: int) -> None:
        for n in range(rounds):
            desks[which].do(accept(notice(f"{which}-{n}"), notice("always the same")))

    writers = [threading.Thread(target=write, args=(which,)) for which in range(3)]
    for writer in writers:
        writer.start()
    found: list[int] = []
    after: int | None = 0
    while True:
        alive = any(writer.is_alive() for writer in writers)
        stretch = heard(desks[3], after)
        found += ids(stretch)
        after = stretch.reached
        if not alive and not stretch.behind and not stretch.held:
            break
    assert len(found) == 3 * rounds + 1
    assert found == sorted(found)
    for store in stores:
        store.close()
