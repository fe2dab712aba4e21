"""Messages: posted, changed, deleted, and sent later. https://docs.slack.dev/reference/methods/chat.postMessage
and its siblings, read 2026-11."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.slack import words
from bridgewright.simulate.slack.blocks import checked
from bridgewright.simulate.slack.pages import page
from bridgewright.simulate.slack.trouble import SlackError, missing
from bridgewright.simulate.slack.workspace import BOT, Post, Scheduled

if TYPE_CHECKING:
    from bridgewright.simulate.slack.asked import Asked
    from bridgewright.simulate.slack.workspace import Channel, User, Workspace
    from bridgewright.simulate.wire import Content

LONGEST = 40_000
"""Characters of a text. Slack cuts off some of what is longer, and refuses the rest."""
LONGEST_UPDATE = 4_000
MOST_ATTACHMENTS = 100
FARTHEST_S = 120 * 86_400
CROWD, CROWD_S = 30, 300
"""So many messages may be scheduled for one conversation within so many seconds."""
LAST_MINUTE_S = 60
"""A message that is due so soon can no longer be deleted."""
_KEPT = ("username", "icon_emoji", "icon_url")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is said: its text, its thread, what else it is made of, and the instant it
    is dated by, now unless told."""

    text: str = field(repr=False)
    thread_ts: str | None = None
    extra: Content = field(default_factory=dict, repr=False)
    at_s: float | None = None


def post_message(workspace: Workspace, asked: Asked) -> Content:
    """Say something in a conversation, or in a thread of it."""
    channel = writable(workspace, asked)
    text, extra = said(asked)
    thread_ts = asked.maybe("thread_ts")
    if thread_ts is not None and thread_ts not in workspace.posts[channel.id]:
        raise SlackError("thread_not_found")
    post = put(workspace, channel, asked.caller, Draft(text, thread_ts, extra))
    message = words.post(workspace, post)
    return {"channel": channel.id, "ts": post.ts, "message": message}


def update(workspace: Workspace, asked: Asked) -> Content:
    """Change what one has said."""
    channel = workspace.channel(asked.text("channel"), asked.caller)
    old = workspace.post(channel, asked.text("ts"))
    if old.user != asked.caller.id:
        raise SlackError("cant_update_message")
    given = {"text", "blocks", "attachments"} & set(asked.content)
    text, extra = said(asked, LONGEST_UPDATE)
    kept = {name: value for name, value in old.extra.items() if name not in given}
    new = change(workspace, old, text if "text" in given else old.text, kept | extra)
    message = words.post(workspace, new)
    return {"channel": channel.id, "ts": new.ts, "text": new.text, "message": message}


def delete(workspace: Workspace, asked: Asked) -> Content:
    """Take back what one has said."""
    channel = workspace.channel(asked.text("channel"), asked.caller)
    old = workspace.post(channel, asked.text("ts"))
    if old.user != asked.caller.id:
        raise SlackError("cant_delete_message")
    remove(workspace, old)
    return {"channel": channel.id, "ts": old.ts}


def permalink(workspace: Workspace, asked: Asked) -> Content:
    """Where people find a message."""
    channel = workspace.channel(asked.text("channel"), asked.caller)
    post = workspace.post(channel, asked.text("message_ts"))
    return {"channel": channel.id, "permalink": words.permalink(post)}


def schedule(workspace: Workspace, asked: Asked) -> Content:
    """Say something later."""
    channel = writable(workspace, asked)
    at = asked.whole("post_at", "invalid_time")
    if at is None:
        raise missing("post_at")
    now_s = workspace.now()
    if at <= now_s:
        raise SlackError("time_in_past")
    if at > now_s + FARTHEST_S:
        raise SlackError("time_too_far")
    text, extra = said(asked)
    near = [
        each
        for each in workspace.scheduled.values()
        if each.channel == channel.id and abs(each.post_at - at) < CROWD_S
    ]
    if len(near) >= CROWD:
        raise SlackError("restricted_too_many")
    made = Scheduled(
        workspace.name("Q"),
        channel.id,
        at,
        workspace.second(),
        text,
        asked.caller.id,
        BOT if asked.caller.is_bot else None,
        asked.maybe("thread_ts"),
        extra,
    )
    workspace.scheduled[made.id] = made
    message: Content = {"type": "delayed_message", "user": made.user, "text": text, **extra}
    if made.bot is not None:
        message["bot_id"] = made.bot
    return {
        "channel": channel.id,
        "scheduled_message_id": made.id,
        "post_at": at,
        "message": message,
    }


def unschedule(workspace: Workspace, asked: Asked) -> Content:
    """Not say it after all."""
    channel = workspace.channel(asked.text("channel"), asked.caller)
    name = asked.text("scheduled_message_id")
    found = workspace.scheduled.get(name)
    if (
        found is None
        or found.channel != channel.id
        or found.post_at - workspace.now() < LAST_MINUTE_S
    ):
        raise SlackError("invalid_scheduled_message_id")
    del workspace.scheduled[name]
    return {}


