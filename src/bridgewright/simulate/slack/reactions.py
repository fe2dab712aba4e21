"""Emoji under messages.
https://docs.slack.dev/reference/methods/reactions.add and its siblings, read 2026-11."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.slack import words
from bridgewright.simulate.slack.trouble import SlackError
from bridgewright.simulate.slack.workspace import Reaction

if TYPE_CHECKING:
    from bridgewright.simulate.slack.asked import Asked
    from bridgewright.simulate.slack.workspace import Channel, Post, User, Workspace
    from bridgewright.simulate.wire import Content

MOST = 50
"""Different emoji under one message; one person may add 23 of them."""
MOST_OF_ONE = 23
_NAME = re.compile(r"[a-z0-9_+'\-]{1,100}(::skin-tone-[2-6])?")


def add(workspace: Workspace, asked: Asked) -> Content:
    """Put an emoji under a message."""
    channel, post = _item(workspace, asked)
    if channel.is_archived:
        raise SlackError("is_archived")
    react(workspace, post, asked.caller, _name(asked))
    return {}


def remove(workspace: Workspace, asked: Asked) -> Content:
    """Take one's emoji away."""
    name = _name(asked)
    _, post = _item(workspace, asked)
    found = next((each for each in post.reactions if each.name == name), None)
    if found is None or asked.caller.id not in found.users:
        raise SlackError("no_reaction")
    users = tuple(each for each in found.users if each != asked.caller.id)
    left = tuple(
        replace(each, users=users) if each is found else each
        for each in post.reactions
        if each is not found or users
    )
    workspace.put_post(replace(post, reactions=left))
    _tell(workspace, "reaction_removed", post, asked.caller, name)
    return {}


def get(workspace: Workspace, asked: Asked) -> Content:
    """A message with what is under it."""
    channel, post = _item(workspace, asked)
    told = words.post(workspace, post) | {"permalink": words.permalink(post)}
    return {"type": "message", "channel": channel.id, "message": told}


def react(workspace: Workspace, post: Post, user: User, name: str) -> None:
    """Somebody's emoji under a message, and the event of it."""
    found = next((each for each in post.reactions if each.name == name), None)
    if found is not None and user.id in found.users:
        raise SlackError("already_reacted")
    if found is None and len(post.reactions) >= MOST:
        raise SlackError("too_many_emoji")
    if sum(user.id in each.users for each in post.reactions) >= MOST_OF_ONE:
        raise SlackError("too_many_reactions")
    if found is None:
        reactions = (*post.reactions, Reaction(name, (user.id,)))
    else:
        grown = replace(found, users=(*found.users, user.id))
        reactions = tuple(grown if each is found else each for each in post.reactions)
    workspace.put_post(replace(post, reactions=reactions))
    _tell(workspace, "reaction_added", post, user, name)


def _item(workspace: Workspace, asked: Asked) -> tuple[Channel, Post]:
    given = asked.maybe("channel")
    if given is None or asked.maybe("timestamp") is None:
        raise SlackError("no_item_specified")
    channel = workspace.channel(given, asked.caller)
    if asked.caller.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel, workspace.post(channel, asked.text("timestamp"))


def _name(asked: Asked) -> str:
    name = asked.text("name").strip(":")
    if not _NAME.fullmatch(name):
        raise SlackError("invalid_name")
    return name


def _tell(workspace: Workspace, kind: str, post: Post, user: User, name: str) -> None:
    if workspace.bot.id not in workspace.channels[post.channel].members:
        return
    workspace.tell(
        {
            "type": kind,
            "user": user.id,
            "reaction": name,
            "item": {"type": "message", "channel": post.channel, "ts": post.ts},
            "item_user": post.user,
            "event_ts": workspace.stamp(),
        }
    )
