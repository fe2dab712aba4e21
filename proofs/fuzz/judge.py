"""One input to one scheme, and what must hold of what comes back."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import (
    Answer,
    Coverage,
    Handshake,
    NeedsKey,
    Readable,
    Rejected,
    Unreadable,
    Verified,
)
from proofs.fuzz.mutations import MARK, broken, mutant
from tests.fuzz import hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.core.model.inbound import Delivery
    from proofs.fuzz.subjects import Honest, Subject

BATCH = 1_000
"""Inputs of one seed: a finding names the batch and the number within it."""
SLOW_MS = 100.0
"""Of processor time: what takes longer, twice, is a finding. The answer to a megabyte takes ten."""

FORGED = "a changed delivery was verified"
_TEXT = MARK.decode()


@dataclass(slots=True)
class Tally:
    """What became of a scheme's inputs. `refused` are larger than the provider's largest, `keyless`
    name a key that is not published."""

    inputs: int = 0
    verified: int = 0
    refused: int = 0
    keyless: int = 0
    read: int = 0
    greeted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    slowest_at: tuple[int, int] = (0, 0)
    findings: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another's numbers in."""
        self.inputs += other.inputs
        self.verified += other.verified
        self.refused += other.refused
        self.keyless += other.keyless
        self.read += other.read
        self.greeted += other.greeted
        self.rejected += other.rejected
        self.findings += other.findings
        if other.slowest_ms > self.slowest_ms:
            self.slowest_ms, self.slowest_at = other.slowest_ms, other.slowest_at


def play(
    subject: Subject, others: tuple[Honest, ...], seed: int, batch: int, inputs: int = BATCH
) -> Tally:
    """One batch of inputs to one scheme."""
    tally = Tally(inputs=inputs)
    for number, (sent, forged) in enumerate(made(subject, others, seed, batch, inputs)):
        wrong, took_ms = _judged(subject, sent, tally, number, forged=forged)
        if wrong == FORGED and _is_one_of(sent, others):
            wrong = None
        if took_ms > tally.slowest_ms:
            # Once more: what it costs itself, without imports, collections and first looks.
            took_ms = min(took_ms, _judged(subject, sent, Tally(), number, forged=forged)[1])
        if took_ms > tally.slowest_ms:
            tally.slowest_ms, tally.slowest_at = took_ms, (batch, number)
        if wrong is None and took_ms > SLOW_MS:
            wrong = f"took {took_ms:.0f} ms"
        if wrong is not None:
            tally.findings.append(f"{subject}: batch {batch}, input {number}: {wrong}")
    return tally


def made(
    subject: Subject, others: tuple[Honest, ...], seed: int, batch: int, inputs: int = BATCH
) -> Iterator[tuple[Delivery, bool]]:
    """The inputs of one batch, each with whether it was forged."""
    dice = Random(f"{seed} {subject} {batch}")
    for _ in range(inputs):
        yield mutant(dice, subject, others)


def _judged(
    subject: Subject, sent: Delivery, tally: Tally, number: int, *, forged: bool
) -> tuple[str | None, float]:
    begun = time.thread_time_ns()
    try:
        wrong = judge(subject, sent, tally, number, forged=forged)
    except Exception as error:  # noqa: BLE001 - that nothing is raised is what is proven
        wrong = f"raised {type(error).__name__}"
    return wrong, (time.thread_time_ns() - begun) / 1e6


def judge(
    subject: Subject, sent: Delivery, tally: Tally, number: int, *, forged: bool
) -> str | None:
    """What is wrong with how a scheme takes one delivery; None when nothing is.

    `number` chooses which hostile key it is given, and which rejected ones are read all the same.
    """
    if len(sent.body) > subject.max_body_bytes:
        tally.refused += 1
        return None  # the journey refuses it before anything is computed
    found = _to_its_end(subject, sent, hostile.KEYS[number % len(hostile.KEYS)])
    if isinstance(found, Rejected):
        tally.rejected[found.reason] += 1
        if _TEXT in found.detail or not found.detail.isprintable():
            return f"repeats what was sent: {found.reason}"
        return _read(subject, sent, tally) if number % 4 == 0 else None
    if isinstance(found, Verified):
        tally.verified += 1
        return _wrongly_verified(subject, found, forged=forged) or _read(subject, sent, tally)
    if found is None:
        tally.keyless += 1
        return None
    return found if isinstance(found, str) else f"is no verification: {type(found).__name__}"


def _to_its_end(subject: Subject, sent: Delivery, document: bytes) -> object:
    """The verification, with the keys that it asks for, a hostile one first. None where it names a
    key that is not published: the answer is 503, and the provider comes back."""
    found = subject.scheme.verify(sent, sent.received_at)
    for _ in range(3):
        if not isinstance(found, NeedsKey):
            break
        if _takes(found, document):
            return "verified by a hostile key"
        try:
            key = found.parse(subject.publish(found))
        except ValueError:
            return None
        found = found.resume(key)
    return found


def _wrongly_verified(subject: Subject, found: Verified, *, forged: bool) -> str | None:
    if forged:
        return FORGED
    if found.coverage & subject.claims != found.coverage:
        return "covers more than the catalogue says"
    if (found.age_s is None) == (Coverage.TIME in found.coverage):
        return "has an age where no time is signed, or none where one is"
    return None


def _is_one_of(sent: Delivery, others: tuple[Honest, ...]) -> bool:
    """Whether the dice made of it another honest delivery, some of which are signed by one key."""
    return any(not broken(one, sent) for one in others)


def _takes(needed: NeedsKey, document: bytes) -> bool:
    """Whether a key that is not the provider's verifies; most are no key at all: a `ValueError`."""
    try:
        key = needed.parse(document)
    except ValueError:
        return False
    return isinstance(needed.resume(key), Verified)


def _read(subject: Subject, sent: Delivery, tally: Tally) -> str | None:
    tally.read += 1
    if subject.greeting is not None:
        before, after = subject.greeting.before(sent), subject.greeting.after(sent)
        if before is not None or after is not None:
            tally.greeted += 1
        if not isinstance(before, Answer | None) or not isinstance(after, Handshake | None):
            return "its greeting is neither an answer nor none"
    envelope = subject.read(sent)
    if not isinstance(envelope, Readable | Unreadable | Handshake):
        return f"is no envelope: {type(envelope).__name__}"
    if isinstance(envelope, Unreadable) and (
        _TEXT in envelope.why or not envelope.why.isprintable()
    ):
        return "the reason repeats what was sent"
    if isinstance(envelope, Readable):
        for notice in envelope.notices:
            texts = (notice.key, notice.event_type)
            if not all(0 < len(text) <= 255 and text.isprintable() for text in texts):  # noqa: PLR2004
                return "a key or type that no store can keep"
    return None
