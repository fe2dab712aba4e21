"""Which file of ours goes where, for each host."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from bridgewright.engineer.pack.words import Entry, Host, Piece

if TYPE_CHECKING:
    from collections.abc import Collection

AGENT = "integration-engineer"
SKILLS = (
    "planning-with-files",
    "certify-connector",
    "verify-webhook",
    "report-findings",
    "deliver-integration",
)
COMMANDS = ("integrate", "certify", "deliver")
_PROGRAM = "bridgewright"
_VERB = "mcp"
_SCHEMA = "https://opencode.ai/config.json"


def pieces(hosts: Collection[Host]) -> tuple[Piece, ...]:
    """The files for these hosts, in the order in which they are told."""
    found: list[Piece] = []
    if Host.OPENCODE in hosts:
        found += [
            _opencode("agent", f"{AGENT}.md"),
            *(_opencode("skill", f"{name}/SKILL.md") for name in SKILLS),
            *(_opencode("command", f"{name}.md") for name in COMMANDS),
            Piece(".opencode/memory/api.md", Host.OPENCODE, _text("memory/api.md"), stub=True),
        ]
    if Host.CLAUDE in hosts:
        found += [
            Piece(f".claude/skills/{name}/SKILL.md", Host.CLAUDE, _text(f"skills/{name}/SKILL.md"))
            for name in SKILLS
        ]
    return tuple(found)


def entries(hosts: Collection[Host]) -> tuple[Entry, ...]:
    """The entries in files of settings for these hosts: our server of tools."""
    known = (
        Entry(
            paths=("opencode.json", "opencode.jsonc"),
            host=Host.OPENCODE,
            keys=("mcp", _PROGRAM),
            value={"type": "local", "command": [_PROGRAM, _VERB]},
            around={"$schema": _SCHEMA},
        ),
        Entry(
            paths=(".mcp.json",),
            host=Host.CLAUDE,
            keys=("mcpServers", _PROGRAM),
            value={"command": _PROGRAM, "args": [_VERB]},
        ),
    )
    return tuple(each for each in known if each.host in hosts)


def _opencode(kind: str, name: str) -> Piece:
    """OpenCode reads a folder by its name in singular and in plural, and skills of `.agents` as well
    (1.18.33, measured on 2026-11-29)."""
    rivals = [f".opencode/{kind}/{name}"]
    if kind == "skill":
        rivals.append(f".agents/skills/{name}")
    text = _text(f"{kind}s/{name}")
    return Piece(f".opencode/{kind}s/{name}", Host.OPENCODE, text, rivals=tuple(rivals))


def _text(name: str) -> str:
    place = files("bridgewright.engineer.pack") / "files"
    return place.joinpath(*name.split("/")).read_text("utf-8")
