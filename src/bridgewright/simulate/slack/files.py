"""Files: announced, uploaded to a URL, completed. https://docs.slack.dev/reference/methods/files.getUploadURLExternal,
read 2026-11."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.simulate.slack import chat, words
from bridgewright.simulate.slack.trouble import HookError, SlackError, missing, plain
from bridgewright.simulate.slack.workspace import File

if TYPE_CHECKING:
    from bridgewright.simulate.slack.asked import Asked
    from bridgewright.simulate.slack.workspace import Channel, Workspace
    from bridgewright.simulate.wire import Content, Reply

LARGEST_BYTES = 16_777_216
"""What is kept of one file (16 MiB); Slack takes 1 GiB."""
UPLOAD = "/upload/v1/"


def announce(workspace: Workspace, asked: Asked, url: str) -> Content:
    """Say what will be uploaded; where to. `url` is the simulator's own."""
    name, length = asked.text("filename"), asked.whole("length")
    if length is None:
        raise missing("length")
    if not 0 < length <= LARGEST_BYTES:
        raise SlackError("file_upload_size_restricted" if length > 0 else "invalid_arguments")
    made = File(workspace.name("F"), name, length, asked.caller.id, workspace.second())
    workspace.files[made.id] = made
    return {"upload_url": f"{url}{UPLOAD}{made.id}", "file_id": made.id}


def upload(workspace: Workspace, name: str, body: bytes) -> Reply:
    """Take the bytes of a file that was announced."""
    found = workspace.files.get(name)
    if found is None or found.done:
        raise HookError(404, "no_such_upload")
    if len(body) != found.length:
        raise HookError(400, f"length_mismatch: {found.length} bytes were announced")
    workspace.files[name] = replace(found, content=body)
    return plain(f"OK - {len(body)}")


def complete(workspace: Workspace, asked: Asked) -> Content:
    """Put uploaded files where they are to be seen, with a message where there is a channel."""
    wanted = _wanted(asked)
    channels = _channels(workspace, asked)
    found = []
    for name, title in wanted.items():
        file = workspace.files.get(name)
        if file is None or file.content is None or file.user != asked.caller.id:
            raise SlackError("file_not_found")
        if file.done:
            raise SlackError("file_update_failed")
        shared = tuple(each.id for each in channels)
        found.append(replace(file, title=title, done=True, channels=shared))
    for file in found:
        workspace.files[file.id] = file
    for channel in channels:
        _share(workspace, asked, channel, found)
    return {"files": [words.file(each) for each in found]}


def _wanted(asked: Asked) -> dict[str, str]:
    given = asked.listed("files", "invalid_arguments")
    if not given:
        raise missing("files")
    wanted: dict[str, str] = {}
    for each in given:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str):
            raise SlackError(
                "invalid_arguments", "missing required field: id [json-pointer:/files]"
            )
        wanted[each["id"]] = str(each.get("title") or "")
    return wanted


def _channels(workspace: Workspace, asked: Asked) -> list[Channel]:
    joined = asked.maybe("channel_id") or asked.maybe("channels") or ""
    channels = [workspace.channel(name, asked.caller) for name in joined.split(",") if name]
    for channel in channels:
        if channel.is_archived:
            raise SlackError("is_archived")
        if asked.caller.id not in channel.members:
            raise SlackError("not_in_channel")
    return channels


def _share(workspace: Workspace, asked: Asked, channel: Channel, files: list[File]) -> None:
    extra: Content = {"files": [words.file(each) for each in files], "upload": True}
    comment, thread_ts = asked.maybe("initial_comment") or "", asked.maybe("thread_ts")
    chat.put(workspace, channel, asked.caller, chat.Draft(comment, thread_ts, extra))
    if workspace.bot.id not in channel.members:
        return
    for file in files:
        told = {"type": "file_shared", "file_id": file.id, "file": {"id": file.id}}
        where = {"user_id": file.user, "channel_id": channel.id, "event_ts": workspace.stamp()}
        workspace.tell(told | where)
