"""The methods of Slack's Web API that are simulated: what each takes, gives, and how often it may be
called. Tiers as https://docs.slack.dev/reference/methods lists them, read 2026-11."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.routes import Route, Routes, Shape
from bridgewright.simulate.slack import chat, conversations, files, hooks, people, reactions
from bridgewright.simulate.slack.asked import FORM, Asked, arguments, token
from bridgewright.simulate.slack.throttle import Throttle, Tier
from bridgewright.simulate.slack.trouble import HookError, SlackError, throttled
from bridgewright.simulate.wire import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bridgewright.simulate.slack.workspace import User, Workspace
    from bridgewright.simulate.wire import Content, Heard, Reply

    Schema = dict[str, Any]
    Method = Callable[[Workspace, Asked], Content]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
THING: Schema = {"type": "object"}
THINGS: Schema = {"type": "array", "items": THING}
TEXTS: Schema = {"type": "array", "items": TEXT}
_CHANNEL = {"channel": TEXT}
_PAGED = {"cursor": TEXT, "limit": WHOLE}
_SAID = {"channel": TEXT, "text": TEXT, "blocks": TEXT, "attachments": TEXT, "thread_ts": TEXT}
_SPAN = {"oldest": TEXT, "latest": TEXT, "inclusive": FLAG}
_REFUSED: Schema = {
    "type": "object",
    "required": ["ok", "error"],
    "properties": {"ok": {"const": False}, "error": TEXT},
}
OPEN = frozenset({"api.test"})
"""Methods that ask for no token."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a request is carried out in: a workspace, its limits, and how many messages a conversation
    takes at once before it takes one a second."""

    workspace: Workspace
    throttle: Throttle
    burst: int


if TYPE_CHECKING:
    Operation = Callable[[Room, Heard, Mapping[str, str]], Reply]


@dataclass(frozen=True, slots=True)
class _Method:
    """One method: what carries it out, its arguments, what it gives beside `ok`, and its tier; `reads`
    says that it is asked for by GET as well."""

    name: str
    method: Method
    tier: Tier
    takes: Mapping[str, Schema] = field(default_factory=dict)
    gives: Mapping[str, Schema] = field(default_factory=dict)
    reads: bool = False

    def __call__(self, room: Room, heard: Heard, names: Mapping[str, str]) -> Reply:
        del names  # its path has none
        try:
            content = arguments(heard)
            caller = _caller(room.workspace, token(heard, content), self.name)
            asked = Asked(content, caller)
            wait_s = room.throttle.call(self.name, self.tier)
            if wait_s:
                return throttled(wait_s)
            return self.carried_out(room, asked)
        except SlackError as error:
            return error.reply()

    def carried_out(self, room: Room, asked: Asked) -> Reply:
        """Do it; a conversation takes one message a second, and what it refuses does not count."""
        bucket = _bucket(room.workspace, asked) if self.name == "chat.postMessage" else None
        wait_s = room.throttle.take(bucket, room.burst, 1.0) if bucket else 0
        if wait_s:
            return throttled(wait_s)
        try:
            return json_reply({"ok": True, **self.method(room.workspace, asked)})
        except SlackError:
            if bucket:
                room.throttle.give_back(bucket)
            raise


def _bucket(workspace: Workspace, asked: Asked) -> str | None:
    name = asked.maybe("channel") or ""
    channel = workspace.channels.get(name) or workspace.named(name)
    return f"posts in {channel.id}" if channel is not None else None


def _caller(workspace: Workspace, given: str, method: str) -> User:
    if given.startswith("xoxb-"):
        return workspace.bot
    if given.startswith("xoxp-") or (not given and method in OPEN):
        return workspace.owner
    if given.startswith("xapp-"):
        raise SlackError("not_allowed_token_type")
    raise SlackError("invalid_auth" if given else "not_authed")


def _announced(workspace: Workspace, asked: Asked) -> Content:
    return files.announce(workspace, asked, workspace.url)


def _hook(room: Room, heard: Heard, names: Mapping[str, str]) -> Reply:
    bucket = f"incoming webhook {names['hook']}" if names["hook"] in room.workspace.hooks else ""
    wait_s = room.throttle.take(bucket, room.burst, 1.0)
    if wait_s:
        return throttled(wait_s)
    try:
        return hooks.receive(room.workspace, heard, names["team"], names["hook"], names["secret"])
    except HookError as error:
        room.throttle.give_back(bucket)
        return error.reply()


def _response(room: Room, heard: Heard, names: Mapping[str, str]) -> Reply:
    try:
        return hooks.respond(room.workspace, heard, names["team"], names["name"], names["secret"])
    except HookError as error:
        return error.reply()


def _upload(room: Room, heard: Heard, names: Mapping[str, str]) -> Reply:
    try:
        return files.upload(room.workspace, names["file"], heard.body)
    except HookError as error:
        return error.reply()


_METHODS = (
    _Method("api.test", people.test_api, Tier.FOUR, {"error": TEXT}),
    _Method("auth.test", people.test_auth, Tier.SPECIAL, {}, {"user_id": TEXT, "team_id": TEXT}),
    _Method(
        "chat.postMessage",
        chat.post_message,
        Tier.SPECIAL,
        _SAID,
        {"channel": TEXT, "ts": TEXT, "message": THING},
    ),
    _Method(
        "chat.update",
        chat.update,
        Tier.THREE,
        {"channel": TEXT, "ts": TEXT, "text": TEXT, "blocks": TEXT},
        {"channel": TEXT, "ts": TEXT, "text": TEXT, "message": THING},
    ),
    _Method(
        "chat.delete",
        chat.delete,
        Tier.THREE,
        {"channel": TEXT, "ts": TEXT},
        {"channel": TEXT, "ts": TEXT},
    ),
    _Method(
        "chat.scheduleMessage",
        chat.schedule,
        Tier.THREE,
        _SAID | {"post_at": WHOLE},
        {"scheduled_message_id": TEXT, "post_at": WHOLE, "channel": TEXT, "message": THING},
    ),
    _Method(
        "chat.deleteScheduledMessage",
        chat.unschedule,
        Tier.THREE,
        {"channel": TEXT, "scheduled_message_id": TEXT},
    ),
    _Method(
        "chat.scheduledMessages.list",
        chat.list_scheduled,
        Tier.THREE,
        _CHANNEL | _PAGED | {"oldest": TEXT, "latest": TEXT},
        {"scheduled_messages": THINGS, "response_metadata": THING},
        reads=True,
    ),
    _Method(
        "chat.getPermalink",
        chat.permalink,
        Tier.SPECIAL,
        {"channel": TEXT, "message_ts": TEXT},
        {"channel": TEXT, "permalink": TEXT},
        reads=True,
    ),
    _Method(
        "conversations.list",
        conversations.list_,
        Tier.TWO,
        _PAGED | {"types": TEXT, "exclude_archived": FLAG},
        {"channels": THINGS, "response_metadata": THING},
        reads=True,
    ),
    _Method(
        "conversations.info",
        conversations.retrieve,
        Tier.THREE,
        _CHANNEL,
        {"channel": THING},
        reads=True,
    ),
    _Method(
        "conversations.create",
        conversations.create,
        Tier.TWO,
        {"name": TEXT, "is_private": FLAG},
        {"channel": THING},
    ),
    _Method("conversations.join", conversations.join, Tier.THREE, _CHANNEL, {"channel": THING}),
    _Method(
        "conversations.invite",
        conversations.invite,
        Tier.THREE,
        _CHANNEL | {"users": TEXT},
        {"channel": THING},
    ),
    _Method("conversations.archive", conversations.archive, Tier.TWO, _CHANNEL),
    _Method(
        "conversations.members",
        conversations.members,
        Tier.FOUR,
        _CHANNEL | _PAGED,
        {"members": TEXTS, "response_metadata": THING},
        reads=True,
    ),
    _Method(
        "conversations.history",
        conversations.history,
        Tier.THREE,
        _CHANNEL | _PAGED | _SPAN,
        {"messages": THINGS, "has_more": FLAG},
        reads=True,
    ),
    _Method(
        "conversations.replies",
        conversations.replies,
        Tier.THREE,
        _CHANNEL | _PAGED | _SPAN | {"ts": TEXT},
        {"messages": THINGS, "has_more": FLAG},
        reads=True,
    ),
    _Method(
        "users.list",
        people.list_,
        Tier.TWO,
        _PAGED,
        {"members": THINGS, "response_metadata": THING},
        reads=True,
    ),
    _Method("users.info", people.retrieve, Tier.FOUR, {"user": TEXT}, {"user": THING}, reads=True),
    _Method(
        "users.lookupByEmail",
        people.lookup,
        Tier.THREE,
        {"email": TEXT},
        {"user": THING},
        reads=True,
    ),
    _Method(
        "reactions.add",
        reactions.add,
        Tier.THREE,
        {"channel": TEXT, "timestamp": TEXT, "name": TEXT},
    ),
    _Method(
        "reactions.remove",
        reactions.remove,
        Tier.TWO,
        {"channel": TEXT, "timestamp": TEXT, "name": TEXT},
    ),
    _Method(
        "reactions.get",
        reactions.get,
        Tier.THREE,
        {"channel": TEXT, "timestamp": TEXT},
        {"type": TEXT, "message": THING},
        reads=True,
    ),
    _Method(
        "files.getUploadURLExternal",
        _announced,
        Tier.FOUR,
        {"filename": TEXT, "length": WHOLE},
        {"upload_url": TEXT, "file_id": TEXT},
        reads=True,
    ),
    _Method(
        "files.completeUploadExternal",
        files.complete,
        Tier.FOUR,
        {"files": TEXT, "channel_id": TEXT, "initial_comment": TEXT, "thread_ts": TEXT},
        {"files": THINGS},
    ),
)


def _shape(method: _Method, *, by_query: bool) -> Shape:
    given: Schema = {
        "type": "object",
        "required": ["ok", *method.gives],
        "properties": {"ok": {"const": True}, **method.gives},
    }
    gives = {200: {"anyOf": [given, _REFUSED]}, 429: _REFUSED}
    if by_query:
        return Shape(query=method.takes, gives=gives)
    body: Schema = {"type": "object", "properties": dict(method.takes)}
    return Shape(body=body, content_type=FORM, gives=gives)


def _routes() -> Iterator[Route[Operation]]:
    for each in _METHODS:
        path = f"/api/{each.name}"
        yield Route("POST", path, each.name, each, _shape(each, by_query=False))
        if each.reads:
            yield Route("GET", path, each.name, each, _shape(each, by_query=True))
    written = {"type": "object", "properties": {"text": TEXT, "blocks": THINGS}}
    hook = Shape(
        body=written, gives={200: None, 400: None, 403: None, 404: None, 410: None, 429: _REFUSED}
    )
    response = Shape(body=written, gives={200: None, 400: None, 404: None})
    upload = Shape(gives={200: None, 400: None, 404: None})
    yield Route("POST", "/services/{team}/{hook}/{secret}", "incoming_webhooks.send", _hook, hook)
    yield Route("POST", "/actions/{team}/{name}/{secret}", "responses.send", _response, response)
    yield Route("POST", files.UPLOAD + "{file}", "files.upload", _upload, upload)


ROUTES: Routes[Operation] = Routes(_routes())
