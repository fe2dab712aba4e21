"""The demo's processes: an inbox and workers, real commands of ours, watched and ended in order."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bridgewright.cli.demo.stage import Stage

START_S = 60.0
"""How long a child may take to start: seconds on a slow machine, and never for ever."""
GRACE_S = 8.0
"""How long a child that is told to end may take before it is killed."""
TAIL_LINES = 12


class DemoError(Exception):
    """The demo cannot go on; the message says why, with the last that a fallen child said."""


class Child:
    """One running command. It reads nothing: its standard input is the leash it is kept on."""

    def __init__(self, name: str, stage: Stage, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self._log = stage.folder / f"{name}.log"
        self._process = process
        self._expected = False

    @classmethod
    async def start(cls, name: str, stage: Stage, *command: str) -> Child:
        """Start `bridgewright COMMAND` in the stage's folder; what it logs goes to `NAME.log`."""
        with (stage.folder / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "bridgewright.cli.demo.leash", *command),
                cwd=stage.folder,
                env=dict(stage.environ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                # A Ctrl-C at the terminal is the parent's to hear: it ends its children in order.
                start_new_session=True,
            )
        return cls(name, stage, process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def announced(self) -> dict[str, object]:
        """The JSON object that it prints once it is up."""
        stdout = self._process.stdout
        try:
            line = b"" if stdout is None else await asyncio.wait_for(stdout.readline(), START_S)
        except TimeoutError:
            raise DemoError(f"the {self.name} did not start within {START_S:g} s") from None
        if not line:
            await self._process.wait()
            raise self._died()
        found: dict[str, object] = json.loads(line)
        return found

    async def watch(self) -> None:
        """Return when it ends as it was told to; raise when it ends by itself."""
        await self._process.wait()
        if not self._expected:
            raise self._died()

    async def kill(self) -> int:
        """SIGKILL: no handler runs, nothing is put away. The exit code the system saw."""
        self._expected = True
        self._process.kill()
        return await self._process.wait()

    async def end(self) -> None:
        """SIGTERM, and after a while SIGKILL."""
        self._expected = True
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), GRACE_S)
        except TimeoutError:
            await self.kill()

    def _died(self) -> DemoError:
        lines = self._log.read_text("utf-8", "replace").splitlines()[-TAIL_LINES:]
        said = "\n".join(f"    {line}" for line in lines) or "    nothing"
        code = self._process.returncode
        return DemoError(f"the {self.name} ended by itself (exit code {code}); it said:\n{said}")
