"""Conversations: who is in them, and what was said. https://docs.slack.dev/reference/methods/conversations.list
and its siblings, read 2026-11."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.slack import words
from bridgewright.simulate.slack.pages import page
from bridgewright.simulate.slack.trouble import SlackError

if TYPE_CHECKING:
    from bridgewright.simulate.slack.asked import Asked
    from bridgewright.simulate.slack.workspace import Channel, Post, Workspace
    from bridgewright.simulate.wire import Content

LONGEST_NAME = 80
MOST_HISTORY = 999
KINDS = frozenset({"public_channel", "private_channel", "mpim", "im"})
_NAME = re.compile(r"[\w-]+")
_TS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


def list_(workspace: Workspace, asked: Asked) -> Content:
    """The conversations that whoever asks can see, page by page."""
    wanted = set((asked.maybe("types") or "public_channel").replace(" ", "").split(","))
    if not wanted <= KINDS:
        raise SlackError("invalid_types")
    only_live = asked.flag("exclude_archived")
    found = [
        each
        for each in workspace.channels.values()
        if each.kind in wanted
        and (each.kind == "public_channel" or asked.caller.id in each.members)
        and not (only_live and each.is_archived)
    ]
    shown, cursor = page(asked, sorted(found, key=lambda each: each.id), lambda each: each.id)
    return {
        "channels": [words.channel(each, asked.caller) for each in shown],
        "response_metadata": {"next_cursor": cursor},
    }


def retrieve(workspace: Workspace, asked: Asked) -> Content:
    """One conversation."""
    return _told(workspace.channel(asked.text("channel"), asked.caller), asked)


def create(workspace: Workspace, asked: Asked) -> Content:
    """A new channel, with whoever asks in it."""
    name = asked.maybe("name")
    if name is None:
        raise SlackError("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise SlackError("invalid_name_maxlength")
    if name != name.lower() or not _NAME.fullmatch(name):
        raise SlackError("invalid_name_specials")
    if not any(letter.isalnum() for letter in name):
        raise SlackError("invalid_name_punctuation")
    if workspace.named(name) is not None:
        raise SlackError("name_taken")
    kind = "private_channel" if asked.flag("is_private") else "public_channel"
    caller = asked.caller
    channel = workspace.add_channel(name, caller.id, kind, (caller.id,))
    if kind == "public_channel":
        told = {
            "id": channel.id,
            "name": name,
            "created": channel.created,
            "creator": caller.id,
            "is_channel": True,
        }
        event: Content = {"type": "channel_created", "channel": told}
        workspace.tell(event | {"event_ts": workspace.stamp()})
    return _told(channel, asked)


def join(workspace: Workspace, asked: Asked) -> Content:
    """Go into a public channel."""
    channel = workspace.channel(asked.text("channel"), asked.caller)
    if channel.kind != "public_channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    if asked.caller.id in channel.members:
        warned = {"warning": "already_in_channel"}
        metadata = {"response_metadata": {"warnings": ["already_in_channel"]}}
        return _told(channel, asked) | warned | metadata
    return _told(workspace.join(channel, asked.caller), asked)


def invite(workspace: Workspace, asked: Asked) -> Content:
    """Take others into a conversation one is in."""
    channel = _entered(workspace, asked)
    if channel.kind == "im":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise SlackError("is_archived")
    names = [name for name in asked.text("users").replace(" ", "").split(",") if name]
    if not names:
        raise SlackError("no_user")
    people = [workspace.user(name) for name in dict.fromkeys(names)]
    if asked.caller in people:
        raise SlackError("cant_invite_self")
    if any(each.id in channel.members for each in people):
        raise SlackError("already_in_channel")
    for each in people:
        channel = workspace.join(channel, each)
    return _told(channel, asked)


def archive(workspace: Workspace, asked: Asked) -> Content:
    """End a channel; what was said stays."""
    channel = _entered(workspace, asked)
    if channel.kind == "im":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.is_general:
        raise SlackError("cant_archive_general")
    if channel.is_archived:
        raise SlackError("already_archived")
    workspace.put_channel(replace(channel, is_archived=True))
    event = {
        "type": "channel_archive" if channel.kind == "public_channel" else "group_archive",
        "channel": channel.id,
        "user": asked.caller.id,
        "event_ts": workspace.stamp(),
    }
    workspace.tell(event)
    return {}


def members(workspace: Workspace, asked: Asked) -> Content:
    """Who is in a conversation, page by page."""
    channel = workspace.channel(asked.text("channel"), asked.caller)
    shown, cursor = page(asked, sorted(channel.members), str)
    return {"members": list(shown), "response_metadata": {"next_cursor": cursor}}


def history(workspace: Workspace, asked: Asked) -> Content:
    """What was said in a conversation and not in its threads, the newest first."""
    channel = _entered(workspace, asked)
    top = [
        each
        for each in reversed(workspace.posts[channel.id].values())
        if each.thread_ts in {None, each.ts}
    ]
    return _messages(workspace, asked, _between(asked, top))


def replies(workspace: Workspace, asked: Asked) -> Content:
    """A message and the replies to it, the oldest first."""
    channel = _entered(workspace, asked)
    named = workspace.posts[channel.id].get(asked.text("ts"))
    if named is None:
        raise SlackError("thread_not_found")
    first = workspace.posts[channel.id].get(named.thread_ts or named.ts, named)
    later = _between(asked, workspace.thread(channel.id, first.ts))
    return _messages(workspace, asked, [first, *later])


def _messages(workspace: Workspace, asked: Asked, found: list[Post]) -> Content:
    shown, cursor = page(asked, found, lambda each: each.ts, MOST_HISTORY)
    told: Content = {
        "messages": [words.post(workspace, each) for each in shown],
        "has_more": bool(cursor),
    }
    if cursor:
        told["response_metadata"] = {"next_cursor": cursor}
    return told


def _between(asked: Asked, found: list[Post] | tuple[Post, ...]) -> list[Post]:
    oldest = _instant(asked, "oldest", "invalid_ts_oldest")
    latest = _instant(asked, "latest", "invalid_ts_latest")
    closed = asked.flag("inclusive")
    return [
        each
        for each in found
        if (oldest is None or each.ts > oldest or (closed and each.ts == oldest))
        and (latest is None or each.ts < latest or (closed and each.ts == latest))
    ]


def _instant(asked: Asked, name: str, code: str) -> str | None:
    """An instant, written as a `ts` is, so that both compare as text."""
    given = asked.maybe(name)
    if given is None:
        return None
    if not _TS.fullmatch(given):
        raise SlackError(code)
    whole, _, part = given.partition(".")
    padded = f"{int(whole):010}.{part[:6]:0<6}"
    return padded if int(whole) else None


def _entered(workspace: Workspace, asked: Asked) -> Channel:
    channel = workspace.channel(asked.text("channel"), asked.caller)
    if asked.caller.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _told(channel: Channel, asked: Asked) -> Content:
    return {"channel": words.channel(channel, asked.caller)}
