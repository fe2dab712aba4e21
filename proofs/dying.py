"""A run of the engineer killed before and after every record of its journal, and resumed each time.

`python -m proofs dying [FIRST [LAST]]` plays the brief engineer of tests/engineer/loop in a project of its
own for each, against the simulated GitHub, kills it with SIGKILL, resumes it, and holds what came of it
against what is to be: one commit, one pull request, and nothing else changed. Writes
`proofs/results/dying.md` when all were played; ends with 1 where something was not so.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine
from bridgewright.simulate.github.simulator import GitHubSimulator
from tests.engineer.loop.dying_runs import LIVED, Death, killed_and_resumed
from tests.engineer.loop.engineers import BRIEF
from tests.engineer.loop.ground import laid

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULT = Path(__file__).parent / "results" / "dying.md"
HEAD = """# Dying engineers

Written by `python -m proofs dying` on {date}; do not edit. A run of the engineer was killed with SIGKILL
before and after each of the {records} records of its journal, and resumed: {kills} kills. Each time there was
to be one commit on the branch, one pull request, and nothing else changed of the clone, its remote, GitHub
and the home. `verify` made its quick checks.

{machine}

Not so: {wrong}. Played in {minutes:.0f} minutes.

| killed | times |
| --- | ---: |
"""


def main(words: list[str]) -> int:
    """Play them."""
    first = int(words[0]) if words else 1
    last = int(words[1]) if len(words) > 1 else None
    began, deaths, wrong = time.monotonic(), list[Death](), list[str]()
    for fatal in _numbers(first, last):
        try:
            death = _played(fatal)
        except AssertionError as error:
            wrong.append(f"{fatal}: {str(error)[:400]}")
            print(wrong[-1], file=sys.stderr, flush=True)
            continue
        if death.at == LIVED:
            break
        deaths.append(death)
        print(f"{fatal}: {death.at}", file=sys.stderr, flush=True)
    if first == 1 and last is None:
        _write(deaths, wrong, (time.monotonic() - began) / 60)
    print(f"{len(deaths)} kills as they should be, {len(wrong)} not", file=sys.stderr)
    return 1 if wrong else 0


def _numbers(first: int, last: int | None) -> Iterator[int]:
    number = first
    while last is None or number <= last:
        yield number
        number += 1


def _played(fatal: int) -> Death:
    with (
        tempfile.TemporaryDirectory(prefix="bridgewright-dying-") as folder,
        GitHubSimulator() as simulator,
        ExitStack() as stack,
    ):
        return killed_and_resumed(laid(Path(folder), simulator, stack), BRIEF, fatal)


def _write(deaths: list[Death], wrong: list[str], minutes: float) -> None:
    told = HEAD.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        records=(len(deaths) + len(wrong)) // 2,
        kills=len(deaths) + len(wrong),
        machine="\n".join(f"- {fact}" for fact in machine.describe(RESULT.parent)),
        wrong="; ".join(wrong) or "none",
        minutes=minutes,
    )
    counted = Counter(each.at for each in deaths)
    RESULT.write_text(told + "".join(f"| {at} | {n} |\n" for at, n in counted.items()), "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
