"""The proof of ten million inputs, played small: every scheme, a few hundred mutants each."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from bridgewright.core.model.inbound import Coverage, Verified
from proofs.fuzz.forms import forged
from proofs.fuzz.judge import FORGED, made, play
from proofs.fuzz.leaves import hold, leaves, other_values, respelled, with_leaf
from proofs.fuzz.subjects import FOREIGN, Subject, names, samples, subjects

if TYPE_CHECKING:
    from bridgewright.core.model.inbound import Delivery, Verification
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.ports import Scheme
    from proofs.fuzz.subjects import Honest

BOM = b"\xef\xbb\xbf"
NAMES = names()
every_scheme = pytest.mark.parametrize("subject", NAMES, indirect=True)
every_way = pytest.mark.parametrize(
    "subject", [name for name in NAMES if FOREIGN not in name], indirect=True
)
KINDS = ("github", "twilio", "sns", "pubsub", "graph", "paypal#1")
one_of_each_kind = pytest.mark.parametrize("subject", KINDS, indirect=True)


@pytest.fixture(scope="module")
def bound() -> dict[str, Subject]:
    """Each subject by its name: binding all of them takes seconds."""
    return {one.name: one for one in subjects()}


@pytest.fixture
def subject(bound: dict[str, Subject], request: pytest.FixtureRequest) -> Subject:
    """The subject that a test is of."""
    return bound[request.param]


@pytest.fixture(scope="module")
def others(bound: dict[str, Subject]) -> tuple[Honest, ...]:
    """What others send."""
    return samples(tuple(bound.values()))


@pytest.mark.slow
def test_every_subject_is_known_by_name_before_it_is_bound(bound: dict[str, Subject]) -> None:
    assert tuple(bound) == NAMES


@pytest.mark.slow
@every_scheme
def test_no_mutant_raises_and_none_that_was_changed_is_verified(
    subject: Subject, others: tuple[Honest, ...]
) -> None:
    tally = play(subject, others, seed=1, batch=0, inputs=150)
    assert tally.findings == []
    assert tally.inputs == 150
    assert tally.verified
    assert tally.rejected.total()


@pytest.mark.slow
def test_the_same_seed_makes_the_same_inputs(
    bound: dict[str, Subject], others: tuple[Honest, ...]
) -> None:
    one = bound[NAMES[0]]
    first, again = (list(made(one, others, seed, 3, 50)) for seed in (7, 7))
    assert first == again
    assert first != list(made(one, others, 8, 3, 50))


@pytest.mark.slow
@every_way
def test_a_mutant_that_is_called_forged_differs_in_what_is_signed(
    subject: Subject, others: tuple[Honest, ...]
) -> None:
    mutants = list(made(subject, others, 9, 0, 200))
    assert {forgery for _, forgery in mutants} == {False, True}
    honest = [one.sent for one in subject.honest]
    assert all(sent not in honest for sent, forgery in mutants if forgery)


class Gullible:
    """A scheme that believes everything: the judge must say so."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage

    def verify(self, *_: object) -> Verified:
        return Verified(0, self.coverage, 0.0 if Coverage.TIME in self.coverage else None)


class Slow:
    """A scheme that is caught by some of its inputs."""

    def __init__(self, scheme: Scheme) -> None:
        self.scheme = scheme

    def verify(self, sent: Delivery, now: Moment) -> Verification:
        end_ns = time.thread_time_ns() + 110_000_000
        while sent.body.startswith(BOM) and time.thread_time_ns() < end_ns:
            pass
        return self.scheme.verify(sent, now)


@pytest.mark.slow
@one_of_each_kind
def test_a_scheme_that_believes_everything_is_found_out(
    subject: Subject, others: tuple[Honest, ...]
) -> None:
    gullible = replace(subject, scheme=Gullible(subject.honest[0].covers))
    findings = play(gullible, others, seed=1, batch=0, inputs=100).findings
    assert any(finding.endswith(FORGED) for finding in findings)


@pytest.mark.slow
def test_a_scheme_that_takes_its_time_over_one_input_is_found_out(
    bound: dict[str, Subject], others: tuple[Honest, ...]
) -> None:
    one = bound[NAMES[0]]
    slow = replace(one, scheme=Slow(one.scheme))
    findings = play(slow, others, seed=1, batch=0, inputs=80).findings
    assert any("took 11" in finding for finding in findings)


@pytest.mark.parametrize("body", [b'{"a": [1, {"b": "c"}]}', b"a=1&b=%ff&b=2&c="])
def test_a_body_holds_its_leaves_until_one_is_another(body: bytes) -> None:
    found = leaves(body)
    assert len(found) > 1
    assert hold(respelled(body), found)
    assert respelled(body) != body
    for path, value in found.items():
        for other in other_values(value):
            assert not hold(with_leaf(body, path, other), found)


def test_a_forged_token_is_another_one() -> None:
    parts = (b'{"alg":"ES256"}', b"{}", b"x" * 64)
    token = b".".join(base64.urlsafe_b64encode(part) for part in parts)
    made_over = {forged(Random(number), token, b"public") for number in range(300)}
    assert len(made_over - {token}) > 150
    assert any(b"eyJhbGciOiAibm9uZSJ9" in text for text in made_over)
