"""A worker that kills itself while it sends: `python -m tests.journeys.outbox_crashing FOLDER POINT`.

POINT is `before mark`, `after mark`, `after answer` or `during`: then it is killed from outside.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bridgewright.bridge.runtime import Runtime
from bridgewright.core.effects import Invoke, Settle
from bridgewright.core.sending import MarkSending
from bridgewright.engine.drive.journeys import LoopWorld, run_async
from bridgewright.settings import Settings, StoreSettings, WorkSettings
from bridgewright.settings.outbound import ConnectionSettings, References

if TYPE_CHECKING:
    from bridgewright.core.effects import Effect
    from bridgewright.engine.drive.clock import Chance

POINTS = {"before mark": MarkSending, "after mark": Invoke, "after answer": Settle}
"""What it is killed before."""


def runtime_of(folder: Path, chance: Chance | None = None) -> Runtime:
    """A bridge on the simulators whose addresses the folder holds."""
    told = json.loads((folder / "urls").read_text())

    def secret(name: str) -> References:
        return References((f"file:{name}",), folder)

    return Runtime(
        Settings(
            store=StoreSettings(folder / "store.db"),
            work=WorkSettings(max_attempts=4, backoff_base_s=0),
            connections=(
                ConnectionSettings(
                    "stripe", base_url=told["stripe"], secrets={"api_key": secret("stripe")}
                ),
                ConnectionSettings(
                    "twilio",
                    base_url=told["twilio"],
                    secrets={"account_sid": secret("sid"), "auth_token": secret("token")},
                    async_transport="httpx2",
                ),
            ),
        ),
        chance=chance,
    )


@dataclass(frozen=True, slots=True)
class FatalWorld:
    """The real world, until an effect of one kind is asked for."""

    inner: LoopWorld
    fatal: type[Any] | None

    async def perform(self, effect: Effect[Any]) -> Any:
        """Perform one effect, or die."""
        if self.fatal is not None and isinstance(effect, self.fatal):
            os.kill(os.getpid(), signal.SIGKILL)
        return await self.inner.perform(effect)


async def main(folder: Path, point: str) -> None:
    """Claim what there is, and send it to the bitter end."""
    runtime = runtime_of(folder)
    duty, crew = runtime._hire()  # noqa: SLF001 - a worker taken apart
    inner = replace(crew.world, invoke=crew.invoke)
    await run_async(duty.tidy(), inner)
    claims = await run_async(duty.claim(10), inner)
    world = FatalWorld(inner, POINTS.get(point))
    for claimed in claims.claimed:
        await run_async(duty.attempt(claimed), world)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), " ".join(sys.argv[2:])))
