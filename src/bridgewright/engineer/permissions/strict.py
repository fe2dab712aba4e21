"""What we say to a command line: only what is written out, known, and within the work.

Patterns say what a definition's author meant; the boundary is the sandbox. A line that cannot be judged by
its words is refused; a rule has to allow each command as the shell would run it, and none may deny it as
written; commands that run others need a rule that names them; of git, gh and npm only what is known is
allowed; credentials are out of reach whatever the definition says.
"""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bridgewright.engineer.permissions import commands, reading
from bridgewright.engineer.permissions.matching import deciding
from bridgewright.engineer.permissions.words import ANY, Action, Reason, Verdict
from bridgewright.engineer.sandbox.credentials import names_one

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bridgewright.engineer.permissions.reading import Plain, Redirect
    from bridgewright.engineer.permissions.words import Rule

NOWHERE = "/dev/null"
_INSIDE_GIT = re.compile(r"(?:^|[/:=])\.git(?=$|/)")
_OUTSIDE = re.compile(r"(?:^|[=:,@]|^-[A-Za-z]+)([/~].*)")
_RUNS = re.compile(
    r"--(?:compress-program|use-compress-program|to-command|checkpoint-action|filter|strip-program|rsh|exec"
    r"|exec-path|ext-diff|textconv|upload-pack|receive-pack|config-env|unzip-command|pager|hook)(?=$|=)"
)
"""Options by which one program is told to start another."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the work is: its branch, what that goes into, the remote, and the folders below the project
    that may be written (none named: all of it)."""

    branch: str
    base: str
    remote: str = "origin"
    writable: tuple[str, ...] = ()


def verdict(rules: Sequence[Rule], command: str, work: Work) -> Verdict:
    """What we say. There is always a reason. `ConfigurationError` as of `shell.tree`."""
    line = reading.read(command)
    found = [Reason(Action.DENY, command, f"it {trouble}") for trouble in line.troubles]
    for each in line.commands:
        found += _of_command(rules, each, work)
    for redirect in line.redirects:
        found += _of_redirect(rules, redirect, work)
    return Verdict(
        tuple(found) or (Reason(Action.DENY, command, "there is no command in it to judge"),)
    )


def _of_command(rules: Sequence[Rule], plain: Plain, work: Work) -> Iterator[Reason]:
    said = " ".join(plain.words)
    name = plain.words[0] if plain.words else ""
    refusal = _refused(name, plain.words[1:]) or next(
        (why for word in plain.words[1:] if (why := _out_of_reach(word))), None
    )
    if refusal is not None:
        yield Reason(Action.DENY, plain.source, refusal)
        return
    yield _by_rules(rules, plain.source, said, name)
    if name in commands.tabled() and (unknown := _unknown(plain.words, work)):
        yield Reason(Action.DENY, plain.source, unknown)
    if name in commands.WRITERS:
        for word in plain.words[1:]:
            if not word.startswith("-"):
                yield _edit(rules, word, work)


def _refused(name: str, rest: Sequence[str]) -> str | None:
    if not name:
        return "no command is named"
    if "/" in name:
        return "a command is named by its path"
    if name in commands.STATE or (name == "printf" and any(word[:2] == "-v" for word in rest)):
        return f"{name} changes the shell in which all else runs"
    return None


def _out_of_reach(word: str) -> str | None:
    """Why a word names something that no command of the work has to do with."""
    if names_one(re.split(r"[/:=@,]|^-[A-Za-z](?=\.)", word)):
        return f"{word} is where credentials are kept"
    if _INSIDE_GIT.search(word):
        return f"{word} is git's own"
    if _RUNS.match(word):
        return f"{word.partition('=')[0]} starts another program"
    outside = _OUTSIDE.search(word)
    if outside is not None and outside[1] != NOWHERE:
        return f"{outside[1]} is outside of the project"
    if any(".." in PurePosixPath(part).parts for part in re.split(r"[=:,]|^-[A-Za-z]+", word)):
        return f"{word} leads out of the project, or may"
    return None


