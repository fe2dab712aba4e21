"""What a call through an official SDK costs in CPU: as it comes, and on the engine. Each measurement is
a process of its own against a server in another one."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.contest import Contender, Contest, Figures
from benchmarks.report import Column, Ratio
from benchmarks.report import table as _table

if TYPE_CHECKING:
    from benchmarks.place import Place

SDKS = ("stripe", "stripe-async", "twilio", "twilio-async", "sendgrid", "boto3-sqs", "githubkit")
US = "CPU µs"
WORDS = (
    "CPU of the client's process for each call of an official SDK (a write) against a server on loopback in"
    " another process, after a warm-up: as it comes, and on Bridgewright with nobody listening to its log."
)


def contenders(calls: int) -> list[Contender]:
    """Both sides of each SDK."""
    return [
        Contender(f"{sdk}, {side}", "-", "", partial(_measure, sdk, side, calls))
        for sdk in SDKS
        for side in ("default", "ours")
    ]


def _measure(sdk: str, side: str, calls: int, _place: Place) -> Figures:
    command = [sys.executable, "-m", "benchmarks.sdk_client", sdk, side, str(calls)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])
    return {US: float(json.loads(done.stdout)["us"])}


def table(contest: Contest) -> str:
    """The contest, with the ratio of each SDK in a table of its own."""
    whole = _table(contest, [Column(US, US, 0, spread=True)], list[Ratio]())
    lines = ["| SDK | ours ÷ default |", "| --- | ---: |"]
    for sdk in SDKS:
        ratio = contest.ratio(f"{sdk}, ours", f"{sdk}, default", US)
        lines.append(f"| {sdk} | {'' if ratio is None else f'{ratio:.2f}'} |")
    return "\n".join([whole, *lines, ""])
