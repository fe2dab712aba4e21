"""Horizon: what a claim costs while somebody else keeps a transaction open for minutes, on PostgreSQL.

`make proof NAME=horizon`, or `python -m proofs horizon --seconds 120`. A snapshot that is held keeps
vacuum from removing finished work, which is what makes queues in PostgreSQL slow. Items come in and go
out at a steady rate while a transaction is held open; the claims of each half minute are timed. Writes
`proofs/results/horizon.md`; fails when a half minute's p99 reaches the bound, or the rate was not kept.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from bridgewright import __version__
from bridgewright.core.effects import Accept, Claim, Claims, Settle
from bridgewright.core.model.inbound import Coverage, Notice
from bridgewright.core.model.item import Complete
from bridgewright.engine.drive.clock import now
from bridgewright.engine.drive.waiting import Waiting
from proofs._stores import ask, opened

if TYPE_CHECKING:
    from bridgewright.core.ports import Store
    from proofs._stores import Filled

RESULT = Path(__file__).parent / "results" / "horizon.md"
SPAN_S = 30.0
MOST_MS = 5.0
KEPT = 0.98
"""Which share of the rate must have been kept."""
TICK_S = 0.02
BODY = b'{"id": "evt", "type": "invoice.paid", "created": 1800000000, "data": {"object": {}}}'


@dataclass(slots=True)
class Span:
    """Half a minute: what each claim took, how many items came out, and the size of unfinished work."""

    claims_ms: list[float] = field(default_factory=list)
    items: int = 0
    work_bytes: int = 0

    def at(self, share: float) -> float:
        """The claim that this share of all was not slower than."""
        found = sorted(self.claims_ms)
        return found[min(int(len(found) * share), len(found) - 1)] if found else float("inf")


def main() -> int:
    """Hold, send, claim, write down; 1 when a bound is missed."""
    parser = argparse.ArgumentParser(prog="python -m proofs horizon")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long (default 300)")
    parser.add_argument("--rate", type=int, default=1_000, help="items a second (default 1000)")
    parser.add_argument("--print", action="store_true", help="print, write nothing")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder, opened("postgres", Path(folder)) as made:
        spans = _held(made, asked.seconds, asked.rate)
    ages = [span for span in spans if span.claims_ms]
    kept = sum(span.items for span in spans) / (asked.seconds * asked.rate)
    holds = kept >= KEPT and all(span.at(0.99) < MOST_MS for span in ages)
    text = _report(made.name, ages, kept, asked.rate)
    print(text)
    if not asked.print:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(text, "utf-8")
    return 0 if holds else 1


def _held(made: Filled, seconds: float, rate: int) -> list[Span]:
    """Everything while a stranger's snapshot is held."""
    _do(made.store, _accept("first"))  # the tables are there
    with psycopg.connect(made.url, application_name="a report that takes long") as stranger:
        stranger.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        stranger.execute("SELECT count(*) FROM bw_work")
        over = threading.Event()
        sender = threading.Thread(target=_send, args=(made.store, rate, over))
        sender.start()
        try:
            return _work(made, seconds)
        finally:
            over.set()
            sender.join()


def _send(store: Store, rate: int, over: threading.Event) -> None:
    """Items at a steady rate, whatever the store is doing: what is late is made up for."""
    begun, sent = time.monotonic(), 0
    while not over.wait(TICK_S):
        wanted = int((time.monotonic() - begun) * rate)
        replies = []
        for number in range(sent, wanted):
            replies.append(Waiting())
            store.submit(_accept(f"evt_{number}"), replies[-1])
        for reply in replies:
            reply.result()
        sent = wanted


def _work(made: Filled, seconds: float) -> list[Span]:
    """A second process's worth of worker: its own connection, claims of up to 64."""
    store = made.again()
    begun = time.monotonic()
    spans: list[Span] = []
    while (gone_s := time.monotonic() - begun) < seconds:
        if gone_s >= len(spans) * SPAN_S:
            spans.append(Span(work_bytes=_work_bytes(made)))
            print(f"{gone_s:.0f} s", file=sys.stderr, flush=True)
        asked = time.perf_counter()
        claims: Claims = _do(store, Claim("horizon", ("stripe",), 64, 60.0, now()))
        spans[-1].claims_ms.append((time.perf_counter() - asked) * 1e3)
        spans[-1].items += len(claims.claimed)
        _settle(store, claims)
        if not claims.claimed:
            time.sleep(TICK_S / 4)
    store.close()
    return spans


def _settle(store: Store, claims: Claims) -> None:
    at, replies = now(), []
    for one in claims.claimed:
        replies.append(Waiting())
        store.submit(Settle(one.item.id, one.lease.fence, Complete(), at), replies[-1])
    for reply in replies:
        reply.result()


def _do(store: Store, command: Accept | Claim) -> Claims:
    reply = Waiting()
    store.submit(command, reply)
    found: Claims = reply.result()
    return found


def _accept(key: str) -> Accept:
    notice = Notice(key=key, event_type="invoice.paid", body=BODY, event_id=key)
    return Accept("stripe", (notice,), Coverage.BODY, now(), 7 * 86_400.0)


def _work_bytes(made: Filled) -> int:
    return int(ask(made.url, "SELECT pg_total_relation_size('bw_work')"))


def _report(name: str, spans: list[Span], kept: float, rate: int) -> str:
    loads = ", ".join(f"{load:.2f}" for load in os.getloadavg())
    machine = f"{platform.machine()}, {platform.system()} {platform.release()}"
    worst = max(span.at(0.99) for span in spans)
    verdict = "holds" if worst < MOST_MS and kept >= KEPT else "**missed**"
    lines = [
        "# Claims while a transaction is held open",
        "",
        (
            f"`python -m proofs {' '.join(['horizon', *sys.argv[1:]])}`, {datetime.now(UTC):%Y-%m-%d};"
            f" {machine}; {name}, Python {platform.python_version()}, bridgewright {__version__}; load"
            f" averages at the end: {loads}."
        ),
        "",
        (
            f"{rate:,} items a second come in and go out, of which {kept:.1%} were handled within the time."
            " Claims of up to 64, each timed from asking to its answer, which comes after the commit."
        ),
        "",
        "| from second | claims | p50 ms | p99 ms | slowest ms | unfinished work, MB |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for number, span in enumerate(spans):
        cells = (
            f"{statistics.median(span.claims_ms):.2f} | {span.at(0.99):.2f} | {span.at(1.0):.2f}"
        )
        size = f"{span.work_bytes / 1e6:.1f}"
        lines.append(f"| {number * SPAN_S:.0f} | {len(span.claims_ms):,} | {cells} | {size} |")
    lines += ["", f"p99 below {MOST_MS:g} ms in every half minute: {worst:.2f} ms, {verdict}.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
