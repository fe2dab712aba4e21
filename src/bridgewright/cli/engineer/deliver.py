"""`bridgewright engineer deliver`."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.engineer import course
from bridgewright.cli.engineer.judging import judge
from bridgewright.cli.screen import Screen
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.core.redact.redaction import known
from bridgewright.engineer.delivery import body, gh
from bridgewright.engineer.delivery.api import TOKENS, connected
from bridgewright.engineer.delivery.change import foreseen
from bridgewright.engineer.delivery.ends import DeliveryError, End
from bridgewright.engineer.delivery.git import name as git_name
from bridgewright.engineer.delivery.git import opened
from bridgewright.engineer.delivery.hub import place_of
from bridgewright.engineer.delivery.journey import deliver as delivered
from bridgewright.engineer.delivery.journey import worded
from bridgewright.engineer.delivery.message import TYPES, message
from bridgewright.engineer.delivery.package import SECRET_NAMES, paths_of, secrets_of
from bridgewright.engineer.delivery.words import Order, unjudged
from bridgewright.engineer.manifest.reading import find

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from bridgewright.engineer.delivery.git import Git
    from bridgewright.engineer.delivery.hub import Hub, Place
    from bridgewright.engineer.delivery.message import Message
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
        place = place_of(_url(git, order.course.remote), given["slug"])
        with _hub(given["by"], place, git.root) as hub:
            judged = judge(git.root, order.course) if given["verify"] else unjudged
            done = delivered(git, hub, place, order, course.narrated, judged)
    pairs = asdict(done)
    screen.fields((name, _shown(value)) for name, value in pairs.items())
    screen.answer("engineer deliver", {"end": "delivered", **pairs, "left": list(done.left)})


def _url(git: Git, remote: str) -> str:
    """As it is written down: what `insteadOf` makes of it is not GitHub's any more."""
    done = git.run("config", "--get", f"remote.{git_name(remote, 'remote')}.url")
    if done.code:
        raise ConfigurationError(
            f"there is no remote {remote}", remedy=f"git remote add {remote} URL"
        )
    return done.text


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
    first, again = _messages(manifests, given)
    marker = manifests[0].path.resolve().relative_to(git.root.resolve()).as_posix()
    return Order(way, paths, first, text, _known(manifests), again, marker)


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


def _messages(manifests: tuple[Manifest, ...], given: dict[str, Any]) -> tuple[Message, Message]:
    """What is said of a new integration, and of one that the base has already."""
    titles = ", ".join(each.title for each in manifests)

    def said(kind: str, verb: str) -> Message:
        what = given["what"] or f"{verb} {titles}"
        return message(given["kind"] or kind, given["scope"], what)

    return said("feat", "add"), said("fix", "update")


def _known(manifests: tuple[Manifest, ...]) -> re.Pattern[str] | None:
    names = {name for each in manifests for name in secrets_of(each)} | set(SECRET_NAMES)
    return known([Secret(os.environ[name]) for name in sorted(names) if os.environ.get(name)])


@contextmanager
def _hub(by: str, place: Place, folder: Path) -> Iterator[Hub]:
    asked: AbstractContextManager[Hub]
    if by == "gh" or (by == "auto" and gh.is_there()):
        asked = nullcontext(gh.Gh(place, folder))
    elif by == "api" or any(os.environ.get(name) for name in TOKENS):
        asked = connected()
    else:
        raise DeliveryError(
            End.NO_GH,
            "there is no gh, and no token for GitHub's API",
            remedy="install gh (cli.github.com) and gh auth login, or set GITHUB_TOKEN",
        )
    with asked as hub:
        yield hub


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
