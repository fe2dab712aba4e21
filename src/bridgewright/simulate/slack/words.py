"""The objects of a workspace as Slack writes them: https://docs.slack.dev/reference/objects, read 2026-11."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridgewright.simulate.slack.workspace import APP, BOT, DOMAIN, TEAM

if TYPE_CHECKING:
    from bridgewright.simulate.slack.workspace import (
        Channel,
        File,
        Post,
        Scheduled,
        User,
        Workspace,
    )
    from bridgewright.simulate.wire import Content

CHANNEL_TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im"}
"""A kind of conversation, and what a message event calls it."""


def user(each: User) -> Content:
    """A member."""
    profile: Content = {
        "real_name": each.real_name,
        "display_name": each.name,
        "status_text": "",
        "status_emoji": "",
        "team": TEAM,
    }
    profile |= {"bot_id": BOT, "api_app_id": APP} if each.is_bot else {"email": each.email}
    return {
        "id": each.id,
        "team_id": TEAM,
        "name": each.name,
        "deleted": False,
        "real_name": each.real_name,
        "tz": "Europe/London",
        "tz_label": "Greenwich Mean Time",
        "tz_offset": 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_bot": each.is_bot,
        "is_app_user": False,
        "updated": each.updated,
    }


def channel(each: Channel, caller: User) -> Content:
    """A conversation, as whoever asks sees it."""
    if each.kind == "im":
        other = next((name for name in each.members if name != caller.id), caller.id)
        return {
            "id": each.id,
            "created": each.created,
            "is_im": True,
            "is_org_shared": False,
            "is_archived": each.is_archived,
            "user": other,
            "context_team_id": TEAM,
        }
    unsaid: Content = {"value": "", "creator": "", "last_set": 0}
    private = each.kind == "private_channel"
    return {
        "id": each.id,
        "name": each.name,
        "name_normalized": each.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": private,
        "created": each.created,
        "creator": each.creator,
        "is_archived": each.is_archived,
        "is_general": each.is_general,
        "unlinked": 0,
        "is_shared": False,
        "is_org_shared": False,
        "is_member": caller.id in each.members,
        "context_team_id": TEAM,
        "num_members": len(each.members),
        "topic": unsaid,
        "purpose": unsaid,
    }


def post(workspace: Workspace, each: Post) -> Content:
    """A message, with its reactions and the count of its thread."""
    told: Content = {"type": "message", "user": each.user, "text": each.text, "ts": each.ts}
    told["team"] = TEAM
    if each.bot is not None:
        told |= {"bot_id": each.bot, "app_id": APP}
    told |= each.extra
    if each.thread_ts is not None:
        told["thread_ts"] = each.thread_ts
    if each.edited is not None:
        told["edited"] = {"user": each.user, "ts": each.edited}
    replies = workspace.thread(each.channel, each.ts)
    if replies:
        told["thread_ts"] = each.ts
        told["reply_count"] = len(replies)
        told["reply_users"] = list(dict.fromkeys(reply.user for reply in replies))
        told["reply_users_count"] = len(told["reply_users"])
        told["latest_reply"] = replies[-1].ts
    if each.reactions:
        told["reactions"] = [
            {"name": r.name, "users": list(r.users), "count": len(r.users)} for r in each.reactions
        ]
    return told


def scheduled(each: Scheduled) -> Content:
    """A message for later."""
    return {
        "id": each.id,
        "channel_id": each.channel,
        "post_at": each.post_at,
        "date_created": each.created,
        "text": each.text,
    }


def file(each: File) -> Content:
    """A file that is there."""
    extension = each.name.rpartition(".")[2].lower() if "." in each.name else "binary"
    return {
        "id": each.id,
        "created": each.created,
        "timestamp": each.created,
        "name": each.name,
        "title": each.title or each.name,
        "filetype": extension,
        "user": each.user,
        "user_team": TEAM,
        "size": each.length,
        "mode": "hosted",
        "is_external": False,
        "channels": list(each.channels),
        "permalink": f"https://{DOMAIN}.slack.com/files/{each.user}/{each.id}/{each.name}",
    }


def permalink(each: Post) -> str:
    """Where a message is found by people."""
    link = f"https://{DOMAIN}.slack.com/archives/{each.channel}/p{each.ts.replace('.', '')}"
    if each.thread_ts is not None and each.thread_ts != each.ts:
        link += f"?thread_ts={each.thread_ts}&cid={each.channel}"
    return link
