"""`bridgewright new`."""

from __future__ import annotations

import keyword
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bridgewright.cli import options
from bridgewright.cli.screen import Screen, warn
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.manifest.words import AuthKind, Version
from bridgewright.engineer.scaffold import auth
from bridgewright.engineer.scaffold.package import Order, package
from bridgewright.engineer.scaffold.placing import place
from bridgewright.engineer.scaffold.plan import TIMEOUT_S

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_TITLE = re.compile(r"[\w .&+-]{1,60}")
_PAIR = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}): ?([\x21-\x7e][\x20-\x7e]{0,99})")


@click.command(
    epilog="Ends with 2 when a file would be overwritten, or something cannot be made; nothing is"
    " written then. JSON: name, folder, written and kept (files), tables (of bridgewright.toml),"
    " operations, variables (names to set), and certify (the command that certifies it)."
)
@click.argument("name")
@click.option(
    "--spec",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The provider's OpenAPI 3.0 or 3.1 document, JSON or YAML. [one to begin with]",
)
@click.option(
    "--op",
    "operations",
    multiple=True,
    metavar="OPERATION",
    help="An operation that is needed: 'POST /orders', or its operationId.",
)
@click.option(
    "--auth",
    "kind",
    type=click.Choice([str(kind) for kind in AuthKind]),
    help="How calls are authorised. [as the document declares]",
)
@click.option("--key-header", metavar="NAME", default="", help="Where an API key goes. [X-Api-Key]")
@click.option("--token-url", metavar="URL", default="", help="Where OAuth2 grants tokens.")
@click.option("--scope", "scopes", multiple=True, metavar="NAME", help="A scope of those tokens.")
@click.option("--base-url", metavar="URL", default="", help="Where the API is. [its first server]")
@click.option(
    "--api-version", metavar="'NAME: VALUE'", help="The header field that pins the API's version."
)
@click.option(
    "--webhook", metavar="SCHEME", default="", help="Receive webhooks that are signed so: standard."
)
@click.option("--event", "events", multiple=True, metavar="TYPE", help="A webhook that is handled.")
@click.option("--owner", default="nobody yet", show_default=True, help="Who answers for it.")
@click.option("--title", default="", metavar="TEXT", help="What it is called in sentences.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.1, 3_600),
    default=TIMEOUT_S,
    show_default=True,
    metavar="S",
    help="Seconds that a whole call may take.",
)
@click.option(
    "--into",
    "folder",
    default="integrations",
    show_default=True,
    metavar="FOLDER",
    help="The package that it becomes a part of.",
)
@click.option("--force", is_flag=True, help="Replace what this command made and nobody edited.")
@options.as_json
def new(*, force: bool, as_json: bool, **given: Any) -> None:
    """Write a new integration: a package with client, operations, models, tests and page.

    Each operation of the provider's specification becomes one typed function, with what may go wrong
    tried by its tests. The part of the specification that is used is pinned beside it. Tables that
    bridgewright.toml lacks are added at its end.
    """
    made = package(_order(given), datetime.now(UTC).date())
    placed = place(made, Path(), force=force)
    screen = Screen(as_json)
    for name in placed.written:
        screen.say(f"wrote {name}")
    for table in placed.tables:
        screen.say(f"added [{table}] to bridgewright.toml")
    for name in placed.kept:
        warn(f"{name} was edited since it was made, and is left as it is")
    screen.say()
    if made.variables:
        screen.say("Set:")
        for variable in made.variables:
            screen.say(f"  export {variable}=…")
    screen.say("Then:")
    screen.say(f"  pytest {made.folder}/{made.name}")
    screen.say(f"  {made.command}")
    screen.answer(
        "new",
        {
            "name": made.name,
            "folder": f"{made.folder}/{made.name}",
            "written": list(placed.written),
            "kept": list(placed.kept),
            "tables": list(placed.tables),
            "operations": list(made.operations),
            "variables": list(made.variables),
            "certify": made.command,
        },
    )


def _order(given: dict[str, Any]) -> Order:
    name, folder = given["name"], Path(given["folder"])
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        problem = f"{name!a} is no name of a package"
        raise ConfigurationError(problem, place="NAME", remedy="use a-z, 0-9 and _")
    parts = folder.parts
    if folder.is_absolute() or not parts or not all(_NAME.fullmatch(each) for each in parts):
        problem = "is no package below the working directory"
        raise ConfigurationError(problem, place="--into", remedy="use one like app/integrations")
    if given["title"] and not _TITLE.fullmatch(given["title"]):
        problem = "has characters that no title needs"
        raise ConfigurationError(problem, place="--title", remedy="use letters, digits and spaces")
    kind, version = given["kind"], given["api_version"]
    chosen = None
    if kind is not None:
        where = (given["key_header"], given["token_url"], given["scopes"])
        chosen = auth.chosen(name, AuthKind(kind), *where)
    return Order(
        name=name,
        owner=given["owner"],
        title=given["title"],
        folder=folder.as_posix(),
        spec=given["spec"],
        operations=given["operations"],
        auth=chosen,
        base_url=given["base_url"].rstrip("/"),
        version=None if version is None else _version(version),
        webhook=given["webhook"],
        events=given["events"],
        timeout_s=given["timeout_s"],
    )


def _version(text: str) -> Version:
    found = _PAIR.fullmatch(text)
    if found is None:
        problem = "is no header field with its value"
        remedy = "write it as 'Acme-Version: 2026-01-01'"
        raise ConfigurationError(problem, place="--api-version", remedy=remedy)
    return Version(found[1], found[2])
