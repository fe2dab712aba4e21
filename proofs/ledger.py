"""The demo's ledger balances, ten times in a row, each day with other dice.

Each run is a process of its own, with a seed of its own: killed workers, forgeries and an outage fall
at other moments. The proof ends at the first ledger that does not balance, and prints the seed that
plays that day again.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

RUNS = 10
COMMAND = Path(sys.executable).with_name("bridgewright")


def main() -> int:
    """Play the days; 1 when one of them does not balance."""
    for seed in range(1, RUNS + 1):
        begun = time.monotonic()
        play = [COMMAND, "demo", "--once", "--seed", str(seed)]
        done = subprocess.run(play, capture_output=True, text=True, check=False)
        ledger = done.stdout.strip().rpartition("\n")[2]
        print(f"{seed:2} of {RUNS}, {time.monotonic() - begun:3.0f} s: {ledger}", flush=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            print(f"again: bridgewright demo --once --seed {seed}", file=sys.stderr)
            return 1
    print(f"{RUNS} of {RUNS} ledgers balance")
    return 0


if __name__ == "__main__":
    sys.exit(main())
