"""The app, where it is installed, and the tokens of its installations.

https://docs.github.com/rest/apps/apps, as known 2026-11: a token is good for an hour, and may be narrowed to
some of the installation's permissions and repositories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.github import accounts, repositories
from bridgewright.simulate.github.callers import INSTALLED
from bridgewright.simulate.github.pages import page
from bridgewright.simulate.github.records import Grant, Installation
from bridgewright.simulate.github.trouble import not_found, refused, said
from bridgewright.simulate.github.world import APP, OCTO, PERMISSIONS, SLUG, node, stamp
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

EVENTS = ("check_run", "issue_comment", "issues", "pull_request", "push", "status")
_LEVELS = {"read": 1, "write": 2, "admin": 3}


def app(world: World) -> Content:
    """The app, as it is shown to itself and beside what it did."""
    return {
        "id": APP,
        "slug": SLUG,
        "client_id": "Iv1.0000000000000001",
        "node_id": node("A", APP),
        "owner": accounts.named(world, OCTO),
        "name": "Simulated",
        "description": None,
        "external_url": f"{world.url}/apps/{SLUG}",
        "html_url": f"{world.url}/apps/{SLUG}",
        "created_at": stamp(world.began_at_s),
        "updated_at": stamp(world.began_at_s),
        "permissions": dict(PERMISSIONS),
        "events": list(EVENTS),
        "installations_count": len(world.installations),
    }


def get_authenticated(ask: Ask) -> Reply:
    """`GET /app`."""
    return said(app(ask.world))


def list_installations(ask: Ask) -> Reply:
    """`GET /app/installations`."""
    found = tuple(ask.world.installations.values())
    return page(ask, found, lambda each: shown(ask.world, each))


def get_installation(ask: Ask) -> Reply:
    """`GET /app/installations/{installation_id}`."""
    return said(shown(ask.world, _one(ask)))


def get_repo_installation(ask: Ask) -> Reply:
    """`GET /repos/{owner}/{repo}/installation`."""
    return said(shown(ask.world, _of(ask, ask.names["owner"], ask.names["repo"])))


def get_user_installation(ask: Ask) -> Reply:
    """`GET /users/{username}/installation` and `GET /orgs/{org}/installation`."""
    return said(shown(ask.world, _of(ask, ask.names.get("username") or ask.names["org"])))


def create_installation_access_token(ask: Ask) -> Reply:
    """`POST /app/installations/{installation_id}/access_tokens`: 422 for more than the installation
    has."""
    grant = _narrowed(ask)
    told: Content = {
        "token": ask.world.issue(grant),
        "expires_at": stamp(grant.ends_at_s),
        "permissions": dict(grant.permissions),
        "repository_selection": "all" if grant.repositories is None else "selected",
    }
    if grant.repositories is not None:
        found = [r for r in ask.world.repositories if r.number in grant.repositories]
        told["repositories"] = [repositories.shown(ask.world, each) for each in found]
    return said(told, 201)


def revoke_installation_access_token(ask: Ask) -> Reply:
    """`DELETE /installation/token`: the token that asks ends itself."""
    grant = _granted(ask)
    words = [word for word, each in ask.world.grants.items() if each is grant]
    for word in words:
        del ask.world.grants[word]
    return Reply(204)


def list_repos_accessible_to_installation(ask: Ask) -> Reply:
    """`GET /installation/repositories`."""
    grant = _granted(ask)
    account = ask.world.installations[grant.installation].account
    found = [
        each
        for each in ask.world.repositories
        if each.owner == account
        and (grant.repositories is None or each.number in grant.repositories)
    ]
    return page(ask, found, lambda each: repositories.shown(ask.world, each), "repositories")


def shown(world: World, installation: Installation) -> Content:
    """An installation."""
    home = f"{world.url}/app/installations/{installation.number}"
    account = accounts.named(world, installation.account) or {}
    at = stamp(installation.made_at_s)
    return {
        "id": installation.number,
        "account": account,
        "repository_selection": "all" if installation.repositories is None else "selected",
        "access_tokens_url": f"{home}/access_tokens",
        "repositories_url": f"{world.url}/installation/repositories",
        "html_url": f"{world.url}/settings/installations/{installation.number}",
        "app_id": APP,
        "app_slug": SLUG,
        "target_id": account.get("id"),
        "target_type": account.get("type"),
        "permissions": dict(installation.permissions),
        "events": list(EVENTS),
        "created_at": at,
        "updated_at": at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }


def _narrowed(ask: Ask) -> Grant:
    installation = _one(ask)
    permissions = ask.body.get("permissions") or installation.permissions
    for name, level in permissions.items():
        held = installation.permissions.get(name, "")
        if _LEVELS.get(str(level), 9) > _LEVELS.get(held, 0):
            raise refused(422, "The permissions requested are not granted to this installation.")
    if permissions is not installation.permissions:
        permissions = {"metadata": "read", **permissions}
    ends_at_s = ask.world.now() + ask.world.lifetime_s
    return Grant(installation.number, permissions, _chosen(ask, installation), ends_at_s)


def _one(ask: Ask) -> Installation:
    found = ask.world.installations.get(ask.number("installation_id"))
    if found is None:
        raise not_found()
    return found


def _of(ask: Ask, login: str, name: str = "") -> Installation:
    if name and ask.world.repository(f"{login}/{name}") is None:
        raise not_found()
    for each in ask.world.installations.values():
        if each.account.lower() == login.lower():
            return each
    raise not_found()


def _granted(ask: Ask) -> Grant:
    if ask.caller.kind != INSTALLED or ask.caller.grant is None:
        raise refused(403, "You must authenticate with an installation access token.")
    return ask.caller.grant


def _chosen(ask: Ask, installation: Installation) -> frozenset[int] | None:
    if not {"repositories", "repository_ids"} & set(ask.body):
        return installation.repositories
    names: list[str] = ask.body.get("repositories", [])
    numbers: list[int] = ask.body.get("repository_ids", [])
    mine = [each for each in ask.world.repositories if each.owner == installation.account]
    chosen = {each.number for each in mine if _is_named(each, names, numbers)}
    if len(chosen) != len({*names, *numbers}):
        text = (
            "There is at least one repository that does not exist or is not accessible to the"
            " parent installation."
        )
        raise refused(422, text)
    return frozenset(chosen)


def _is_named(repository: Repository, names: list[str], numbers: list[int]) -> bool:
    return repository.name in names or repository.number in numbers
