"""Repositories: made for a person or an organization, forked, listed, told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bridgewright.simulate.github import accounts, history
from bridgewright.simulate.github.ask import anonymous
from bridgewright.simulate.github.callers import INSTALLED
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.trouble import invalid, not_found, refused, said
from bridgewright.simulate.github.world import node, stamp
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LINKS = {
    "forks": "forks",
    "keys": "keys{/key_id}",
    "collaborators": "collaborators{/collaborator}",
    "teams": "teams",
    "hooks": "hooks",
    "issue_events": "issues/events{/number}",
    "events": "events",
    "assignees": "assignees{/user}",
    "branches": "branches{/branch}",
    "tags": "tags",
    "blobs": "git/blobs{/sha}",
    "git_tags": "git/tags{/sha}",
    "git_refs": "git/refs{/sha}",
    "trees": "git/trees{/sha}",
    "statuses": "statuses/{sha}",
    "languages": "languages",
    "stargazers": "stargazers",
    "contributors": "contributors",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "commits": "commits{/sha}",
    "git_commits": "git/commits{/sha}",
    "comments": "comments{/number}",
    "issue_comment": "issues/comments{/number}",
    "contents": "contents/{+path}",
    "compare": "compare/{base}...{head}",
    "merges": "merges",
    "archive": "{archive_format}{/ref}",
    "downloads": "downloads",
    "issues": "issues{/number}",
    "pulls": "pulls{/number}",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "labels": "labels{/name}",
    "releases": "releases{/id}",
    "deployments": "deployments",
}


def shown(world: World, repository: Repository) -> Content:
    """A repository, as lists and webhooks have it."""
    home = f"{world.url}/repos/{repository.full_name}"
    page_of = f"{world.url}/{repository.full_name}"
    return {
        "id": repository.number,
        "node_id": node("R", repository.number),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": accounts.named(world, repository.owner),
        "html_url": page_of,
        "description": repository.description,
        "fork": bool(repository.parent),
        "url": home,
        **{f"{name}_url": f"{home}/{path}" for name, path in _LINKS.items()},
        "git_url": f"git://{page_of.partition('://')[2]}.git",
        "ssh_url": f"ssh://git@{page_of.partition('://')[2]}.git",
        "clone_url": f"{page_of}.git",
        "svn_url": page_of,
        "mirror_url": None,
        "homepage": None,
        "created_at": stamp(repository.made_at_s),
        "updated_at": stamp(repository.changed_at_s),
        "pushed_at": stamp(repository.pushed_at_s),
        **_counted(repository),
        "language": None,
        "license": None,
        "archived": False,
        "disabled": False,
        "visibility": "private" if repository.private else "public",
        "default_branch": repository.default_branch,
        "topics": [],
        "is_template": False,
        "allow_forking": True,
        "web_commit_signoff_required": False,
    }


def _counted(repository: Repository) -> Content:
    stars = len(repository.stars)
    still_open = [each.state for each in tuple(repository.issues.values())].count("open")
    features = ("issues", "projects", "downloads", "wiki")
    return {
        "size": 0,
        "stargazers_count": stars,
        "watchers_count": stars,
        "watchers": stars,
        "forks_count": 0,
        "forks": 0,
        "open_issues_count": still_open,
        "open_issues": still_open,
        **{f"has_{name}": True for name in features},
        "has_pages": False,
        "has_discussions": False,
    }


def full(world: World, repository: Repository, caller: str) -> Content:
    """A repository by itself."""
    role = world.role(caller, repository)
    told = shown(world, repository) | {"network_count": 0, "subscribers_count": 0}
    told["permissions"] = {
        "admin": role == "admin",
        "maintain": role == "admin",
        "push": role != "",
        "triage": role != "",
        "pull": True,
    }
    parent = world.repository(repository.parent)
    if parent is not None:
        told["parent"] = told["source"] = shown(world, parent)
    if world.known(repository.owner).kind == "Organization":
        told["organization"] = told["owner"]
    return told


def get(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}`."""
    return said(full(ask.world, ask.repository, ask.caller.login))


def delete(ask: Ask) -> Reply:
    """`DELETE /repos/{owner}/{repo}`."""
    ask.world.forget(ask.repository)
    return Reply(204)


def list_for_user(ask: Ask) -> Reply:
    """`GET /users/{username}/repos` and `GET /orgs/{org}/repos`."""
    owner = ask.world.account(ask.names.get("username") or ask.names["org"])
    if owner is None:
        raise not_found()
    return _page(ask, owner.login)


def list_for_authenticated_user(ask: Ask) -> Reply:
    """`GET /user/repos`."""
    return _page(ask, _person(ask).login)


def create_for_authenticated_user(ask: Ask) -> Reply:
    """`POST /user/repos`."""
    return _create(ask, _person(ask))


def create_in_org(ask: Ask) -> Reply:
    """`POST /orgs/{org}/repos`: for who belongs to it."""
    owner = ask.world.account(ask.names["org"])
    if owner is None or owner.kind != "Organization":
        raise not_found()
    if _person(ask).login not in ask.world.members.get(owner.login, ()):
        raise refused(403, "You need admin access to the organization before adding a repository.")
    return _create(ask, owner)


def create_fork(ask: Ask) -> Reply:
    """`POST /repos/{owner}/{repo}/forks`: a copy of every branch, with the same history."""
    parent, owner = ask.repository, _person(ask)
    name = ask.body.get("name") or parent.name
    taken = ask.world.repository(f"{owner.login}/{name}")
    if taken is not None and taken.parent != parent.full_name:
        raise invalid("Repository", "name", "custom", "name already exists on this account")
    if taken is None:
        taken = ask.world.keep(owner.login, _good(name))
        taken.parent, taken.private = parent.full_name, parent.private
        taken.default_branch = parent.default_branch
        taken.refs = dict(parent.refs)
    return said(full(ask.world, taken, ask.caller.login), 202)


def found_new(world: World, owner: str, name: str, sender: Account) -> Repository:
    """A repository with a first commit, which holds a README."""
    made = world.keep(owner, name)
    history.begin(world, made, sender)
    history.furnish(world, made)
    return made


def _create(ask: Ask, owner: Account) -> Reply:
    name = _good(ask.body["name"])
    if ask.world.repository(f"{owner.login}/{name}") is not None:
        raise invalid("Repository", "name", "custom", "name already exists on this account")
    if ask.body.get("auto_init"):
        made = found_new(ask.world, owner.login, name, ask.me)
    else:
        made = ask.world.keep(owner.login, name)
        history.furnish(ask.world, made)
    made.description = ask.body.get("description")
    made.private = bool(ask.body.get("private"))
    home = f"{ask.world.url}/repos/{made.full_name}"
    return said(full(ask.world, made, ask.caller.login), 201, ("location", home))


def _good(name: str) -> str:
    if not _NAME.fullmatch(name) or name in {".", ".."}:
        raise invalid("Repository", "name", "missing_field" if not name else "invalid")
    return name


def _person(ask: Ask) -> Account:
    if anonymous(ask.caller):
        raise refused(401, "Requires authentication")
    if ask.caller.kind == INSTALLED:
        raise refused(403, "Resource not accessible by integration")
    return ask.me


def _page(ask: Ask, owner: str) -> Reply:
    found = [
        each
        for each in ask.world.repositories
        if each.owner == owner and ask.world.sees(ask.caller.login, each)
    ]
    found.sort(key=lambda each: each.full_name.lower())
    return page(ask, found, lambda each: shown(ask.world, each))
