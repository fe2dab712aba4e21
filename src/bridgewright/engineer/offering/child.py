"""A command in a process of its own: read while it runs, bounded, and ended with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from bridgewright.engineer.offering import family

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from anyio.abc import ByteReceiveStream, Process

    Told = Callable[[str], Awaitable[None]]
    Beat = Callable[[], Awaitable[None]]

MOST_OUT_BYTES = 4_000_000
"""What a command may print: the largest answer of ours is a tenth of it."""
MOST_LINES = 200
"""Lines beside the answer that are kept, the last ones."""
MOST_LINE_BYTES = 4_000
GRACE_S = 1.5
"""How long a command has to end in order: less than hosts give a server whose input they closed (2 s)."""
BEAT_S = 10.0
"""How often it is said that a command still runs: hosts that hear nothing for a minute take a call for lost
(the default of the protocol's TypeScript SDK, which OpenCode 1.18.33 keeps)."""
_TAIL_S = 1.0
"""How long what a command has started may hold its output open after it."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, what it printed, its lines beside that. `late` when it was ended
    for its time, `flooded` when for what it printed."""

    code: int
    out: bytes
    said: tuple[str, ...]
    late: bool = False
    flooded: bool = False


async def _unheard() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Ear:
    """Who hears of a command while it runs: `told` of each line on its standard error, `beat` every `beat_s`
    that it is not done yet."""

    told: Told
    beat: Beat = _unheard
    beat_s: float = BEAT_S


async def run(
    line: Sequence[str], folder: Path, environ: Mapping[str, str], most_s: float, ear: Ear
) -> Ended:
    """Run it. A caller that is cancelled ends it."""
    process = await anyio.open_process(
        list(line), stdin=subprocess.DEVNULL, cwd=folder, env=dict(environ), start_new_session=True
    )
    run_ = _Running(process, ear.told)
    try:
        with anyio.move_on_after(most_s) as limit:
            async with anyio.create_task_group() as group:
                group.start_soon(_beating, ear)
                await run_.wait()
                group.cancel_scope.cancel()
        return run_.ended(late=limit.cancelled_caught)
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)


async def _beating(ear: Ear) -> None:
    while True:
        await anyio.sleep(ear.beat_s)
        await ear.beat()


class _Running:
    """One command under way."""

    def __init__(self, process: Process, told: Told) -> None:
        self._process = process
        self._told = told
        self._out = bytearray()
        self._said: deque[str] = deque(maxlen=MOST_LINES)
        self._flooded = False

    async def wait(self) -> None:
        """Until it has ended, and its output too, or nearly so."""
        assert self._process.stdout is not None  # noqa: S101 - pipes were asked for
        assert self._process.stderr is not None  # noqa: S101 - pipes were asked for
        async with anyio.create_task_group() as group:
            group.start_soon(self._read, self._process.stdout, group.cancel_scope)
            group.start_soon(self._hear, self._process.stderr)
            await self._process.wait()
            group.cancel_scope.deadline = anyio.current_time() + _TAIL_S

    def ended(self, *, late: bool) -> Ended:
        code = self._process.returncode
        return Ended(
            -1 if code is None else code, bytes(self._out), tuple(self._said), late, self._flooded
        )

    async def _read(self, stream: ByteReceiveStream, scope: anyio.CancelScope) -> None:
        async for chunk in stream:
            self._out += chunk
            if len(self._out) > MOST_OUT_BYTES:
                self._flooded = True
                scope.cancel()
                return  # a flood leaves no wait in which the cancelling could end this

    async def _hear(self, stream: ByteReceiveStream) -> None:
        held = b""
        async for chunk in stream:
            *lines, held = (held + chunk).split(b"\n")
            held = held[:MOST_LINE_BYTES]
            for each in lines:
                await self._keep(each)
        if held:
            await self._keep(held)

    async def _keep(self, line: bytes) -> None:
        text = line[:MOST_LINE_BYTES].decode("utf-8", "replace").rstrip("\r")
        self._said.append(text)
        await self._told(text)


async def _end(process: Process) -> None:
    """End what is left of it: by SIGINT, so that it can tidy up, and then by SIGKILL with all that it
    started. Nothing is sent to a command that has ended by itself."""
    if process.returncode is None:
        started = family.below(process.pid)
        _signal(process.pid, signal.SIGINT)
        with anyio.move_on_after(GRACE_S):
            await process.wait()
        if process.returncode is None:
            _signal(process.pid, signal.SIGSTOP)  # what is stopped starts nothing more
            started |= family.below(process.pid)
            _signal(process.pid, signal.SIGKILL)
        family.end(started)
    await process.aclose()


def _signal(group: int, which: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, which)
