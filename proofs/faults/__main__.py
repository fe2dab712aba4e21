"""Plays the table, or a part of it: `python -m proofs faults [--only SDK,FAULT]`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from proofs.faults.judge import FAULTS, applies, broken
from proofs.faults.play import DEADLINE_S, Cell, Played, passed_on, play
from proofs.faults.report import page
from proofs.faults.subjects import SUBJECTS, Deed, Side

RESULT = Path(__file__).resolve().parents[1] / "results" / "faults.md"
COMMAND = "make proof NAME=faults"


def main() -> int:
    """Play, judge, write down; 1 when a cell of ours fails."""
    parser = argparse.ArgumentParser(prog="python -m proofs faults")
    parser.add_argument(
        "--only",
        default="",
        help="SDKs, faults, read, write, default, ours: by name, with commas between them; what is"
        " played then is printed and not written down",
    )
    only = {word for word in parser.parse_args().only.split(",") if word}
    cells = chosen(only)
    if not cells:
        print(f"nothing is called {', '.join(sorted(only))}", file=sys.stderr)
        return 2
    begun_s = time.monotonic()
    results = [_in_peace(each) for each in play(cells, _tell)]
    settings = [f"{name}={value}" for name, value in os.environ.items() if passed_on(name)]
    text = page(results, " ".join([*settings, COMMAND]), time.monotonic() - begun_s)
    if not only:
        RESULT.write_text(text, "utf-8")
    print(text)
    failing = [each for each in results if each.cell.side is Side.OURS and broken(each)]
    print(f"{len(failing)} of our cells fail", file=sys.stderr)
    return 1 if failing else 0


def _in_peace(played: Played) -> Played:
    """A cell that was late by less than a second, and broke no other rule, is played again alone: the
    SDK may have had to import something in the middle of the call, beside twenty others."""
    late = [why.startswith("ends: took") for why in broken(played)] == [True]
    if not late or played.elapsed_s > DEADLINE_S + 1:
        return played
    [again] = play([played.cell], _tell)
    return again


def chosen(only: set[str]) -> list[Cell]:
    """The cells that are played: of each kind of word, those that are named, or all."""
    subjects = [each for each in SUBJECTS if each.name in only] or SUBJECTS
    faults = [each for each in FAULTS if each in only] or FAULTS
    deeds = [each for each in Deed if each in only] or Deed
    sides = [each for each in Side if each in only] or Side
    known = {*(each.name for each in SUBJECTS), *FAULTS, *Deed, *Side}
    if only - known:
        return []
    return [
        Cell(subject, deed, fault, side)
        for subject in subjects
        for deed in deeds
        for fault in faults
        for side in sides
        if applies(subject, deed, fault)
    ]


def _tell(played: Played) -> None:
    cell = played.cell
    ended = played.problem or ("hangs" if played.hung else played.error or f"success {played.got}")
    verdict = "; ".join(broken(played)) if cell.side is Side.OURS else ""
    print(
        f"{cell.subject.name} {cell.side} {cell.deed} {cell.fault}: n={played.requests}"
        f" done={played.effects} {played.elapsed_s:.2f} s {' '.join(ended.split())[-160:]}"
        + ("  FAILS" if verdict and played.problem else f"  FAILS {verdict}" if verdict else ""),
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
