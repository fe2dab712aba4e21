"""Writes the reference from the code: docs/reference/{cli,settings,errors,states,webhooks}.md,
and a page for each rule of `check`, docs/rules.

python tools/reference.py            write all of it
python tools/reference.py --check    say which is out of date, and fail

`--root FOLDER` takes another folder for the one that holds this repository.
"""

from __future__ import annotations

import inspect
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from catalogue import webhooks

from bridgewright.cli import bridgewright
from bridgewright.cli.exits import MEANINGS
from bridgewright.cli.shapes import SHAPES
from bridgewright.core import errors as tree
from bridgewright.core.lifecycle.plans import MOVES as PLAN_MOVES
from bridgewright.core.lifecycle.states import TRANSITIONS, diagram
from bridgewright.core.policy.breaker import MOVES
from bridgewright.engineer.check.inspection import catalogued
from bridgewright.engineer.check.reports import pages as rule_pages
from bridgewright.settings.reference import rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PLAN_START = """
## The life of a plan

A person runs, pauses, resumes and aborts; a plan seals, halts and finishes by itself.

"""
BREAKER_START = """
## The life of a breaker

Each move begins a new generation: what belongs to an older one counts no more.

"""
ROOT = Path(__file__).resolve().parents[1]
NOTE = "<!-- Written by tools/reference.py from the code: change it there. -->"

CLI_START = """\
# Commands

{note}

`bridgewright COMMAND --help` says the same at the terminal. Results go to standard output, warnings
and next steps to standard error. On a terminal lists are tables; in a pipe they are lines with a
header and tabs between the columns. `NO_COLOR` (any value) takes the colour out. Errors that we
raise on purpose are one line, `error[code]: message`; any other error keeps its traceback.

With `--json` a command prints one JSON object to standard output, in which `command` names the
command. Instants are RFC 3339 in UTC. Keys are only ever added.

## Exit codes

{exits}
"""

SETTINGS_START = """\
# Settings

{note}

Settings are read once, at the start, from `bridgewright.toml` in the working directory (or the file
that `BRIDGEWRIGHT_CONFIG` names) and from the environment. Each setting has a variable of its own,
which wins over the file. Whatever is missing, unknown, of the wrong type or out of bounds is
refused before anything starts, with its variable or its file and line.

Secrets are given by reference only: `env:NAME` is a variable, `file:PATH` a file (a relative path
starts at the settings' own folder). White space around a secret is dropped.

Where neither file nor environment speak of a source, there is one for each provider whose
conventional variable is set ({variables}). The same name with `_PREVIOUS` adds the key that the
provider had before, so that a key can be changed without losing a delivery.

In a variable, the name of a source stands in capitals with `_` for `-`:
`BRIDGEWRIGHT_SOURCES_MY_SHOP_PATH` is `path` of `[sources.my-shop]`.
"""

ERRORS_START = """\
# Errors

{note}

Everything that Bridgewright raises on purpose is a `BridgewrightError`. Each class has a stable code,
which logs and JSON output carry and the command line prints: `error[store_busy]: …`. The message
says what happened, why, and the next step; it never holds a secret or a payload.
"""

