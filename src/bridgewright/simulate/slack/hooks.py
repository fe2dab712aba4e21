"""What apps write to without a token: incoming webhooks, and the URLs that answer commands and
interactions. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://docs.slack.dev/interactivity/handling-user-interaction, read 2026-11."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from bridgewright.simulate.slack import chat
from bridgewright.simulate.slack.asked import FORM, Asked
from bridgewright.simulate.slack.trouble import HookError, SlackError, plain
from bridgewright.simulate.slack.workspace import TEAM, Post, Responder
from bridgewright.simulate.wire import json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.slack.workspace import User, Workspace
    from bridgewright.simulate.wire import Content, Heard, Reply

SECRET = "simulated"  # noqa: S105 - a made-up part of a URL
RESPONSES_S = 1_800.0
"""How long a command or an interaction can be answered: half an hour, and five times."""


def url_of(workspace: Workspace, hook: str) -> str:
    """The URL of an incoming webhook."""
    return f"{workspace.url}/services/{TEAM}/{hook}/{SECRET}"


def receive(workspace: Workspace, heard: Heard, team: str, hook: str, secret: str) -> Reply:
    """Say what an incoming webhook is given, in its conversation; errors are words in plain text."""
    if team != TEAM:
        raise HookError(404, "no_team")
    if hook not in workspace.hooks:
        raise HookError(404, "no_service")
    if secret != SECRET:
        raise HookError(403, "invalid_token")
    asked = Asked(_payload(heard), workspace.bot)
    channel = workspace.channels[workspace.hooks[hook]]
    if channel.is_archived:
        raise HookError(410, "channel_is_archived")
    try:
        text, extra = chat.said(asked)
        thread_ts = asked.maybe("thread_ts")
    except SlackError as error:
        raise HookError(400, error.code) from None
    if thread_ts is not None and thread_ts not in workspace.posts[channel.id]:
        raise HookError(400, "invalid_thread_ts")
    draft = chat.Draft(text, thread_ts, {"subtype": "bot_message", **extra})
    chat.put(workspace, channel, workspace.bot, draft)
    return plain("ok")


def offer(workspace: Workspace, channel: str, user: User, ts: str | None = None) -> str:
    """A new URL to answer a command or an interaction at."""
    ends_at_s = workspace.now() + RESPONSES_S
    made = Responder(str(workspace.number("responder")), channel, user.id, ts, ends_at_s)
    workspace.responders[made.id] = made
    return f"{workspace.url}/actions/{TEAM}/{made.id}/{SECRET}"


def respond(workspace: Workspace, heard: Heard, team: str, name: str, secret: str) -> Reply:
    """Answer a command or an interaction: to its user alone, to all, or in place of the message."""
    responder = workspace.responders.get(name)
    if team != TEAM or secret != SECRET or responder is None:
        return json_reply({"ok": False, "error": "invalid_url"}, 404)
    if workspace.now() > responder.ends_at_s:
        return json_reply({"ok": False, "error": "expired_url"}, 404)
    if responder.left < 1:
        return json_reply({"ok": False, "error": "used_url"}, 404)
    asked = Asked(_payload(heard), workspace.bot)
    try:
        _respond(workspace, responder, asked)
    except SlackError as error:
        return json_reply(error.content(), 400)
    workspace.responders[name] = replace(responder, left=responder.left - 1)
    return plain("ok")


def _respond(workspace: Workspace, responder: Responder, asked: Asked) -> None:
    channel = workspace.channels[responder.channel]
    old = workspace.posts[channel.id].get(responder.ts or "")
    if asked.flag("delete_original"):
        if old is None:
            raise SlackError("message_not_found")
        chat.remove(workspace, old)
        return
    text, extra = chat.said(asked)
    if asked.flag("replace_original"):
        if old is None:
            raise SlackError("message_not_found")
        chat.change(workspace, old, text, extra)
    elif asked.maybe("response_type") == "in_channel":
        draft = chat.Draft(text, asked.maybe("thread_ts"), extra)
        chat.put(workspace, channel, workspace.bot, draft)
    else:
        seen_by: Content = {"for": responder.user}
        post = Post(workspace.stamp(), channel.id, workspace.bot.id, text, extra=extra | seen_by)
        workspace.unkept.append(post)


def _payload(heard: Heard) -> Content:
    """What is posted: JSON, or JSON in a form's `payload`."""
    text = heard.body.decode(errors="replace")
    media = (heard.header("content-type") or "").partition(";")[0].strip().lower()
    if media == FORM and not text.lstrip().startswith("{"):
        text = parse_qs(text).get("payload", [""])[0]
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise HookError(400, "invalid_payload") from None
    if not isinstance(content, dict):
        raise HookError(400, "invalid_payload")
    return content
