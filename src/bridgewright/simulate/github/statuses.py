"""Statuses of commits, one by one and combined.

https://docs.github.com/rest/commits/statuses, as known 2026-11: the newest of each context counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.github import accounts, events, history, repositories
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Status
from bridgewright.simulate.github.trouble import invalid, not_found, refused, said
from bridgewright.simulate.github.world import node, stamp

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content, Reply

LONGEST = 140
_BAD = frozenset({"error", "failure"})


def keep(world: World, repository: Repository, status: Status, sender: Account) -> Content:
    """Keep a status, and tell of it; the payload of `status`."""
    repository.statuses.append(status)
    told = shown(world, repository, status)
    home = f"{world.url}/repos/{repository.full_name}/commits"
    branches = [
        {
            "name": ref.partition("/")[2],
            "commit": {"sha": sha, "url": f"{home}/{sha}"},
            "protected": False,
        }
        for ref, sha in repository.refs.items()
        if sha == status.sha and ref.startswith("heads/")
    ]
    kept = ("id", "state", "context", "description", "target_url", "created_at", "updated_at")
    content = {
        **{name: told[name] for name in kept},
        "avatar_url": told["avatar_url"],
        "sha": status.sha,
        "name": repository.full_name,
        "commit": history.shown(world, repository, world.objects.commits[status.sha]),
        "branches": branches,
    }
    return events.happen(world, repository, "status", sender, content)


def create_commit_status(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/statuses/{sha}`."""
    repository, sha, body = ask.repository, ask.names["sha"], ask.body
    if sha not in ask.world.objects.commits:
        raise refused(422, f"No commit found for SHA: {sha[:100]}")
    if len(body.get("description") or "") > LONGEST:
        text = f"description is too long (maximum is {LONGEST} characters)"
        raise invalid("Status", "description", "custom", text)
    made = Status(
        ask.world.serial(),
        sha,
        body["state"],
        body.get("context", "default"),
        body.get("description"),
        body.get("target_url"),
        ask.me.login,
        ask.world.now(),
    )
    keep(ask.world, repository, made, ask.me)
    told = shown(ask.world, repository, made)
    return said(told | {"creator": accounts.named(ask.world, made.author)}, 201)


def list_commit_statuses_for_ref(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/commits/{ref}/statuses`, the newest first."""
    repository, sha = _commit(ask)
    found = [each for each in reversed(repository.statuses) if each.sha == sha]

    def told(status: Status) -> Content:
        creator = accounts.named(ask.world, status.author)
        return shown(ask.world, repository, status) | {"creator": creator}

    return page(ask, found, told)


def get_combined_status_for_ref(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/commits/{ref}/status`."""
    repository, sha = _commit(ask)
    latest = {each.context: each for each in repository.statuses if each.sha == sha}
    states = {each.state for each in latest.values()}
    bad, waiting = bool(states & _BAD), not states or "pending" in states
    home = f"{ask.world.url}/repos/{repository.full_name}/commits/{sha}"
    told = {
        "state": "failure" if bad else "pending" if waiting else "success",
        "statuses": [shown(ask.world, repository, each) for each in latest.values()],
        "sha": sha,
        "total_count": len(latest),
        "repository": repositories.shown(ask.world, repository),
        "commit_url": home,
        "url": f"{home}/status",
    }
    return said(told)


def shown(world: World, repository: Repository, status: Status) -> Content:
    """A status."""
    author = accounts.named(world, status.author) or {}
    return {
        "url": f"{world.url}/repos/{repository.full_name}/statuses/{status.sha}",
        "avatar_url": author.get("avatar_url"),
        "id": status.id,
        "node_id": node("SC", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": stamp(status.at_s),
        "updated_at": stamp(status.at_s),
    }


def _commit(ask: Ask) -> tuple[Repository, str]:
    repository = ask.repository
    sha = history.resolve(ask.world, repository, ask.names["ref"])
    if not sha:
        raise not_found()
    return repository, sha