def list_scheduled(workspace: Workspace, asked: Asked) -> Content:
    """What is to be said later, the soonest first."""
    given = asked.maybe("channel")
    channel = workspace.channel(given, asked.caller).id if given is not None else None
    oldest, latest = asked.whole("oldest"), asked.whole("latest")
    found = sorted(
        (
            each
            for each in workspace.scheduled.values()
            if each.user == asked.caller.id
            and channel in {None, each.channel}
            and (oldest is None or each.post_at >= oldest)
            and (latest is None or each.post_at <= latest)
        ),
        key=lambda each: (each.post_at, each.id),
    )
    shown, cursor = page(asked, found, lambda each: f"{each.post_at:011}{each.id}")
    return {
        "scheduled_messages": [words.scheduled(each) for each in shown],
        "response_metadata": {"next_cursor": cursor},
    }


def say_due(workspace: Workspace) -> None:
    """Say what was scheduled for now, or for an instant that has passed."""
    due = (each for each in workspace.scheduled.values() if each.post_at <= workspace.now())
    for each in sorted(due, key=lambda one: (one.post_at, one.id)):
        del workspace.scheduled[each.id]
        channel, user = workspace.channels[each.channel], workspace.users[each.user]
        if not channel.is_archived and user.id in channel.members:
            extra = each.extra | {"scheduled_message_id": each.id}
            draft = Draft(each.text, each.thread_ts, extra, each.post_at)
            put(workspace, channel, user, draft)


def writable(workspace: Workspace, asked: Asked) -> Channel:
    """The conversation a call names by id or name, if whoever asks may write there."""
    name = asked.text("channel")
    named = workspace.named(name)
    channel = workspace.channel(named.id if named is not None else name, asked.caller)
    if channel.is_archived:
        raise SlackError("is_archived")
    if asked.caller.id not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def said(asked: Asked, longest: int = LONGEST) -> tuple[str, Content]:
    """The text of a call, and what else its message is made of; SlackError when there is nothing."""
    text = asked.maybe("text")
    blocks = asked.listed("blocks", "invalid_blocks_format")
    attachments = asked.listed("attachments", "invalid_attachments_format")
    if text is None and not blocks and not attachments:
        raise SlackError("no_text")
    if text is not None and len(text) > longest:
        raise SlackError("msg_too_long")
    extra: Content = {name: asked.content[name] for name in _KEPT if asked.maybe(name)}
    if blocks:
        extra["blocks"] = checked(blocks)
    if attachments:
        extra["attachments"] = _attachments(attachments)
    if asked.content.get("metadata"):
        extra["metadata"] = _metadata(asked.content["metadata"])
    return text or "", extra


def put(workspace: Workspace, channel: Channel, user: User, draft: Draft) -> Post:
    """A new message, and the events of it."""
    bot, ts = BOT if user.is_bot else None, workspace.stamp(draft.at_s)
    made = Post(ts, channel.id, user.id, draft.text, bot, draft.thread_ts, draft.extra)
    workspace.put_post(made)
    _tell(workspace, channel, words.post(workspace, made), ts)
    if f"<@{workspace.bot.id}>" in draft.text and not user.is_bot:
        mention = words.post(workspace, made) | {"type": "app_mention"}
        workspace.tell({**mention, "channel": channel.id, "event_ts": ts})
    return made


def change(workspace: Workspace, old: Post, text: str, extra: Content) -> Post:
    """What became of a message, and the event of it."""
    stamp = workspace.stamp()
    new = workspace.put_post(replace(old, text=text, extra=extra, edited=stamp))
    event = {
        "subtype": "message_changed",
        "hidden": True,
        "ts": stamp,
        "message": words.post(workspace, new),
        "previous_message": words.post(workspace, old),
    }
    _tell(workspace, workspace.channels[old.channel], event, stamp)
    return new


def remove(workspace: Workspace, old: Post) -> None:
    """A message that is gone, and the event of it."""
    workspace.drop_post(old)
    stamp = workspace.stamp()
    event = {
        "subtype": "message_deleted",
        "hidden": True,
        "ts": stamp,
        "deleted_ts": old.ts,
        "previous_message": words.post(workspace, old),
    }
    _tell(workspace, workspace.channels[old.channel], event, stamp)


def _tell(workspace: Workspace, channel: Channel, event: Content, stamp: str) -> None:
    """Tell the app what happened in a conversation that it is in."""
    if workspace.bot.id not in channel.members:
        return
    kind = words.CHANNEL_TYPES[channel.kind]
    told = {"type": "message", "channel": channel.id, "channel_type": kind, "event_ts": stamp}
    workspace.tell(event | told)


def _attachments(given: list[Any]) -> list[Any]:
    if len(given) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    if not all(isinstance(each, dict) for each in given):
        raise SlackError("invalid_attachments")
    return given


def _metadata(given: Any) -> Content:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            raise SlackError("invalid_metadata_format") from None
    if (
        not isinstance(given, dict)
        or not isinstance(given.get("event_type"), str)
        or not isinstance(given.get("event_payload"), dict)
    ):
        raise SlackError("invalid_metadata_schema")
    return given
