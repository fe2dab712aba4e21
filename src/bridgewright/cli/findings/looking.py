"""`bridgewright findings look`, which is what `bridgewright findings` does."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright.cli import options
from bridgewright.cli.exits import Exit
from bridgewright.cli.findings.today import today
from bridgewright.cli.screen import Screen, note, one_line
from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.findings.codes import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.engineer.findings.finding import Examination
    from bridgewright.engineer.findings.gate import Judged
    from bridgewright.engineer.findings.keeping import Kept
    from bridgewright.engineer.findings.provider.document import Document
    from bridgewright.engineer.manifest.words import Manifest

_NEVER = "never"
UNDECIDED = Exit.STORE
"""3: something could not be looked at, and nothing that was looked at fails."""


class Form(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


@click.command(
    epilog="Ends with 1 when a finding fails, 3 when something could not be looked at and nothing"
    " fails. JSON: integrations, checks, findings, each with id, code, severity, state, fails,"
    " integration, subject, target, sentence, file, line, evidence, remedy and accepted; undecided,"
    " each with integration, what, why and place; remarks; written (null, or added and removed).",
)
@click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path)
)
@click.option("--write", is_flag=True, help="Write docs/findings.md and the ledger.")
@click.option(
    "--fail-on",
    type=click.Choice([*(each.value for each in Severity), _NEVER]),
    default=Severity.ERROR.value,
    show_default=True,
    help="The mildest finding that fails.",
)
@click.option(
    "--against",
    metavar="REF",
    help="Fail only for what was not in the ledger where this branch left REF (origin/main).",
)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="NAME=FILE",
    help="A newer specification of an integration: what of it a mapping touches and is different.",
)
@click.option("--static", is_flag=True, help="Read models without importing them.")
@click.option(
    "--page", metavar="FILE", default="docs/findings.md", show_default=True, help="The page."
)
@click.option("--again", is_flag=True, help="With --write: also what somebody took from the page.")
@options.as_json
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code scanning.")
@click.option("--github", is_flag=True, help="Print annotations, for GitHub Actions.")
def look(paths: tuple[Path, ...], **given: Any) -> None:
    """Compare models with what the integrations below PATH (all of them) take and give.

    Say so in one line each on docs/findings.md with --write; a second run changes nothing. The
    working directory is the project's. docs/model-findings.md tells what is compared, and by what.
    """
    form = _form(given)
    root = Path.cwd()
    manifests, everything = _manifests(root, paths)
    examination = _examined(root, manifests, given)
    found = _judged(root, examination, given)
    kept = None
    if given["write"]:
        kept = _kept(root, examination, manifests, given, everything=everything)
    _printed(form, _Result(examination, found, kept))
    if any(each.fails for each in found):
        sys.exit(Exit.UNWELL)
    if examination.undecided:
        sys.exit(UNDECIDED)


@dataclass(frozen=True, slots=True)
class _Result:
    examination: Examination
    found: tuple[Judged, ...]
    kept: Kept | None


def _form(given: dict[str, Any]) -> Form:
    asked = {Form.JSON: given["as_json"], Form.SARIF: given["sarif"], Form.GITHUB: given["github"]}
    forms = [form for form, flag in asked.items() if flag]
    if len(forms) > 1:
        raise click.UsageError(f"--{forms[0]} and --{forms[1]}: one of them")
    return forms[0] if forms else Form.TEXT


def _manifests(root: Path, paths: tuple[Path, ...]) -> tuple[tuple[Manifest, ...], bool]:
    """The integrations, and whether they are all of the project's."""
    from bridgewright.engineer.manifest.reading import find  # noqa: PLC0415

    every = find(root)
    if not every:
        raise ConfigurationError(
            "there is no integration.toml below this folder",
            place=root.name,
            remedy="`bridgewright new NAME` writes one, docs/model-findings.md says what is in it",
        )
    wanted = [path.resolve() for path in paths]
    chosen = tuple(each for each in every if not wanted or _is_below(each.path.resolve(), wanted))
    if not chosen:
        problem = "there is no integration.toml there"
        raise ConfigurationError(problem, place=", ".join(str(path) for path in paths))
    return chosen, len(chosen) == len(every)


def manifests_below(root: Path, paths: tuple[Path, ...]) -> tuple[Manifest, ...]:
    """The integrations below some folders, or all of the project's; `ConfigurationError` for none."""
    return _manifests(root, paths)[0]


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(path == each or path.is_relative_to(each) for each in folders)


