"""A delivery that is killed: `python -m tests.engineer.delivery.dying FOLDER N RECREATE`, at the Nth time
that it tells of a step, before or after it."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.engineer.delivery.gh import Gh
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.journey import deliver
from tests.engineer.delivery.site import PLACE, order_of

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.words import Edge, Step


def main() -> None:
    """Deliver, and die."""
    folder, fatal, recreate = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "yes"
    count = itertools.count(1)

    def die(step: Step, edge: Edge) -> None:
        if next(count) == fatal:
            sys.stdout.write(f"{edge.value} {step.value}")
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    deliver(opened(folder), Gh(PLACE, folder), PLACE, order_of(recreate=recreate), die)


if __name__ == "__main__":
    main()
