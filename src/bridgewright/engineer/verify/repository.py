"""A git repository, read and never written: commits, what they change, and a clean checkout of one."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bridgewright.core.errors import ConfigurationError

_SETTINGS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "protocol.ext.allow=never"),
    *("-c", "core.quotePath=false"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.autocrlf=false"),
)
_RAW = re.compile(r":(\d{6}) (\d{6}) [0-9a-f]+ [0-9a-f]+ ([A-Z])\d*")
_FIELDS = 4
LINK, MODULE = "120000", "160000"
"""The modes of a symbolic link and of a submodule."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs between two commits; `mode` is its new one."""

    path: str
    mode: str
    status: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its full name, its parents and its message."""

    sha: str
    parents: tuple[str, ...]
    message: str

    @property
    def short(self) -> str:
        """As people call it."""
        return self.sha[:10]


@dataclass(frozen=True, slots=True)
class Repository:
    """A clone on this disk."""

    root: Path

    def run(self, *words: str, extra: dict[str, str] | None = None) -> str | None:
        """What a command of git says, None when it fails."""
        done = self._ran(words, extra)
        return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None

    def asked(self, *words: str) -> str:
        """What a command of git says. `ConfigurationError` when it fails."""
        done = self._ran(words, None)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            problem = f"git {words[0]} failed: {said[-1] if said else done.returncode}"
            raise ConfigurationError(problem, place=str(self.root))
        return done.stdout.decode("utf-8", "replace")

    def _ran(
        self, words: tuple[str, ...], extra: dict[str, str] | None
    ) -> subprocess.CompletedProcess[bytes]:
        variables = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **(extra or {})}
        try:
            return subprocess.run(  # noqa: S603 - git, without a shell
                ["git", *_SETTINGS, *words],  # noqa: S607 - the user's git
                cwd=self.root,
                env=variables,
                capture_output=True,
                check=False,
            )
        except FileNotFoundError:
            raise ConfigurationError("git is not installed", remedy="install it") from None

    def resolve(self, name: str) -> str:
        """The full name of a commit. `ConfigurationError` when there is none of that name."""
        found = self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        if found is None:
            remedy = (
                "fetch it (a shallow clone has no history: fetch-depth: 0), or correct the name"
            )
            raise ConfigurationError(f"there is no commit {name!r} here", remedy=remedy)
        return found.strip()

    def knows(self, name: str) -> bool:
        """Whether there is a commit of that name."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return self.run(*words) is not None

    def branch(self) -> str:
        """The branch that is checked out; "" for none."""
        return (self.run("symbolic-ref", "--quiet", "--short", "HEAD") or "").strip()

    def fork_of(self, one: str, other: str) -> str:
        """The last commit that both have. `ConfigurationError` when there is none."""
        found = self.run("merge-base", one, other)
        if found is None:
            problem = f"{one} and {other} have no commit in common"
            raise ConfigurationError(problem, remedy="fetch the whole history: fetch-depth: 0")
        return found.strip()

    def within(self, one: str, other: str) -> bool:
        """Whether a commit is in the history of another."""
        return self._ran(("merge-base", "--is-ancestor", one, other), None).returncode == 0

    def commits(self, since: str, until: str) -> tuple[Commit, ...]:
        """Those of `until` that `since` does not have, the oldest first."""
        text = self.asked(
            "log", "--reverse", "-z", "--format=%H%x01%P%x01%B%x01", f"{since}..{until}"
        )
        parts = [each.split("\x01") for each in text.split("\0") if each.strip()]
        return tuple(
            Commit(part[0].strip(), tuple(part[1].split()), part[2].strip())
            for part in parts
            if len(part) >= _FIELDS
        )

    def changes(self, since: str, until: str) -> tuple[Change, ...]:
        """The files that differ, a renamed one as gone and new."""
        text = self.asked("diff", "--raw", "-z", "--no-renames", "--no-ext-diff", since, until)
        parts = text.split("\0")
        found = []
        for head, path in zip(parts[::2], parts[1::2], strict=False):
            match = _RAW.fullmatch(head)
            if match is not None:
                found.append(Change(path, match[2], match[3]))
        return tuple(found)

    def patch(self, commit: Commit) -> str:
        """What a commit changes, as a diff without context; of a merge, what it changes by itself."""
        words = ("--format=", "--unified=0", "--no-renames", "--no-ext-diff", "--no-textconv")
        return self.asked("show", "--text", "--cc", *words, commit.sha)

    def tree(self, commit: str) -> str:
        """The name of everything that a commit holds."""
        return self.asked("rev-parse", f"{commit}^{{tree}}").strip()

    def file(self, commit: str, path: str) -> bytes | None:
        """A file as it is in a commit; None where it is not."""
        done = self._ran(("cat-file", "blob", f"{commit}:{path}"), None)
        return done.stdout if done.returncode == 0 else None

    def has_below(self, commit: str, folder: str) -> bool:
        """Whether a commit has any file in a folder."""
        words = ("ls-tree", "-r", "--name-only", commit, "--", f"{folder.rstrip('/')}/")
        return bool((self.run(*words) or "").strip())

    def holding(self, commit: str, text: str) -> tuple[str, ...]:
        """The files of a commit that hold a text."""
        found = self.run("grep", "-l", "-z", "--text", "--fixed-strings", "-e", text, commit, "--")
        return tuple(each.partition(":")[2] for each in (found or "").split("\0") if each)

    def checkout(self, commit: str, folder: Path) -> None:
        """A clean copy of a commit in an empty folder, by an index of its own. Attributes of the tree
        take nothing out of it, as they would out of `git archive`."""
        extra = {"GIT_INDEX_FILE": str(folder / ".verify-index")}
        words = ("checkout-index", "--all", "--force", f"--prefix={folder}/")
        if (
            self.run("read-tree", commit, extra=extra) is None
            or self.run(*words, extra=extra) is None
        ):
            raise ConfigurationError(f"git could not check {commit} out", place=str(folder))
        (folder / ".verify-index").unlink()


def opened(folder: Path) -> Repository:
    """The repository that a folder is in. `ConfigurationError` for none."""
    found = Repository(folder).run("rev-parse", "--show-toplevel")
    if found is None:
        remedy = "run it in a clone"
        raise ConfigurationError("is in no git repository", place=str(folder), remedy=remedy)
    return Repository(Path(found.strip()))
