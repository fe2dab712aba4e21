"""The proof of ten million inputs, played small: every scheme, a few hundred mutants each."""

from __future__ import annotations

from random import Random

import pytest

from bridgewright.core.model.inbound import Coverage, Verified
from proofs.fuzz.judge import play
from proofs.fuzz.mutations import mutant
from proofs.fuzz.subjects import Subject, samples, subjects

SUBJECTS = subjects()
every_scheme = pytest.mark.parametrize("subject", SUBJECTS, ids=str)


@every_scheme
def test_no_mutant_raises_and_none_that_was_changed_is_verified(subject: Subject) -> None:
    tally = play(subject, samples(), seed=1, batch=0, inputs=300)
    assert tally.findings == []
    assert tally.inputs == 300
    assert tally.verified
    assert tally.rejected.total()


def test_the_same_seed_makes_the_same_inputs() -> None:
    first, again = (
        [mutant(dice, SUBJECTS[0], samples()) for _ in range(50)]
        for dice in (Random("7"), Random("7"))
    )
    assert first == again


@every_scheme
def test_a_mutant_that_is_called_broken_differs_in_what_is_signed(subject: Subject) -> None:
    dice = Random("9")
    made = [mutant(dice, subject, samples()) for _ in range(200)]
    assert {broken for _, broken in made} >= {False}
    names = {name for name, _ in subject.honest[0].headers.items()}
    bound = names - subject.way.optional or Coverage.BODY in subject.covers
    assert any(broken for _, broken in made) == bool(bound)
    for sent, broken in made:
        if broken:
            assert sent not in subject.honest


class Gullible:
    """A scheme that believes everything: the judge must say so."""

    def verify(self, *_: object) -> Verified:
        return Verified(0, SUBJECTS[0].covers)


def test_a_scheme_that_believes_everything_is_found_out() -> None:
    honest = SUBJECTS[0]
    gullible = Subject(
        honest.way,
        Gullible(),
        honest.read,
        None,
        honest.honest,
        honest.covers,
        honest.max_body_bytes,
    )
    findings = play(gullible, samples(), seed=1, batch=0, inputs=100).findings
    assert any("a changed delivery was verified" in finding for finding in findings)
