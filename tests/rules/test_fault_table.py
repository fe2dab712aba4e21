"""The judge of `make proof NAME=faults` sees each way to fail, by what the server counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridgewright.simulate.faults.fault import Fault
from proofs.faults.judge import FAULTS, applies, broken, verdicts
from proofs.faults.play import SLOW_DNS, Cell, Played
from proofs.faults.subjects import SUBJECTS, Deed, Side

BY_NAME = {subject.name: subject for subject in SUBJECTS}


def played(
    fault: str, subject: str = "twilio", deed: Deed = Deed.WRITE, side: Side = Side.OURS
) -> Played:
    cell = Cell(BY_NAME[subject], deed, fault, side)
    return Played(cell, requests=1, elapsed_s=0.1, error="sdk.Failed", outcome="unknown")


def rules_broken_by(result: Played) -> list[str]:
    return [why.partition(":")[0] for why in broken(result)]


def test_an_honest_end_in_time_breaks_nothing() -> None:
    assert broken(replace(played(Fault.SILENT), effects=1, elapsed_s=4.2)) == ()
    assert broken(replace(played(Fault.NONE), error="", effects=1)) == ()


@pytest.mark.parametrize(
    ("result", "rule"),
    [
        (replace(played(Fault.SILENT), elapsed_s=4.6), "ends"),
        (replace(played(Fault.THROTTLED_HOUR), elapsed_s=1.2, outcome="rejected"), "ends"),
        (replace(played(Fault.RESET), requests=2, effects=2), "no duplicate"),
        (played(Fault.NONE), "recovers"),
        (replace(played(Fault.THROTTLED), outcome="rejected"), "recovers"),
        (replace(played(Fault.THROTTLED), error="", elapsed_s=0.2), "recovers"),
        (played(Fault.LOST_RESPONSE, "stripe"), "recovers"),
        (played(Fault.LOST_RESPONSE, deed=Deed.READ), "recovers"),
        (replace(played(Fault.HTML), error=""), "honest"),
        (replace(played(Fault.TRUNCATED, "stripe"), error=""), "honest"),
        (replace(played(Fault.RESET), seen=("api key in log",)), "no leak"),
        (replace(played(Fault.MOVED_ELSEWHERE), elsewhere=1), "no leak"),
        (replace(played(Fault.GZIP_BOMB), grown_mb=300.0), "bounded"),
        (replace(played(Fault.RESET), outcome=""), "tells"),
        (replace(played(Fault.RESET), effects=1, outcome="rejected"), "tells"),
        (replace(played(Fault.REFUSED), requests=0), "tells"),
        (replace(played(Fault.SILENT), outcome="not_sent"), "tells"),
        (replace(played(Fault.SERVER_ERROR, "stripe"), requests=4), "no storm"),
    ],
)
def test_each_rule_can_be_broken(result: Played, rule: str) -> None:
    assert rules_broken_by(result) == [rule]


def test_a_call_that_hangs_ends_on_no_side() -> None:
    hung = replace(played(Fault.SILENT, side=Side.DEFAULT), error="", hung=True)

    assert verdicts(hung)["ends"] is False
    assert verdicts(hung)["honest"] is True


def test_a_cell_that_could_not_be_played_fails() -> None:
    assert broken(replace(played(Fault.NONE), problem="not built")) == ("not built",)


def test_the_table_has_every_fault_and_leaves_out_only_what_says_nothing() -> None:
    assert set(FAULTS) == {*Fault, SLOW_DNS}
    left_out = [
        (subject.name, deed, fault)
        for subject in SUBJECTS
        for deed in Deed
        for fault in FAULTS
        if not applies(subject, deed, fault)
    ]
    assert left_out == [
        ("sendgrid", Deed.WRITE, Fault.INVALID_JSON),
        ("boto3-s3", Deed.WRITE, Fault.INVALID_JSON),
    ]
