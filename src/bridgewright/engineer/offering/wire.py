"""Lines of the protocol, read and written so that both can be cancelled while the other side waits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bridgewright.engineer.offering.ends import Ends

MOST_LINE_BYTES = 1_000_000
"""Of one message: what is longer is none of ours, and is read as far as this, which is no JSON."""
_CHUNK_BYTES = 65_536
_WHOLE_BYTES = 512
"""What a pipe that can be written takes without waiting (PIPE_BUF by POSIX.1-2017)."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The lines between the two ends."""

    ends: Ends

    async def lines(self) -> AsyncIterator[str]:
        """Each line that comes in, until the other side closes. Can be cancelled while it waits."""
        held = b""
        while chunk := await self._chunk():
            *lines, held = (held + chunk).split(b"\n")
            held = held[:MOST_LINE_BYTES]
            for each in lines:
                yield each[:MOST_LINE_BYTES].decode("utf-8", "replace")

    async def write(self, text: str) -> None:
        """Send a line. Can be cancelled while the other side does not read."""
        rest = memoryview(text.encode("utf-8"))
        while rest:
            await _ready(anyio.wait_writable, self.ends.target)
            rest = rest[os.write(self.ends.target, rest[:_WHOLE_BYTES]) :]

    async def flush(self) -> None:
        """Nothing is held back."""

    async def _chunk(self) -> bytes:
        await _ready(anyio.wait_readable, self.ends.source)
        return os.read(self.ends.source, _CHUNK_BYTES)


async def _ready(wait: Callable[[int], Awaitable[None]], descriptor: int) -> None:
    try:
        await wait(descriptor)
    except PermissionError:  # a file: always ready, and nothing that can be waited for
        await anyio.lowlevel.checkpoint()
