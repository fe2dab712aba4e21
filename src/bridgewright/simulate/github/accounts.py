"""People, organizations and bots, as GitHub shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.github.ask import anonymous
from bridgewright.simulate.github.callers import INSTALLED
from bridgewright.simulate.github.trouble import not_found, refused, said
from bridgewright.simulate.github.world import node, stamp

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.records import Account
    from bridgewright.simulate.github.world import World
    from bridgewright.simulate.wire import Content, Reply

_PARTS = (
    "followers",
    "subscriptions",
    "organizations",
    "repos",
    "received_events",
)


def shown(world: World, account: Account) -> Content:
    """Somebody, as others mention them."""
    home = f"{world.url}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.number,
        "node_id": node("U", account.number),
        "avatar_url": f"{world.url}/avatars/{account.number}",
        "gravatar_id": "",
        "url": home,
        "html_url": f"{world.url}/{account.login}",
        **{f"{part}_url": f"{home}/{part}" for part in _PARTS},
        "following_url": f"{home}/following{{/other_user}}",
        "gists_url": f"{home}/gists{{/gist_id}}",
        "starred_url": f"{home}/starred{{/owner}}{{/repo}}",
        "events_url": f"{home}/events{{/privacy}}",
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def named(world: World, login: str) -> Content | None:
    """Somebody by their login, None for nobody."""
    return shown(world, world.known(login)) if login else None


def association(world: World, repository: str, login: str) -> str:
    """What an author is to a repository, as GitHub calls it."""
    found = world.found(repository)
    if login == found.owner:
        return "OWNER"
    return "COLLABORATOR" if world.role(login, found) else "NONE"


def full(world: World, account: Account) -> Content:
    """Somebody, with what they tell about themselves."""
    public = [r for r in world.repositories if r.owner == account.login and not r.private]
    told = dict.fromkeys(("name", "company", "location", "email", "hireable", "bio"))
    return {
        **shown(world, account),
        **told,
        "name": account.login,
        "blog": "",
        "twitter_username": None,
        "public_repos": len(public),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": stamp(account.made_at_s),
        "updated_at": stamp(account.made_at_s),
    }


def get_authenticated(ask: Ask) -> Reply:
    """`GET /user`."""
    if anonymous(ask.caller):
        raise refused(401, "Requires authentication")
    if ask.caller.kind == INSTALLED:
        raise refused(403, "Resource not accessible by integration")
    mine = [r for r in ask.world.repositories if r.owner == ask.me.login and r.private]
    private = {
        "private_gists": 0,
        "total_private_repos": len(mine),
        "owned_private_repos": len(mine),
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
    }
    return said(full(ask.world, ask.me) | private | {"user_view_type": "private"})


def get_by_username(ask: Ask) -> Reply:
    """`GET /users/{username}`."""
    found = ask.world.account(ask.names["username"])
    if found is None:
        raise not_found()
    return said(full(ask.world, found))
