"""A simulated repository whose branches are those of a real one: what git pushed is there.

The names of commits are git's own. Their files are taken as ordinary ones: a link or an executable keeps
its content here, not its kind.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from bridgewright.simulate.github import refs
from bridgewright.simulate.github.git import Commit, Person

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bridgewright.simulate.github.git import Objects
    from bridgewright.simulate.github.world import Repository, World

_HEADS = "heads/"
_FORM = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
_LIMIT_S = 60.0


def bring(world: World, repository: Repository, folder: Path) -> None:
    """Have the branches that the folder has, tell of each that moved, and close what hung on one that
    is gone."""
    listed = _git(folder, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads")
    there = {
        ref.removeprefix("refs/"): sha
        for sha, _, ref in (line.partition(" ") for line in listed.decode().splitlines())
    }
    here = {ref: sha for ref, sha in repository.refs.items() if ref.startswith(_HEADS)}
    if there == here:
        return
    sender = world.known(repository.owner)
    _keep(world.objects, folder, there.values())
    for ref, sha in there.items():
        if here.get(ref) != sha:
            before = here.get(ref, sha)
            forced = before not in {each.sha for each in world.objects.history(sha)}
            refs.move(world, repository, ref, sha, sender, forced=forced)
    for ref in here.keys() - there.keys():
        refs.drop(world, repository, ref, sender)


def _keep(objects: Objects, folder: Path, tips: Iterable[str]) -> None:
    listed = _git(folder, "rev-list", "--topo-order", "--reverse", *tips).decode().split()
    for sha in listed:
        if sha not in objects.commits:
            objects.commits[sha] = _commit(objects, folder, sha)


def _commit(objects: Objects, folder: Path, sha: str) -> Commit:
    shown = _git(folder, "show", "--no-patch", f"--format={_FORM}", sha).decode("utf-8", "replace")
    name, tree, parents, *people, message = shown.split("\0", 9)
    files: dict[str, str] = {}
    for entry in filter(None, _git(folder, "ls-tree", "-r", "-z", sha).split(b"\0")):
        about, _, path = entry.partition(b"\t")
        _, kind, blob = about.decode().split(" ")
        if kind == "blob":
            files[path.decode("utf-8", "replace")] = blob
    for blob in files.values():
        if blob not in objects.blobs:
            objects.blobs[blob] = _git(folder, "cat-file", "blob", blob)
    objects.trees[tree] = files
    author, committer = _person(*people[:3]), _person(*people[3:])
    text = message.removesuffix("\n")
    return Commit(name, tree, files, tuple(parents.split()), author, committer, text)


def _person(name: str, email: str, at_s: str) -> Person:
    return Person(name, email, float(at_s))


def _git(folder: Path, *words: str) -> bytes:
    done = subprocess.run(  # noqa: S603 - words, no shell
        ["git", *words],  # noqa: S607 - the git of the machine
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_LIMIT_S,
        check=True,
    )
    return done.stdout
