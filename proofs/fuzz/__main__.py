"""Ten million mutated deliveries over all schemes: none raises, none that was changed is verified.

`make proof NAME=fuzz`, or `python -m proofs fuzz --inputs 100000 --seed 7`. Writes
proofs/results/fuzz.md when all of it was played. A finding names scheme, batch and number, and the
input is printed; the same seed makes the same mutations again: `--only SCHEME --batch N`, with
`--number N` to print an input. (Keys of RSA, and signatures by them and by ECDSA, are new in each run.)
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from functools import cache
from itertools import islice
from pathlib import Path

from proofs.fuzz.judge import BATCH, Tally, made, play
from proofs.fuzz.report import written
from proofs.fuzz.subjects import Honest, Subject, samples, subjects

INPUTS = 10_000_000
MOST_SHOWN = 2_000
RESULTS = Path(__file__).parents[1] / "results" / "fuzz.md"

_subjects = cache(subjects)


@cache
def _samples() -> tuple[Honest, ...]:
    return samples(_subjects())


def main() -> int:
    """Play; 1 when something was found."""
    asked = _parser().parse_args()
    chosen = [place for place, one in enumerate(_subjects()) if asked.only in {"", str(one)}]
    if not chosen:
        names = ", ".join(map(str, _subjects()))
        print(f"There is no scheme {asked.only}: {names}", file=sys.stderr)
        return 2
    if asked.number is not None:
        print(shown(_subjects()[chosen[0]], asked.seed, asked.batch or 0, asked.number))
        return 0
    rounds = max(1, -(-asked.inputs // (BATCH * len(chosen))))
    batches = range(rounds) if asked.batch is None else (asked.batch,)
    begun = time.monotonic()
    tallies = _played([(place, asked.seed, batch) for batch in batches for place in chosen])
    text = written(tallies, asked.seed, time.monotonic() - begun, " ".join(sys.argv[1:]))
    print(text)
    found = [finding for tally in tallies.values() for finding in tally.findings]
    for finding in found[:50]:
        print(finding, file=sys.stderr)
    whole = asked.only == "" and asked.batch is None and asked.inputs >= INPUTS
    if whole and not found:
        RESULTS.write_text(text, encoding="utf-8")
    return 1 if found else 0


def shown(subject: Subject, seed: int, batch: int, number: int) -> str:
    """One input, as far as a terminal bears it."""
    sent, forged = next(islice(made(subject, _samples(), seed, batch), number, None))
    parts = (forged, sent.method, sent.url, sent.query, sent.received_at, sent.headers.items())
    return "\n".join(repr(part)[:MOST_SHOWN] for part in (*parts, sent.body))


def _played(tasks: list[tuple[int, int, int]]) -> dict[Subject, Tally]:
    tallies = {_subjects()[place]: Tally() for place, _, _ in tasks}
    begun = time.monotonic()
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for done, (place, tally) in enumerate(pool.imap_unordered(_play, tasks, 4), start=1):
            tallies[_subjects()[place]].add(tally)
            if done % 500 == 0:
                print(f"{done * BATCH:,} inputs, {time.monotonic() - begun:,.0f} s", flush=True)
    return tallies


def _play(task: tuple[int, int, int]) -> tuple[int, Tally]:
    place, seed, batch = task
    subject = _subjects()[place]
    tally = play(subject, _samples(), seed, batch)
    for finding in tally.findings[:1]:
        number = int(finding.partition("input ")[2].partition(":")[0])
        print(f"{finding}\n{shown(subject, seed, batch, number)}", file=sys.stderr, flush=True)
    return place, tally


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make proof NAME=fuzz")
    parser.add_argument("--inputs", type=int, default=INPUTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="one scheme")
    parser.add_argument("--batch", type=int, help="one batch of it")
    parser.add_argument("--number", type=int, help="print this input of the batch, play nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
