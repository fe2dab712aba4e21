"""Which phase has which tools. A phase has those that it needs: a model that plans cannot write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.engineer.loop.reporting import told
from bridgewright.engineer.loop.tools.looking import looking
from bridgewright.engineer.loop.tools.planning import planning
from bridgewright.engineer.loop.tools.running import commands, running
from bridgewright.engineer.loop.tools.words import Argument, Tool
from bridgewright.engineer.loop.tools.writing import writing
from bridgewright.engineer.loop.words import Phase, Result
from bridgewright.engineer.permissions.matching import offered

if TYPE_CHECKING:
    from bridgewright.engineer.loop.ground import Ground

DONE, GIVE_UP = "done", "give_up"
_EVERYWHERE = frozenset(
    {"read", "list", "search", "git_diff", "skill", "plan_show", "note", "decide", GIVE_UP, DONE}
)
_FINDING = frozenset({"findings_look"})
_BY_PHASE = {
    Phase.PLAN: _EVERYWHERE,
    Phase.EXECUTE: _EVERYWHERE
    | _FINDING
    | {"write", "edit", "scaffold", "check", "certify", "run_tests", "bash"},
    Phase.FEEDBACK: _EVERYWHERE | _FINDING | {"write", "edit", "check", "findings_report"},
    Phase.DELIVER: _EVERYWHERE,
}
_REPORT = "Look, and write docs/findings.md and the ledger. A second run changes nothing."
_HOSTS = {
    "read": "read",
    "list": "list",
    "search": "grep",
    "skill": "skill",
    "write": "write",
    "edit": "edit",
    "bash": "bash",
}
"""What a definition calls a tool of ours, where it has a word for it."""


def tools_of(ground: Ground, phase: Phase) -> dict[str, Tool]:
    """The tools of a phase by their names, without those that the definition denies."""
    every = (
        *looking(ground),
        *writing(ground),
        *running(ground),
        *(each for each in commands(ground) if each.name != "findings_report"),
        *planning(ground),
        Tool("findings_report", _REPORT, lambda _: told(ground)),
        *_ending(phase),
    )
    wanted = _BY_PHASE[phase]
    return {
        each.name: each
        for each in every
        if each.name in wanted and offered(ground.rules, _HOSTS.get(each.name, each.name))
    }


def _ending(phase: Phase) -> tuple[Tool, Tool]:
    """How a phase ends. What becomes of the call is for who plays the phase to say."""
    said = Argument(
        "said", "What was done, in a few sentences, for the next phase and for a reader."
    )
    what = Argument("what", "What the commit does, in a few words: add the client of Acme.")
    arguments = (said, what) if phase is Phase.DELIVER else (said,)
    return (
        Tool(DONE, "Say that this phase is done. It is looked at.", _nothing, arguments),
        Tool(
            GIVE_UP,
            "Say that the task cannot be done, and why. The run ends; nothing is sent.",
            _nothing,
            (Argument("why", "What stands in the way, and who could help."),),
        ),
    )


def _nothing(_given: object) -> Result:
    return Result("")
