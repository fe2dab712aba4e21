"""The result as a page."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import cryptography
import jwt

import bridgewright

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofs.fuzz.judge import Tally

START = """\
# Mutated deliveries to every scheme

`{command}`, {date}; {machine}, {system}; Python {python}, cryptography \
{cryptography}, pyjwt {jwt}, bridgewright {version}; seed {seed}.

{inputs:,} inputs to {schemes} schemes of {providers} providers in {elapsed:,.0f} s; {findings} findings.

An input is an honest delivery with one to three mutations: bits, fields and values of the body
changed, cut, doubled, swapped, left out, or taken from other providers' deliveries; hostile texts and
bodies; other moments, URLs and methods; hostile keys where keys are fetched. A finding is an
exception, a changed delivery that is verified, a rejection that repeats what was sent, an envelope
that a store could not keep.

"Verified" are those whose mutations touched nothing that the signature binds. The slowest input is
the longest of all under load, garbage collection and other processes included.

| scheme | inputs | verified | rejected | read | greeted | slowest, ms | findings |
|---|---:|---:|---:|---:|---:|---:|---:|
"""


def written(tallies: Mapping[str, Tally], seed: int, elapsed_s: float, arguments: str) -> str:
    """The page."""
    providers = {name.partition("-")[0] for name in tallies}
    start = START.format(
        command=f"python -m proofs fuzz {arguments}".strip(),
        date=datetime.now(UTC).date(),
        machine=platform.machine(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        cryptography=cryptography.__version__,
        jwt=jwt.__version__,
        version=bridgewright.__version__,
        seed=seed,
        inputs=sum(tally.inputs for tally in tallies.values()),
        schemes=len(tallies),
        providers=len(providers),
        elapsed=elapsed_s,
        findings=sum(len(tally.findings) for tally in tallies.values()),
    )
    rows = [
        f"| {name} | {tally.inputs:,} | {tally.verified:,} | {tally.rejected.total():,} |"
        f" {tally.read:,} | {tally.greeted:,} | {tally.slowest_us / 1_000:.1f} | {len(tally.findings)} |"
        for name, tally in sorted(tallies.items())
    ]
    return start + "\n".join(rows) + "\n"
