"""What the soak's workers run: a handler that writes one line, by one write, for each event it handles."""

from __future__ import annotations

import os
import time
from pathlib import Path

from bridgewright import Bridge, Event

JOURNAL = Path(os.environ["SOAK_JOURNAL"])

bridge = Bridge.from_env()
journal = os.open(JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


@bridge.on("stripe")
async def note(event: Event) -> None:
    """When, by whom, which."""
    os.write(journal, f"{time.time():.3f} {os.getpid()} {event.event_id}\n".encode())
