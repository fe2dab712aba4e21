"""Tools that judge the work and bring it to a pull request."""

from __future__ import annotations

from bridgewright.engineer.offering.confinement import Sort
from bridgewright.engineer.offering.kinds import Field, Number, OneOf, Place, Text
from bridgewright.engineer.offering.shapes import MAYBE, NAME, OBJECTS, SEED, TEXT, choice
from bridgewright.engineer.offering.tool import LONG_S, Tool
from bridgewright.engineer.verify.words import About

_DELIVER = (
    Field("names", "The integrations; needless where there is one.", NAME, many=True),
    Field(
        "message",
        "What the commit does: add Acme.",
        Text(r"[^\W_][^\r\n]{0,71}", "a short sentence", 72),
        "--message",
    ),
    Field("type", "Of the commit: feat when new, else fix.", OneOf(("feat", "fix")), "--type"),
    Field("closes", "Issues that it closes.", Number(1, 10**9), "--closes", many=True),
    Field(
        "certificates",
        "Files with what certify printed.",
        Place(Sort.FILE),
        "--certificate",
        many=True,
    ),
)


DELIVERING: tuple[Tool, ...] = (
    Tool(
        "verify",
        "Verify",
        "Hold the last commit of the branch against its definition, in a clean checkout: branch,"
        " commits, secrets, rules, findings, resilience, tests, plan. It takes minutes. ok is false"
        " when the work is refused or something could not be found out.",
        ("engineer", "verify"),
        {
            "verdict": TEXT,
            "branch": MAYBE,
            "base": TEXT,
            "head": TEXT,
            "tree": TEXT,
            "checks": OBJECTS,
            "refusals": OBJECTS,
            "criteria": OBJECTS,
        },
        (
            Field("only", "Only these checks.", choice(About), "--only", many=True),
            SEED,
        ),
        at_top=True,
        most_s=LONG_S,
    ),
    Tool(
        "deliver",
        "Deliver",
        "Commit an integration to its branch, verify that commit here, and only if it is accepted push"
        " it and have one pull request. Nothing that the caller says of earlier checks counts.",
        ("engineer", "deliver"),
        {"end": TEXT},
        _DELIVER,
        always=("--verify",),
        writes=("docs/findings.md",),
        keeps_secrets=True,
        at_top=True,
        most_s=LONG_S,
    ),
    Tool(
        "deliver_preview",
        "Preview a delivery",
        "What would be committed and said; nothing changes.",
        ("engineer", "deliver"),
        {"end": TEXT},
        _DELIVER,
        always=("--dry-run",),
        keeps_secrets=True,
        at_top=True,
    ),
)
