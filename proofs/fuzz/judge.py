"""One input to one scheme, and what must hold of what comes back."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from bridgewright.core.model.inbound import (
    Answer,
    Handshake,
    NeedsKey,
    Readable,
    Rejected,
    Unreadable,
    Verified,
)
from proofs.fuzz.mutations import MARK, mutant

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Verification
    from proofs.fuzz.subjects import Subject

BATCH = 1_000
"""Inputs of one seed: a finding names the batch and the number within it."""
BAD_KEYS = (
    b"",
    b"{}",
    b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    b"\xff" * 99,
)
_TEXT = MARK.decode()


@dataclass(slots=True)
class Tally:
    """What became of a scheme's inputs."""

    inputs: int = 0
    verified: int = 0
    read: int = 0
    greeted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    slowest_us: float = 0.0
    slowest_at: tuple[int, int] = (0, 0)
    findings: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take another's numbers in."""
        self.inputs += other.inputs
        self.verified += other.verified
        self.read += other.read
        self.greeted += other.greeted
        self.rejected += other.rejected
        self.findings += other.findings
        if other.slowest_us > self.slowest_us:
            self.slowest_us, self.slowest_at = other.slowest_us, other.slowest_at


def play(
    subject: Subject, others: tuple[Delivery, ...], seed: int, batch: int, inputs: int = BATCH
) -> Tally:
    """One batch of inputs to one scheme."""
    dice = Random(f"{seed} {subject} {batch}")
    tally = Tally()
    for number in range(inputs):
        sent, broken = mutant(dice, subject, others)
        begun = time.perf_counter_ns()
        try:
            wrong = judge(subject, sent, broken=broken, tally=tally, thorough=number % 4 == 0)
        except Exception as error:  # noqa: BLE001 - that nothing is raised is what is proven
            wrong = f"raised {type(error).__name__}"
        elapsed_us = (time.perf_counter_ns() - begun) / 1_000
        if elapsed_us > tally.slowest_us:
            tally.slowest_us, tally.slowest_at = elapsed_us, (batch, number)
        if wrong is not None:
            tally.findings.append(f"{subject}: batch {batch}, input {number}: {wrong}")
    tally.inputs += inputs
    return tally


def judge(
    subject: Subject, sent: Delivery, *, broken: bool, tally: Tally, thorough: bool
) -> str | None:
    """What is wrong with how a scheme takes one delivery; None when nothing is."""
    if len(sent.body) > subject.max_body_bytes:
        return None  # the journey refuses it before anything is computed
    verification = _to_its_end(subject, subject.scheme.verify(sent, sent.received_at))
    if isinstance(verification, Rejected):
        tally.rejected[verification.reason] += 1
        if _TEXT in verification.detail or not verification.detail.isprintable():
            return f"repeats what was sent: {verification.reason}"
    elif isinstance(verification, Verified):
        tally.verified += 1
        if broken:
            return "a changed delivery was verified"
    else:
        return f"is no verification: {type(verification).__name__}"
    if not thorough and isinstance(verification, Rejected):
        return None
    return _read(subject, sent, tally)


def _to_its_end(subject: Subject, verification: Verification) -> object:
    """With the keys it asks for; hostile ones are never a key, and never more than a `ValueError`."""
    for _ in range(3):
        if not isinstance(verification, NeedsKey):
            break
        for bad in BAD_KEYS:
            try:
                verification.parse(bad)
            except ValueError:
                continue
        published = subject.way.publish(verification)
        verification = verification.resume(verification.parse(published))
    return verification


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
