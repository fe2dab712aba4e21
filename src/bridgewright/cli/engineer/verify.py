"""`bridgewright engineer verify`: whether work is as its definition wants it."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.engineer import summary as pages
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import Screen, note, warn
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.definition import reading
from bridgewright.engineer.planning import keeping
from bridgewright.engineer.verify import attestation
from bridgewright.engineer.verify.history import Range
from bridgewright.engineer.verify.mutation.trying import MOST_MUTANTS
from bridgewright.engineer.verify.repository import opened
from bridgewright.engineer.verify.verdict import Order, Ports
from bridgewright.engineer.verify.verdict import verify as verified
from bridgewright.engineer.verify.words import About, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.verify.repository import Repository
    from bridgewright.engineer.verify.verdict import Verdict
    from bridgewright.engineer.verify.words import Refusal

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)
_SEEDS = 1_000_000


@click.command(
    epilog="Ends with 1 when the work is refused, with 3 when something could not be found out."
    " JSON: verdict, branch, base, head, tree, checks (list of name, standing, told), refusals (list of"
    " reason, place, what, mend), criteria (list of name, line, standing).",
)
@click.option(
    "--definition",
    type=_FILE,
    help="The agent's definition. [integration-engineer.md of the base's agents, or ours]",
)
@click.option("--base", metavar="REF", help="What the work goes into. [that of the definition]")
@click.option("--head", metavar="REF", default="HEAD", show_default=True, help="The work.")
@click.option(
    "--branch",
    metavar="NAME",
    envvar="GITHUB_HEAD_REF",
    help="The branch of the work. [what is checked out; in a GitHub workflow, that of the pull request]",
)
@click.option(
    "--allow",
    multiple=True,
    metavar="PATTERN",
    help="More files that may be touched: FOLDER/** or a path; * stands for a part of a name.",
)
@click.option("--plan", type=_FILE, help="The plan. [task_plan.md, where it is there]")
@click.option("--body", type=_FILE, help="The text of the pull request: what it ticks must be so.")
@click.option(
    "--attest", type=_FILE, metavar="KEYFILE", help="Sign what was found of resilience and tests."
)
@click.option(
    "--attestation", type=_NEW, help="The file that is written, or with --trust believed."
)
@click.option("--trust", multiple=True, metavar="PUBKEY", help="Believe what this key signed.")
@click.option(
    "--take-exemptions",
    is_flag=True,
    help="Take exemptions from rules (bw: ignore) that the work makes itself; else they are refused.",
)
@click.option(
    "--max-age",
    type=click.IntRange(1, 365),
    metavar="DAYS",
    default=attestation.MOST_AGE_DAYS,
    show_default=True,
    help="How old an attestation may be.",
)
@click.option(
    "--env", "names", multiple=True, metavar="NAME", help="A variable that the work gets too."
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Draw as another run did.")
@click.option(
    "--mutants",
    type=click.IntRange(1, 200),
    metavar="N",
    default=MOST_MUTANTS,
    show_default=True,
    help="How many careless changes of an integration its tests are tried on.",
)
@click.option("--tests", metavar="COMMAND", default="", help="How tests are run. [pytest -q -x]")
@click.option(
    "--only",
    multiple=True,
    type=click.Choice([str(about) for about in About]),
    help="Only this check.",
)
@click.option("--github", is_flag=True, help="Print annotations for a GitHub workflow.")
@click.option(
    "--summary",
    type=_NEW,
    metavar="FILE",
    help="Add the verdict to a page in Markdown, such as $GITHUB_STEP_SUMMARY.",
)
@options.as_json
def verify(*, github: bool, summary: Path | None, as_json: bool, **given: Any) -> None:
    """Hold the work on a branch against its definition, mechanically.

    It is judged in a clean checkout of the last commit: the branch and what it touches, its commits, secrets,
    rules, findings, resilience (it is certified again, unless --trust says whose word counts), whether its
    tests can fail, and the plan. It runs code of the work: give it no secret, and a machine to lose.
    """
    repository = opened(Path.cwd())
    order = order_of(repository, given)
    key = _key(given, repository)
    if repository.run("status", "--porcelain"):
        warn("what is not committed is not judged")
    found = verified(order, note)
    _show(Screen(as_json), order, found)
    if github:
        for refusal in found.refusals:
            click.echo(annotation(refusal))
    if summary is not None:
        with summary.open("a", encoding="utf-8") as page:
            page.write(pages.summary(record(order, found)))
    if key is not None:
        _attest(found, key, given["attestation"])
    if found.standing is Standing.REFUSED:
        sys.exit(Exit.UNWELL)
    if found.standing is Standing.UNDECIDED:
        sys.exit(Exit.UNDECIDED)


def order_of(repository: Repository, given: Mapping[str, Any]) -> Order:
    """What is to be judged, by the options of the command."""
    head = repository.resolve(given["head"])
    definition, base = _asked(repository, given)
    work = Range(
        repository,
        base=base,
        since=repository.fork_of(base, head),
        head=head,
        branch=given["branch"] or repository.branch(),
    )
    body = given["body"]
    return Order(
        work,
        definition,
        Ports(),
        allow=given["allow"],
        plan=_plan(repository, given["plan"]),
        ticked=reading.boxes(body.read_text("utf-8")) if body else (),
        proof=_proof(repository, head, given),
        extra={name: os.environ[name] for name in given["names"] if name in os.environ},
        tests=tuple(shlex.split(given["tests"])),
        seed=secrets.randbelow(_SEEDS) if given["seed"] is None else given["seed"],
        most_mutants=given["mutants"],
        only=tuple(About(each) for each in given["only"]),
        exempt=given["take_exemptions"],
    )


def _asked(repository: Repository, given: Mapping[str, Any]) -> tuple[Definition, str]:
    """The definition and the base. A definition is that of the base: work does not choose its judge."""
    own = reading.read(given["definition"]) if given["definition"] else None
    if own is not None:
        return own, _target(repository, given["base"], (own.base,))
    base = _target(repository, given["base"], ("main", "master"))
    definition = reading.found(lambda place: repository.file(base, place))
    return definition, _target(repository, given["base"], (definition.base, "main", "master"))


def _target(repository: Repository, given: str | None, names: Sequence[str]) -> str:
    """The commit that the work goes into: of the remote, where it is known, for a clone's own may be old."""
    if given:
        return repository.resolve(given)
    for name in names:
        for ref in (f"refs/remotes/origin/{name}", f"refs/heads/{name}"):
            if repository.knows(ref):
                return repository.resolve(ref)
    remedy = "fetch it (fetch-depth: 0), or name it by --base"
    raise ConfigurationError("the branch that the work goes into is not here", remedy=remedy)


