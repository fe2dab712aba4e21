"""The tools that look at the samples: which of them each objects to."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.engineer.check.inspection import inspect
from bridgewright.engineer.check.project import read
from bridgewright.engineer.check.rule import Verdict
from proofs.check.corpus import Label

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from proofs.check.corpus import Sample

RUFF = ("check", "--isolated", "--exit-zero", "--no-cache", "--output-format", "json")
RUFF_RULES = "S,G,BLE"
"""What ruff knows of security, of messages of logs, and of exceptions that are caught blindly."""
ASSERTS = "S101,S104"
"""Not counted: tests assert, and nothing here binds an address."""
BANDIT_ASSERTS = "B101"

FAMILIES = {
    "timeouts": "BW1",
    "secrets": "BW2",
    "logs": "BW3",
    "webhooks": "BW4",
    "retries": "BW5",
    "layers": "BW6",
    "manifest": "BW7",
    "tests": "BW8",
    "exemptions": "BW9",
}
"""Which codes of ours are about which family of samples."""

Told = dict[str, list[str]]
"""By the id of a sample: what was said of it."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What `check` says: of each sample what counts, what it could not decide, and what else it said."""

    told: Told
    undecided: Told
    beside: Told


def ours(root: Path, samples: Iterable[Sample], today: date) -> Ours:
    """What `check` says. Of a defect only rules of its family count; of a clean sample all do."""
    told: Told = {}
    undecided: Told = {}
    beside: Told = {}
    for sample in samples:
        for each in inspect(read(root / sample.id), today).problems:
            where = told
            if each.verdict is Verdict.UNKNOWN:
                where = undecided
            elif sample.label is Label.DEFECT and not each.code.startswith(FAMILIES[sample.family]):
                where = beside
            where.setdefault(sample.id, []).append(each.code)
    return Ours(told, undecided, beside)


def ruff(root: Path) -> Told:
    """What ruff says, whatever it is: a sample is found when anything is said of it."""
    command = [_beside("ruff"), *RUFF, "--select", RUFF_RULES, "--ignore", ASSERTS, str(root)]
    rows = json.loads(_answer(command))
    return _by_sample(root, ((row["filename"], row["code"] or "syntax") for row in rows))


def bandit(root: Path, program: str = "") -> Told | None:
    """What bandit says, whatever it is; None where there is no bandit."""
    command = [program or _beside("bandit"), "-r", str(root), "-f", "json", "-q", "--exit-zero"]
    try:
        rows = json.loads(_answer([*command, "--skip", BANDIT_ASSERTS]))["results"]
    except FileNotFoundError:
        return None
    return _by_sample(root, ((row["filename"], row["test_id"]) for row in rows))


def version(program: str) -> str:
    """What a program says its version is, or that it is not there."""
    try:
        return _answer([program, "--version"]).splitlines()[0]
    except FileNotFoundError:
        return "not installed"


def _by_sample(root: Path, rows: Iterable[tuple[str, str]]) -> Told:
    told: Told = {}
    for name, code in rows:
        sample = Path(name).resolve().relative_to(root.resolve()).parts[0]
        told.setdefault(sample, []).append(code)
    return told


def _beside(program: str) -> str:
    return str(Path(sys.executable).with_name(program))


def _answer(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