def _examined(root: Path, manifests: tuple[Manifest, ...], given: dict[str, Any]) -> Examination:
    from bridgewright.engineer.findings.examining import Order, examine  # noqa: PLC0415
    from bridgewright.engineer.findings.gathering import gatherer  # noqa: PLC0415

    names = {each.name for each in manifests}
    newer = dict(_newer(each, names) for each in given["upstreams"])
    models = gatherer(root, static=given["static"])
    return examine(Order(root, manifests, models, today(), newer))


def _newer(text: str, names: set[str]) -> tuple[str, Document]:
    from bridgewright.engineer.findings.provider.document import load  # noqa: PLC0415

    name, equals, file = text.partition("=")
    if not equals or name not in names:
        listed = ", ".join(sorted(names))
        raise click.BadParameter(f"{text!r} is not NAME=FILE, of {listed}", param_hint="--upstream")
    return name, load(Path(file), file)


def _judged(root: Path, examination: Examination, given: dict[str, Any]) -> tuple[Judged, ...]:
    from bridgewright.engineer.findings.gate import judged, open_at  # noqa: PLC0415
    from bridgewright.engineer.findings.keeping import load  # noqa: PLC0415

    known = open_at(root, given["against"]) if given["against"] else frozenset()
    fail_on = None if given["fail_on"] == _NEVER else Severity(given["fail_on"])
    return judged(examination, load(root), known, fail_on, today())


def _kept(
    root: Path,
    examination: Examination,
    manifests: tuple[Manifest, ...],
    given: dict[str, Any],
    *,
    everything: bool,
) -> Kept:
    from bridgewright.engineer.findings.keeping import Manner, keep  # noqa: PLC0415

    looked = {each.name for each in manifests}
    doubtful = {each.integration for each in examination.undecided}

    def spared(name: str) -> bool:
        return name in doubtful or not (everything or name in looked)

    manner = Manner(given["page"], given["again"], spared)
    return keep(root, examination.findings, today(), manner)


def _printed(form: Form, result: _Result) -> None:
    from bridgewright import __version__  # noqa: PLC0415
    from bridgewright.engineer.findings.reports import (  # noqa: PLC0415
        annotations,
        records,
        sarif,
    )

    screen = Screen(form is Form.JSON)
    match form:
        case Form.SARIF:
            log = sarif.document(result.examination, result.found, __version__)
            click.echo(json.dumps(log, indent=2))
        case Form.GITHUB:
            for each in annotations.commands(result.examination, result.found):
                click.echo(one_line(each))
        case Form.TEXT | Form.JSON:
            _show(screen, result)
            record = records.record(result.examination, result.found, result.kept)
            screen.answer("findings", record)
    if form is not Form.JSON:
        _summarise(result)


def _show(screen: Screen, result: _Result) -> None:
    for each in result.found:
        finding = each.finding
        state = "" if each.state == "open" else f"  ({each.state})"
        screen.say(f"{each.severity}  {finding.code}  {finding.id}  {finding.sentence}{state}")
        screen.say(f"    {finding.place}")
        for word in (*finding.evidence, each.why):
            if word:
                screen.say(f"    why: {word}")
        screen.say(f"    mend: {finding.remedy}")
    for unknown in result.examination.undecided:
        screen.say(f"undecided  {unknown.integration}: {unknown.what}: {unknown.why}")
        screen.say(f"    {unknown.place}")
    for remark in result.examination.remarks:
        screen.say(f"remark  {remark}")
    screen.say(_verdict(result))


def _verdict(result: _Result) -> str:
    """`none, 12 checks ran`; never a word like it when something could not be looked at."""
    examination, found = result.examination, result.found
    counts = [
        (sum(each.severity is severity for each in found), severity.value) for severity in Severity
    ]
    listed = ", ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts if count)
    checks = f"{examination.checks} check{'s' * (examination.checks != 1)} ran"
    if not examination.undecided:
        return f"{listed or 'none'}, {checks}"
    return f"{listed or 'none so far'}, {checks}, {len(examination.undecided)} undecided"


def _summarise(result: _Result) -> None:
    if result.kept is not None:
        added, removed = len(result.kept.added), len(result.kept.removed)
        note(f"the page: {added} added, {removed} removed")
    elif any(each.state == "open" for each in result.found):
        note("nothing was written: --write puts these on docs/findings.md")
