"""The objects of git behind a simulated repository: their true names, their history, their differences.

Blobs, trees and commits are named by SHA-1 as git names them (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects,
as known 2026-11), so that a name made here is the one that git would make.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from difflib import SequenceMatcher, unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Tree = Mapping[str, str]

NOTHING = "0" * 40
"""What stands for a commit where there is none."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote or committed, and when, in seconds since 1970."""

    name: str
    email: str
    at_s: float

    def line(self) -> str:
        """As a commit holds it."""
        return f"{self.name} <{self.email}> {int(self.at_s)} +0000"


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of all files (`tree`: each path, and the blob there), after its parents."""

    sha: str
    tree_sha: str
    tree: Tree = field(repr=False)
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one file; `patch` is None for what is no text."""

    path: str
    status: str
    sha: str
    added: int
    removed: int
    patch: str | None


class Objects:
    """All blobs and commits, by their names."""

    def __init__(self) -> None:
        self.blobs: dict[str, bytes] = {}
        self.trees: dict[str, Tree] = {}
        self.commits: dict[str, Commit] = {}

    def blob(self, content: bytes) -> str:
        """Keep a file's content; its name."""
        sha = _name("blob", content)
        self.blobs[sha] = content
        return sha

    def tree(self, tree: Tree) -> str:
        """Keep a folder and those in it; its name."""
        folders: dict[str, dict[str, str]] = {}
        entries: list[tuple[str, str, str]] = []
        for path, sha in tree.items():
            first, _, rest = path.partition("/")
            if rest:
                folders.setdefault(first, {})[rest] = sha
            else:
                entries.append((first, "100644", sha))
        entries += [(name, "40000", self.tree(inside)) for name, inside in folders.items()]
        entries.sort(key=lambda entry: entry[0] + ("/" if entry[1] == "40000" else ""))
        content = b"".join(
            f"{mode} {name}".encode() + b"\0" + bytes.fromhex(sha) for name, mode, sha in entries
        )
        named = _name("tree", content)
        self.trees[named] = dict(tree)
        return named

    def commit(
        self,
        tree: Tree,
        parents: tuple[str, ...],
        message: str,
        author: Person,
        committer: Person | None = None,
    ) -> Commit:
        """Keep a new commit."""
        committer = committer or author
        tree_sha = self.tree(tree)
        lines = [f"tree {tree_sha}", *(f"parent {each}" for each in parents)]
        lines += [f"author {author.line()}", f"committer {committer.line()}", "", message]
        sha = _name("commit", "\n".join(lines).encode())
        made = Commit(sha, tree_sha, dict(tree), parents, author, committer, message)
        self.commits[sha] = made
        return made

    def history(self, sha: str) -> tuple[Commit, ...]:
        """A commit and all before it, the newest first: a parent never stands before its child."""
        order: list[Commit] = []
        seen: set[str] = set()
        stack = [(sha, False)] if sha in self.commits else []
        while stack:
            current, done = stack.pop()
            if done:
                order.append(self.commits[current])
            elif current not in seen:
                seen.add(current)
                stack.append((current, True))
                stack += [(each, False) for each in reversed(self.commits[current].parents)]
        return tuple(reversed(order))

    def ahead(self, base: str, head: str) -> tuple[Commit, ...]:
        """What head has and base has not, the oldest first."""
        known = {each.sha for each in self.history(base)}
        return tuple(each for each in reversed(self.history(head)) if each.sha not in known)

    def fork_point(self, one: str, other: str) -> str:
        """The newest commit that two histories share, "" for none."""
        known = {each.sha for each in self.history(one)}
        return next((each.sha for each in self.history(other) if each.sha in known), "")

    def files(self, sha: str) -> Tree:
        """Every file of a commit; none for no commit."""
        found = self.commits.get(sha)
        return found.tree if found else {}

    def merged(self, base: str, head: str) -> Tree | None:
        """Every file when head is merged into base; None when both changed the same."""
        origin = self.files(self.fork_point(base, head))
        ours, theirs = self.files(base), self.files(head)
        result: dict[str, str] = {}
        for path in {**ours, **theirs}:
            was, here, there = origin.get(path), ours.get(path), theirs.get(path)
            if here != there and was not in {here, there}:
                return None
            kept = there if here == was else here
            if kept is not None:
                result[path] = kept
        return result

    def changes(self, old: Tree, new: Tree) -> Iterator[Change]:
        """Each file that differs, by its path."""
        for path in sorted({**old, **new}):
            before, after = old.get(path), new.get(path)
            if before == after:
                continue
            status = "added" if before is None else "removed" if after is None else "modified"
            texts = [_text(self.blobs[sha]) if sha else "" for sha in (before, after)]
            added, removed, patch = _difference(*texts)
            yield Change(path, status, after or before or "", added, removed, patch)


def _name(kind: str, content: bytes) -> str:
    head = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(head + content, usedforsecurity=False).hexdigest()


def _text(content: bytes) -> str | None:
    try:
        return None if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return None


def _difference(old: str | None, new: str | None) -> tuple[int, int, str | None]:
    if old is None or new is None:
        return 0, 0, None
    before, after = old.splitlines(), new.splitlines()
    added = removed = 0
    for kind, low, high, start, end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if kind != "equal":
            removed, added = removed + high - low, added + end - start
    lines = list(unified_diff(before, after, lineterm=""))[2:]
    return added, removed, "\n".join(lines)
