"""Order, priority and caps as pure rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridgewright.core.lifecycle.order import (
    NORMAL_EVERY,
    Queue,
    Step,
    closed,
    rank,
    share,
    shut,
    turn_about,
    within,
)
from bridgewright.core.model.ranking import Cap, Reach

ids = st.integers(1, 50)


@st.composite
def queues(draw: st.DrawFn) -> tuple[Queue, set[int]]:
    """A queue of one key as a store can find it, with all of its unfinished items."""
    items = draw(st.sets(ids))
    active = draw(st.sampled_from(sorted(items))) if items and draw(st.booleans()) else None
    stop = draw(st.none() | ids.filter(lambda one: one not in items))
    leased = active is not None and draw(st.booleans())
    return Queue(min(items, default=None), active, leased, stop), items


def stepped(queue: Queue, step: Step) -> Queue:
    active = queue.active
    if step.park is not None:
        assert step.park == active
        active = None
    if step.start is not None:
        assert active is None
        active = step.start
    return Queue(queue.first, active, queue.leased, queue.stop)


@given(queues())
def test_after_ranking_only_the_oldest_may_run_and_none_behind_a_stop(
    drawn: tuple[Queue, set[int]],
) -> None:
    queue, items = drawn
    after = stepped(queue, rank(queue))
    if queue.leased:
        assert after == queue
        return
    head = min(items, default=None)
    blocked = head is not None and queue.stop is not None and queue.stop < head
    assert after.active == (None if blocked else head)


@given(queues())
def test_ranking_again_changes_nothing(drawn: tuple[Queue, set[int]]) -> None:
    after = stepped(drawn[0], rank(drawn[0]))
    assert rank(after) == Step()


@given(
    st.lists(st.just("h"), max_size=40),
    st.lists(st.just("n"), max_size=40),
    st.integers(1, 30),
    ids,
)
def test_places_are_filled_while_there_is_something_to_fill_them(
    high: list[str], normal: list[str], limit: int, turn: int
) -> None:
    taken = share(high, normal, limit, turn)
    assert len(taken) == min(limit, len(high) + len(normal))
    assert taken == sorted(taken)  # "h" before "n"


@given(st.lists(st.integers(1, 16), min_size=1, max_size=200))
def test_normal_gets_its_share_however_much_of_high_comes(rooms: list[int]) -> None:
    turn = got = 0
    for room in rooms:
        taken = share(["h"] * room, ["n"] * room, room, turn)
        turn += len(taken)
        got += taken.count("n")
    assert got == turn // NORMAL_EVERY


@given(st.lists(st.lists(st.integers(), max_size=6), max_size=5))
def test_sources_take_turns(queues: list[list[int]]) -> None:
    marked = [[(n, place) for place, _ in enumerate(queue)] for n, queue in enumerate(queues)]
    taken = turn_about(marked)
    assert sorted(taken) == sorted(one for queue in marked for one in queue)
    assert [place for _, place in taken] == sorted(place for _, place in taken)


types = st.sampled_from(["a.x", "a.y", "b"])
patterns = st.sampled_from(["*", "a.*", "a.x", "b"])
reaches = st.builds(Reach, st.sampled_from(["s", "t"]), patterns, st.sampled_from([(), ("a.x",)]))
caps = st.builds(Cap, st.integers(0, 4), st.lists(reaches, min_size=1, max_size=2).map(tuple))
kinds = st.tuples(st.sampled_from(["s", "t"]), types)


def reached(reach: Reach, kind: tuple[str, str]) -> bool:
    fits = {"*": {"a.x", "a.y", "b"}, "a.*": {"a.x", "a.y"}, "a.x": {"a.x"}, "b": {"b"}}
    return reach.source == kind[0] and kind[1] in fits[reach.pattern] - set(reach.but)


@given(st.lists(kinds, max_size=20), st.lists(caps, max_size=4))
def test_no_cap_is_exceeded_and_nothing_is_left_that_fits(
    found: list[tuple[str, str]], given_caps: list[Cap]
) -> None:
    taken = within(found, given_caps)
    used = [0] * len(given_caps)
    for kind, may in zip(found, taken, strict=True):
        over = [n for n, cap in enumerate(given_caps) if any(reached(r, kind) for r in cap.reaches)]
        full = any(used[n] >= given_caps[n].left for n in over)
        assert may is not full
        for n in over if may else ():
            used[n] += 1


@given(kinds, st.lists(caps, max_size=4))
def test_what_is_closed_is_what_no_claim_could_take(
    kind: tuple[str, str], given_caps: list[Cap]
) -> None:
    barred = closed(kind[0], given_caps)
    assert any(reached(reach, kind) for reach in barred) is not within([kind], given_caps)[0]
    assert not shut(barred) or not within([kind], given_caps)[0]
