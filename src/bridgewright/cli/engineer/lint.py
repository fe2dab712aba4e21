"""`bridgewright engineer lint`: what a definition's author did not mean."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridgewright.cli import options
from bridgewright.cli.engineer.permitted import Permitted, permitted
from bridgewright.cli.exits import Exit
from bridgewright.cli.screen import Screen
from bridgewright.engineer.permissions import lints
from bridgewright.engineer.permissions.matching import offered
from bridgewright.engineer.skills.reading import FILE, breaches

if TYPE_CHECKING:
    from bridgewright.engineer.permissions.lints import Remark
    from bridgewright.engineer.skills.reading import Breach

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TOOLS = tuple("bash edit glob grep read skill task todowrite webfetch websearch write".split())


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was looked at and what came of it."""

    of: Permitted
    remarks: tuple[Remark, ...]
    breaches: tuple[Breach, ...]
    tools: tuple[str, ...]


@click.command(
    epilog="Ends with 1 when there is a remark or a breach, with 2 when the head cannot be read: with such"
    " a head OpenCode runs without a rule. JSON: definition, branch, base, remarks (list of lint, line, what,"
    " mend), rules (list of permission, pattern, action, origin), tools (those that are offered), skills (how"
    " many), breaches (of theirs; list of rule, place, what)."
)
@click.option(
    "--definition",
    type=_FILE,
    help="The agent's definition. [integration-engineer.md of the project's agents, or ours]",
)
@options.as_json
def lint(*, definition: Path | None, as_json: bool) -> None:
    """Show what is wrong with an agent's definition, and which rules hold, in OpenCode's order.

    Rules that never count, guards of OpenCode's that are undone, tools and keys that it does not know, a
    model that is retired, `ask` where nobody is there to answer; and what skills of the project break of the
    Agent Skills specification. Nothing is run, and nothing is changed.
    """
    seen = _looked(definition, Path.cwd())
    _show(Screen(as_json), seen)
    sys.exit(Exit.UNWELL if seen.remarks or seen.breaches else Exit.OK)


def _looked(definition: Path | None, root: Path) -> _Seen:
    found = permitted(definition, root)
    return _Seen(
        found,
        lints.lint(found.definition, found.text, found.rules),
        tuple(
            breach
            for folder in found.skills
            for breach in breaches(folder, (folder / FILE).relative_to(root).as_posix())
        ),
        tuple(tool for tool in _TOOLS if offered(found.rules, tool)),
    )


def _show(screen: Screen, seen: _Seen) -> None:
    screen.table(
        ("line", "lint", "what", "mend"),
        [(each.line or "", each.lint, each.what, each.mend) for each in seen.remarks],
    )
    screen.table(
        ("place", "rule", "what"), [(each.place, each.rule, each.what) for each in seen.breaches]
    )
    screen.table(
        ("permission", "pattern", "action", "origin"),
        [(each.permission, each.pattern, each.action, each.origin) for each in seen.of.rules],
    )
    screen.fields(
        (
            ("tools offered", ", ".join(seen.tools)),
            ("remarks", f"{len(seen.remarks)}"),
            ("skills", f"{len(seen.of.skills)}, {len(seen.breaches)} breaches"),
        )
    )
    screen.answer(
        "engineer lint",
        {
            "definition": seen.of.definition.path,
            "branch": seen.of.definition.branch,
            "base": seen.of.definition.base,
            "remarks": [asdict(each) for each in seen.remarks],
            "rules": [asdict(each) for each in seen.of.rules],
            "tools": list(seen.tools),
            "skills": len(seen.of.skills),
            "breaches": [asdict(each) for each in seen.breaches],
        },
    )
