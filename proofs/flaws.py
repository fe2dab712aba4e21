"""For each check of a client, one with that flaw alone: which checks of the whole suite it fails.

`python -m proofs flaws [CODE …]` plays the reference client of tests/certify with one flaw after the other
and writes `proofs/results/flaws.md`; ends with 1 where a flaw shows in another check than its own.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import machine
from bridgewright.certify import checks
from bridgewright.certify.check import Status
from bridgewright.certify.suite import Order, certify
from bridgewright.certify.target import Function

RESULT = Path(__file__).parent / "results" / "flaws.md"
REFERENCE = Function("tests.certify.reference:call")
SEED = 20_261_129
HEAD = """# Flaws

Written by `{command}` on {date}; do not edit. The reference client of `tests/certify` passes every check;
with one flaw it is to fail the check of that flaw, and no other of the whole suite.

{machine}

| flaw | fails | took, s |
| --- | --- | ---: |
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One flaw, the checks that it failed, and how long it took to find out."""

    flaw: str
    failed: tuple[str, ...]
    took_s: float

    @property
    def alone(self) -> bool:
        """Whether it failed its own check and no other."""
        return self.failed == (self.flaw,)


def main(codes: list[str]) -> int:
    """Play them, or all; 1 where one is not alone."""
    known = [each.code for each in checks.outbound()]
    rows = []
    for code in codes or known:
        rows.append(_played(code))
        told = "alone" if rows[-1].alone else ", ".join(rows[-1].failed) or "nothing"
        print(f"{code}: {told} in {rows[-1].took_s:.0f} s", file=sys.stderr, flush=True)
    _write(rows)
    return 0 if all(row.alone for row in rows) else 1


def _played(code: str) -> Row:
    begun = time.monotonic()
    found = certify(Order(REFERENCE, seed=SEED, traces=True, extra={"FLAW": code})).results
    failed = tuple(each.check.code for each in found if each.status is Status.FAILED)
    return Row(code, failed, time.monotonic() - begun)


def _write(rows: list[Row]) -> None:
    command = " ".join(["python -m proofs flaws", *sys.argv[1:]])
    facts = "\n".join(f"- {fact}" for fact in machine.describe(RESULT.parent))
    head = HEAD.format(command=command, date=datetime.now(UTC).date(), machine=facts)
    lines = [
        f"| {row.flaw} | {', '.join(row.failed) or 'nothing'} | {row.took_s:.0f} |" for row in rows
    ]
    RESULT.write_text(head + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
