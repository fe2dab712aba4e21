"""Talks to simulators that `bridgewright sim serve` runs, by their desks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import click
import httpx2

from bridgewright.cli.exits import Exit
from bridgewright.simulate import catalogue
from bridgewright.simulate.desk import ROOT
from bridgewright.simulate.dispatch import LOOPBACK

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

PORT = 4_700
"""Where the first provider is, in alphabetical order; the others follow. Beside nothing that is common."""
TIMEOUT_S = 30.0
BELOW = "/sim/"
"""Where simulators are on the one port of `bridgewright dev`."""
_LAST_PORT = 65_000

first_port = click.option(
    "--port",
    type=click.IntRange(1, 65_000),
    default=PORT,
    show_default=True,
    help="The first port; each provider has its own, in alphabetical order.",
)


def _place(ctx: click.Context, parameter: click.Parameter, text: str) -> int | str:
    del ctx, parameter
    if text.isdecimal() and 0 < int(text) <= _LAST_PORT:
        return int(text)
    return local(text).rstrip("/")


at = click.option(
    "--at",
    "place",
    metavar="PORT|URL",
    default=str(PORT),
    show_default=True,
    envvar="BRIDGEWRIGHT_SIM",
    callback=_place,
    help="Where simulators run: the first port of `bridgewright sim serve`, or the URL of `bridgewright"
    " dev`.",
)


def provider(ctx: click.Context, parameter: click.Parameter, name: str) -> str:
    """A provider that is simulated; the callback of its argument."""
    del ctx, parameter
    if name not in catalogue.names():
        raise click.BadParameter(
            f"{name!r} is not simulated; those that are: {', '.join(catalogue.names())}"
        )
    return name


def port_of(name: str, first: int) -> int:
    """The port of a provider."""
    return first + catalogue.names().index(name)


def called(name: str, place: int | str, method: str, path: str, content: object = None) -> Content:
    """What the desk of a provider answers; the command ends with a word where it answers no."""
    where = f"{place}{BELOW}{name}"
    if isinstance(place, int):
        where = f"http://127.0.0.1:{port_of(name, place)}"
    url = f"{where}{ROOT}{path}"
    try:
        answer = httpx2.request(method, url, json=content, timeout=TIMEOUT_S, trust_env=False)
    except httpx2.TransportError:
        _end(
            f"no simulator of {name} answers at {where}: start one with `bridgewright sim serve` or"
            " `bridgewright dev`, or say where it is with --at",
            Exit.UNWELL,
        )
    said: Content = answer.json() if answer.content else {}
    if answer.is_error:
        _end(str(said.get("error", f"the simulator answered {answer.status_code}")), Exit.USAGE)
    return said


def _end(text: str, code: Exit) -> NoReturn:
    click.echo(f"error: {text}", err=True)
    raise click.exceptions.Exit(code)


def pairs(texts: tuple[str, ...], what: str) -> dict[str, str]:
    """`name=value` for each; BadParameter for one without `=`."""
    found = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise click.BadParameter(f"{text!r} is no {what}: name=value")
        found[name] = value
    return found


def local(url: str) -> str:
    """A URL on this machine; BadParameter for any other."""
    parts = httpx2.URL(url) if url.startswith(("http://", "https://")) else None
    if parts is None or parts.host not in LOOPBACK:
        raise click.BadParameter(f"{url!r} is not on this machine: http://localhost:8000/hook")
    return url
