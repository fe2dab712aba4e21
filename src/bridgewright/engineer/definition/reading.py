"""An agent file into a `Definition`: its head strictly, its body by the marks that such files share."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.engineer import encoded
from bridgewright.engineer.definition import frontmatter
from bridgewright.engineer.definition.words import Clause, Definition, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

NAME = "integration-engineer"
_PLACES = tuple(
    f"{folder}/{kind}/{NAME}.md"
    for folder in (".opencode", ".claude")
    for kind in ("agent", "agents")
)
_BASE = "main"
_FINDINGS = "docs/findings.md"
_TAG = "Integration"
_IN_REF = r"[^\s~^:?*\[\\<>`'\"|;&$()]"
_REF = (
    r"(?!/|\.|-)(?!\S*(?:\.\.|//|@\{|\.lock\b))"
    rf"{_IN_REF}{{0,199}}(?![/.,]){_IN_REF}(?=[\s`'\".,;)]|$)"
)
"""A branch's name (git-check-ref-format); one with a placeholder, like `agent/<role>`, is none."""
_BRANCHES = (
    re.compile(rf"branch naming\W*\s*`({_REF})`", re.IGNORECASE),
    re.compile(rf"\bgit (?:checkout|switch) (?:-[bc] )?({_REF})"),
    re.compile(rf"\bgit push (?:-\S+ )*origin ({_REF})"),
    re.compile(rf"--head[ =]({_REF})"),
    re.compile(rf"work was done on\W*`({_REF})`", re.IGNORECASE),
)
_BASES = (
    re.compile(rf"--base[ =]({_REF})"),
    re.compile(rf"\bgit merge (?:-\S+ )*origin/({_REF})"),
    re.compile(rf"always pull `({_REF})`", re.IGNORECASE),
)
_MEMORY = re.compile(r"`?((?:\.opencode|\.claude)/memory/[\w.*/-]+\.md)`?")
_REPORTED = re.compile(r"`([\w./-]*findings\.md)`")
_BULLET = re.compile(r"^\s*- \[([A-Za-z][\w /-]{0,40})\] \S")
_COMMIT = re.compile(r"`[a-z]+\(([\w./-]{1,40})\)!?: ")
_BOX = re.compile(r"^\s*[-*] \[[ xX]\] (?:\*\*(.+?):?\*\*:?\s*)?(.*)$")
_RULE = re.compile(r"^\s*(?:[-*]|\d+\.)\s+\*\*(.+?):?\*\*:?\s*(.*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_SUBJECTS = (
    (Subject.BRANCHING, r"branch"),
    (Subject.COMMITS, r"commit"),
    (Subject.FINDINGS, r"finding|incompatib"),
    (Subject.TIMEOUTS, r"time-?outs?\b"),
    (Subject.SECRETS, r"secret|api keys?\b|credential"),
    (Subject.LOGGING, r"\blog(ging|s)?\b|sanitiz"),
    (Subject.LIMITS, r"rate limit|limits?\b"),
    (Subject.CORE_LOGIC, r"core logic|business logic"),
    (Subject.RESILIENCE, r"resilien|retr(y|ies)|circuit|error"),
    (Subject.PLANNING, r"\bplan"),
    (Subject.TESTS, r"\btest"),
)


def read(path: Path, root: Path | None = None) -> Definition:
    """The definition in a file, whatever its encoding and line ends. `ConfigurationError` with the line
    when its head is malformed, or when it names no branch, or two."""
    name = _named(path, root or Path.cwd())
    return parse(encoded.read(path, name), name)


def find(root: Path) -> Definition:
    """The definition of a project: `integration-engineer.md` among its agents, or ours where it has
    none."""
    return found(lambda place: (root / place).read_bytes() if (root / place).is_file() else None)


def found(file: Callable[[str], bytes | None]) -> Definition:
    """The same, where `file` gives the bytes of a file of the project: those of a commit, say."""
    for place in _PLACES:
        data = file(place)
        if data is not None:
            return parse(encoded.decode(data, place), place)
    return default()


