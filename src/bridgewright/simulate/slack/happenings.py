"""What can be made to happen in a workspace: people who write, react and come in, commands, clicks.
Payloads: https://docs.slack.dev/reference/events, /interactivity, read 2026-11."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.simulator import UnknownTriggerError
from bridgewright.simulate.slack import chat, hooks, reactions, words
from bridgewright.simulate.slack.trouble import SlackError
from bridgewright.simulate.slack.workspace import APP, DOMAIN, TEAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.simulate.slack.workspace import Channel, Post, User, Workspace
    from bridgewright.simulate.wire import Content

TOKEN = "simulated"  # noqa: S105 - the verification token, which nobody checks any more
_BUTTON: Content = {
    "type": "button",
    "action_id": "approve",
    "value": "yes",
    "text": {"type": "plain_text", "text": "Approve"},
}
_COMMAND = re.compile(r"/\S{1,32}")


@dataclass(frozen=True, slots=True)
class Happening:
    """One kind of thing that can happen. `takes` are its overrides; `make` does it. What it gives is
    told at once as a form (a command) or as a `payload` (an interaction); None is told as an event by
    what it did."""

    takes: tuple[str, ...]
    make: Callable[[Workspace, Mapping[str, str]], Content | None]


def _user(workspace: Workspace, given: Mapping[str, str]) -> User:
    return workspace.user(given.get("user", workspace.owner.id))


def _channel(workspace: Workspace, given: Mapping[str, str]) -> Channel:
    name = given.get("channel", workspace.general.id)
    found = workspace.channels.get(name) or workspace.named(name)
    if found is None:
        raise SlackError("channel_not_found")
    if workspace.bot.id not in found.members:
        raise UnknownTriggerError(
            f"the app is not in {name}, and hears nothing of it: conversations.join, or another channel"
        )
    if found.is_archived:
        raise SlackError("is_archived")
    return found


def _written(workspace: Workspace, given: Mapping[str, str], text: str) -> None:
    channel, thread_ts = _channel(workspace, given), given.get("thread_ts")
    if thread_ts is not None:
        workspace.post(channel, thread_ts)
    said = given.get("text", text)
    user = _inside(workspace, channel, given)
    chat.put(workspace, channel, user, chat.Draft(said, thread_ts))


def _inside(workspace: Workspace, channel: Channel, given: Mapping[str, str]) -> User:
    """The person it is about, who is in the conversation, or comes in now."""
    user = _user(workspace, given)
    if user.id not in channel.members:
        workspace.join(channel, user)
    return user


def _message(workspace: Workspace, given: Mapping[str, str]) -> None:
    _written(workspace, given, "A parcel is late.")


def _mention(workspace: Workspace, given: Mapping[str, str]) -> None:
    name = f"<@{workspace.bot.id}>"
    text = given.get("text", "where is my parcel?")
    _written(workspace, {**given, "text": text if name in text else f"{name} {text}"}, "")


def _post(workspace: Workspace, given: Mapping[str, str], channel: Channel) -> Post:
    """The message it is about: the named one, the latest, or one that is written for it."""
    if "ts" in given:
        return workspace.post(channel, given["ts"])
    known = list(workspace.posts[channel.id].values())
    return (
        known[-1]
        if known
        else chat.put(workspace, channel, workspace.bot, chat.Draft("Delivered."))
    )


def _reacted(workspace: Workspace, given: Mapping[str, str]) -> None:
    channel = _channel(workspace, given)
    post, user = _post(workspace, given, channel), _inside(workspace, channel, given)
    reactions.react(workspace, post, user, given.get("reaction", "thumbsup"))


def _joined(workspace: Workspace, given: Mapping[str, str]) -> None:
    channel = _channel(workspace, given)
    if "user" in given:
        user = workspace.user(given["user"])
    else:
        name = f"guest{workspace.number('guest')}"
        user = workspace.add_user(name, name.title(), f"{name}@example.org")
    if user.id in channel.members:
        raise SlackError("already_in_channel")
    workspace.join(channel, user)


def _created(workspace: Workspace, given: Mapping[str, str]) -> None:
    user = _user(workspace, given)
    name = given.get("name") or f"project-{workspace.number('project')}"
    if workspace.named(name) is not None:
        raise SlackError("name_taken")
    made = workspace.add_channel(name, user.id, members=(user.id,))
    told: Content = {
        "id": made.id,
        "name": name,
        "created": made.created,
        "creator": user.id,
        "is_channel": True,
    }
    workspace.tell({"type": "channel_created", "channel": told, "event_ts": workspace.stamp()})


def _arrived(workspace: Workspace, given: Mapping[str, str]) -> None:
    name = given.get("name") or f"colleague{workspace.number('colleague')}"
    user = workspace.add_user(name, name.title(), given.get("email", f"{name}@example.org"))
    event: Content = {"type": "team_join", "user": words.user(user)}
    workspace.tell(event | {"event_ts": workspace.stamp()})


def _command(workspace: Workspace, given: Mapping[str, str]) -> Content:
    channel, user = _channel(workspace, given), _user(workspace, given)
    command = given.get("command", "/parcel")
    if not _COMMAND.fullmatch(command):
        raise UnknownTriggerError(
            f"a command begins with a slash and has no space: not {command!r}"
        )
    return {
        "token": TOKEN,
        "team_id": TEAM,
        "team_domain": DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": given.get("text", ""),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": hooks.offer(workspace, channel.id, user),
        "trigger_id": _trigger_id(workspace),
    }


def _clicked(workspace: Workspace, given: Mapping[str, str]) -> Content:
    channel, user = _channel(workspace, given), _user(workspace, given)
    post = _with_button(workspace, given, channel)
    block, element = _button(post, given.get("action_id"))
    action: Content = {
        "type": element["type"],
        "block_id": block.get("block_id", "block1"),
        "action_id": element.get("action_id", ""),
        "action_ts": workspace.stamp(),
    }
    if "text" in element:
        action["text"] = element["text"]
    if "value" in given or "value" in element:
        action["value"] = given.get("value", element.get("value"))
    payload = _interaction(workspace, user, "block_actions")
    payload["container"] = {
        "type": "message",
        "message_ts": post.ts,
        "channel_id": channel.id,
        "is_ephemeral": False,
    }
    return payload | {
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "message": words.post(workspace, post),
        "state": {"values": {}},
        "response_url": hooks.offer(workspace, channel.id, user, post.ts),
        "actions": [action],
    }


def _with_button(workspace: Workspace, given: Mapping[str, str], channel: Channel) -> Post:
    """The message that is clicked on: the named one, or one of the app's that is written for it."""
    if "ts" in given:
        return workspace.post(channel, given["ts"])
    button = _BUTTON | {"action_id": given.get("action_id", "approve")}
    row: Content = {"type": "actions", "block_id": "block1", "elements": [button]}
    draft = chat.Draft("Approve?", extra={"blocks": [row]})
    return chat.put(workspace, channel, workspace.bot, draft)


