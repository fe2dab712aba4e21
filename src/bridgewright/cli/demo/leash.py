"""A command of ours as a child process that does not outlive its parent, however the parent ends.

`python -m bridgewright.cli.demo.leash COMMAND …` runs the command and ends when its standard input
does: the other end of that pipe is the parent's, and is closed by the system even when the parent
is killed.
"""

from __future__ import annotations

import os
import sys
import threading

from bridgewright.cli import main

ORPHANED = 3


def watch_the_parent() -> None:
    """End this process, whatever it is doing, as soon as its standard input ends."""

    def watch() -> None:
        while os.read(0, 1_024):
            pass
        os._exit(ORPHANED)

    threading.Thread(target=watch, name="leash", daemon=True).start()


if __name__ == "__main__":
    watch_the_parent()
    main(sys.argv[1:])
