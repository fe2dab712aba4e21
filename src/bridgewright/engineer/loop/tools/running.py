"""Tools that run something: our own commands, the tests, and a shell where the user opted for one. All of it
runs in the sandbox, for all of it may be the model's own code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer.loop.ground import LONG, PACKAGE
from bridgewright.engineer.loop.tools.words import Argument, Tool, marked, output, strayed
from bridgewright.engineer.loop.words import Breach, Result
from bridgewright.engineer.offering import answers, catalogue
from bridgewright.engineer.offering.confinement import Sort, confined
from bridgewright.engineer.permissions import strict
from bridgewright.engineer.permissions.strict import Work
from bridgewright.engineer.permissions.words import Action
from bridgewright.engineer.verify.place import Integration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from bridgewright.engineer.loop.ground import Ground
    from bridgewright.engineer.offering.tool import Tool as Command
    from bridgewright.engineer.sandbox.words import Outcome

_PATHED = (
    "import os, runpy, sys; os.environ['PYTHONPATH'] = sys.argv[1];"
    " sys.path[:0] = sys.argv[1].split(os.pathsep); del sys.argv[1];"
    " runpy.run_module('pytest', run_name='__main__', alter_sys=True)"
)
"""Pytest with the folders of the project on the path; the sandbox passes no PYTHONPATH in."""


def commands(ground: Ground) -> Iterator[Tool]:
    """Those that other agents are offered too, with the same arguments and answers."""
    for each in catalogue.tools():
        yield Tool(each.name, each.told, _command(ground, each), schema=each.input_schema())


def running(ground: Ground) -> Iterator[Tool]:
    """Tool `run_tests` and, where the user opted for it, `bash`."""
    yield Tool(
        "run_tests",
        "Run the tests of the integration, or those that are named, without network and secrets.",
        lambda given: tested(ground, given.get("paths", ())),
        (Argument("paths", "Files and folders of tests.", "array", needed=False),),
    )
    if ground.bash:
        yield Tool(
            "bash",
            "Run a command line that the rules allow: no network, and only the integration can be changed.",
            lambda given: _shell(ground, given["command"]),
            (Argument("command", "The command line."),),
        )


def tested(ground: Ground, paths: Sequence[str]) -> Result:
    """The tests' own words, failed where they do not pass."""
    named = [confined(ground.root, each.partition("::")[0], Sort.ANY) for each in paths]
    wanted = [
        f"{n}{each[len(n) :]}" if each.startswith(n) else n
        for n, each in zip(named, paths, strict=True)
    ]
    found = [Integration(ground.root, each) for each in ground.own()]
    wanted = wanted or [path for each in found for path in each.tests()]
    if not wanted:
        raise ConfigurationError(
            "there are no tests", remedy="write some: tests/integrations/test_NAME.py"
        )
    folders = dict.fromkeys((*(str(each.imports) for each in found), str(ground.root), PACKAGE))
    words = (sys.executable, "-P", "-c", _PATHED, os.pathsep.join(folders), "-q", "-x")
    outcome = ground.ran((*words, "-p", "no:cacheprovider", *wanted))
    return told("run_tests", outcome, ground)


def told(name: str, outcome: Outcome, ground: Ground) -> Result:
    """What a program printed, and how it ended."""
    how = "passed" if outcome.succeeded else _ended(outcome)
    text = marked(f"{name}: {how}", output(outcome.output, ground.redaction))
    breach = Breach.STRAYED if outcome.planted else None
    return Result(text, failed=not outcome.succeeded, breach=breach)


def answered(command: Command, outcome: Outcome, ground: Ground) -> Result:
    """What one of our commands answers, as other agents are answered it too."""
    code = -1 if outcome.status is None else outcome.status
    said = [line for line in outcome.output.splitlines() if not line.startswith("{")]
    answer = answers.answer(command, code, outcome.output.encode(), said, ground.redaction)
    return Result(answer.text, answer.failed)


def _command(ground: Ground, command: Command) -> Callable[[Mapping[str, Any]], Result]:
    def do(given: Mapping[str, Any]) -> Result:
        line = command.line(given, ground.root)
        refusal = _elsewhere(ground, command.name, given)
        if refusal is not None:
            return refusal
        outcome = ground.command(line, _writes(command.name), LONG)
        return answered(command, outcome, ground)

    return do


def _writes(name: str) -> tuple[str, ...]:
    """Where a command of ours writes; the others see a project that cannot be changed."""
    return (".",) if name == "scaffold" else ()


def _elsewhere(ground: Ground, name: str, given: Mapping[str, Any]) -> Result | None:
    """A run makes one integration: the one that was asked for, or the first that it begins."""
    own = {each.name for each in ground.own()} | set(ground.names)
    if name == "scaffold" and own and given.get("name") not in own:
        about = ", ".join(sorted(own))
        return Result(
            f"error: this branch is about {about} until its pull request is merged, and a run makes no other"
            " integration: give_up, and say so",
            failed=True,
        )
    if name == "scaffold" and ground.is_taken(
        f"{given.get('into', 'integrations')}/{given['name']}"
    ):
        return strayed("that folder was there before, and is no integration")
    return None


def _shell(ground: Ground, command: str) -> Result:
    writable = ground.writable()
    work = Work(ground.course.branch, ground.course.base, ground.course.remote, writable)
    verdict = strict.verdict(ground.rules, command, work)
    if verdict.action is not Action.ALLOW:
        why = "; ".join(each.why for each in verdict.reasons if each.action is not Action.ALLOW)
        return strayed(f"the rules do not allow it: {why}")
    return told("bash", ground.ran(("bash", "-c", command), writable), ground)


def _ended(outcome: Outcome) -> str:
    if outcome.planted:
        return f"made repositories of git: {', '.join(outcome.planted)}"
    if outcome.limit is not None:
        return f"ended for its {outcome.limit}"
    if outcome.signal is not None:
        return f"killed by signal {outcome.signal}"
    return f"ended with {outcome.status}"
