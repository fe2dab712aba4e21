"""Branches and tags: where they stand, and what happens when they move.

https://docs.github.com/rest/git/refs and .../branches/branches, as known 2026-11.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.github import accounts, events, history, repositories
from bridgewright.simulate.github.git import NOTHING
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Side
from bridgewright.simulate.github.trouble import not_found, refused, said
from bridgewright.simulate.github.world import node, stamp
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.git import Commit
    from bridgewright.simulate.github.records import Account, Issue, Pull
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

_REF = re.compile(r"refs/(?:heads|tags)/[^\s~^:?*\[\\\x00-\x20\x7f]{1,200}")
_MOST_TOLD = 2_048


def move(  # noqa: PLR0913 - what a push is made of
    world: World,
    repository: Repository,
    ref: str,
    sha: str,
    sender: Account,
    *,
    forced: bool = False,
) -> tuple[Content, ...]:
    """Put a ref (`heads/main`) at a commit, tell the push, and take the pull requests of the branch
    along; the payloads that were told, the push's first."""
    before = repository.refs.get(ref, NOTHING)
    repository.refs[ref] = sha
    repository.pushed_at_s = repository.changed_at_s = world.now()
    content = pushed(world, repository, ref, (before, sha), sender, forced=forced)
    told = [events.happen(world, repository, "push", sender, content)]
    for home, issue, pull in _pulls_of(world, repository, ref):
        moved = replace(pull, head=replace(pull.head, sha=sha))
        changed = replace(issue, pull=moved, changed_at_s=world.now())
        home.issues[issue.number] = changed
        more = {"before": before, "after": sha}
        told.append(events.of_issue(world, home, changed, "synchronize", sender, **more))
    _advance_bases(repository, ref, sha)
    return tuple(told)


def drop(world: World, repository: Repository, ref: str, sender: Account) -> None:
    """Take a ref away; open pull requests of the branch are closed, as GitHub does."""
    before = repository.refs.pop(ref)
    content = pushed(world, repository, ref, (before, NOTHING), sender)
    events.happen(world, repository, "push", sender, content)
    for home, issue, _ in _pulls_of(world, repository, ref):
        now = world.now()
        closed = replace(
            issue, state="closed", closed_at_s=now, changed_at_s=now, closed_by=sender.login
        )
        home.issues[issue.number] = closed
        events.tell_of_issue(world, home, closed, "closed", sender)


