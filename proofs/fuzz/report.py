"""The result as a page."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import cryptography
import jwt

import bridgewright
from proofs.fuzz.judge import SLOW_MS, Tally
from proofs.fuzz.subjects import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofs.fuzz.subjects import Subject

START = """\
# Mutated deliveries to every scheme

`{command}`, {date}; {machine}, {system}; Python {python}, cryptography \
{cryptography}, pyjwt {jwt}, bridgewright {version}; seed {seed}.

{inputs:,} inputs to {schemes} schemes of {providers} providers in {elapsed:,.0f} s, {rate:,.0f} a second; \
{findings} findings.

An input is an honest delivery with one to three mutations: bits, fields and values of the body
changed, cut, doubled, swapped, renamed, left out, or taken from other providers' deliveries; signatures
written in other ways, numbers at edges, tokens made over (`none`, a public key as a shared secret, other
keys and claims); hostile texts and bodies, some of a megabyte; other moments, URLs and methods. Where
keys are fetched, a hostile document comes first.

A finding is an exception, a verification of what can no longer be what was signed, a rejection that
repeats what was sent, an envelope that a store could not keep, or more than {slow:g} ms of processor time.
What can no longer be what was signed is known beforehand: the fields and values of each honest delivery
without which, or changed in which, it is rejected; its URL and moment where they are covered.

"Verified" are those whose mutations touched nothing that the signature binds. "Refused" are larger than
the provider's largest, or name a key that is not published. A row that ends in {foreign} is of deliveries
that others signed.

| scheme | inputs | verified | rejected | refused | read | greeted | slowest, ms | findings |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
"""


def written(tallies: Mapping[Subject, Tally], seed: int, elapsed_s: float, arguments: str) -> str:
    """The page."""
    inputs = sum(tally.inputs for tally in tallies.values())
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
        inputs=inputs,
        schemes=sum(FOREIGN not in one.name for one in tallies),
        providers=len({one.provider for one in tallies}),
        elapsed=elapsed_s,
        rate=inputs / elapsed_s,
        findings=sum(len(tally.findings) for tally in tallies.values()),
        slow=SLOW_MS,
        foreign=FOREIGN,
    )
    rows: dict[str, Tally] = {}
    for subject, tally in tallies.items():
        name, mark, _ = subject.name.partition(FOREIGN)
        rows.setdefault(name + mark, Tally()).add(tally)
    return start + "\n".join(_row(name, tally) for name, tally in sorted(rows.items())) + "\n"


def _row(name: str, tally: Tally) -> str:
    refused = tally.refused + tally.keyless
    counts = (tally.verified, tally.rejected.total(), refused, tally.read, tally.greeted)
    cells = [name, f"{tally.inputs:,}", *(f"{count:,}" for count in counts)]
    return f"| {' | '.join(cells)} | {tally.slowest_ms:.1f} | {len(tally.findings)} |"
