"""`bridgewright worker`: handlers at work, without an inbox."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from bridgewright.bridge import AsyncBridge
from bridgewright.cli import options
from bridgewright.cli.opening import application
from bridgewright.cli.records import keep_records
from bridgewright.cli.screen import Screen, note

if TYPE_CHECKING:
    from types import FrameType

_KILLED = 128
"""What a shell adds to the number of the signal that ended a process."""


@click.command(
    epilog="JSON: until_idle (whether it was asked to end by itself), when it has ended; log records"
    " become JSON lines on standard error."
)
@click.argument("app", metavar="[APP]", required=False)
@click.option("--until-idle", is_flag=True, help="End when nothing is due and nothing runs.")
@click.option("--verbose", is_flag=True, help="Log every attempt, not only those that fail.")
@options.as_json
def worker(*, app: str | None, until_idle: bool, verbose: bool, as_json: bool) -> None:
    """Run the handlers of APP, a bridge as module:attribute, for example app:bridge.

    Without APP only sources that forward are worked on. SIGTERM or Ctrl-C ends it in order: what
    runs is finished (for at most work.drain_s seconds), the rest goes back. A second one ends it at
    once; what was running is claimed again when its lease ends.
    """
    keep_records(as_json=as_json, verbose=verbose)
    bridge = AsyncBridge.from_env() if app is None else application(app)
    asyncio.run(_work(bridge, until_idle=until_idle))
    Screen(as_json).answer("worker", {"until_idle": until_idle})


async def _work(bridge: AsyncBridge, *, until_idle: bool) -> None:
    await bridge.migrate()
    end_in_order(bridge)
    try:
        await bridge.work(until_idle=until_idle)
    finally:
        await bridge.close()


def end_in_order(bridge: AsyncBridge) -> None:
    """Have the first signal stop the worker and the second end the process."""
    asked = False

    def heard(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        del frame
        if asked:
            sys.stderr.flush()
            os._exit(_KILLED + number)
        asked = True
        note("stopping: what runs is finished first; once more to end at once")
        bridge.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, heard)
