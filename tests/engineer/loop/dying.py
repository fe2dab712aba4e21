"""A run that is killed: `python -m tests.engineer.loop.dying N WORD...`, before or after its Nth record is on
the disk, counted from 1, both edges apart. The words are those of `bridgewright engineer run`; without any,
the last run is resumed."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from typing import TYPE_CHECKING

from bridgewright.cli.engineer import running
from bridgewright.cli.engineer.resume import resume
from bridgewright.cli.engineer.run import run

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.words import Edge


def main() -> None:
    """Run, and die."""
    fatal, words = int(sys.argv[1]), sys.argv[2:]
    count = itertools.count(1)

    def die(what: str, edge: Edge) -> None:
        if next(count) == fatal:
            sys.stdout.write(f"{edge.value} {what}")
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    if words:
        running.started(run.make_context("run", words).params, die)
    else:
        running.resumed(resume.make_context("resume", []).params, die)
    sys.stdout.write("lived")


if __name__ == "__main__":
    main()