def _button(post: Post, action_id: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
    buttons = [
        (block, element)
        for block in post.extra.get("blocks", ())
        for element in (*block.get("elements", ()), *filter(None, (block.get("accessory"),)))
        if isinstance(element, dict) and element.get("action_id")
    ]
    for block, element in buttons:
        if action_id in {None, element["action_id"]}:
            return block, element
    names = ", ".join(str(element["action_id"]) for _, element in buttons) or "none"
    raise UnknownTriggerError(f"{post.ts} has no {action_id or 'button'}; it has {names}")


def _shortcut(workspace: Workspace, given: Mapping[str, str]) -> Content:
    payload = _interaction(workspace, _user(workspace, given), "shortcut")
    return payload | {
        "callback_id": given.get("callback_id", "track_parcel"),
        "action_ts": workspace.stamp(),
    }


def _interaction(workspace: Workspace, user: User, kind: str) -> Content:
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
        "api_app_id": APP,
        "token": TOKEN,
        "trigger_id": _trigger_id(workspace),
        "team": {"id": TEAM, "domain": DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _trigger_id(workspace: Workspace) -> str:
    number = workspace.number("trigger")
    return f"{number:013}.{number:012}.{number:032x}"


HAPPENINGS: Mapping[str, Happening] = {
    "message": Happening(("channel", "user", "text", "thread_ts"), _message),
    "app_mention": Happening(("channel", "user", "text", "thread_ts"), _mention),
    "reaction_added": Happening(("channel", "user", "ts", "reaction"), _reacted),
    "member_joined_channel": Happening(("channel", "user"), _joined),
    "channel_created": Happening(("name", "user"), _created),
    "team_join": Happening(("name", "email"), _arrived),
    "slash_command": Happening(("command", "text", "channel", "user"), _command),
    "block_actions": Happening(("channel", "user", "ts", "action_id", "value"), _clicked),
    "shortcut": Happening(("callback_id", "user"), _shortcut),
}
FORMS = frozenset({"slash_command", "block_actions", "shortcut"})
"""Those that are told as forms, once, and of which no URL is asked for a challenge."""
