"""The fault server for clients in any language: `python -m bridgewright.simulate.faults [PROVIDER]`.

Writes one line of JSON with the base URL of each fault, serves until its standard input ends, and
writes one more with what arrived at each.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from bridgewright.simulate.faults.answers import ANSWERS
from bridgewright.simulate.faults.fault import Fault
from bridgewright.simulate.faults.server import FaultServer

if TYPE_CHECKING:
    from bridgewright.simulate.faults.journal import Entry, Journal
    from bridgewright.simulate.wire import Content


def main(provider: str = "plain") -> int:
    """Play every fault; 2 for a provider that there are no answers of."""
    if provider not in ANSWERS:
        sys.stderr.write(f"known providers: {', '.join(ANSWERS)}\n")
        return 2
    with FaultServer(ANSWERS[provider]) as server:
        _say({fault.value: server.url(fault) for fault in Fault})
        sys.stdin.read()
        told: Content = {fault.value: _told(server.journal(fault)) for fault in Fault}
        told["elsewhere"] = _told(server.other)
        _say(told)
    return 0


def _say(content: Content) -> None:
    sys.stdout.write(f"{json.dumps(content)}\n")
    sys.stdout.flush()


def _told(journal: Journal) -> Content:
    requests = [_request(entry) for entry in journal.entries]
    return {"connections": journal.connections, "effects": journal.effects, "requests": requests}


def _request(entry: Entry) -> Content:
    heard = entry.heard
    return {
        "attempt": entry.attempt,
        "at_s": heard.at_s,
        "method": heard.method,
        "path": heard.path,
        "headers": heard.headers,
        "body_sha256": entry.body_digest,
        "key": entry.key,
        "happened": entry.happened,
    }


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