def _by_rules(rules: Sequence[Rule], source: str, said: str, name: str) -> Reason:
    """The worse of what the rules say to a command as it is written and as the shell would run it; of
    the first only a refusal counts."""
    for text in (source, said):
        rule = deciding(rules, "bash", text)
        if rule is not None and rule.action is Action.DENY:
            return Reason(Action.DENY, source, f"the last rule that matches is {rule}")
    if rule is None:
        return Reason(Action.ASK, source, "no rule for bash matches")
    if rule.action is Action.ALLOW and name in commands.RUNNERS and not _names(rule, name):
        why = f"{name} runs other commands, and {rule} does not name it"
        return Reason(Action.DENY, source, why)
    return Reason(rule.action, source, f"the last rule that matches is {rule}")


def _names(rule: Rule, name: str) -> bool:
    return rule.permission == "bash" and (rule.pattern.split() or [ANY])[0] == name


def _edit(rules: Sequence[Rule], path: str, work: Work) -> Reason:
    """Whether a file may be written by a command."""
    within = os.path.normpath(path)
    if work.writable and not any(
        within == folder or within.startswith(f"{folder.rstrip('/')}/") for folder in work.writable
    ):
        return Reason(Action.DENY, path, f"it is not in {', '.join(work.writable)}")
    rule = deciding(rules, "edit", within)
    if rule is None:
        return Reason(Action.ASK, path, "no rule for edit matches")
    return Reason(rule.action, path, f"the last rule that matches is {rule}")


def _of_redirect(rules: Sequence[Rule], redirect: Redirect, work: Work) -> Iterator[Reason]:
    if redirect.target == NOWHERE:
        return
    refusal = _out_of_reach(redirect.target)
    if refusal is not None:
        yield Reason(Action.DENY, redirect.target, refusal)
    elif redirect.writes:
        yield _edit(rules, redirect.target, work)


def _unknown(words: Sequence[str], work: Work) -> str | None:
    """Why a command of git, gh or npm is none that is known to be harmless."""
    name = words[0]
    subcommand = words[1] if len(words) > 1 else ""
    known = commands.subcommands().get((name, subcommand))
    if known is None:
        return f"{name} {subcommand} is not known to be harmless".replace("  ", " ")
    operands: list[str] = []
    rest = iter(words[2:])
    for word in rest:
        if not word.startswith("-") or word == "-":
            operands.append(word)
        elif known.wants_value(word):
            next(rest, None)
        elif not known.takes(word):
            return f"{name} {subcommand} {word.partition('=')[0]} is not known to be harmless"
    return _operands(f"{name} {subcommand}", known.operands, operands, work)


def _operands(
    said: str, kind: str | tuple[str, ...], operands: Sequence[str], work: Work
) -> str | None:
    """Why what stands behind a subcommand is not what may."""
    allowed: tuple[tuple[str, ...], ...]
    match kind:
        case tuple():
            return None if operands and operands[0] in kind else f"{said} may be {', '.join(kind)}"
        case "any":
            return None
        case "paths":
            everything = said == "git add" and (not operands or {".", "*", ":"} & set(operands))
            return f"{said} has to name the files" if everything else None
        case "none":
            allowed = ((),)
        case "base":
            allowed = ((), (work.base,), (f"{work.remote}/{work.base}",))
        case "branch":
            start = f"{work.remote}/{work.base}"
            allowed = ((work.branch,), (work.branch, start), (work.branch, work.base))
        case _:
            allowed = ((work.remote, work.branch),)
            if said != "git push":
                allowed += ((), (work.remote,), (work.remote, work.base))
    if tuple(operands) in allowed:
        return None
    told = " or ".join(sorted(" ".join((said, *each)) for each in allowed))
    return f"only {told} is known to be harmless"
