"""Members of the workspace, and who one is oneself. https://docs.slack.dev/reference/methods/users.list,
auth.test and api.test, read 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.slack import words
from bridgewright.simulate.slack.pages import page
from bridgewright.simulate.slack.trouble import SlackError, missing
from bridgewright.simulate.slack.workspace import BOT, DOMAIN, TEAM

if TYPE_CHECKING:
    from bridgewright.simulate.slack.asked import Asked
    from bridgewright.simulate.slack.workspace import Workspace
    from bridgewright.simulate.wire import Content


def test_auth(workspace: Workspace, asked: Asked) -> Content:
    """Whose token it is."""
    del workspace
    told: Content = {
        "url": f"https://{DOMAIN}.slack.com/",
        "team": "Simulated",
        "user": asked.caller.name,
        "team_id": TEAM,
        "user_id": asked.caller.id,
        "is_enterprise_install": False,
    }
    return told | ({"bot_id": BOT} if asked.caller.is_bot else {})


def test_api(workspace: Workspace, asked: Asked) -> Content:
    """The arguments again; or the error they ask for."""
    del workspace
    told = {name: value for name, value in asked.content.items() if name != "token"}
    error = asked.maybe("error")
    if error is not None:
        raise SlackError(error)
    return {"args": told} if told else {}


def list_(workspace: Workspace, asked: Asked) -> Content:
    """Everybody, page by page."""
    found = sorted(workspace.users.values(), key=lambda each: each.id)
    shown, cursor = page(asked, found, lambda each: each.id)
    return {
        "members": [words.user(each) for each in shown],
        "cache_ts": workspace.second(),
        "response_metadata": {"next_cursor": cursor},
    }


def retrieve(workspace: Workspace, asked: Asked) -> Content:
    """One member."""
    return {"user": words.user(workspace.user(asked.text("user")))}


def lookup(workspace: Workspace, asked: Asked) -> Content:
    """One member by the address of their mail."""
    given = asked.maybe("email")
    if given is None:
        raise missing("email")
    for each in workspace.users.values():
        if each.email and each.email.lower() == given.lower():
            return {"user": words.user(each)}
    raise SlackError("users_not_found")
