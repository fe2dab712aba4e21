"""The gate of one bridge: made of its settings, asked by one keeper."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.sharing import US_PER_S
from bridgewright.engine.call.sharing import Terms
from bridgewright.engine.drive.keeper import Keeper

if TYPE_CHECKING:
    from bridgewright.adapters.gates.redis import RedisGate
    from bridgewright.core.ports import Observer
    from bridgewright.engine.drive.calling import Timing
    from bridgewright.engine.drive.clock import Chance
    from bridgewright.settings import Settings
    from bridgewright.settings.outbound import ConnectionSettings

_ROUND_TRIPS = 2
"""Timeouts that the shortest lease outlasts: an answer that took as long as it may leaves time to send."""


def gate_of(settings: Settings) -> RedisGate | None:
    """The Redis that the settings name; None where each process is by itself.

    Opens no socket. Raises `ConfigurationError` for an extra that is not installed, a reference that
    leads nowhere, or what is no URL.
    """
    gates = settings.gates
    url = gates.url(os.environ, settings.vaults)
    if url is None:
        return None
    from bridgewright.adapters.gates.redis import RedisGate  # noqa: PLC0415 - an extra

    return RedisGate(url, timeout_s=gates.timeout_s, prefix=gates.prefix)


class Gating:
    """Who asks the gate for the callers of a bridge; made with the first of them, so that a process
    which calls nobody needs no gate."""

    __slots__ = ("_chance", "_keeper", "_lock", "_observer", "_settings", "_timing")

    def __init__(
        self, settings: Settings, observer: Observer, chance: Chance, timing: Timing
    ) -> None:
        self._settings = settings
        self._observer = observer
        self._chance = chance
        self._timing = timing
        self._keeper: Keeper | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Gating({self._keeper})"

    def keep_time(self, timing: Timing) -> None:
        """Begin anew by another clock."""
        self.close()
        self._timing = timing

    def of(
        self, connection: ConnectionSettings, account: str
    ) -> tuple[Keeper | None, Terms | None]:
        """Who asks for an account, and how it is shared: by all connections to a provider that name
        it alike. Neither, where each process is by itself."""
        gates = self._settings.gates
        if gates.redis is None:
            return None, None
        if self._timing.watch is not None:
            problem = "a gate that processes share keeps its own time, and this bridge's is virtual"
            remedy = "leave [gates] out of the settings of tests that move the clock"
            raise ConfigurationError(problem, place="[gates]", remedy=remedy)
        with self._lock:
            if self._keeper is None:
                self._keeper = self._made()
            keeper = self._keeper
        longest_us = int(gates.lease_s * US_PER_S)
        shortest_us = int(_ROUND_TRIPS * gates.timeout_s * US_PER_S)
        name = f"{connection.provider}\0{account}"
        return keeper, Terms(name, longest_us, shortest_us, connection.processes)

    def close(self) -> None:
        """Ask no more, and close the sockets. Safe to call twice."""
        with self._lock:
            keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.close()

    def _made(self) -> Keeper | None:
        gate = gate_of(self._settings)
        if gate is None:
            return None
        return Keeper(
            gate,
            refuses=self._settings.gates.outage == "refuse",
            observer=self._observer,
            ticks=self._timing.ticks,
            roll=self._chance.roll,
        )
