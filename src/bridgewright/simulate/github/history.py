"""The history of a repository: what a name stands for, and its commits as GitHub shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.github import accounts
from bridgewright.simulate.github.git import Person
from bridgewright.simulate.github.records import Label
from bridgewright.simulate.github.world import node, stamp

if TYPE_CHECKING:
    from bridgewright.simulate.github.git import Change, Commit
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

NOREPLY = "users.noreply.github.com"
DEFAULTS = {
    "bug": "d73a4a",
    "documentation": "0075ca",
    "duplicate": "cfd3d7",
    "enhancement": "a2eeef",
    "good first issue": "7057ff",
    "help wanted": "008672",
    "invalid": "e4e669",
    "question": "d876e3",
    "wontfix": "ffffff",
}
"""The labels that a new repository has."""
_SHORTEST = 7
UNSIGNED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def person(world: World, account: Account) -> Person:
    """Somebody as git knows them, now."""
    return Person(account.login, f"{account.number}+{account.login}@{NOREPLY}", world.now())


def begin(world: World, repository: Repository, sender: Account) -> None:
    """Give a new repository its first commit, which holds a README."""
    blob = world.objects.blob(f"# {repository.name}\n".encode())
    commit = world.objects.commit({"README.md": blob}, (), "Initial commit", person(world, sender))
    repository.refs[f"heads/{repository.default_branch}"] = commit.sha


def furnish(world: World, repository: Repository) -> None:
    """Give a new repository the labels that every one begins with."""
    for name, color in DEFAULTS.items():
        repository.labels[name] = Label(world.serial(), name, color, None)


def resolve(world: World, repository: Repository, name: str) -> str:
    """The commit that a branch, a tag, a ref or a name of at least seven digits stands for, "" for
    none."""
    name = name.removeprefix("refs/")
    if name in {"", "HEAD"}:
        return repository.head
    for place in (f"heads/{name}", f"tags/{name}", name):
        if place in repository.refs:
            return repository.refs[place]
    if name in world.objects.commits:
        return name
    if len(name) >= _SHORTEST:
        return next((sha for sha in world.objects.commits if sha.startswith(name)), "")
    return ""


def shown(world: World, repository: Repository, commit: Commit) -> Content:
    """A commit, as lists have it."""
    home = f"{world.url}/repos/{repository.full_name}"
    url = f"{home}/commits/{commit.sha}"
    return {
        "sha": commit.sha,
        "node_id": node("C", int(commit.sha[:12], 16)),
        "commit": {
            "author": by(commit.author),
            "committer": by(commit.committer),
            "message": commit.message,
            "tree": {"sha": commit.tree_sha, "url": f"{home}/git/trees/{commit.tree_sha}"},
            "url": f"{home}/git/commits/{commit.sha}",
            "comment_count": 0,
            "verification": UNSIGNED,
        },
        "url": url,
        "html_url": f"{world.url}/{repository.full_name}/commit/{commit.sha}",
        "comments_url": f"{url}/comments",
        "author": _account(world, commit.author),
        "committer": _account(world, commit.committer),
        "parents": parents(world, repository, commit),
    }


def full(world: World, repository: Repository, commit: Commit) -> Content:
    """A commit with its files."""
    before = world.objects.files(commit.parents[0]) if commit.parents else {}
    changes = tuple(world.objects.changes(before, commit.tree))
    added, removed = sum(c.added for c in changes), sum(c.removed for c in changes)
    files = [change(world, repository, commit.sha, each) for each in changes]
    stats = {"total": added + removed, "additions": added, "deletions": removed}
    return shown(world, repository, commit) | {"stats": stats, "files": files}


def change(world: World, repository: Repository, sha: str, given: Change) -> Content:
    """What became of one file."""
    page = f"{world.url}/{repository.full_name}"
    home = f"{world.url}/repos/{repository.full_name}"
    told = {
        "sha": given.sha,
        "filename": given.path,
        "status": given.status,
        "additions": given.added,
        "deletions": given.removed,
        "changes": given.added + given.removed,
        "blob_url": f"{page}/blob/{sha}/{given.path}",
        "raw_url": f"{page}/raw/{sha}/{given.path}",
        "contents_url": f"{home}/contents/{given.path}?ref={sha}",
    }
    return told if given.patch is None else told | {"patch": given.patch}


def parents(world: World, repository: Repository, commit: Commit) -> list[Content]:
    """What a commit came after."""
    home = f"{world.url}/repos/{repository.full_name}/commits"
    page = f"{world.url}/{repository.full_name}/commit"
    return [
        {"sha": each, "url": f"{home}/{each}", "html_url": f"{page}/{each}"}
        for each in commit.parents
    ]


def by(given: Person) -> Content:
    """Who, and when."""
    return {"name": given.name, "email": given.email, "date": stamp(given.at_s)}


def _account(world: World, given: Person) -> Content | None:
    found = world.account(given.name)
    return accounts.shown(world, found) if found and given.email.endswith(NOREPLY) else None
