"""`bridgewright sim serve`: simulated providers, until they are told to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen, note
from bridgewright.cli.sim.calling import first_port, local, pairs, port_of, provider
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.simulate import catalogue
from bridgewright.simulate.clock import VirtualClock, WallClock
from bridgewright.simulate.dispatch import Endpoint
from bridgewright.simulate.faults.rules import Faults

if TYPE_CHECKING:
    from types import FrameType

    from bridgewright.simulate.simulator import Simulator


def _providers(ctx: click.Context, parameter: click.Parameter, names: tuple[str, ...]) -> list[str]:
    return [provider(ctx, parameter, name) for name in names]


@click.command(epilog="JSON: providers (list of name, url), once they listen.")
@click.argument("names", nargs=-1, metavar="[PROVIDER]...", callback=_providers)
@first_port
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of what faults leave to chance."
)
@click.option(
    "--virtual-time",
    is_flag=True,
    help="Their clock stands still until it is moved (POST /_sim/clock).",
)
@click.option(
    "--deliver",
    "deliveries",
    multiple=True,
    metavar="PROVIDER=URL",
    help="Send a provider's webhooks there; signed with its conventional variable, STRIPE_WEBHOOK_SECRET"
    " for example.",
)
@options.as_json
def serve(  # noqa: PLR0913 - one parameter an option
    *,
    names: list[str],
    port: int,
    seed: int,
    virtual_time: bool,
    deliveries: tuple[str, ...],
    as_json: bool,
) -> None:
    """Simulate these providers, or all, each on a port of its own on this machine.

    Ctrl-C ends it, and everything they held with it.
    """
    clock = VirtualClock(time.time()) if virtual_time else WallClock()
    faults = Faults(clock, seed)
    wanted = {name: local(url) for name, url in pairs(deliveries, "delivery").items()}
    chosen = names or list(catalogue.names())
    missing = sorted(set(wanted) - set(chosen))
    if missing:
        raise click.BadParameter(
            f"{', '.join(missing)} is not simulated here", param_hint="--deliver"
        )
    screen, served = Screen(as_json), list[dict[str, str]]()
    with contextlib.ExitStack() as stack:
        for name in chosen:
            simulator = catalogue.simulator(name, clock=clock, faults=faults)
            url = _opened(simulator, port_of(name, port), needed=bool(names))
            if url is None:
                continue
            stack.callback(simulator.close)
            if name in wanted:
                simulator.dispatch.put(_endpoint(name, wanted[name]))
            screen.say(f"{name}\t{url}")
            served.append({"name": name, "url": url})
        screen.answer("sim serve", {"providers": served})
        _until_told()


def _opened(simulator: Simulator, port: int, *, needed: bool) -> str | None:
    """Where it is; None for one that nobody asked for by name, and that needs what is not installed."""
    try:
        return simulator.start(port)
    except OSError as error:
        simulator.close()
        problem = (
            f"port {port} of the simulated {simulator.stand.name} cannot be had: {error.strerror}"
        )
        raise ConfigurationError(problem, remedy="choose others with --port") from None
    except ConfigurationError as error:
        simulator.close()
        if needed:
            raise
        note(f"without {simulator.stand.name}: {error}")
        return None


def _endpoint(name: str, url: str) -> Endpoint:
    from bridgewright import connectors  # noqa: PLC0415 - only where webhooks are wanted

    variable = connectors.webhook(name).secret_variable
    value = os.environ.get(variable)
    if not value:
        problem = f"{variable} is not set, and {name} signs what it sends"
        raise ConfigurationError(problem, remedy=f"set {variable} for both sides to the same")
    return Endpoint("command_line", url, secrets=(Secret(value),))


def _until_told() -> None:
    told = threading.Event()

    def heard(number: int, frame: FrameType | None) -> None:
        del number, frame
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, heard)
    click.echo("serving; Ctrl-C to end", err=True)
    told.wait()
