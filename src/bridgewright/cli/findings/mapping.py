"""`bridgewright findings map`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.findings.looking import UNDECIDED, manifests_below
from bridgewright.cli.screen import Screen, note

if TYPE_CHECKING:
    from bridgewright.engineer.findings.suggesting import Offer
    from bridgewright.engineer.manifest.words import Manifest


@click.command(
    "map",
    epilog="Ends with 3 when nothing is pinned, or models cannot be read. JSON: unmapped, each with"
    " integration, table, field, required, attribute (null when none is like it), score, rivals and line;"
    " undecided, each with integration, what and why.",
)
@click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "--suggest",
    is_flag=True,
    help="Offer the model's field that is most like it, as TOML to paste.",
)
@click.option("--static", is_flag=True, help="Read models without importing them.")
@options.as_json
def map_(paths: tuple[Path, ...], *, suggest: bool, static: bool, as_json: bool) -> None:
    """List what providers take and give that nothing maps.

    With --suggest, fields of models whose names and kinds are much like the provider's (0.85 or more
    of 1) are offered as TOML for the manifest. Read each before you paste it: a name that is alike may
    mean something else. Nothing goes by what is merely offered.
    """
    screen = Screen(as_json)
    rows: list[dict[str, Any]] = []
    doubts: list[dict[str, str]] = []
    for manifest in manifests_below(Path.cwd(), paths):
        found, troubles = _found(manifest, static=static)
        doubts += [{"integration": manifest.name, "what": w, "why": y} for w, y in troubles]
        rows += [_row(manifest, each, suggest=suggest) for each in found]
        _say(screen, manifest, found, suggest=suggest)
    for doubt in doubts:
        note(f"undecided  {doubt['integration']}: {doubt['what']}: {doubt['why']}")
    screen.answer("findings map", {"unmapped": rows, "undecided": doubts})
    if doubts:
        sys.exit(UNDECIDED)


def _found(
    manifest: Manifest, *, static: bool
) -> tuple[tuple[Offer, ...], tuple[tuple[str, str], ...]]:
    from bridgewright.engineer.findings.gathering import gatherer  # noqa: PLC0415
    from bridgewright.engineer.findings.provider.pinned import pinned  # noqa: PLC0415
    from bridgewright.engineer.findings.suggesting import offers  # noqa: PLC0415

    root = Path.cwd()
    pin = pinned(manifest, root)
    if pin is None:
        return (), (("spec", "no specification is pinned"),)
    catalogue = gatherer(root, static=static)(manifest)
    return offers(manifest, pin, catalogue), catalogue.troubles


def _row(manifest: Manifest, each: Offer, *, suggest: bool) -> dict[str, Any]:
    from bridgewright.engineer.findings.suggesting import headed  # noqa: PLC0415

    offered = suggest and each.attribute
    return {
        "integration": manifest.name,
        "table": headed(each.table),
        "field": each.field,
        "required": each.required,
        "attribute": each.attribute if offered else None,
        "score": each.score if offered else 0.0,
        "rivals": list(each.rivals) if offered else [],
        "line": each.line if offered else "",
    }


def _say(screen: Screen, manifest: Manifest, found: tuple[Offer, ...], *, suggest: bool) -> None:
    from bridgewright.engineer.findings.suggesting import headed, pasted  # noqa: PLC0415

    if suggest:
        lines = list(pasted(found, manifest))
        screen.say(f"# {manifest.located.name}")
        for line in lines:
            screen.say(line)
        offered = sum(bool(each.attribute) for each in found)
        note(f"{manifest.name}: {offered} offered of {len(found)} that nothing maps")
        return
    for each in found:
        required = "  (required)" if each.required else ""
        screen.say(f"{headed(each.table)}  {each.field}{required}")
    note(f"{manifest.name}: nothing maps {len(found)} fields")