STATES_START = """\
# The life of an item

{note}

An item is in exactly one state. These are all the moves there are: the code runs on this table.

"""


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or compare them."""
    root = Path(arguments[arguments.index("--root") + 1]) if "--root" in arguments else ROOT
    stale = []
    for path, text in pages().items():
        file = root / path
        if file.exists() and file.read_text("utf-8") == text:
            continue
        stale.append(path)
        if "--check" not in arguments:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
    for path in stale:
        print(f"{path} was out of date: python tools/reference.py")
    return 1 if stale and "--check" in arguments else 0


def pages() -> dict[str, str]:
    """Every page by its path."""
    made = {
        "cli": cli(),
        "errors": errors(),
        "settings": settings(),
        "states": states(),
        "webhooks": webhooks(NOTE, table),
    }
    every = catalogued(date.min)
    return {
        **{f"docs/reference/{name}.md": text for name, text in made.items()},
        "docs/rules/index.md": rule_pages.index(every),
        **{f"docs/rules/{rule.code}.md": rule_pages.page(rule) for rule in every},
    }


def cli() -> str:
    """The page of commands."""
    exits = table(("Code", "Meaning"), ((str(c.value), m) for c, m in MEANINGS.items()))
    parts = [CLI_START.format(note=NOTE, exits=exits)]
    parts += [command_section(name, command) for name, command in leaves(bridgewright)]
    parts.append("## JSON objects\n")
    for shape in SHAPES:
        keys = table(("Key", "Meaning"), ((f"`{k.name}`", k.meaning) for k in shape.keys))
        parts.append(f"### {shape.name}\n\n{keys}\n")
    return "\n".join(parts)


def leaves(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is not None:
            yield from leaves(found, *path, name)


def command_section(name: str, command: click.Command) -> str:
    """One command: what it does, how it is called, its options, its JSON."""
    context = click.Context(command, info_name=f"bridgewright {name}")
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [one for one in command.params if isinstance(one, click.Option)]
    described = table(
        ("Option", "Meaning"),
        (
            (f"`{' '.join([*one.opts, metavar(one, context)]).strip()}`", meaning(one))
            for one in options
        ),
    )
    words = "\n".join(line.strip() for line in inspect.cleandoc(command.help or "").splitlines())
    note = " ".join((command.epilog or "").split())
    return f"## {name}\n\n```text\n{usage}\n```\n\n{words}\n\n{described}\n\n{note}\n"


def metavar(option: click.Option, context: click.Context) -> str:
    """What stands behind an option, or nothing for a flag."""
    return "" if option.is_flag else option.make_metavar(context)


def meaning(option: click.Option) -> str:
    """An option's help, with its default where it has one to show."""
    default = f" Default: {option.default}." if option.show_default else ""
    return f"{option.help}{default}"


def settings() -> str:
    """The page of settings."""
    from bridgewright import connectors  # noqa: PLC0415

    names = (
        f"`{connectors.webhook(name).secret_variable}`" for name in connectors.receiving_names()
    )
    parts = [SETTINGS_START.format(note=NOTE, variables=", ".join(names))]
    tables: dict[str, list[str]] = {}
    for row in rows():
        one = row.described
        setting = one.setting
        also = f" (or `{setting.also}`)" if setting.also else ""
        facts = [f"- variable `{row.variable}`", f"- {setting.kind}"]
        if setting.bounds():
            facts[-1] += f", {setting.bounds()} {setting.unit}".rstrip()
        default = one.default_shown()
        shown = default if setting.default_text else f"`{default}`"
        facts.append(f"- default: {shown}" + (f" ({setting.why})" if setting.why else ""))
        text = f"### {one.key}{also}\n\n{setting.what}\n\n" + "\n".join(facts) + "\n"
        tables.setdefault(row.table, []).append(text)
    for name, texts in tables.items():
        parts += [f"## `[{name}]`\n", *texts]
    return "\n".join(parts)


def errors() -> str:
    """The page of errors, in the order of the tree: by who must act."""
    found = [
        one
        for one in vars(tree).values()
        if isinstance(one, type) and issubclass(one, tree.BridgewrightError)
    ]
    parts = [ERRORS_START.format(note=NOTE)]
    for one in found:
        kind = one.__bases__[0].__name__
        under = "" if one is tree.BridgewrightError else f", a kind of `{kind}`"
        parts.append(f"## {one.__name__}\n\n`{one.code}`{under}.\n\n{inspect.getdoc(one)}\n")
    return "\n".join(parts)


def states() -> str:
    """The page of item states: the table, and the diagram that a code host draws from it."""
    rows = (
        (str(move), "nothing yet" if state is None else str(state), str(to))
        for (state, move), to in TRANSITIONS.items()
    )
    moves = table(("Move", "From", "To"), rows)
    item = f"{STATES_START.format(note=NOTE)}{moves}\n\n```mermaid\n{diagram()}```\n"
    when = table(("From", "To", "When"), ((str(a), str(b), why) for (a, b), why in MOVES.items()))
    drawn = "".join(f"    {before} --> {after}: {why}\n" for (before, after), why in MOVES.items())
    moves = [(str(before), str(move), str(after)) for (before, move), after in PLAN_MOVES.items()]
    plan = table(("From", "Move", "To"), moves)
    plan += "\n\n```mermaid\nstateDiagram-v2\n"
    plan += (
        "".join(f"    {before} --> {after}: {move}\n" for before, move, after in moves) + "```\n"
    )
    return f"{item}{PLAN_START}{plan}{BREAKER_START}{when}\n\n```mermaid\nstateDiagram-v2\n{drawn}```\n"


def table(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    head = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join([*head, *(f"| {' | '.join(line)} |" for line in cells)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
