"""The branch, its commits, and the files they touch."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bridgewright.engineer.verify.repository import LINK, MODULE
from bridgewright.engineer.verify.words import About, Outcome, Reason, Refusal, judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bridgewright.engineer.definition.words import Definition
    from bridgewright.engineer.verify.repository import Change, Commit, Repository

TYPES = "build chore ci docs feat fix perf refactor revert style test".split()
"""Those of the Conventional Commits specification 1.0.0 and of its `config-conventional` (2026-11)."""
MOST_SUBJECT = 100
_SUBJECT = re.compile(rf"({'|'.join(TYPES)})(\([\w./-]{{1,40}}\))?!?: \S.*")
SETTINGS = "bridgewright.toml"


@dataclass(frozen=True, slots=True)
class Range:
    """The work: from the last commit it shares with `base` to `head`, on a branch of that name."""

    repository: Repository
    base: str
    since: str
    head: str
    branch: str

    def commits(self) -> tuple[Commit, ...]:
        """Its commits, without those that it took over from the base."""
        return tuple(
            each
            for each in self.repository.commits(self.base, self.head)
            if not self._takes_over(each)
        )

    def _takes_over(self, commit: Commit) -> bool:
        """Whether a commit merges the base and changes nothing by itself."""
        first, *others = commit.parents or ("",)
        if not others or not all(self.repository.within(other, self.base) for other in others):
            return False
        del first
        return not self.repository.patch(commit).strip()

    def changes(self) -> tuple[Change, ...]:
        """The files it touches."""
        return self.repository.changes(self.since, self.head)


def branch(work: Range, definition: Definition) -> Outcome:
    """On the branch that the definition names, with the base left alone."""
    found: list[Refusal] = []
    mend = f"move the commits to {definition.branch}, and put {definition.base} back"
    if work.branch == definition.base:
        told = f"the work is on {definition.base} itself"
        found.append(Refusal(Reason.EDITED_MAIN, work.branch, told, mend))
    elif work.branch != definition.branch:
        told = f"the work is not on {definition.branch}, as {definition.path} wants it"
        found.append(Refusal(Reason.WRONG_BRANCH, work.branch or "no branch", told))
    found += _edited(work, definition, mend)
    if not work.commits():
        told = f"there is no commit that {definition.base} does not have"
        found.append(Refusal(Reason.NO_WORK, work.branch, told))
    return judged(About.BRANCH, tuple(found), f"{work.branch} from {work.since[:10]}")


def _edited(work: Range, definition: Definition, mend: str) -> Iterator[Refusal]:
    """Commits on this clone's base that its remote does not have."""
    local, remote = f"refs/heads/{definition.base}", f"refs/remotes/origin/{definition.base}"
    if work.branch == definition.base:
        return
    if work.repository.knows(local) and work.repository.knows(remote):
        ours = work.repository.commits(remote, local)
        if ours:
            told = f"{definition.base} has {len(ours)} commits that origin does not have"
            yield Refusal(Reason.EDITED_MAIN, ours[-1].short, told, mend)


def commits(work: Range) -> Outcome:
    """Conventional Commits 1.0.0: `type(scope): what`, and an empty line before anything else."""
    found = []
    own = work.commits()
    for each in own:
        problem = unconventional(each.message)
        if problem:
            mend = "write it like feat(integration): add acme orders"
            found.append(Refusal(Reason.UNCONVENTIONAL_COMMIT, each.short, problem, mend))
    return judged(About.COMMITS, tuple(found), f"{len(own)} commits")


def unconventional(message: str) -> str:
    """What is wrong with a commit's message; "" where nothing is."""
    lines = message.splitlines() or [""]
    if len(lines[0]) > MOST_SUBJECT:
        return f"its subject has {len(lines[0])} characters, at most {MOST_SUBJECT}"
    if _SUBJECT.fullmatch(lines[0]) is None:
        return f"{lines[0]!r} is no subject of Conventional Commits"
    if len(lines) > 1 and lines[1].strip():
        return "no empty line is after its subject"
    return ""


def paths(work: Range, allowed: tuple[str, ...], own: Mapping[str, frozenset[str]]) -> Outcome:
    """Nothing is touched outside of the allowed paths, and nothing in them leads outside. Of
    `bridgewright.toml`, the tables of the integrations may change: `own` are their names."""
    found = []
    changed = work.changes()
    mend = "take it out of this branch, or allow it by --allow"
    for each in changed:
        told = ""
        if each.mode in {LINK, MODULE}:
            told = "is a symbolic link" if each.mode == LINK else "is a submodule"
        elif any(matches(each.path, pattern) for pattern in allowed):
            continue
        elif each.path == SETTINGS:
            told = _settings(work, own)
        else:
            told = "is outside of the integration"
        if told:
            found.append(Refusal(Reason.OUTSIDE_PATHS, each.path, told, mend))
    return judged(About.PATHS, tuple(found), f"{len(changed)} files")


def _settings(work: Range, own: Mapping[str, frozenset[str]]) -> str:
    """What else than its own tables the work changes in the settings; "" for nothing."""
    left = []
    for commit in (work.since, work.head):
        data = work.repository.file(commit, SETTINGS) or b""
        try:
            content = tomllib.loads(data.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError):
            return "is not TOML"
        for table, names in own.items():
            inner = content.get(table)
            if isinstance(inner, dict):
                content[table] = {name: inner[name] for name in inner if name not in names}
            if not content.get(table):
                content.pop(table, None)
        left.append(content)
    differ = [name for name in {**left[0], **left[1]} if left[0].get(name) != left[1].get(name)]
    return f"changes {', '.join(differ)} of others" if differ else ""


def matches(path: str, pattern: str) -> bool:
    """Whether a path is of a pattern: `folder/**` is everything below a folder, else `*` stays within one
    name."""
    if pattern.endswith("/**"):
        folder = pattern.removesuffix("/**")
        return any(matches(str(each), folder) for each in PurePosixPath(path).parents if each.name)
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
