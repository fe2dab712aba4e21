"""A day with Slack's own SDK: a channel, messages and threads, reactions, a file, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.scripts.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = "slack"
ENVIRONMENT = ("SLACK_BOT_TOKEN",)
"""The token of an app that may write, read, manage channels, react, and upload files."""


def run(base_url: str | None, environ: Mapping[str, str]) -> list[Step]:
    """Play it against a simulator's URL, or against Slack for None; what was seen, without ids."""
    given = {} if base_url is None else {"base_url": f"{base_url}/api/"}
    client = WebClient(environ["SLACK_BOT_TOKEN"], **given)
    name = f"parcels-{environ.get('RUN', '1')}"
    made = client.conversations_create(name=name)
    channel = str(made["channel"]["id"])
    steps = [
        Step("who", _of(client.auth_test(), "ok", "is_enterprise_install")),
        Step(
            "created",
            {
                **_of(made["channel"], "is_private", "is_archived"),
                "named": made["channel"]["name"] == name,
            },
        ),
        Step("taken", _refused(lambda: client.conversations_create(name=name))),
    ]
    steps += _talk(client, channel)
    steps += _files(client, channel)
    client.conversations_archive(channel=channel)
    steps += [
        Step("archived", client.conversations_info(channel=channel)["channel"]["is_archived"]),
        Step("too late", _refused(lambda: client.chat_postMessage(channel=channel, text="?"))),
        Step("again", _refused(lambda: client.conversations_archive(channel=channel))),
    ]
    return steps


def _talk(client: WebClient, channel: str) -> list[Step]:
    said = client.chat_postMessage(channel=channel, text="A parcel is late.")
    ts = str(said["ts"])
    reply = client.chat_postMessage(channel=channel, text="It came.", thread_ts=ts)
    client.reactions_add(channel=channel, timestamp=ts, name="thumbsup")
    twice = _refused(lambda: client.reactions_add(channel=channel, timestamp=ts, name="thumbsup"))
    changed = client.chat_update(channel=channel, ts=ts, text="A parcel was late.")
    thread = client.conversations_replies(channel=channel, ts=ts)["messages"]
    head = {"type": "header", "text": {"type": "plain_text", "text": "Parcels"}}
    client.chat_postMessage(channel=channel, text="Parcels", blocks=[head])
    pages = [
        [each["text"] for each in page["messages"] if "subtype" not in each]
        for page in client.conversations_history(channel=channel, limit=1)
    ]
    deleted = client.chat_delete(channel=channel, ts=str(reply["ts"]))
    bad: Any = [{"type": "unheard_of"}]
    return [
        Step("said", _of(said["message"], "type", "text")),
        Step(
            "reacted",
            client.reactions_get(channel=channel, timestamp=ts)["message"]["reactions"][0]["count"],
        ),
        Step("reacted twice", twice),
        Step("changed", {"text": changed["text"], "same": changed["ts"] == ts}),
        Step("thread", [_of(each, "text", "reply_count") for each in thread]),
        Step("history", [text for page in pages for text in page]),
        Step("deleted", deleted["ts"] == reply["ts"]),
        Step(
            "deleted twice",
            _refused(lambda: client.chat_delete(channel=channel, ts=str(reply["ts"]))),
        ),
        Step(
            "nothing said",
            _refused(lambda: client.api_call("chat.postMessage", params={"channel": channel})),
        ),
        Step(
            "bad blocks",
            _refused(lambda: client.chat_postMessage(channel=channel, text="?", blocks=bad)),
        ),
        Step("nowhere", _refused(lambda: client.chat_postMessage(channel="C0000000000", text="?"))),
        Step(
            "yesterday",
            _refused(lambda: client.chat_scheduleMessage(channel=channel, post_at=1, text="?")),
        ),
        Step("nobody", _refused(lambda: client.users_info(user="U0000000000"))),
    ]


def _files(client: WebClient, channel: str) -> list[Step]:
    done = client.files_upload_v2(
        channel=channel, content="parcel,state\n7,late\n", filename="parcels.csv", title="Parcels"
    )
    return [Step("file", _of(done["files"][0], "title"))]


def _of(content: Any, *names: str) -> dict[str, object]:
    """Of what was answered, what is the same everywhere."""
    return {name: content.get(name) for name in names}


def _refused(call: Callable[[], object]) -> str:
    try:
        call()
    except SlackApiError as error:
        return str(error.response["error"])
    return "taken"
