"""The ledger's arithmetic: true books balance, and no single falsehood in any of them does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgewright.cli.demo.ledger import Books, Sent, Stored, balance
from tests.tries import tries

Falsehood = Callable[[Books], Books]

keys = st.text("abcdefgh", min_size=1, max_size=4)


@st.composite
def true_books(draw: st.DrawFn) -> Books:
    """Books of a day on which everything went as promised."""
    acknowledged = draw(st.dictionaries(keys, st.integers(1, 3), min_size=1, max_size=12))
    refused = draw(st.integers(0, 5))
    leased = draw(st.sets(st.sampled_from(sorted(acknowledged))))
    again = draw(st.sets(st.sampled_from(sorted(leased)))) if leased else set()
    to_charge = draw(st.sets(st.sampled_from(sorted(acknowledged)), min_size=1))
    taken = sum(acknowledged.values())
    return Books(
        sent=Sent(sent=taken + refused, acknowledged=acknowledged, refused=refused),
        stored=Stored(
            events=frozenset(acknowledged),
            accepted=len(acknowledged),
            duplicates=taken - len(acknowledged),
            rejected=refused,
            to_charge=frozenset(to_charge),
        ),
        charged=dict.fromkeys(to_charge, 1),
        done=Counter({key: 1 + (key in again) for key in acknowledged}),
        leased_at_kill=frozenset(leased),
    )


def sent(**values: int) -> Falsehood:
    """The courier's counts are so much higher."""
    return lambda books: replace(books, sent=replace(books.sent, **_more(books.sent, values)))


def stored(**values: int) -> Falsehood:
    """The store's counts are so much higher."""
    return lambda books: replace(books, stored=replace(books.stored, **_more(books.stored, values)))


def _more(held: object, values: dict[str, int]) -> dict[str, int]:
    return {name: getattr(held, name) + more for name, more in values.items()}


def an_event_less_in_the_store(books: Books) -> Books:
    kept = frozenset(sorted(books.stored.events)[1:])
    return replace(books, stored=replace(books.stored, events=kept))


def an_event_swapped_in_the_store(books: Books) -> Books:
    """The sums are right, and the events are not."""
    kept = frozenset([*sorted(books.stored.events)[1:], "stranger"])
    return replace(books, stored=replace(books.stored, events=kept))


def a_stranger_in_the_store(books: Books) -> Books:
    stored = books.stored
    events = stored.events | {"stranger"}
    return replace(books, stored=replace(stored, events=events, accepted=stored.accepted + 1))


def a_line_less_in_the_journal(books: Books) -> Books:
    gone = min(books.done)
    return replace(books, done={key: n for key, n in books.done.items() if key != gone})


def a_stranger_in_the_journal(books: Books) -> Books:
    return replace(books, done={**books.done, "stranger": 1})


def a_repeat_that_nobody_explains(books: Books) -> Books:
    again = min(books.done)
    return replace(
        books,
        done={**books.done, again: books.done[again] + 1},
        leased_at_kill=books.leased_at_kill - {again},
    )


def more_repeats_than_were_leased(books: Books) -> Books:
    again = min(books.done)
    leased = books.leased_at_kill | {again}
    return replace(books, done={**books.done, again: len(leased) + 2}, leased_at_kill=leased)


def a_charge_less(books: Books) -> Books:
    gone = min(books.charged)
    return replace(books, charged={key: n for key, n in books.charged.items() if key != gone})


def a_charge_made_twice(books: Books) -> Books:
    again = min(books.charged)
    return replace(books, charged={**books.charged, again: 2})


def a_charge_that_nobody_meant(books: Books) -> Books:
    return replace(books, charged={**books.charged, "stranger": 1})


def a_charge_swapped_for_another(books: Books) -> Books:
    return a_charge_that_nobody_meant(a_charge_less(books))


