"""The process that receives and works, which is begun anew whenever the project changes."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import TYPE_CHECKING

import click

from bridgewright.simulate.listener import HOST

if TYPE_CHECKING:
    from collections.abc import Mapping

START_S = 60.0
"""How long a project may take to import and listen."""
LOOK_S = 0.05
GRACE_S = 10.0
"""How long one that was told to end may finish what it handles; then it is killed, and what it had
comes back when its lease ends."""


class Child:
    """`bridgewright serve APP`, on a port that only we know."""

    def __init__(self, app: str, environ: Mapping[str, str]) -> None:
        self.app = app
        self._environ = dict(environ)
        self._process: asyncio.subprocess.Process | None = None
        self._said: asyncio.Task[None] | None = None

    async def begin(self, port: int) -> bool:
        """Begin it; whether it listens now. What it has to say of why not is on standard error."""
        command = ("-m", "bridgewright", "serve", self.app, "--port", str(port))
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            env=self._environ,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for us: we end it in order
        )
        self._said = asyncio.create_task(self._pass_on(self._process, f":{port}/"))
        if await self._listens(self._process, port):
            return True
        await self.end()
        return False

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._process is not None and self._process.returncode is None

    async def end(self) -> None:
        """Tell it to end, and wait; nothing happens when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), GRACE_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._said is not None:
            await self._said

    async def _listens(self, process: asyncio.subprocess.Process, port: int) -> bool:
        """Whether somebody takes connections there before it ends, or takes too long."""
        until_s = time.monotonic() + START_S
        while process.returncode is None and time.monotonic() < until_s:
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except OSError:
                await asyncio.sleep(LOOK_S)
                continue
            writer.close()
            return True
        return False

    async def _pass_on(self, process: asyncio.subprocess.Process, ours: str) -> None:
        """Everything it says, but for where it listens: that is ours to know."""
        if process.stdout is None:
            return
        async for line in process.stdout:
            text = line.decode(errors="replace")
            if ours not in text:
                click.echo(text, nl=False)
