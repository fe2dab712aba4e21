"""The labelled corpus: what every sample has, and that nobody chose which are held out."""

from __future__ import annotations

import ast
import json
import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from proofs.check import corpus, scores, tokens
from proofs.check.contestants import FAMILIES
from proofs.check.corpus import Label

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = corpus.samples()
PARSERS = {".py": ast.parse, ".toml": tomllib.loads, ".json": json.loads}


def test_there_are_enough_of_each_and_a_third_is_held_out() -> None:
    assert Counter(each.label for each in SAMPLES)[Label.DEFECT] >= 110
    assert Counter(each.label for each in SAMPLES)[Label.CLEAN] >= 110
    held = sum(each.held_out for each in SAMPLES)
    assert 0.28 < held / len(SAMPLES) < 0.38
    assert {each.family for each in SAMPLES} == set(FAMILIES)
    assert {each.family for each in SAMPLES if each.held_out} >= set(FAMILIES) - {"exemptions"}


@pytest.mark.slow
def test_every_sample_is_of_a_page_and_every_file_of_it_is_read(tmp_path: Path) -> None:
    for sample in SAMPLES:
        assert sample.source.startswith(("https://", "docs/"))
        folder = sample.write(tmp_path)
        for path in folder.rglob("*.*"):
            if path.is_file() and path.suffix in PARSERS:
                PARSERS[path.suffix](path.read_text("utf-8"))


def test_secrets_are_made_when_a_project_is_written_and_are_the_same_each_time() -> None:
    for path in corpus.FOLDER.rglob("*.txt"):
        text = path.read_text("utf-8")
        assert tokens.filled(text, "one") == tokens.filled(text, "one")
        assert ("<<" in text) is (tokens.filled(text, "one") != tokens.filled(text, "two"))


def test_a_sample_without_a_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("# id: x\n==> a.py\n", "utf-8")
    with pytest.raises(ValueError, match="no sample"):
        corpus.samples(tmp_path)


def test_scores_count_what_was_found_and_what_was_flagged() -> None:
    told = {SAMPLES[0].id}
    everything = scores.score(SAMPLES, {each.id for each in SAMPLES})
    assert (
        everything.recall,
        scores.score(SAMPLES, told).found + scores.score(SAMPLES, told).flagged,
    ) == (1.0, 1)
    assert everything.precision == everything.defects / len(SAMPLES)
    assert scores.score((), told).recall is None
