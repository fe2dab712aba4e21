"""Slack on loopback: its port, its limits, and what it tells the app."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlencode

import httpx2

from bridgewright.connectors.slack.webhook import WEBHOOK
from bridgewright.core.model.moment import from_seconds
from bridgewright.simulate.clock import WallClock
from bridgewright.simulate.desk import Desk
from bridgewright.simulate.dispatch import Dispatch, Message, Schedule, Share
from bridgewright.simulate.simulator import (
    UnknownTriggerError,
    close_stand,
    open_stand,
    refuse_unknown,
)
from bridgewright.simulate.slack import chat, hooks, words
from bridgewright.simulate.slack.happenings import FORMS, HAPPENINGS, TOKEN
from bridgewright.simulate.slack.operations import ROUTES, Room
from bridgewright.simulate.slack.throttle import Throttle
from bridgewright.simulate.slack.trouble import SlackError, refused
from bridgewright.simulate.slack.workspace import APP, TEAM, Workspace
from bridgewright.simulate.stand import Mood, Stand, Trade
from bridgewright.simulate.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.dispatch import Endpoint, Fields, Posted
    from bridgewright.simulate.faults.rules import Faults
    from bridgewright.simulate.routes import Match
    from bridgewright.simulate.slack.operations import Operation
    from bridgewright.simulate.stand import Linger
    from bridgewright.simulate.wire import Content, Heard

SCHEDULE = Schedule(
    again_s=(0.0, 60.0, 300.0),
    timeout_s=3.0,
    off_share=Share(0.95, 3_600.0, 1_000),
    enough=("x-slack-no-retry", "1"),
)
"""Three more attempts: at once, after a minute, after five. An app that fails more than 95 % of what
it is sent within an hour is told no more, unless that were fewer than 1,000: Slack's page of the Events
API, read 2026-08, and `app_rate_limited`, read 2026-11. Slack sends interactions and commands once."""
BURST = 5
"""Messages that a conversation takes at once, before one a second; Slack says "short bursts"."""
AGENT = (b"user-agent", b"Slackbot 1.0 (+https://api.slack.com/robots)")
_JSON = ((b"content-type", b"application/json"), AGENT)
_FORM = ((b"content-type", b"application/x-www-form-urlencoded"), AGENT)


class SlackSimulator:
    """A Slack workspace with an app in it: `start` gives the URL that `/api/` is below.

    Any token that begins with `xoxb-` is the app's own, `xoxp-` the owner's; scopes are not looked at.
    The app is in #general, and not in #random. `burst` is how many messages a conversation takes at
    once. An endpoint that is put for events has to echo a challenge before it is told any; one for
    `slash_command`, `block_actions` or `shortcut` alone does not.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        faults: Faults | None = None,
        slow_s: float = 1.0,
        burst: int = BURST,
    ) -> None:
        clock = clock or WallClock()
        trade = Trade("slack", ROUTES, self._answer, refused, Desk(self))
        self.stand = Stand(trade, clock, faults=faults, slow_s=slow_s)
        self.dispatch = Dispatch(clock, WEBHOOK.sign, SCHEDULE)
        self.dispatch.again = _reason
        self.dispatch.greet = self._challenge
        self._clock = clock
        self._burst = burst
        self._lock = threading.RLock()
        self._begin()

    def _begin(self) -> None:
        self._told: list[Content] = []
        self._requests = 0
        self.workspace = Workspace(self._clock.now, self._happened)
        self.workspace.url = self.stand.url
        self._room = Room(self.workspace, Throttle(self._clock.now), self._burst)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def start(self, port: int = 0) -> str:
        """Open for business; the URL: `WebClient(base_url=f"{url}/api/")`."""
        self.workspace.url = open_stand(self, port)
        return self.workspace.url

    def close(self) -> None:
        """Hang up on everybody."""
        close_stand(self)

    def reset(self) -> None:
        """Be as new."""
        with self._lock:
            self.stand.reset()
            self.dispatch.reset()
            self._begin()

    def be(
        self,
        mood: Mood,
        *,
        requests: int | None = None,
        seconds: float | None = None,
        after: int = 0,
    ) -> None:
        """Treat what comes like this: for so many requests, for so long, or until told otherwise."""
        self.stand.be(mood, requests=requests, seconds=seconds, after=after)

    def webhook_url(self, channel: str | None = None) -> str:
        """The URL of an incoming webhook for a channel, by id or name; #general unless told.
        SlackError when there is none."""
        with self._lock:
            workspace = self.workspace
            wanted = workspace.general if channel is None else workspace.named(channel)
            found = wanted or workspace.channel(channel or "", workspace.owner)
            for hook, place in workspace.hooks.items():
                if place == found.id:
                    return hooks.url_of(workspace, hook)
            hook = f"B{len(workspace.hooks) + 1:010}"
            workspace.hooks[hook] = found.id
            return hooks.url_of(workspace, hook)

    def state(self) -> Content:
        """Everything the workspace holds; no content of files."""
        with self._lock:
            chat.say_due(self.workspace)
            held = self.workspace
            return {
                "users": [words.user(each) for each in held.users.values()],
                "channels": [
                    words.channel(each, held.owner) | {"members": list(each.members)}
                    for each in held.channels.values()
                ],
                "messages": {
                    channel: [words.post(held, each) for each in posts.values()]
                    for channel, posts in held.posts.items()
                },
                "ephemeral": [{"text": each.text, **each.extra} for each in held.unkept],
                "scheduled": [words.scheduled(each) for each in held.scheduled.values()],
                "files": [
                    words.file(each) | {"uploaded": each.content is not None}
                    for each in held.files.values()
                ],
                "incoming_webhooks": dict(held.hooks),
            }

    @property
    def url(self) -> str:
        """Its base URL, while it is open."""
        return self.stand.url

    @property
    def triggers(self) -> Mapping[str, tuple[str, ...]]:
        """The events, commands and interactions that can be made to happen, with their overrides."""
        return {name: each.takes for name, each in HAPPENINGS.items()}

    def trigger(self, event_type: str, overrides: Mapping[str, str]) -> Content:
        """Have somebody do something; the event, command or interaction as the app is told it.

        UnknownTriggerError for what cannot be triggered, an override it does not take, and one that
        names what is not there.
        """
        refuse_unknown(self.triggers, event_type, overrides)
        with self._lock:
            self._told.clear()
            try:
                made = HAPPENINGS[event_type].make(self.workspace, overrides)
            except SlackError as error:
                given = ", ".join(f"{name}={value}" for name, value in overrides.items())
                raise UnknownTriggerError(f"{event_type} {given}: {error.code}") from None
            if made is None:
                return next(each for each in self._told if each["event"]["type"] == event_type)
            number = self.workspace.number("interaction")
            fields = made if event_type == "slash_command" else {"payload": _written(made)}
            body = urlencode(fields).encode()
            told = Message(f"interaction_{number}", event_type, body, _FORM, once=True)
            self.dispatch.tell(told)
            return made

    async def _answer(self, heard: Heard, match: Match[Operation], linger: Linger) -> Reply:
        await linger()
        with self._lock:
            chat.say_due(self.workspace)
            self._told.clear()
            reply = match.route.handler(self._room, heard, match.names)
            self._requests += 1
            stamp = ("x-slack-req-id", f"{self._requests:032x}")
            if match.route.operation == "chat.scheduleMessage":
                self._wait_for_due()
        return Reply(reply.status, (*reply.headers, stamp), reply.body)

    def _wait_for_due(self) -> None:
        last = next(reversed(self.workspace.scheduled.values()), None)
        if last is not None and self.stand.thread is not None:
            self.stand.thread.begin(self._say_at(last.post_at))

    async def _say_at(self, at_s: float) -> None:
        await self._clock.sleep(at_s - self._clock.now())
        with self._lock:
            chat.say_due(self.workspace)

    def _happened(self, event: Content) -> None:
        """Tell the app of an event."""
        workspace = self.workspace
        number = workspace.number("event")
        authorization: Content = {
            "enterprise_id": None,
            "team_id": TEAM,
            "user_id": workspace.bot.id,
            "is_bot": True,
            "is_enterprise_install": False,
        }
        told: Content = {
            "token": TOKEN,
            "team_id": TEAM,
            "api_app_id": APP,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{number:09}",
            "event_time": workspace.second(),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
            "event_context": f"4-{number:032x}",
        }
        self._told.append(told)
        body = _written(told).encode()
        self.dispatch.tell(Message(told["event_id"], event["type"], body, _JSON))

    async def _challenge(self, endpoint: Endpoint, client: httpx2.AsyncClient, url: str) -> str:
        """Ask a URL to echo a challenge; what is wrong with its answer, or nothing.

        https://docs.slack.dev/reference/events/url_verification, read 2026-11."""
        if set(endpoint.events) <= FORMS:
            return ""
        challenge = f"challenge{self.workspace.number('challenge'):044}"
        asked = {"token": TOKEN, "challenge": challenge, "type": "url_verification"}
        message = Message("", "url_verification", _written(asked).encode(), _JSON)
        at = from_seconds(self._clock.now())
        _, headers, body = self.dispatch.signed(endpoint, message, at)
        try:
            answer = await client.post(url, content=body, headers=list(headers))
        except httpx2.HTTPError as error:
            return f"no answer to the challenge: {type(error).__name__}"
        if answer.status_code != 200:  # noqa: PLR2004 - Slack takes no other
            return f"the challenge was answered {answer.status_code}, not 200"
        return "" if _echoed(answer.text) == challenge else "the challenge did not come back"


def _echoed(text: str) -> str:
    """The challenge in an answer: as plain text, in JSON, or in a form."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return parse_qs(text).get("challenge", [text.strip()])[0]
    return str(content.get("challenge")) if isinstance(content, dict) else text.strip()


def _reason(posted: Posted) -> Fields:
    """Which retry it is, and why: "http_timeout", "connection_failed", "http_error" and others."""
    if posted.status is not None:
        reason = "http_error"
    elif "Timeout" in posted.why:
        reason = "http_timeout"
    else:
        reason = "connection_failed" if posted.why == "ConnectError" else "unknown_error"
    return (
        (b"x-slack-retry-num", b"%d" % posted.attempt),
        (b"x-slack-retry-reason", reason.encode()),
    )


def _written(content: Content) -> str:
    """JSON as Slack writes it: no spaces, and slashes escaped."""
    return json.dumps(content, separators=(",", ":")).replace("/", "\\/")
