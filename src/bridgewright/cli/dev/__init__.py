"""`bridgewright dev`: simulated providers, inbox and worker on one port, begun anew on every change."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.dev import credentials
from bridgewright.cli.dev.changes import Changes
from bridgewright.cli.dev.child import Child
from bridgewright.cli.dev.front import Front
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.cli.serve import PREFIX as INBOX
from bridgewright.cli.sim.calling import BELOW, provider
from bridgewright.core.errors import ConfigurationError
from bridgewright.simulate import catalogue
from bridgewright.simulate.dispatch import Endpoint
from bridgewright.simulate.forwarder import Forwarder, Traffic
from bridgewright.simulate.listener import HOST, LoopThread
from bridgewright.simulate.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.simulate.simulator import Simulator

PORT = 8_080
LOOK_S = 0.3
"""How often files are looked at: quicker than anybody changes windows."""


def _providers(
    ctx: click.Context, parameter: click.Parameter, names: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(dict.fromkeys(provider(ctx, parameter, name) for name in names))


@click.command(
    epilog="JSON: url (the one port), providers (list of name, url), before the project is begun; what it"
    " says follows."
)
@click.argument("app", metavar="APP")
@click.option(
    "--with",
    "providers",
    multiple=True,
    metavar="PROVIDER",
    default=("stripe",),
    show_default=True,
    callback=_providers,
    help="Simulate it; once for each.",
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=PORT, show_default=True, help="The one port."
)
@options.as_json
def dev(*, app: str, providers: tuple[str, ...], port: int, as_json: bool) -> None:
    """Run APP with simulated providers, an inbox and a worker on one port of this machine.

    APP is a bridge as module:attribute. Its calls go to /sim/PROVIDER, what happens there comes back
    as signed webhooks at /webhooks/PROVIDER, and it is begun anew when a Python or TOML file below
    this folder changes; webhooks wait meanwhile. Make something happen: bridgewright trigger stripe
    invoice.payment_failed --at http://127.0.0.1:PORT. What the simulators hold is gone at the end;
    the store is yours.
    """
    street = _Street(providers, port)
    street.open()
    try:
        street.announce(Screen(as_json))
        asyncio.run(_supervise(Child(app, street.environ(os.environ)), street))
    finally:
        street.close()


class _Street:
    """The one port: simulators, and a forwarder to wherever the project listens."""

    def __init__(self, providers: Sequence[str], port: int) -> None:
        self.there = False
        self.url = ""
        self.behind = _free_port()
        self._port = port
        self._thread = LoopThread("bridgewright-dev")
        self._simulators: dict[str, Simulator] = {
            name: catalogue.simulator(name) for name in providers
        }
        front = Front(self._simulators, lambda: self.there)
        upstream = Upstream(f"http://{HOST}:{self.behind}")
        self._forwarder = Forwarder(upstream, Traffic(before=front.before), thread=self._thread)

    def open(self) -> None:
        """Open everything but the project."""
        try:
            self.url = self._forwarder.start(self._port)
        except OSError as error:
            problem = f"port {self._port} cannot be had: {error.strerror}"
            raise ConfigurationError(problem, remedy="choose another with --port") from None
        for simulator in self._simulators.values():
            simulator.stand.thread = self._thread
            simulator.start()

    def close(self) -> None:
        """Close everything."""
        for simulator in self._simulators.values():
            simulator.close()
        self._forwarder.close()
        self._thread.close()

    def environ(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the project is to find: where the simulators are, and credentials for both directions.
        What is set already stays."""
        found: dict[str, str] = {}
        for name, simulator in self._simulators.items():
            found[f"BRIDGEWRIGHT_CONNECTIONS_{name.upper()}_BASE_URL"] = f"{self.url}{BELOW}{name}"
            found |= credentials.for_calls(name)
            inbound = credentials.for_webhooks(name, given)
            if inbound is None:
                continue
            variables, secret = inbound
            found |= variables
            simulator.dispatch.put(Endpoint("dev", f"{self.url}{INBOX}/{name}", secrets=(secret,)))
        return {**found, **given}

    def announce(self, screen: Screen) -> None:
        """Say where everything is."""
        served = [{"name": name, "url": f"{self.url}{BELOW}{name}"} for name in self._simulators]
        for each in served:
            screen.say(f"{each['name']:<12} {each['url']}")
        screen.say(f"{'webhooks':<12} {self.url}{INBOX}/<source>")
        screen.answer("dev", {"url": self.url, "providers": served})
        note("serving; Ctrl-C ends it in order")


async def _supervise(child: Child, street: _Street) -> None:
    changes, told = Changes(Path.cwd()), asyncio.Event()
    changes.look()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    ending = asyncio.ensure_future(told.wait())
    try:
        while not told.is_set():
            street.there = await child.begin(street.behind)
            if not street.there:
                warn(f"{child.app} does not run; it is tried again when a file changes")
            changed = await _until_changed(changes, child, ending)
            street.there = False
            await child.end()
            if changed:
                note(f"begun anew: {', '.join(changed)}")
    finally:
        ending.cancel()
        await child.end()


async def _until_changed(changes: Changes, child: Child, ending: asyncio.Future[Any]) -> list[str]:
    """Wait until files change, or until told to end; the names of the files."""
    told = not child.running
    while not ending.done():
        await asyncio.wait({ending}, timeout=LOOK_S)
        changed = changes.look()
        if changed:
            return [str(path.relative_to(changes.root)) for path in changed]
        if not child.running and not told:
            warn(f"{child.app} ended by itself; it is begun anew when a file changes")
            told = True
    return []


def _free_port() -> int:
    with socket.socket() as held:
        held.bind((HOST, 0))
        found: int = held.getsockname()[1]
        return found
