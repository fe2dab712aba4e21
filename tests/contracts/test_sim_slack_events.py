"""What the simulated Slack tells an app: events, commands and clicks, signed and sent as Slack does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import httpx2
import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bridgewright.connectors.slack.webhook import WEBHOOK
from bridgewright.core.model.inbound import Readable, Verified
from bridgewright.core.model.moment import from_seconds
from bridgewright.core.model.secret import Secret
from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.dispatch import Endpoint, Message, Share
from bridgewright.simulate.simulator import UnknownTriggerError
from bridgewright.simulate.slack.simulator import SCHEDULE, SlackSimulator
from bridgewright.simulate.wire import Reply
from tests.contracts.slack_app import SECRET, App, an_app, is_signed, settled, until
from tests.signed import delivery

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
def app() -> Iterator[App]:
    with an_app() as app:
        yield app


def subscribed(simulator: SlackSimulator, app: App, *events: str) -> None:
    simulator.dispatch.put(Endpoint("app", app.url, events or ("*",), (Secret(SECRET),)))
    settled(simulator)


def test_an_endpoint_echoes_a_challenge_before_it_is_told_anything(
    simulator: SlackSimulator, app: App
) -> None:
    simulator.dispatch.put(Endpoint("app", app.url, ("message",), (Secret(SECRET),)))
    simulator.trigger("message", {"text": "first"})

    assert app.told(1)[0]["event"]["text"] == "first"
    assert app.challenges == 1
    subscribed(simulator, app, "message", "app_mention")
    assert app.challenges == 1, "the URL is the same"


def test_an_endpoint_that_does_not_echo_is_told_nothing(
    simulator: SlackSimulator, app: App
) -> None:
    app.echoes = False
    subscribed(simulator, app)
    simulator.trigger("message", {})
    settled(simulator)

    assert [each.on for each in simulator.dispatch.endpoints] == [False]
    assert simulator.dispatch.posted[0].why == "the challenge did not come back"
    assert not app.heard


def test_events_are_signed_as_slacks_library_and_our_connector_verify(
    simulator: SlackSimulator, app: App, clock: VirtualClock
) -> None:
    subscribed(simulator, app)
    told = simulator.trigger("app_mention", {"text": "wo ist mein Päckchen? https://example.org"})
    app.told(2)

    scheme = WEBHOOK.scheme((Secret(SECRET),))
    for heard in app.heard:
        assert is_signed(heard, clock)
        fields = [(name.encode(), value.encode()) for name, value in heard.headers]
        received = delivery(heard.body, fields)
        assert isinstance(scheme.verify(received, from_seconds(clock.now())), Verified)
        assert isinstance(WEBHOOK.read(received), Readable)
        assert b"https:\\/\\/example.org" in heard.body, (
            "slashes are escaped, as Slack escapes them"
        )
    kinds = [each["event"]["type"] for each in app.told(2)]
    assert kinds == ["message", "app_mention"]
    assert app.told(2)[1] == told
    assert told["event_time"] == int(NOW_S)
    assert told["authorizations"][0]["user_id"] == simulator.workspace.bot.id


def test_what_the_app_does_is_told_in_the_order_of_doing(
    simulator: SlackSimulator, app: App
) -> None:
    subscribed(simulator, app)
    client = WebClient("xoxb-1", base_url=f"{simulator.stand.url}/api/")
    channel = client.conversations_create(name="parcels")["channel"]["id"]
    ts = client.chat_postMessage(channel=channel, text="Hello.")["ts"]
    client.reactions_add(channel=channel, timestamp=ts, name="wave")
    client.reactions_remove(channel=channel, timestamp=ts, name="wave")
    client.chat_update(channel=channel, ts=ts, text="Hello!")
    client.chat_delete(channel=channel, ts=ts)
    client.conversations_archive(channel=channel)

    events = [each["event"] for each in app.told(7)]
    assert [each.get("subtype", each["type"]) for each in events] == [
        "channel_created",
        "message",
        "reaction_added",
        "reaction_removed",
        "message_changed",
        "message_deleted",
        "channel_archive",
    ]
    assert events[4]["previous_message"]["text"] == "Hello."
    assert events[5]["deleted_ts"] == ts


def test_an_event_comes_again_at_once_after_a_minute_and_after_five(
    simulator: SlackSimulator, app: App, clock: VirtualClock
) -> None:
    subscribed(simulator, app)
    app.answers = [Reply(500)]
    simulator.trigger("message", {})
    app.told(2)
    until(lambda: clock.sleepers == 1)
    for seconds, attempts in ((59, 2), (1, 3), (299, 3), (1, 4)):
        clock.advance(seconds)
        app.told(attempts)
        settled(simulator)
        assert len(app.heard) == attempts
        if attempts < 4:
            until(lambda: clock.sleepers == 1)

    retries = [
        (each.header("x-slack-retry-num"), each.header("x-slack-retry-reason"))
        for each in app.heard
    ]
    assert retries == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
    ]
    assert len({each.body for each in app.heard}) == 1
    assert all(is_signed(each, clock) for each in app.heard[3:]), "each attempt is signed anew"
    assert not is_signed(app.heard[0], clock)


def test_an_app_that_cannot_be_reached_is_told_so_when_it_can(
    simulator: SlackSimulator, clock: VirtualClock
) -> None:
    with an_app() as app:
        subscribed(simulator, app)
        gone = app.url
    simulator.trigger("message", {})
    until(lambda: clock.sleepers == 1)
    with an_app() as app:
        simulator.dispatch.reach[gone] = app.url
        clock.advance(60)
        app.told(1)
        assert app.heard[0].header("x-slack-retry-num") == "2"
        assert app.heard[0].header("x-slack-retry-reason") == "connection_failed"


def test_an_app_can_ask_not_to_be_told_again(simulator: SlackSimulator, app: App) -> None:
    subscribed(simulator, app)
    app.answers = [Reply(500, (("X-Slack-No-Retry", "1"),))]
    simulator.trigger("message", {})
    app.told(1)
    settled(simulator)
    assert [each.enough for each in simulator.dispatch.posted[1:]] == [True]


def failing(simulator: SlackSimulator, app: App, *, taken: int, of: int) -> None:
    app.answers = [Reply(200)] * taken + [Reply(500, (("X-Slack-No-Retry", "1"),))]
    for number in range(of):
        message = Message(f"Ev{number}", "message", b"{}")
        simulator.dispatch.tell_one(simulator.dispatch.endpoints[0], message)
    settled(simulator)


@pytest.fixture
def small(simulator: SlackSimulator) -> SlackSimulator:
    """A Slack that judges apps by twenty messages, and not by a thousand."""
    share = SCHEDULE.off_share
    assert share == Share(0.95, 3_600.0, 1_000)
    simulator.dispatch.schedule = replace(SCHEDULE, off_share=replace(share, least=20))
    return simulator


@pytest.mark.parametrize(("taken", "on"), [(1, True), (0, False)])
def test_an_app_that_fails_more_than_95_percent_is_turned_off(
    small: SlackSimulator, app: App, taken: int, *, on: bool
) -> None:
    subscribed(small, app)
    failing(small, app, taken=taken, of=20)
    assert [each.on for each in small.dispatch.endpoints] == [on]


def test_failures_of_an_hour_ago_are_forgotten(
    small: SlackSimulator, app: App, clock: VirtualClock
) -> None:
    subscribed(small, app)
    failing(small, app, taken=0, of=19)
    clock.advance(3_600)
    failing(small, app, taken=0, of=19)
    assert small.dispatch.endpoints[0].on


def test_a_command_is_told_once_and_answered_at_its_url(
    simulator: SlackSimulator, app: App, clock: VirtualClock
) -> None:
    subscribed(simulator, app, "slash_command")
    assert app.challenges == 0, "the URL of a command is never asked for a challenge"
    app.answers = [Reply(500)]
    made = simulator.trigger("slash_command", {"command": "/track", "text": "parcel 7"})
    assert app.told(1) == [{name: str(value) for name, value in made.items()}]
    assert is_signed(app.heard[0], clock)
    settled(simulator)
    clock.advance(600)
    settled(simulator)
    assert len(app.heard) == 1
    assert parse_qs(app.heard[0].body.decode())["command"] == ["/track"]

    answering = WebhookClient(made["response_url"])
    assert answering.send(text="On its way.").body == "ok"
    assert answering.send(text="On its way.", response_type="in_channel").body == "ok"
    state = simulator.state()
    assert [each["text"] for each in state["ephemeral"]] == ["On its way."]
    assert len(state["messages"][simulator.workspace.general.id]) == 1
    for _ in range(3):
        answering.send(text="again")
    assert answering.send(text="too often").status_code == 404


def test_a_click_names_its_message_which_its_answer_replaces(
    simulator: SlackSimulator, app: App, clock: VirtualClock
) -> None:
    subscribed(simulator, app, "block_actions")
    client = WebClient("xoxb-1", base_url=f"{simulator.stand.url}/api/")
    button = {
        "type": "button",
        "action_id": "refund",
        "text": {"type": "plain_text", "text": "Refund"},
        "value": "order-7",
    }
    blocks = [{"type": "actions", "block_id": "row", "elements": [button]}]
    said = client.chat_postMessage(channel="general", text="Refund?", blocks=blocks)
    told = simulator.trigger("block_actions", {"ts": str(said["ts"]), "action_id": "refund"})

    assert app.told(1)[0] == told
    assert told["actions"][0]["value"] == "order-7"
    assert told["message"]["ts"] == said["ts"]
    body = httpx2.post(told["response_url"], json={"replace_original": True, "text": "Refunded."})
    assert body.text == "ok"
    history = client.conversations_history(channel=str(said["channel"]))["messages"]
    assert [each["text"] for each in history] == ["Refunded."]
    clock.advance(1_801)
    late = httpx2.post(told["response_url"], json={"text": "late"})
    assert (late.status_code, late.json()["error"]) == (404, "expired_url")


@pytest.mark.parametrize(
    ("event", "overrides", "says"),
    [
        ("message.unheard", {}, "what can: app_mention"),
        ("message", {"colour": "red"}, "it takes channel, text, thread_ts, user"),
        ("message", {"channel": "C9999999999"}, "channel_not_found"),
        ("message", {"channel": "random"}, "the app is not in random"),
        ("message", {"user": "U9999999999"}, "user_not_found"),
        ("reaction_added", {"ts": "1.000000"}, "message_not_found"),
        ("block_actions", {"ts": "1.000000"}, "message_not_found"),
        ("slash_command", {"command": "track"}, "begins with a slash"),
        ("channel_created", {"name": "general"}, "name_taken"),
    ],
)
def test_a_trigger_that_makes_no_sense_says_what_would(
    simulator: SlackSimulator, event: str, overrides: dict[str, str], says: str
) -> None:
    with pytest.raises(UnknownTriggerError, match=says):
        simulator.trigger(event, overrides)


def test_every_trigger_is_told_and_leaves_what_it_tells_of(
    simulator: SlackSimulator, app: App
) -> None:
    subscribed(simulator, app)
    told: list[dict[str, Any]] = [simulator.trigger(name, {}) for name in simulator.triggers]
    settled(simulator)
    heard = app.told(len(told))
    assert all(each in heard or {**each} in heard for each in told if "command" not in each)
    message = told[0]["event"]
    assert message["ts"] in simulator.workspace.posts[message["channel"]]


def test_the_desk_puts_endpoints_and_pulls_triggers(simulator: SlackSimulator, app: App) -> None:
    url = f"{simulator.stand.url}/_sim"
    httpx2.post(f"{url}/endpoints", json={"url": app.url, "secrets": [SECRET]})
    made = httpx2.post(f"{url}/trigger", json={"type": "message", "overrides": {"text": "Hi"}})
    assert app.told(1)[0] == made.json()
    refused = httpx2.post(f"{url}/trigger", json={"type": "unheard"})
    assert refused.status_code == 400
