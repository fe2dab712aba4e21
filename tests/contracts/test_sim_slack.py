"""Slack's own SDK, unmodified, against the simulated workspace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook import WebhookClient

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.slack.simulator import SlackSimulator
from bridgewright.simulate.stand import Mood
from tests.contracts.slack_app import until
from tests.scripts import slack as script

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW_S = 1_800_000_000.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW_S)


@pytest.fixture
def simulator(clock: VirtualClock) -> Iterator[SlackSimulator]:
    with SlackSimulator(clock) as simulator:
        simulator.start()
        yield simulator


@pytest.fixture
def client(simulator: SlackSimulator) -> WebClient:
    return a_client(simulator)


def a_client(simulator: SlackSimulator, token: str = "xoxb-1", **options: Any) -> WebClient:
    return WebClient(token, base_url=f"{simulator.stand.url}/api/", **options)


def refusal(error: pytest.ExceptionInfo[SlackApiError]) -> str:
    return str(error.value.response["error"])


def test_the_script_of_a_day_sees_what_it_sees_at_slack(simulator: SlackSimulator) -> None:
    seen = {s.name: s.seen for s in script.run(simulator.stand.url, {"SLACK_BOT_TOKEN": "xoxb-1"})}

    assert seen == {
        "who": {"ok": True, "is_enterprise_install": False},
        "created": {"is_private": False, "is_archived": False, "named": True},
        "taken": "name_taken",
        "said": {"type": "message", "text": "A parcel is late."},
        "reacted": 1,
        "reacted twice": "already_reacted",
        "changed": {"text": "A parcel was late.", "same": True},
        "thread": [
            {"text": "A parcel was late.", "reply_count": 1},
            {"text": "It came.", "reply_count": None},
        ],
        "history": ["Parcels", "A parcel was late."],
        "deleted": True,
        "deleted twice": "message_not_found",
        "nothing said": "no_text",
        "bad blocks": "invalid_blocks",
        "nowhere": "channel_not_found",
        "yesterday": "time_in_past",
        "nobody": "user_not_found",
        "file": {"title": "Parcels"},
        "archived": True,
        "too late": "is_archived",
        "again": "already_archived",
    }


@pytest.mark.parametrize(
    ("token", "error"),
    [("", "not_authed"), ("sk_live_1", "invalid_auth"), ("xapp-1", "not_allowed_token_type")],
)
def test_a_token_of_another_kind_is_refused(
    simulator: SlackSimulator, token: str, error: str
) -> None:
    with pytest.raises(SlackApiError) as refused:
        a_client(simulator, token).auth_test()
    assert refusal(refused) == error


def test_a_channel_takes_a_burst_and_then_a_message_a_second(
    client: WebClient, simulator: SlackSimulator, clock: VirtualClock
) -> None:
    for number in range(5):
        client.chat_postMessage(channel="#general", text=str(number))
    with pytest.raises(SlackApiError) as refused:
        client.chat_postMessage(channel="#general", text="6")
    response = refused.value.response
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert refusal(refused) == "ratelimited"

    made = client.conversations_create(name="parcels")["channel"]["id"]
    client.chat_postMessage(channel=made, text="another channel has its own")
    clock.advance(1)
    client.chat_postMessage(channel="general", text="6")
    assert len(simulator.state()["messages"][simulator.workspace.general.id]) == 6


def test_a_method_may_be_called_so_often_in_a_minute(
    client: WebClient, clock: VirtualClock
) -> None:
    for _ in range(20):
        client.users_list()
    with pytest.raises(SlackApiError) as refused:
        client.users_list()
    assert refused.value.response.headers["retry-after"] == "3"
    clock.advance(3)
    assert len(client.users_list()["members"]) == 3


def test_the_sdk_waits_as_long_as_it_is_told(simulator: SlackSimulator) -> None:
    simulator.be(Mood.THROTTLING, requests=1)
    simulator.stand.faults.on("slack.auth.test").first(1).status(429, retry_after=0)
    handler = RateLimitErrorRetryHandler(max_retry_count=2)
    simulator.be(Mood.WELL)
    assert a_client(simulator, retry_handlers=[handler]).auth_test()["ok"]
    assert [entry.status for entry in simulator.stand.journal.entries] == [429, 200]


def test_a_lost_answer_leaves_two_messages_and_the_journal_says_so(
    client: WebClient, simulator: SlackSimulator
) -> None:
    simulator.stand.faults.on("slack.chat.postMessage").first(1).lose_response()

    client.chat_postMessage(channel="general", text="A parcel is late.")

    messages = simulator.state()["messages"][simulator.workspace.general.id]
    assert [each["text"] for each in messages] == ["A parcel is late."] * 2
    assert simulator.stand.journal.effects == 2


def test_a_message_is_sent_when_the_clock_gets_there(
    client: WebClient, clock: VirtualClock, simulator: SlackSimulator
) -> None:
    general = simulator.workspace.general.id
    first, second = (
        client.chat_scheduleMessage(channel=general, post_at=int(NOW_S) + s, text=f"at {s}")
        for s in (600, 900)
    )
    listed = client.chat_scheduledMessages_list()["scheduled_messages"]
    assert [each["id"] for each in listed] == [
        first["scheduled_message_id"],
        second["scheduled_message_id"],
    ]
    client.chat_deleteScheduledMessage(
        channel=general, scheduled_message_id=second["scheduled_message_id"]
    )
    clock.advance(1_000)

    assert [
        (each["text"], each["ts"])
        for each in client.conversations_history(channel=general)["messages"]
    ] == [("at 600", f"{int(NOW_S) + 600}.000000")]
    assert not client.chat_scheduledMessages_list()["scheduled_messages"]


def test_a_scheduled_message_is_sent_though_nobody_asks(
    client: WebClient, clock: VirtualClock, simulator: SlackSimulator
) -> None:
    general = simulator.workspace.general.id
    client.chat_scheduleMessage(channel=general, post_at=int(NOW_S) + 60, text="later")
    until(lambda: clock.sleepers == 1)
    clock.advance(60)
    until(lambda: bool(simulator.workspace.posts[general]))


@pytest.mark.parametrize(
    ("post_at", "error"),
    [(NOW_S, "time_in_past"), (NOW_S + 121 * 86_400, "time_too_far"), ("soon", "invalid_time")],
)
def test_a_message_is_scheduled_for_the_next_120_days(
    client: WebClient, post_at: float | str, error: str
) -> None:
    at: Any = int(post_at) if isinstance(post_at, float) else post_at
    with pytest.raises(SlackApiError) as refused:
        client.chat_scheduleMessage(channel="general", post_at=at, text="?")
    assert refusal(refused) == error


def test_pages_hold_everything_once_though_messages_are_deleted_between(client: WebClient) -> None:
    said = [client.chat_postMessage(channel="general", text=str(n))["ts"] for n in range(5)]
    channel = client.conversations_list()["channels"][0]["id"]
    first = client.conversations_history(channel=channel, limit=2)
    client.chat_delete(channel=channel, ts=said[2])
    cursor = first["response_metadata"]["next_cursor"]
    rest = client.conversations_history(channel=channel, limit=2, cursor=cursor)

    assert [each["text"] for each in first["messages"] + rest["messages"]] == ["4", "3", "1", "0"]
    assert not rest["has_more"]
    with pytest.raises(SlackApiError) as refused:
        client.conversations_history(channel=channel, cursor="unheard of")
    assert refusal(refused) == "invalid_cursor"


def test_history_is_bounded_by_instants(client: WebClient, clock: VirtualClock) -> None:
    channel = client.conversations_list()["channels"][0]["id"]
    stamps = []
    for number in range(3):
        stamps.append(client.chat_postMessage(channel=channel, text=str(number))["ts"])
        clock.advance(10)

    def texts(**bounds: Any) -> list[str]:
        return [
            each["text"]
            for each in client.conversations_history(channel=channel, **bounds)["messages"]
        ]

    assert texts(oldest=stamps[0]) == ["2", "1"]
    assert texts(oldest=stamps[0], inclusive=True) == ["2", "1", "0"]
    assert texts(latest=stamps[2], oldest="0") == ["1", "0"]
    assert texts(oldest=str(int(NOW_S) + 1)) == ["2", "1"]


def test_the_app_hears_nothing_of_channels_it_is_not_in(client: WebClient) -> None:
    random = client.conversations_list()["channels"][1]
    assert (random["name"], random["is_member"]) == ("random", False)
    for call in (client.chat_postMessage, client.conversations_history):
        with pytest.raises(SlackApiError) as refused:
            call(channel=random["id"], **({"text": "?"} if "post" in call.__name__ else {}))
        assert refusal(refused) == "not_in_channel"

    assert client.conversations_join(channel=random["id"])["channel"]["is_member"]
    again = client.conversations_join(channel=random["id"])
    assert again["warning"] == "already_in_channel"
    assert client.chat_postMessage(channel=random["id"], text="Hello.")["ok"]


def test_people_are_found_invited_and_written_to(client: WebClient) -> None:
    ada = client.users_lookupByEmail(email="ADA@example.org")["user"]["id"]
    channel = client.conversations_create(name="parcels", is_private=True)["channel"]["id"]
    assert client.conversations_invite(channel=channel, users=[ada])["channel"]["num_members"] == 2
    assert ada in client.conversations_members(channel=channel)["members"]
    direct = client.chat_postMessage(channel=ada, text="Hello.")["channel"]
    assert direct.startswith("D")
    assert client.conversations_info(channel=direct)["channel"]["user"] == ada
    with pytest.raises(SlackApiError) as refused:
        client.conversations_invite(channel=channel, users=[ada])
    assert refusal(refused) == "already_in_channel"


def test_a_private_channel_is_nothing_to_those_outside(
    client: WebClient, simulator: SlackSimulator
) -> None:
    channel = client.conversations_create(name="secret", is_private=True)["channel"]["id"]
    with pytest.raises(SlackApiError) as refused:
        a_client(simulator, "xoxp-1").conversations_info(channel=channel)
    assert refusal(refused) == "channel_not_found"


def test_only_ones_own_messages_are_changed_and_deleted(
    client: WebClient, simulator: SlackSimulator
) -> None:
    said = simulator.trigger("message", {"text": "mine"})["event"]
    where: Any = {"channel": said["channel"], "ts": said["ts"]}
    for call, error in (
        (lambda: client.chat_update(**where, text="yours"), "cant_update_message"),
        (lambda: client.chat_delete(**where), "cant_delete_message"),
    ):
        with pytest.raises(SlackApiError) as refused:
            call()
        assert refusal(refused) == error


def test_a_file_is_not_there_before_its_bytes_are(
    client: WebClient, simulator: SlackSimulator
) -> None:
    announced = client.files_getUploadURLExternal(filename="a.txt", length=3)
    files: Any = [{"id": announced["file_id"], "title": "A"}]
    with pytest.raises(SlackApiError) as refused:
        client.files_completeUploadExternal(files=files)
    assert refusal(refused) == "file_not_found"
    assert httpx2.post(announced["upload_url"], content=b"four").status_code == 400
    assert httpx2.post(announced["upload_url"], content=b"abc").text == "OK - 3"
    done = client.files_completeUploadExternal(
        files=files, channel_id=simulator.workspace.general.id
    )
    assert done["files"][0]["size"] == 3


@pytest.mark.slow
def test_an_incoming_webhook_answers_in_plain_words(simulator: SlackSimulator) -> None:
    url = simulator.webhook_url()
    assert WebhookClient(url).send(text="A parcel is late.").body == "ok"

    def said(body: bytes, at: str = url) -> tuple[int, str]:
        answer = httpx2.post(at, content=body, headers={"content-type": "application/json"})
        return answer.status_code, answer.text

    assert said(b"{") == (400, "invalid_payload")
    assert said(b"[]") == (400, "invalid_payload")
    assert said(b"{}") == (400, "no_text")
    assert said(b'{"text": "?"}', url.replace("simulated", "guessed")) == (403, "invalid_token")
    assert said(b'{"text": "?"}', url.replace("/B", "/X")) == (404, "no_service")
    form = httpx2.post(url, data={"payload": '{"text": "as a form"}'})
    assert form.text == "ok"
    texts = [m["text"] for m in simulator.state()["messages"][simulator.workspace.general.id]]
    assert texts == ["A parcel is late.", "as a form"]


@pytest.mark.parametrize(
    ("body", "media", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[1]", "application/json", "json_not_object"),
        (b"[" * 100_000, "application/json", "invalid_json"),
        (b"x", "text/csv", "invalid_post_type"),
        (b'{"channel": ["C1"], "text": "?"}', "application/json", "invalid_arguments"),
        (b"\xff\xfe", "application/x-www-form-urlencoded", "invalid_arguments"),
    ],
)
def test_what_cannot_be_read_is_refused_in_slacks_words(
    simulator: SlackSimulator, body: bytes, media: str, error: str
) -> None:
    answer = httpx2.post(
        f"{simulator.stand.url}/api/chat.postMessage",
        content=body,
        headers={"content-type": media, "authorization": "Bearer xoxb-1"},
    )
    assert (answer.status_code, answer.json()["ok"], answer.json()["error"]) == (200, False, error)
    assert answer.headers["x-slack-req-id"]


def test_what_is_not_simulated_is_501_and_not_made_up(client: WebClient) -> None:
    with pytest.raises(SlackApiError) as refused:
        client.views_open(trigger_id="1", view={"type": "modal"})
    assert refused.value.response.status_code == 501


def test_the_asynchronous_client_asks_for_the_same(simulator: SlackSimulator) -> None:
    async def ask() -> tuple[str, str]:
        client = AsyncWebClient("xoxp-1", base_url=f"{simulator.stand.url}/api/")
        people = await client.users_list(limit=1)
        said = await client.chat_postMessage(channel="random", text="Hello.")
        return people["members"][0]["name"], said["message"]["user"]

    assert asyncio.run(ask()) == ("courier", simulator.workspace.owner.id)


def test_reset_makes_it_as_new(client: WebClient, simulator: SlackSimulator) -> None:
    first = client.chat_postMessage(channel="general", text="Hello.")["ts"]
    client.conversations_create(name="parcels")
    simulator.reset()
    assert client.chat_postMessage(channel="general", text="Hello.")["ts"] == first
    assert len(client.conversations_list()["channels"]) == 2
    assert "xoxb" not in str(simulator.state())
