"""A bridge that kills itself while it sends: `python -m tests.journeys.outbox_crashing FOLDER [N SIDE]`.

Stores a keyed and an unkeyed call, claims both and makes them, one effect after the other. Given a number and
a side (`before`, `after`), it ends by SIGKILL there; given neither, it prints its trace at the end, and to
which journey each effect belongs. FOLDER holds where the store is, the addresses of the simulated providers,
and their keys.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.bridge.runtime import Runtime
from bridgewright.core.model.secret import Secret
from bridgewright.engine.drive.journeys import run_async
from bridgewright.engine.outbox import send
from bridgewright.settings import Settings, StoreSettings, WorkSettings
from bridgewright.settings.outbound import ConnectionSettings, References
from tests.journeys.crashing import FatalWorld, is_shared, say
from tests.journeys.test_calls_in_handlers import PAYMENT

if TYPE_CHECKING:
    from bridgewright.engine.drive.clock import Chance

ORDER = "order-17"
CALLS = {
    "stripe.payment_intents.create": PAYMENT | {"metadata": {"order": "17"}},
    "twilio.messages.create": {
        "to": "+15005550006",
        "from_": "+15005550001",
        "body": "your order",
    },
}
"""One that the provider knows by its key, and one that it does not."""


def runtime_of(folder: Path, chance: Chance | None = None) -> Runtime:
    """A bridge on the store and the simulators that the folder names."""
    told = json.loads((folder / "urls").read_text())
    place = (folder / "store").read_text()
    shared = is_shared(place)
    store = StoreSettings(url=Secret(place)) if shared else StoreSettings(Path(place))

    def secret(name: str) -> References:
        return References((f"file:{name}",), folder)

    return Runtime(
        Settings(
            store=store,
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


async def main(folder: Path, fatal: int, side: str) -> None:
    """Store what `calls` names, or everything; claim what there is, and send it to the bitter end."""
    runtime = runtime_of(folder)
    duty, crew = runtime._hire()  # noqa: SLF001 - a worker taken apart
    world = FatalWorld(replace(crew.world, invoke=crew.invoke), fatal, side)
    world.journey = "send"
    calls = (folder / "calls").read_text().split()
    for operation in calls:
        entry = runtime.dispatch.entry(operation, CALLS[operation], ORDER, "")
        receipt = await run_async(send(entry), world)
        say(f"ack {receipt.item_id}")
    world.journey = "outbox"
    await run_async(duty.tidy(), world)
    claims = await run_async(duty.claim(10), world)
    for claimed in claims.claimed:
        await run_async(duty.attempt(claimed), world)
    runtime.close()
    say("journeys " + " ".join(world.journeys))
    say("trace " + " ".join(world.trace))


if __name__ == "__main__":
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    asyncio.run(main(Path(sys.argv[1]), number, "".join(sys.argv[3:])))
