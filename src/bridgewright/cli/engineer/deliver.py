"""`bridgewright engineer deliver`."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.engineer import course
from bridgewright.cli.engineer.judging import judge
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.delivery import body
from bridgewright.engineer.delivery.change import foreseen
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.hub import place_of
from bridgewright.engineer.delivery.journey import deliver as delivered
from bridgewright.engineer.delivery.journey import worded
from bridgewright.engineer.delivery.message import TYPES
from bridgewright.engineer.delivery.ordering import asked, known_of, marker_of, messages, url_of
from bridgewright.engineer.delivery.package import paths_of
from bridgewright.engineer.delivery.words import Order, unjudged
from bridgewright.engineer.manifest.reading import find

if TYPE_CHECKING:
    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.manifest.words import Manifest

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    epilog="Ends with 10 to 22 as docs/delivery.md says: a conflict is 10, a leaked secret 15, a rejected"
    " push 17, no gh 19, work that --verify refuses 22. JSON: end (delivered, planned, or why not), and"
    " branch, sha, committed, pushed, request (made, changed or kept), number, url, left; of a dry run"
    " paths, subject and body; or problem, remedy and places.",
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@course.options
@click.option(
    "--message", "what", metavar="TEXT", default="", help="What the commit does: add Acme."
)
@click.option(
    "--type", "kind", type=click.Choice(TYPES), help="Of the commit. [feat when new, else fix]"
)
@click.option(
    "--scope", default="integration", show_default=True, metavar="WORD", help="Of the commit."
)
@click.option(
    "--closes", multiple=True, type=click.IntRange(1), metavar="N", help="An issue it closes."
)
@click.option(
    "--certificate", "certificates", multiple=True, type=_FILE, metavar="FILE",
    help="What certify --json printed.",
)  # fmt: skip
@click.option(
    "--findings", type=_FILE, default=Path("docs/findings.md"), show_default=True, metavar="FILE",
    help="Where models do not fit.",
)  # fmt: skip
@click.option(
    "--path", "more", multiple=True, metavar="PATH", help="One more file or folder of it."
)
@click.option("--repo", "slug", default="", metavar="OWNER/NAME", help="Of GitHub. [the remote's]")
@click.option(
    "--by", type=click.Choice(("auto", "gh", "api")), default="auto", show_default=True,
    help="Who asks GitHub: gh, or our connector by GITHUB_TOKEN. auto: gh where it is.",
)  # fmt: skip
@click.option(
    "--verify", is_flag=True, help="Send only what `engineer verify` accepts. It takes minutes."
)
@click.option(
    "--dry-run", is_flag=True, help="Show what would be committed and said; change nothing."
)
@options.as_json
def deliver(**given: Any) -> None:
    """Commit an integration to its branch, push it, and have one pull request that says so.

    NAME is an integration with an integration.toml; it may be left out where there is one only. Only its
    package, its tests, its page and the findings are committed. Run it again whenever it was stopped.
    """
    screen = Screen(given["as_json"])
    with course.ending(screen, "engineer deliver"):
        git = opened(Path.cwd())
        order = _order(git, given)
        if given["dry_run"]:
            _show_plan(screen, git, order)
            return
        place = place_of(url_of(git, order.course.remote), given["slug"])
        with asked(given["by"], place, git.root, os.environ) as hub:
            judged = judge(git.root, order.course) if given["verify"] else unjudged
            done = delivered(git, hub, place, order, course.narrated, judged)
    pairs = asdict(done)
    screen.fields((name, _shown(value)) for name, value in pairs.items())
    screen.answer("engineer deliver", {"end": "delivered", **pairs, "left": list(done.left)})


def _order(git: Git, given: dict[str, Any]) -> Order:
    manifests = _chosen(git.root, given["names"])
    way = course.course(given, git.root)
    file = git.root / given["findings"]
    found = [body.findings(file, each.tag) for each in manifests]
    text = body.text_of(
        manifests,
        [body.certificate(path) for path in given["certificates"]],
        None if None in found else dict.fromkeys(line for lines in found for line in lines or ()),
        given["closes"],
    )
    paths = paths_of(git.root, manifests, (str(given["findings"]), *given["more"]))
    first, again = messages(manifests, given["scope"], given["what"], given["kind"] or "")
    secrets = known_of(manifests, os.environ)
    return Order(way, paths, first, text, secrets, again, marker_of(git.root, manifests[0]))


def _chosen(root: Path, names: tuple[str, ...]) -> tuple[Manifest, ...]:
    there = {each.name: each for each in find(root)}
    unknown = [name for name in names if name not in there]
    if unknown or not there:
        raise ConfigurationError(
            f"there is no integration {unknown[0]}"
            if unknown
            else "there is no integration.toml here",
            remedy=f"there are: {', '.join(there)}" if there else "bridgewright new makes one",
        )
    if not names and len(there) > 1:
        raise ConfigurationError(
            "there are several integrations",
            remedy=f"name those to deliver, of: {', '.join(there)}",
        )
    return tuple(there[name] for name in names or there)


def _show_plan(screen: Screen, git: Git, order: Order) -> None:
    order = worded(git, order)
    paths = foreseen(git, order)
    for path in paths:
        screen.say(path)
    screen.say()
    screen.say(order.message.subject)
    screen.say()
    for line in order.body.splitlines():
        screen.say(line)
    told = {"paths": list(paths), "subject": order.message.subject, "body": order.body}
    screen.answer("engineer deliver", {"end": "planned", **told})


def _shown(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, tuple) else value
