"""One port for everything: simulated providers below `/sim/`, the project's own inbox for the rest."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.cli.sim.calling import BELOW
from bridgewright.simulate.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.simulate.listener import Conduct
    from bridgewright.simulate.simulator import Simulator
    from bridgewright.simulate.wire import Conversation, Heard, Reply

HOLD_S = 30.0
"""How long a request waits for a project that is being begun anew: longer than that takes, and no longer
than senders of webhooks wait. What waits in vain is answered 503, and is sent again."""
LOOK_S = 0.02


class Front:
    """Decides for each request on the one port who answers it: `before` of a forwarder to the project.
    `there` says whether the project listens."""

    def __init__(self, simulators: Mapping[str, Simulator], there: Callable[[], bool]) -> None:
        self._simulators = simulators
        self._there = there

    async def before(self, heard: Heard) -> Reply | Conduct | None:
        """A simulated provider's own conduct, a refusal, or None once the project is there."""
        if heard.path.startswith(BELOW):
            return self._simulated(heard)
        waits_until_s = time.monotonic() + HOLD_S
        while not self._there():
            if time.monotonic() > waits_until_s:
                text = "the project does not listen: what is wrong is in the terminal"
                return json_reply({"error": text}, 503, retry_after="5")
            await asyncio.sleep(LOOK_S)
        return None

    def _simulated(self, heard: Heard) -> Reply | Conduct:
        name, _, rest = heard.target.removeprefix(BELOW).partition("/")
        simulator = self._simulators.get(name)
        if simulator is None:
            known = ", ".join(self._simulators)
            text = f"{name!r} is not simulated here; those that are: {known}"
            return json_reply({"error": text}, 404)

        async def conduct(conversation: Conversation) -> None:
            await simulator.stand.take(conversation, replace(heard, target=f"/{rest}"))

        return conduct