def get_ref(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/git/ref/{ref}`."""
    repository, ref = ask.repository, ask.names["ref"].removeprefix("refs/")
    _refuse_empty(repository)
    if ref not in repository.refs:
        raise not_found()
    return said(_shown(ask.world, repository, ref))


def list_matching_refs(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/git/matching-refs/{ref}`."""
    repository = ask.repository
    wanted = ask.names.get("ref", "").removeprefix("refs/")
    found = sorted(ref for ref in repository.refs if ref.startswith(wanted))
    return page(ask, found, lambda ref: _shown(ask.world, repository, ref))


def create_ref(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/git/refs`."""
    repository, name = ask.repository, ask.body["ref"]
    _refuse_empty(repository)
    refuse_name(name)
    ref = name.removeprefix("refs/")
    _known(ask.world, ask.body["sha"])
    if ref in repository.refs:
        raise refused(422, "Reference already exists")
    move(ask.world, repository, ref, ask.body["sha"], ask.me)
    return said(_shown(ask.world, repository, ref), 201)


def update_ref(ask: Ask) -> Reply:
    """`PATCH /repos/{owner}/{repo}/git/refs/{ref}`: only forward, unless forced."""
    repository, ref, sha = ask.repository, ask.names["ref"], ask.body["sha"]
    if ref not in repository.refs:
        raise refused(422, "Reference does not exist")
    commit = _known(ask.world, sha)
    before = repository.refs[ref]
    forward = before in {each.sha for each in ask.world.objects.history(commit.sha)}
    if not forward and not ask.body.get("force"):
        raise refused(422, "Update is not a fast forward")
    if sha != before:
        move(ask.world, repository, ref, sha, ask.me, forced=not forward)
    return said(_shown(ask.world, repository, ref))


def delete_ref(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}/git/refs/{ref}`."""
    repository, ref = ask.repository, ask.names["ref"]
    if ref not in repository.refs:
        raise refused(422, "Reference does not exist")
    if ref == f"heads/{repository.default_branch}":
        raise refused(422, "Cannot delete the default branch")
    drop(ask.world, repository, ref, ask.me)
    return Reply(204)


def list_branches(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/branches`."""
    repository = ask.repository
    home = f"{ask.world.url}/repos/{repository.full_name}"
    wanted = ask.query.get("protected")
    names = sorted(ref for ref in repository.refs if ref.startswith("heads/"))

    def shown(ref: str) -> Content:
        sha = repository.refs[ref]
        commit = {"sha": sha, "url": f"{home}/commits/{sha}"}
        return {"name": ref.removeprefix("heads/"), "commit": commit, "protected": False}

    return page(ask, [] if wanted == "true" else names, shown)


def get_branch(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/branches/{branch}`."""
    repository, name = ask.repository, ask.names["branch"]
    sha = repository.refs.get(f"heads/{name}")
    if sha is None:
        raise refused(404, "Branch not found")
    home = f"{ask.world.url}/repos/{repository.full_name}/branches/{name}"
    page_of = f"{ask.world.url}/{repository.full_name}/tree/{name}"
    told = {
        "name": name,
        "commit": history.shown(ask.world, repository, ask.world.objects.commits[sha]),
        "_links": {"self": home, "html": page_of},
        "protected": False,
        "protection": {
            "enabled": False,
            "required_status_checks": {
                "enforcement_level": "off",
                "contexts": [],
                "checks": [],
            },
        },
        "protection_url": f"{home}/protection",
    }
    return said(told)


def refuse_name(name: str) -> None:
    """422 for what is no full name of a branch or a tag that git takes: `refs/heads/main`."""
    if not _REF.fullmatch(name) or ".." in name or name.endswith(("/", ".", ".lock")):
        raise refused(422, f"{name[:200]} is not a valid ref name.")


def _refuse_empty(repository: Repository) -> None:
    if not repository.refs:
        raise refused(409, "Git Repository is empty.")


def _known(world: World, sha: str) -> Commit:
    found = world.objects.commits.get(sha)
    if found is None:
        raise refused(422, "Object does not exist")
    return found


def _shown(world: World, repository: Repository, ref: str) -> Content:
    sha = repository.refs[ref]
    home = f"{world.url}/repos/{repository.full_name}/git"
    return {
        "ref": f"refs/{ref}",
        "node_id": node("REF", int(sha[:12], 16)),
        "url": f"{home}/refs/{ref}",
        "object": {"sha": sha, "type": "commit", "url": f"{home}/commits/{sha}"},
    }


def _pulls_of(
    world: World, repository: Repository, ref: str
) -> Iterator[tuple[Repository, Issue, Pull]]:
    """The open pull requests, wherever they are, whose head is this branch."""
    name = ref.removeprefix("heads/")
    for home in world.repositories:
        for issue in tuple(home.issues.values()):
            pull = issue.pull
            if pull is None or issue.state != "open" or not ref.startswith("heads/"):
                continue
            if (pull.head.repository, pull.head.ref) == (repository.full_name, name):
                yield home, issue, pull


def _advance_bases(repository: Repository, ref: str, sha: str) -> None:
    for issue in tuple(repository.issues.values()):
        pull = issue.pull
        if pull is not None and issue.state == "open" and f"heads/{pull.base.ref}" == ref:
            base = Side(repository.full_name, pull.base.ref, sha)
            repository.issues[issue.number] = replace(issue, pull=replace(pull, base=base))


def pushed(  # noqa: PLR0913 - what a push is made of
    world: World,
    repository: Repository,
    ref: str,
    moved: tuple[str, str],
    sender: Account,
    *,
    forced: bool = False,
) -> Content:
    """What a push tells: from where to where a ref went, and the commits between."""
    before, after = moved
    objects, page_of = world.objects, f"{world.url}/{repository.full_name}"
    new = objects.ahead(before if before != NOTHING else repository.head, after)
    last = objects.commits.get(after)
    return {
        "ref": f"refs/{ref}",
        "before": before,
        "after": after,
        "repository": _as_pushed(world, repository),
        "pusher": {"name": sender.login, "email": history.person(world, sender).email},
        "created": before == NOTHING,
        "deleted": after == NOTHING,
        "forced": forced,
        "base_ref": None,
        "compare": f"{page_of}/compare/{before[:12]}...{after[:12]}",
        "commits": [_pushed(world, repository, each) for each in new[:_MOST_TOLD]],
        "head_commit": None if last is None else _pushed(world, repository, last),
    }


def _as_pushed(world: World, repository: Repository) -> Content:
    """A repository as a push tells it: some of its times are numbers."""
    told = repositories.shown(world, repository)
    owner = world.known(repository.owner)
    named = {"name": owner.login, "email": history.person(world, owner).email}
    return told | {
        "url": told["html_url"],
        "owner": accounts.shown(world, owner) | named,
        "created_at": int(repository.made_at_s),
        "pushed_at": int(repository.pushed_at_s),
        "stargazers": len(repository.stars),
        "master_branch": repository.default_branch,
    }


def _pushed(world: World, repository: Repository, commit: Commit) -> Content:
    before = world.objects.files(commit.parents[0]) if commit.parents else {}
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for path in sorted({**before, **commit.tree}):
        if before.get(path) != commit.tree.get(path):
            kind = "added" if path not in before else "modified"
            paths[kind if path in commit.tree else "removed"].append(path)
    named = (("author", commit.author), ("committer", commit.committer))
    return {
        "id": commit.sha,
        "tree_id": commit.tree_sha,
        "distinct": True,
        "message": commit.message,
        "timestamp": stamp(commit.committer.at_s),
        "url": f"{world.url}/{repository.full_name}/commit/{commit.sha}",
        **{
            part: {"name": who.name, "email": who.email, "username": who.name}
            for part, who in named
        },
        **paths,
    }
