"""Tools that say where models do not fit, and how far the work is."""

from __future__ import annotations

from bridgewright.engineer.findings.codes import Severity
from bridgewright.engineer.offering.confinement import Sort
from bridgewright.engineer.offering.kinds import Field, Flag, NamedPlace, Place, Text
from bridgewright.engineer.offering.shapes import COUNT, OBJECTS, TEXT, TEXTS, choice
from bridgewright.engineer.offering.tool import Tool
from bridgewright.engineer.planning.words import Status

_FINDINGS_SHAPE = {
    "integrations": COUNT,
    "checks": COUNT,
    "findings": OBJECTS,
    "undecided": OBJECTS,
    "remarks": TEXTS,
}
_PLAN_SHAPE = {
    "goal": TEXT,
    "complete": COUNT,
    "phases": OBJECTS,
    "decisions": OBJECTS,
    "errors": OBJECTS,
    "open": TEXTS,
}
_PLAN_FILES = ("task_plan.md", "notes.md", "findings.md", "progress.md", ".planning")
_PHASE = Text(r"[\w][\w .,&/()+-]{0,99}", "a number, or a name")
_PATHS = Field("paths", "Folders of integrations; all without it.", Place(Sort.FOLDER), many=True)
_STATIC = Field("static", "Read models without importing them.", Flag(), "--static")
FINDINGS: tuple[Tool, ...] = (
    Tool(
        "findings_look",
        "Look for findings",
        "Compare the project's models with what providers take and give; nothing is written. It"
        " imports models, unless static is true. ok is false when a finding fails.",
        ("findings", "look"),
        _FINDINGS_SHAPE,
        (
            _PATHS,
            _STATIC,
            Field(
                "fail_on",
                "The mildest finding that fails.",
                choice((*Severity, "never")),
                "--fail-on",
            ),
            Field(
                "upstreams",
                "A newer specification of an integration.",
                NamedPlace(),
                "--upstream",
                many=True,
            ),
        ),
        called="findings",
    ),
    Tool(
        "findings_report",
        "Report findings",
        "Look, and write docs/findings.md and the ledger. A second run changes nothing.",
        ("findings", "look"),
        {**_FINDINGS_SHAPE, "written": {"type": ["object", "null"]}},
        (_PATHS, _STATIC),
        called="findings",
        writes=("docs/findings.md", ".integrations/findings.json"),
        always=("--write",),
    ),
)


_GOAL = Field("goal", "What is to be done, in one line.", Text(most_chars=300), needed=True)
_SHOWN = Text(r"(?:commit|file|test|check) \S[^\r\n]{0,299}", "'commit SHA', 'file PATH'…", 310)
PLAN: tuple[Tool, ...] = (
    Tool(
        "plan_show",
        "Show the plan",
        "The plan in task_plan.md: its phases, with evidence, decisions, errors.",
        ("engineer", "plan", "show"),
        _PLAN_SHAPE,
    ),
    Tool(
        "plan_begin",
        "Begin a plan",
        "Begin a plan for a goal, in files that git does not see.",
        ("engineer", "plan", "start"),
        _PLAN_SHAPE,
        (_GOAL, Field("phases", "Names of its phases.", _PHASE, "--phase", many=True)),
        writes=_PLAN_FILES,
    ),
    Tool(
        "plan_advance",
        "Advance the plan",
        "Say how far a phase is. Complete needs evidence that verify looks for later.",
        ("engineer", "plan", "phase"),
        _PLAN_SHAPE,
        (
            Field("phase", "Its number, or a part of its name.", _PHASE, needed=True),
            Field("status", "How far it is.", choice(Status), needed=True),
            Field(
                "evidence",
                "'commit SHA', 'file PATH', 'test PATH::NAME' or 'check NAME'.",
                _SHOWN,
                "--evidence",
                many=True,
            ),
        ),
        writes=_PLAN_FILES,
    ),
)
