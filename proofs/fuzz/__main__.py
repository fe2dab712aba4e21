"""Ten million mutated deliveries over all schemes: none raises, none that was changed is verified.

`make proof NAME=fuzz`, or `python -m proofs fuzz --inputs 100000 --seed 7`. Writes
proofs/results/fuzz.md when all of it was played. A finding names scheme, batch and number; the same
seed makes the same input again: `--only SCHEME --batch N`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from functools import cache
from pathlib import Path

from proofs.fuzz.judge import BATCH, Tally, play
from proofs.fuzz.report import written
from proofs.fuzz.subjects import Subject, samples, subjects

INPUTS = 10_000_000
RESULTS = Path(__file__).parents[1] / "results" / "fuzz.md"


@cache
def _subjects() -> tuple[Subject, ...]:
    return subjects()


def _play(task: tuple[int, int, int]) -> tuple[int, Tally]:
    place, seed, batch = task
    return place, play(_subjects()[place], samples(), seed, batch)


def main() -> int:
    """Play; 1 when something was found."""
    parser = argparse.ArgumentParser(prog="make proof NAME=fuzz")
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one scheme")
    parser.add_argument("--batch", type=int, help="one batch of it")
    asked = parser.parse_args()
    chosen = [place for place, one in enumerate(_subjects()) if asked.only in ("", str(one))]
    if not chosen:
        parser.error(f"there is no scheme {asked.only}: {', '.join(map(str, _subjects()))}")
    rounds = max(1, -(-asked.inputs // (BATCH * len(chosen))))
    batches = range(rounds) if asked.batch is None else (asked.batch,)
    tallies = {place: Tally() for place in chosen}
    begun = time.monotonic()
    tasks = [(place, asked.seed, batch) for batch in batches for place in chosen]
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for done, (place, tally) in enumerate(pool.imap_unordered(_play, tasks, 4), start=1):
            tallies[place].add(tally)
            if done % 500 == 0:
                print(f"{done * BATCH:,} inputs, {time.monotonic() - begun:,.0f} s", flush=True)
    elapsed_s = time.monotonic() - begun
    named = {str(_subjects()[place]): tally for place, tally in tallies.items()}
    text = written(named, asked.seed, elapsed_s, " ".join(sys.argv[1:]))
    print(text)
    found = [finding for tally in tallies.values() for finding in tally.findings]
    for finding in found[:50]:
        print(finding, file=sys.stderr)
    whole = asked.only == "" and asked.batch is None and asked.inputs >= INPUTS
    if whole and not found:
        RESULTS.write_text(text, encoding="utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
