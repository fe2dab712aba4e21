"""Takes deliveries in, one after the other: `python -m tests.journeys.acknowledging STORE LEVEL`.

Writes `ack N` to standard output when a delivery may be acknowledged, and not before. LEVEL is the
store's `synchronous`. Meant to be watched: by a trace of system calls, or by whoever kills it.
"""

from __future__ import annotations

import sys

from bridgewright.adapters.stores.sqlite import SqliteStore
from bridgewright.engine.drive.journeys import BlockingWorld, run
from bridgewright.engine.receive import receive
from tests.journeys.crashing import delivery, event_body, say, source
from tests.made import NOW

DELIVERIES = 5


def main(path: str, level: str) -> None:
    """Take the deliveries in."""
    store = SqliteStore(path, synchronous=level)
    world = BlockingWorld(store)
    for n in range(DELIVERIES):
        body = event_body(f"evt_{n}", "invoice.paid")
        if run(receive(source(), delivery(body, NOW), lambda _: None), world).status == 200:
            say(f"ack {n}")
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
