"""`python -m benchmarks`: every benchmark, and `RESULTS.md` with what they found.

`--quick` runs one short round of each to see that everything works, and prints instead of writing.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import calls, inbox, machine, report, simulators, store, verify
from benchmarks.load import Load

RESULTS = Path(__file__).with_name("RESULTS.md")
MODULES: dict[str, Any] = {
    "inbox": inbox,
    "store": store,
    "calls": calls,
    "verify": verify,
    "simulators": simulators,
}
SMOKE = "One short round: it shows that everything runs, and none of these numbers means anything."
HEAD = """# What was measured

Written by `{command}`; do not edit. Medians of {rounds} interleaved rounds, in brackets the lowest and
the highest. Ratios are taken within each round and their median is shown. Ratios hold, digits drift.

Durability class: D0 memory, D1 the operating system's cache, D2 flushed now and then, D3 flushed before
the answer. Numbers compare within a class.

{machine}
"""


def main() -> int:
    """Run what was asked for."""
    asked = _parser().parse_args()
    rounds = 1 if asked.quick else asked.rounds
    if asked.quick:
        efforts = {
            "inbox": inbox.Effort(1, Load(64, 0.2, 0.5)),
            "store": store.Effort(1, 0.02, 20),
            "calls": calls.Effort(1, 500, 20),
            "verify": verify.Effort(1, 50),
            "simulators": simulators.Effort(1, 3, 20),
        }
    else:
        efforts = {
            "inbox": inbox.Effort(rounds),
            "store": store.Effort(rounds),
            "calls": calls.Effort(rounds),
            "verify": verify.Effort(rounds),
            "simulators": simulators.Effort(rounds),
        }
    place = Path(os.environ.get("BENCH_FOLDER", tempfile.gettempdir()))
    halves: list[report.Half] = []
    with tempfile.TemporaryDirectory(dir=place, prefix="bench-") as own:
        facts = [*machine.describe(Path(own)), f"load averages before: {machine.load_averages()}"]
        wanted = asked.only or MODULES
        halves.extend(MODULES[name].run(efforts[name], Path(own)) for name in wanted)
    facts.append(f"load averages after: {machine.load_averages()}")
    command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
    head = HEAD.format(command=command, rounds=rounds, machine="\n".join(f"- {f}" for f in facts))
    aims = report.aims([aim for half in halves for aim in half.aims])
    tables = [half.text for half in halves]
    text = "\n".join([head, "## Aims", "", aims, "## Tables", "", *tables])
    if asked.quick:
        print(f"{text}\n{SMOKE}")
    else:
        results = RESULTS.with_name(f"RESULTS-{asked.only[0]}.md") if asked.only else RESULTS
        results.write_text(text, "utf-8")
        print(f"written: {results.name}")
    failed = [name for half in halves for name in half.failed]
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, printed")
    parser.add_argument(
        "--only", choices=tuple(MODULES), nargs=1, help="one part, into a file of its own"
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
