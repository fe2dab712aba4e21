"""The ledger: four books that know nothing of each other, compared. Pure.

The courier wrote down what it sent and was answered; the store what it holds; the handlers, at their
end, what they did; and Stripe, what it charged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Sent:
    """The courier's book: how many deliveries it sent, how many 2xx each event got, how many
    deliveries were refused (4xx), how many requests never got an answer, how many deliveries it gave
    up, and how many got an answer that their manner did not deserve."""

    sent: int
    acknowledged: Mapping[str, int]
    refused: int
    unanswered: int = 0
    given_up: int = 0
    wrongly_answered: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """The store's book: the events it holds by key, its counts of deliveries, and its unfinished and
    dead items."""

    events: frozenset[str]
    accepted: int
    duplicates: int
    rejected: int
    unfinished: int = 0
    dead: int = 0
    to_charge: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Books:
    """All four, and the events that were leased when a worker was killed. `charged` counts Stripe's
    charges by the event each was made for."""

    sent: Sent
    stored: Stored
    done: Mapping[str, int]
    leased_at_kill: frozenset[str] = frozenset()
    charged: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the books come to. `problems` says what does not add up; none means that it balances.

    `handled` counts accepted events whose handler ran to its end, `lost` those that were acknowledged
    or stored and were not handled, `repeats` handler runs beyond the first of an event, and
    `most_repeats` how many of those a killed worker explains. `charged` counts Stripe's charges, and
    `to_charge` those that were meant.
    """

    sent: int
    accepted: int
    duplicates: int
    rejected: int
    handled: int
    lost: int
    repeats: int
    most_repeats: int
    charged: int = 0
    to_charge: int = 0
    problems: tuple[str, ...] = field(default=())

    @property
    def balances(self) -> bool:
        """Whether everything adds up."""
        return not self.problems

    def line(self) -> str:
        """The ledger as one line."""
        verdict = "ledger balanced" if self.balances else "ledger does not balance"
        counts = (
            f"sent={self.sent} accepted={self.accepted} duplicates={self.duplicates}"
            f" rejected={self.rejected} handled={self.handled} lost={self.lost}"
            f" repeats={self.repeats} (at most {self.most_repeats})"
            f" charged={self.charged} (of {self.to_charge})"
        )
        return f"{verdict}: {counts}"


def balance(books: Books) -> Ledger:
    """Compare the books."""
    sent, stored, done = books.sent, books.stored, Counter(books.done)
    known = set(sent.acknowledged) | stored.events
    return Ledger(
        sent=sent.sent,
        accepted=stored.accepted,
        duplicates=stored.duplicates,
        rejected=stored.rejected,
        handled=len(stored.events & set(done)),
        lost=len(known - set(done)),
        repeats=done.total() - len(done),
        most_repeats=len(books.leased_at_kill),
        charged=Counter(books.charged).total(),
        to_charge=len(stored.to_charge),
        problems=tuple(_problems(books, done)),
    )


def _problems(books: Books, done: Counter[str]) -> Iterator[str]:
    yield from _of_deliveries(books.sent, books.stored)
    yield from _of_events(books, done)
    yield from _of_repeats(books, done)
    yield from _of_charges(books)


def _of_deliveries(sent: Sent, stored: Stored) -> Iterator[str]:
    """Each delivery sent was accepted, a duplicate, or rejected; a request whose answer never came
    may have arrived besides."""
    if sent.given_up:
        yield f"deliveries never answered for good: {sent.given_up}"
    if sent.wrongly_answered:
        yield f"forgeries acknowledged, or honest deliveries refused: {sent.wrongly_answered}"
    taken = Counter(sent.acknowledged).total()
    if sent.sent != taken + sent.refused + sent.given_up:
        yield f"sent {sent.sent}, answered {taken + sent.refused}"
    found = stored.accepted + stored.duplicates + stored.rejected
    if not 0 <= found - (sent.sent - sent.given_up) <= sent.unanswered:
        yield f"sent {sent.sent}, accepted + duplicates + rejected {found}"
    if not 0 <= stored.accepted + stored.duplicates - taken <= sent.unanswered:
        yield f"acknowledged {taken}, accepted + duplicates {stored.accepted + stored.duplicates}"
    if not 0 <= stored.rejected - sent.refused <= sent.unanswered:
        yield f"refused {sent.refused} by the courier's book, {stored.rejected} by the store's"


def _of_events(books: Books, done: Counter[str]) -> Iterator[str]:
    stored, acknowledged, events = books.stored, set(books.sent.acknowledged), books.stored.events
    if len(events) != stored.accepted:
        yield f"accepted {stored.accepted}, stored {len(events)}"
    if missing := len(acknowledged - events):
        yield f"events acknowledged that are not stored: {missing}"
    if strange := len(events - acknowledged):
        yield f"events stored that nobody was acknowledged for: {strange}"
    if stored.unfinished:
        yield f"items that are not finished: {stored.unfinished}"
    if stored.dead:
        yield f"items that are still dead letters: {stored.dead}"
    if unhandled := len(events - set(done)):
        yield f"events stored that were not handled: {unhandled}"
    if invented := len(set(done) - events):
        yield f"events handled that are not stored: {invented}"


def _of_repeats(books: Books, done: Counter[str]) -> Iterator[str]:
    """Only what a killed worker held may have been handled more than once, and then once more."""
    repeated = {key: runs - 1 for key, runs in done.items() if runs > 1}
    if sum(repeated.values()) > len(books.leased_at_kill):
        yield f"repeats: {sum(repeated.values())}, leased at the kill: {len(books.leased_at_kill)}"
    if unexplained := len(set(repeated) - books.leased_at_kill):
        yield f"events handled more than once that no killed worker held: {unexplained}"


def _of_charges(books: Books) -> Iterator[str]:
    """Each charge that was meant was made, once, and no other."""
    charged, meant = Counter(books.charged), books.stored.to_charge
    if missing := len(meant - set(charged)):
        yield f"charges that were meant and not made: {missing}"
    if strange := len(set(charged) - meant):
        yield f"charges that nobody meant: {strange}"
    if twice := sum(n - 1 for n in charged.values() if n > 1):
        yield f"charges made more than once: {twice}"
