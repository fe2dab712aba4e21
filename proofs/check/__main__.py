"""What `check` finds in a labelled corpus, and what ruff and bandit find in it.

`python -m proofs check [--bandit PROGRAM]` writes `proofs/results/check.md`. `--open` prints instead which
samples are judged wrongly, of the two thirds that rules may be tried on; `--held-out` those of the third
that was set aside. Bandit is no dependency of ours: without one beside python its row says so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from proofs.check import contestants, corpus, report, scores
from proofs.check.corpus import Label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from proofs.check.contestants import Ours
    from proofs.check.corpus import Sample

RESULT = Path(__file__).parents[1] / "results" / "check.md"
AIM_RECALL = 0.95
AIM_PRECISION = 0.98


def main(arguments: list[str]) -> int:
    """Run all tools; 1 where the aim is missed on the third that was held out."""
    asked = _parser().parse_args(arguments)
    samples = corpus.samples()
    today = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory(prefix="check-") as folder:
        root = Path(folder)
        if asked.open or asked.held_out:
            samples = tuple(each for each in samples if each.held_out == asked.held_out)
        for sample in samples:
            sample.write(root)
        ours = contestants.ours(root, samples, today)
        if asked.open or asked.held_out:
            return _wrong(samples, ours)
        return _compared(root, samples, ours, today, asked.bandit)


def _compared(root: Path, samples: Sequence[Sample], ours: Ours, today: date, program: str) -> int:
    told = {"check": set(ours.told), "ruff": set(contestants.ruff(root))}
    bandit = contestants.bandit(root, program)
    if bandit is not None:
        told["bandit"] = set(bandit)
    head = report.HEAD.format(
        command=" ".join(["python -m proofs check", *(["--bandit …"] if program else [])]),
        date=today,
        samples=len(samples),
        defects=sum(each.label is Label.DEFECT for each in samples),
        clean=sum(each.label is Label.CLEAN for each in samples),
        facts="\n".join(f"- {fact}" for fact in _facts(ours, program)),
    )
    RESULT.write_text(report.page(head, samples, told), "utf-8")
    held = scores.score([each for each in samples if each.held_out], told["check"])
    print(
        f"written: {RESULT.name}; held out: recall {held.recall:.1%}, precision {held.precision:.1%}"
    )
    return int((held.recall or 0) < AIM_RECALL or (held.precision or 0) < AIM_PRECISION)


def _facts(ours: Ours, program: str) -> list[str]:
    beside = Path(sys.executable)
    return [
        (
            f"{contestants.version(str(beside.with_name('ruff')))}, rules {contestants.RUFF_RULES}"
            f" without {contestants.ASSERTS}"
        ),
        contestants.version(program or str(beside.with_name("bandit"))),
        (
            f"`check` could not decide of {len(ours.undecided)} samples, and said something of another family"
            f" besides of {len(ours.beside)} with a defect"
        ),
    ]


def _wrong(samples: Sequence[Sample], ours: Ours) -> int:
    missed, flagged = scores.wrong(samples, set(ours.told))
    for name in missed:
        print(f"missed   {name} {ours.undecided.get(name, '')}{ours.beside.get(name, '')}")
    for name in flagged:
        print(f"flagged  {name} {ours.told[name]}")
    for name, codes in ours.beside.items():
        print(f"besides  {name} {codes}")
    return int(bool(missed or flagged))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proofs check", description=__doc__)
    parser.add_argument("--bandit", default="", metavar="PROGRAM", help="where bandit is")
    parser.add_argument(
        "--open", action="store_true", help="what is wrong, of what is not held out"
    )
    parser.add_argument(
        "--held-out", action="store_true", help="what is wrong, of what is held out"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
