"""`bridgewright check`."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridgewright import __version__
from bridgewright.cli import options
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import Screen, note, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgewright.engineer.check.inspection import Inspection
    from bridgewright.engineer.check.rule import Problem, Rule

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


class Form(StrEnum):
    """How the problems are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


@click.command(
    epilog="Ends with 1 when there is a problem, and with 3 when there is none and --unknown fail finds"
    " something undecided. JSON: modules, integrations, rules, and problems, undecided and excused, each"
    " with code, severity, path, line, column, message and mend.",
)
@click.argument(
    "paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "--root",
    type=_FOLDER,
    default=".",
    show_default=True,
    metavar="FOLDER",
    help="The project: all of it is read, whatever is looked at.",
)
@click.option(
    "--only", metavar="CODES", default="", help="Only these rules (BW102), or families (BW1,BW4)."
)
@click.option("--strict", is_flag=True, help="Warnings are problems that fail, too.")
@click.option(
    "--unknown",
    type=click.Choice(["show", "fail"]),
    default="show",
    show_default=True,
    help="What is done about what reading cannot decide.",
)
@options.as_json
@click.option("--sarif", is_flag=True, help="Print SARIF 2.1.0, for code scanning.")
@click.option("--github", is_flag=True, help="Print annotations, for GitHub Actions.")
def check(paths: tuple[Path, ...], root: Path, **given: Any) -> None:
    """Hold the code of integrations against the rules for it.

    Nothing is imported or run. PATH are files and folders whose problems are told: all of the project's
    where none is given. docs/check.md says what is looked at; docs/rules has a page for each rule.
    """
    from bridgewright.engineer.check.inspection import catalogued, inspect  # noqa: PLC0415
    from bridgewright.engineer.check.project import read  # noqa: PLC0415

    form = _form(given)
    today = datetime.now(UTC).date()
    every = catalogued(today)
    rules = _chosen(every, given["only"])
    inspection = _within(inspect(read(root), today, rules), root, paths)
    _printed(form, inspection, every)
    if inspection.errors or (given["strict"] and inspection.certain):
        sys.exit(Exit.UNWELL)
    if given["unknown"] == "fail" and inspection.undecided:
        sys.exit(Exit.UNDECIDED)


def _form(given: dict[str, Any]) -> Form:
    asked = [
        form
        for form, wanted in (
            (Form.JSON, given["as_json"]),
            (Form.SARIF, given["sarif"]),
            (Form.GITHUB, given["github"]),
        )
        if wanted
    ]
    if len(asked) > 1:
        raise click.UsageError(
            "--json, --sarif and --github are three forms of one answer: give one"
        )
    return asked[0] if asked else Form.TEXT


def _chosen(rules: tuple[Rule, ...], only: str) -> tuple[Rule, ...]:
    starts = tuple(code for code in only.replace(" ", "").upper().split(",") if code)
    if not starts:
        return rules
    unknown = [each for each in starts if not any(rule.code.startswith(each) for rule in rules)]
    if unknown:
        raise click.BadParameter(f"no rule begins with {unknown[0]}", param_hint="--only")
    return tuple(rule for rule in rules if rule.code.startswith(starts))


def _within(inspection: Inspection, root: Path, paths: tuple[Path, ...]) -> Inspection:
    """What of it is in one of the paths."""
    if not paths:
        return inspection
    asked = [path.resolve() for path in paths]
    outside = [path for path in asked if not path.is_relative_to(root.resolve())]
    if outside:
        raise click.BadParameter(
            f"{outside[0].name} is not in the project: say --root", param_hint="PATH"
        )

    def kept(problems: Iterable[Problem]) -> tuple[Problem, ...]:
        return tuple(
            each
            for each in problems
            if any((root.resolve() / each.path).is_relative_to(path) for path in asked)
        )

    return replace(inspection, problems=kept(inspection.problems), excused=kept(inspection.excused))


def _printed(form: Form, inspection: Inspection, rules: tuple[Rule, ...]) -> None:
    match form:
        case Form.JSON:
            from bridgewright.engineer.check.reports.records import record  # noqa: PLC0415

            Screen(as_json=True).answer("check", record(inspection))
        case Form.SARIF:
            from bridgewright.engineer.check.reports.sarif import document  # noqa: PLC0415

            click.echo(json.dumps(document(inspection, rules, __version__), ensure_ascii=False))
        case Form.GITHUB:
            from bridgewright.engineer.check.reports.annotations import lines  # noqa: PLC0415

            for line in lines(inspection.problems):
                click.echo(one_line(line))
        case Form.TEXT:
            _told(inspection)
    note(_summary(inspection))


def _told(inspection: Inspection) -> None:
    screen = Screen()
    for each in inspection.problems:
        mark = "unknown" if each in inspection.undecided else each.severity.value
        screen.say(f"{each.path}:{each.line}:{each.column + 1}: {each.code} {mark}: {each.message}")
        screen.say(f"    {each.mend}")


def _summary(inspection: Inspection) -> str:
    """Never silence: nothing found says how much was looked at."""
    looked = f"{inspection.rules} rules, {inspection.modules} modules"
    named = ", ".join(inspection.integrations) or "no integration"
    errors = len(inspection.errors)
    counts = (
        (errors, "error"),
        (len(inspection.certain) - errors, "warning"),
        (len(inspection.undecided), "undecided"),
        (len(inspection.excused), "excused"),
    )
    found = ", ".join(
        f"{number} {word if word in {'undecided', 'excused'} or number == 1 else word + 's'}"
        for number, word in counts
        if number
    )
    return f"{found or 'none'}: {looked}, {named}"
