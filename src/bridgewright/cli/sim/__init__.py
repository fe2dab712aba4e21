"""`bridgewright sim`: simulated providers on this machine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen
from bridgewright.cli.sim.calling import at, called, provider
from bridgewright.cli.sim.serve import serve
from bridgewright.simulate import catalogue

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

named = click.argument("name", metavar="PROVIDER", callback=provider)


@click.group()
def sim() -> None:
    """Run providers that misbehave on request, look at what they hold, and make them forget it."""


sim.add_command(serve)


@sim.command("list", epilog="JSON: providers (list of name, operations, triggers).")
@options.as_json
def list_(*, as_json: bool) -> None:
    """List the providers that are simulated, and what each of them can do."""
    screen = Screen(as_json)
    found = [_card(name) for name in catalogue.names()]
    screen.table(
        ("PROVIDER", "OPERATIONS", "TRIGGERS"),
        ((each["name"], len(each["operations"]), len(each["triggers"])) for each in found),
    )
    screen.answer("sim list", {"providers": found})


def _card(name: str) -> Content:
    simulator = catalogue.simulator(name)
    operations = [route.operation for route in simulator.stand.routes.all]
    return {"name": name, "operations": operations, "triggers": sorted(simulator.triggers)}


@sim.command(epilog="JSON: state (what the provider holds).")
@named
@at
@options.as_json
def state(*, name: str, place: int | str, as_json: bool) -> None:
    """Show everything that a running simulator holds."""
    screen, found = Screen(as_json), called(name, place, "GET", "state")
    for line in json.dumps(found, indent=2, ensure_ascii=False).splitlines():
        screen.say(line)
    screen.answer("sim state", {"state": found})


@sim.command(epilog="JSON: requests (list of request: method, path, operation, status, fault, …).")
@named
@at
@options.as_json
def journal(*, name: str, place: int | str, as_json: bool) -> None:
    """List what a running simulator was asked, without credentials and bodies."""
    screen, found = Screen(as_json), called(name, place, "GET", "journal")["requests"]
    screen.table(
        ("ATTEMPT", "METHOD", "PATH", "OPERATION", "STATUS", "KEY", "FAULT"),
        (
            (
                r["attempt"],
                r["method"],
                r["path"],
                r["operation"],
                r["status"],
                r["key"],
                r["fault"],
            )
            for r in found
        ),
    )
    screen.answer("sim journal", {"requests": found})


@sim.command(epilog="JSON: seed, faults (list of the rules in force).")
@named
@click.argument("rule", required=False)
@click.option("--clear", is_flag=True, help="Take every fault back first.")
@at
@options.as_json
def fault(*, name: str, rule: str | None, clear: bool, place: int | str, as_json: bool) -> None:
    r"""Show the faults of a running simulator, or put one more in force.

    \b
    RULE is JSON: {"kind": "close", "where": "stripe.refunds.*", "phase": "after_effect",
                   "when": {"first": 1}}
    """
    screen = Screen(as_json)
    if clear:
        called(name, place, "DELETE", "faults")
    found = called(name, place, "GET", "faults")
    if rule is not None:
        found = called(name, place, "POST", "faults", _json(rule))
    for each in found["faults"]:
        screen.say(json.dumps(each))
    screen.answer("sim fault", found)


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"RULE is no JSON: {error}") from None


@sim.command(epilog="JSON: reset (the provider).")
@named
@at
@options.as_json
def reset(*, name: str, place: int | str, as_json: bool) -> None:
    """Make a running simulator as new: it holds nothing, and its ids begin again."""
    called(name, place, "POST", "reset")
    screen = Screen(as_json)
    screen.say(f"{name} is as new")
    screen.answer("sim reset", {"reset": name})