FALSEHOODS = {
    "a charge is not made": (a_charge_less, "meant and not made: 1"),
    "a charge is made twice": (a_charge_made_twice, "made more than once: 1"),
    "a charge is made that nobody meant": (a_charge_that_nobody_meant, "nobody meant: 1"),
    "a charge is swapped for another": (a_charge_swapped_for_another, "nobody meant: 1"),
    "an acknowledged event is not stored": (
        an_event_less_in_the_store,
        "acknowledged that are not",
    ),
    "an event is swapped for another": (an_event_swapped_in_the_store, "acknowledged that are not"),
    "a forgery is stored": (a_stranger_in_the_store, "that nobody was acknowledged for: 1"),
    "an event is never handled": (a_line_less_in_the_journal, "stored that were not handled: 1"),
    "what never came is handled": (a_stranger_in_the_journal, "handled that are not stored: 1"),
    "an event is handled twice for no reason": (a_repeat_that_nobody_explains, "no killed worker"),
    "more is repeated than was leased": (more_repeats_than_were_leased, "leased at the kill:"),
    "a delivery is sent and not answered": (sent(sent=1), ", answered "),
    "a delivery is given up": (sent(sent=1, given_up=1), "never answered for good: 1"),
    "a forgery is acknowledged": (sent(wrongly_answered=1), "forgeries acknowledged"),
    "a refusal is not counted by the store": (sent(sent=1, refused=1), "refused "),
    "the store accepts more than was sent": (stored(accepted=1), "acknowledged "),
    "the store counts fewer than it holds": (stored(accepted=-1, duplicates=1), "accepted "),
    "a duplicate is not counted": (stored(duplicates=-1), "accepted + duplicates + rejected"),
    "a duplicate is counted as rejected": (stored(duplicates=-1, rejected=1), "acknowledged "),
    "a rejection is not counted": (stored(rejected=-1), "by the store's"),
    "an item is never finished": (stored(unfinished=1), "not finished: 1"),
    "an item stays dead": (stored(dead=1), "still dead letters: 1"),
}
"""What could be untrue, how to make it so, and what the ledger then says."""


@given(true_books())
def test_true_books_balance(books: Books) -> None:
    ledger = balance(books)
    assert ledger.balances, ledger.problems
    assert ledger.sent == ledger.accepted + ledger.duplicates + ledger.rejected
    assert ledger.handled == ledger.accepted
    assert ledger.lost == 0
    assert ledger.repeats <= ledger.most_repeats


@pytest.mark.parametrize("what", FALSEHOODS)
@settings(max_examples=tries(30))
@given(books=true_books())
def test_no_falsehood_balances(what: str, books: Books) -> None:
    falsehood, said = FALSEHOODS[what]
    ledger = balance(falsehood(books))
    assert not ledger.balances
    assert any(said in problem for problem in ledger.problems), ledger.problems
    assert ledger.line().startswith("ledger does not balance: sent=")


@given(true_books())
def test_what_was_acknowledged_and_not_handled_is_lost(books: Books) -> None:
    assert balance(a_line_less_in_the_journal(books)).lost == 1
    forgotten = a_line_less_in_the_journal(an_event_less_in_the_store(books))
    assert balance(forgotten).lost == 1


@given(true_books(), st.integers(1, 5), st.data())
def test_a_request_without_an_answer_may_have_arrived_or_not(
    books: Books, unanswered: int, data: st.DataObject
) -> None:
    arrived = data.draw(st.integers(0, unanswered))
    doubtful = sent(unanswered=unanswered)(stored(duplicates=arrived)(books))
    assert balance(doubtful).balances
    assert not balance(stored(duplicates=unanswered - arrived + 1)(doubtful)).balances


def test_the_ledger_is_one_line_that_says_it_all() -> None:
    books = Books(
        sent=Sent(sent=5, acknowledged={"a": 1, "b": 3}, refused=1),
        stored=Stored(
            events=frozenset("ab"),
            accepted=2,
            duplicates=2,
            rejected=1,
            to_charge=frozenset("b"),
        ),
        done={"a": 2, "b": 1},
        leased_at_kill=frozenset("a"),
        charged={"b": 1},
    )
    assert balance(books).line() == (
        "ledger balanced: sent=5 accepted=2 duplicates=2 rejected=1 handled=2 lost=0"
        " repeats=1 (at most 1) charged=1 (of 1)"
    )
