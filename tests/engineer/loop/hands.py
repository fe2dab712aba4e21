"""Carries out what a scripted engineer calls, and refuses nothing of it within the package: what is left is
what the engineer alone would leave, with no loop between it and the files."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.offering.catalogue import tools
from tests.engineer.loop.ground import PACKAGE
from tests.engineer.models.scripted import CHAT, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.engineer.loop.engineers import Engineer
    from tests.engineer.models.scripted import Called, Said

PHASES = ("plan", "execute", "feedback", "deliver")
MOST_ROUNDS = 60
"""Of one phase: the longest script has a third of it."""
LOOKS = ("read", "list", "search", "git_diff", "skill", "plan_show", "note", "decide", "done")
WORKS = (
    *LOOKS,
    "write",
    "edit",
    "scaffold",
    "check",
    "certify",
    "run_tests",
    "findings_look",
    "bash",
)
TOOLS = {
    "plan": LOOKS,
    "execute": WORKS,
    "feedback": (*LOOKS, "write", "edit", "check", "findings_look", "findings_report"),
    "deliver": LOOKS,
}
"""Which phase has which."""
_NOTED = frozenset({"skill", "note", "decide", "plan_show", "give_up"})
Spoken = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, as the model gets it, and what the engineer said to it."""

    question: Question
    said: Said


def began(phase: str, more: str = "") -> list[Spoken]:
    """What stands around the rounds of a phase: who it is, what is asked for, and at the end where it is."""
    return [
        {"role": "system", "content": "You write integrations."},
        {"role": "user", "content": f"Send parcels by Parcels.\n{more}"},
        {"role": "user", "content": f"phase: {phase}\nintegrations: none yet"},
    ]


def asked(phase: str, rounds: Sequence[Spoken] = (), more: str = "") -> Question:
    """A request in a phase, after these rounds."""
    *begun, now = began(phase, more)
    offered = [{"type": "function", "function": {"name": name}} for name in TOOLS[phase]]
    return Question(CHAT, {}, {"messages": [*begun, *rounds, now], "tools": offered})


def played(
    engineer: Engineer,
    perform: Callable[[Called], str],
    phases: tuple[str, ...] = PHASES,
    more: str = "",
) -> Iterator[Exchange]:
    """The phases one after the other, each until it is called done."""
    for phase in phases:
        rounds = list[Spoken]()
        for _ in range(MOST_ROUNDS):
            question = asked(phase, rounds, more)
            said = engineer.play(question)
            yield Exchange(question, said)
            if any(call.name == "done" for call in said.calls):
                break
            rounds += [answered(said), *_results(said, perform)]


def answered(said: Said) -> Spoken:
    """An answer, as the next request repeats it."""
    calls = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.written}}
        for c in said.calls
    ]
    return {"role": "assistant", "content": said.text or None, "tool_calls": calls}


def _results(said: Said, perform: Callable[[Called], str]) -> Iterator[Spoken]:
    for call in said.calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": perform(call)}
    if not said.calls:
        yield {"role": "user", "content": "Call a tool."}


def nothing_done(call: Called) -> str:
    """A tool that answers with its own name."""
    return f"{call.name}: as you say"


@dataclass(frozen=True, slots=True)
class Hands:
    """They work in a project, with the variables of whoever runs it."""

    root: Path
    env: Mapping[str, str]

    def perform(self, call: Called) -> str:
        """What a tool answers."""
        try:
            given = json.loads(call.written)
        except ValueError:
            return "the arguments are no JSON"
        if call.name in _NOTED:
            return "noted"
        doing: dict[str, Callable[[Any], str]] = {
            "write": self._write,
            "edit": self._edit,
            "read": self._read,
        }
        doing |= {"list": self._list, "search": self._search, "run_tests": self._run_tests}
        found = doing.get(call.name, lambda given: self._offered(call.name, given))
        return found(given)

    def _write(self, given: Mapping[str, Any]) -> str:
        path = self._own(given)
        if path is None:
            return "refused: it is none of the package's"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(given["text"], "utf-8")
        return "written"

    def _edit(self, given: Mapping[str, Any]) -> str:
        path = self._own(given)
        if path is None or given["old"] not in path.read_text("utf-8"):
            return "refused: nothing was edited"
        path.write_text(path.read_text("utf-8").replace(given["old"], given["new"]), "utf-8")
        return "edited"

    def _read(self, given: Mapping[str, Any]) -> str:
        path = self.root / given["path"]
        return path.read_text("utf-8") if path.is_file() else "refused: there is no such file"

    def _list(self, given: Mapping[str, Any]) -> str:
        folder = self.root / given.get("folder", ".")
        return "\n".join(sorted(each.name for each in folder.iterdir()))

    def _search(self, given: Mapping[str, Any]) -> str:
        files = (self.root / given.get("folder", ".")).rglob("*.*")
        return "\n".join(str(each) for each in files if given["text"] in each.read_text("utf-8"))

    def _run_tests(self, given: Mapping[str, Any]) -> str:
        return self._run("pytest", "-q", *given["paths"])

    def _offered(self, name: str, given: Mapping[str, Any]) -> str:
        """A tool that is a command of ours, held to what it says that it takes."""
        tool = next((each for each in tools() if each.name == name), None)
        if tool is None:
            return "there is no such tool"
        return self._run("bridgewright", *tool.line(given, self.root))

    def _own(self, given: Mapping[str, Any]) -> Path | None:
        path = (self.root / given["path"]).resolve()
        return path if path.is_relative_to(self.root / PACKAGE) else None

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.root,
            env=dict(self.env),
            capture_output=True,
            text=True,
            check=False,
        )
        return f"ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