def _plan(repository: Repository, path: Path | None) -> Any:
    files = keeping.find(repository.root)
    if path is not None:
        return keeping.read(keeping.Files(path, path.parent / keeping.NOTES))
    return keeping.read(files) if files.plan.is_file() else None


def _proof(
    repository: Repository, head: str, given: Mapping[str, Any]
) -> tuple[bytes, attestation.Trust] | None:
    if not given["trust"]:
        if given["attestation"] and not given["attest"]:
            problem = "an attestation proves nothing without a key that is trusted"
            raise ConfigurationError(
                problem, remedy="add --trust PUBKEY, or leave --attestation away"
            )
        return None
    if given["attest"] or not given["attestation"]:
        problem = "--trust says whose --attestation is believed, and goes with no --attest"
        raise ConfigurationError(problem)
    keys = tuple(attestation.public_key(each, repository, head) for each in given["trust"])
    path: Path = given["attestation"]
    if not path.is_file():
        raise ConfigurationError("there is no such file", place=str(path))
    age = timedelta(days=given["max_age"])
    return path.read_bytes(), attestation.Trust(keys, datetime.now(UTC), age)


def _key(given: Mapping[str, Any], repository: Repository) -> Any:
    """The key to sign by. Asked for first: what takes minutes is not done for nothing."""
    if not given["attest"]:
        return None
    if not given["attestation"]:
        raise ConfigurationError("--attest needs --attestation FILE, to write")
    return attestation.private_key(given["attest"], repository)


def _attest(found: Verdict, key: Any, path: Path) -> None:
    if not found.shows(About.RESILIENCE, About.TESTS):
        warn("nothing was signed: resilience and tests are not both kept")
        return
    made_at = attestation.instant(datetime.now(UTC))
    path.write_bytes(attestation.sealed(found.statement(made_at), key))
    note(f"signed: {path}")


def _show(screen: Screen, order: Order, found: Verdict) -> None:
    screen.table(
        ("CHECK", "STANDING", "TOLD"),
        [(each.about, str(each.standing), each.told) for each in found.outcomes],
    )
    for refusal in found.refusals:
        screen.say(f"refused: {refusal}")
    screen.table(
        ("CRITERION", "STANDING", "WHERE"),
        [
            (each.name, str(standing), order.definition.place(each))
            for each, standing in found.criteria
        ],
    )
    screen.say(f"{found.standing} (seed {order.seed})")
    screen.answer("engineer verify", record(order, found))


def record(order: Order, found: Verdict) -> dict[str, Any]:
    """A verdict as one object of JSON."""
    return {
        "verdict": str(found.standing),
        "branch": order.work.branch,
        "base": order.work.base,
        "head": order.work.head,
        "tree": found.tree,
        "seed": order.seed,
        "checks": [
            {"name": str(each.about), "standing": str(each.standing), "told": each.told}
            for each in found.outcomes
        ],
        "refusals": [
            {
                "reason": str(each.reason),
                "place": each.place,
                "what": each.what,
                "mend": each.mend,
            }
            for each in found.refusals
        ],
        "criteria": [
            {"name": each.name, "line": each.line, "standing": str(standing)}
            for each, standing in found.criteria
        ],
    }


def annotation(refusal: Refusal) -> str:
    """A refusal as GitHub shows it beside the line."""
    told = f"{refusal.what}. {refusal.mend}" if refusal.mend else refusal.what
    at = re.fullmatch(r"(?:[0-9a-f]{10}:)?([^:]+\.\w+)(?::(\d+))?", refusal.place)
    where = f"file={_property(at[1])}," if at else ""
    where += f"line={at[2]}," if at and at[2] else ""
    return f"::error {where}title={refusal.reason}::{_escaped(told)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