def default() -> Definition:
    """Ours: what `bridgewright` asks of work for which no definition is there."""
    text = (files("bridgewright.engineer.definition") / "default.md").read_bytes()
    return parse(encoded.decode(text, "default.md"), "bridgewright's own definition")


def parse(content: encoded.Encoded, name: str) -> Definition:
    """A definition from its text. `ConfigurationError` as of `read`."""
    lines = content.lines()
    head, start = frontmatter.split(lines, name)
    body = lines[start:]
    return Definition(
        path=name,
        head=head,
        body="\n".join(body),
        branch=_branch(body, start, name),
        base=_one(_BASES, body, start, name, "base") or _BASE,
        memory=tuple(dict.fromkeys(each for line in body for each in _MEMORY.findall(line))),
        findings=next((each for line in body for each in _REPORTED.findall(line)), _FINDINGS),
        tag=next((match[1] for line in body if (match := _BULLET.match(line))), _TAG),
        scopes=tuple(dict.fromkeys(each for line in body for each in _COMMIT.findall(line))),
        plan=any("task_plan.md" in line for line in body),
        standards=tuple(_clauses(body, start, _RULE, criteria=False)),
        criteria=tuple(_clauses(body, start, _BOX, criteria=True)),
    )


def boxes(text: str) -> tuple[Clause, ...]:
    """The boxes that are ticked in a text, such as a pull request's, as criteria of that name."""
    lines = text.splitlines()
    found = [(index, _BOX.match(line)) for index, line in enumerate(lines)]
    return tuple(
        Clause((m[1] or m[2]).strip(), m[2].strip(), index + 1, _subject(m[1] or m[2], m[2]))
        for index, m in found
        if m is not None and "[ ]" not in lines[index][: m.start(2)]
    )


def _branch(body: Sequence[str], start: int, name: str) -> str:
    found = _one(_BRANCHES, body, start, name, "branch")
    if found is None:
        raise ConfigurationError(
            "names no branch that the work is done on",
            place=name,
            remedy="add a line: - **Branch Naming**: `agent/integration-engineer`",
        )
    return found


def _one(
    patterns: Iterable[re.Pattern[str]], body: Sequence[str], start: int, name: str, what: str
) -> str | None:
    """What all patterns agree on. Two branches in one definition cannot both be the static one."""
    found: dict[str, int] = {}
    for pattern in patterns:
        for index, line in enumerate(body):
            for match in pattern.finditer(line):
                found.setdefault(match[1], start + index + 1)
    if what == "branch":
        found.pop(_one(_BASES, body, start, name, "base") or _BASE, None)
    if len(found) > 1:
        told = ", ".join(f"{each} (line {line})" for each, line in found.items())
        problem = f"names more than one {what}: {told}"
        raise ConfigurationError(problem, place=name, remedy="leave one of them")
    return next(iter(found), None)


def _clauses(
    body: Sequence[str], start: int, pattern: re.Pattern[str], *, criteria: bool
) -> Iterator[Clause]:
    """Boxes below a heading of success; and bold rules below one of standards or constraints."""
    wanted, fenced = 0, False
    for index, line in enumerate(body):
        fenced ^= line.lstrip().startswith("```")
        heading = _HEADING.match(line)
        if heading is not None and not fenced:
            depth = len(heading[1])
            if wanted and depth <= wanted:
                wanted = 0
            asked = "success|criteria" if criteria else "standard|constraint|limit|etiquette"
            wanted = wanted or (depth if re.search(asked, heading[2], re.IGNORECASE) else 0)
        elif wanted and not fenced and (match := pattern.match(line)) is not None:
            title = (match[1] or match[2]).strip()
            yield Clause(title, match[2].strip(), start + index + 1, _subject(title, match[2]))


def _subject(*texts: str) -> Subject:
    """By its name where that says it, else by its words."""
    for text in texts:
        for subject, pattern in _SUBJECTS:
            if re.search(pattern, text, re.IGNORECASE):
                return subject
    return Subject.UNKNOWN


def _named(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()
