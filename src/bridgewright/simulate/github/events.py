"""What GitHub tells when something happened: the payload of an event, to every hook that asked for it.

Shapes after https://docs.github.com/webhooks/webhook-events-and-payloads, as known 2026-11, and the models of
`githubkit` 0.16, which parse every one of them in the tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.github import accounts, cards, repositories
from bridgewright.simulate.github.world import node

if TYPE_CHECKING:
    from bridgewright.simulate.github.records import Account, Issue
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content


def happen(
    world: World,
    repository: Repository,
    event: str,
    sender: Account,
    content: Content,
) -> Content:
    """Tell an event of a repository; its payload."""
    payload = {
        **content,
        "repository": content.get("repository") or repositories.shown(world, repository),
        "sender": accounts.shown(world, sender),
    }
    owner = world.known(repository.owner)
    if owner.kind == "Organization":
        payload["organization"] = organization(world, owner)
    world.hooks.happened(world, repository, event, payload)
    return payload


def of_issue(
    world: World,
    repository: Repository,
    issue: Issue,
    action: str,
    sender: Account,
    **more: object,
) -> Content:
    """Tell what happened to an issue, or to a pull request, which has events of its own name."""
    if issue.pull is None:
        what: Content = {"issue": cards.issue(world, repository, issue)}
        event = "issues"
    else:
        shown = cards.full_pull(world, repository, issue, issue.pull)
        what, event = {"number": issue.number, "pull_request": shown}, "pull_request"
    return happen(world, repository, event, sender, {"action": action, **what, **more})


def tell_of_issue(
    world: World,
    repository: Repository,
    issue: Issue,
    action: str,
    sender: Account,
    **more: object,
) -> None:
    """The same where nobody asks what the payload was: it is made only if there is somebody to tell, for
    making it costs about as much as the request itself."""
    if world.hooks.anybody(world):
        of_issue(world, repository, issue, action, sender, **more)
    else:
        world.hooks.missed()


def organization(world: World, owner: Account) -> Content:
    """An organization, as payloads mention it."""
    home = f"{world.url}/orgs/{owner.login}"
    parts = ("repos", "events", "hooks", "issues")
    return {
        "login": owner.login,
        "id": owner.number,
        "node_id": node("O", owner.number),
        "url": home,
        **{f"{part}_url": f"{home}/{part}" for part in parts},
        "members_url": f"{home}/members{{/member}}",
        "public_members_url": f"{home}/public_members{{/member}}",
        "avatar_url": f"{world.url}/avatars/{owner.number}",
        "description": "",
    }
