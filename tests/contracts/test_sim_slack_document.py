"""The simulated Slack keeps what its own OpenAPI document promises, and agrees with a simple model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bridgewright.simulate.clock import VirtualClock
from bridgewright.simulate.slack.operations import ROUTES
from bridgewright.simulate.slack.simulator import SlackSimulator
from tests.contracts.promises import keeps
from tests.tries import tries

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = {"authorization": "Bearer xoxb-1"}


def promised(examples: int, every: int = 1) -> int:
    clock = VirtualClock()
    with SlackSimulator(clock) as simulator:
        url = simulator.start()
        document = httpx2.get(f"{url}/_sim/openapi.json").json()
        return keeps(url, document, examples, TOKEN, lambda: clock.advance(60), every)


@pytest.mark.slow
def test_what_the_document_promises_is_kept() -> None:
    assert promised(2, every=10)


@pytest.mark.slow
def test_what_the_document_promises_is_kept_at_length() -> None:
    assert promised(tries(60)) == len(ROUTES.all)


def refused(call: Callable[[], object]) -> str:
    try:
        call()
    except SlackApiError as error:
        return str(error.response["error"])
    return "taken"


class Conversations(RuleBasedStateMachine):
    """Channels, messages, threads and reactions, beside the simplest model of them."""

    @initialize()
    def begin(self) -> None:
        self.clock = VirtualClock()
        self.simulator = SlackSimulator(self.clock)
        self.client = WebClient("xoxb-1", base_url=f"{self.simulator.start()}/api/")
        self.channels: dict[str, dict[str, str]] = {}
        self.archived: set[str] = set()
        self.threads: dict[str, str] = {}
        self.reactions: dict[str, set[str]] = {}
        self.names: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "simulator"):
            self.simulator.close()

    def tick(self) -> None:
        """So far that no limit is met."""
        self.clock.advance(60)

    def any_post(self, draw: st.DataObject) -> tuple[str, str] | None:
        places = [(c, ts) for c, posts in self.channels.items() for ts in posts]
        return draw.draw(st.sampled_from(sorted(places))) if places else None

    @rule(name=st.sampled_from(["parcels", "orders", "returns"]))
    def create(self, name: str) -> None:
        self.tick()
        taken = name in self.names.values()
        result = refused(lambda: self.remember(name))
        assert result == ("name_taken" if taken else "taken")

    def remember(self, name: str) -> None:
        made: Any = self.client.conversations_create(name=name)["channel"]
        self.channels[made["id"]] = {}
        self.names[made["id"]] = name

    @precondition(lambda self: self.channels)
    @rule(draw=st.data(), text=st.text("abc<>&é", min_size=1, max_size=8), in_thread=st.booleans())
    def say(self, draw: st.DataObject, text: str, *, in_thread: bool) -> None:
        self.tick()
        channel = draw.draw(st.sampled_from(sorted(self.channels)))
        parents = [ts for ts in self.channels[channel] if ts not in self.threads]
        parent = draw.draw(st.sampled_from(sorted(parents))) if in_thread and parents else None

        def post() -> None:
            said = self.client.chat_postMessage(channel=channel, text=text, thread_ts=parent)
            self.channels[channel][str(said["ts"])] = text
            if parent is not None:
                self.threads[str(said["ts"])] = parent

        assert refused(post) == ("is_archived" if channel in self.archived else "taken")

    @rule(draw=st.data())
    def delete(self, draw: st.DataObject) -> None:
        self.tick()
        if (found := self.any_post(draw)) is None:
            return
        channel, ts = found
        self.client.chat_delete(channel=channel, ts=ts)
        del self.channels[channel][ts]
        self.reactions.pop(ts, None)
        assert (
            refused(lambda: self.client.chat_delete(channel=channel, ts=ts)) == "message_not_found"
        )

    @rule(draw=st.data(), name=st.sampled_from(["wave", "tada"]))
    def react(self, draw: st.DataObject, name: str) -> None:
        self.tick()
        if (found := self.any_post(draw)) is None or found[0] in self.archived:
            return
        known = self.reactions.setdefault(found[1], set())
        where: Any = {"channel": found[0], "timestamp": found[1], "name": name}
        result = refused(lambda: self.client.reactions_add(**where))
        assert result == ("already_reacted" if name in known else "taken")
        known.add(name)

    @precondition(lambda self: set(self.channels) - self.archived)
    @rule(draw=st.data())
    def archive(self, draw: st.DataObject) -> None:
        self.tick()
        channel = draw.draw(st.sampled_from(sorted(set(self.channels) - self.archived)))
        self.client.conversations_archive(channel=channel)
        self.archived.add(channel)

    @invariant()
    def pages_hold_everything_once(self) -> None:
        for channel, posts in getattr(self, "channels", {}).items():
            self.tick()
            top = [ts for ts in posts if ts not in self.threads]
            pages = self.client.conversations_history(channel=channel, limit=2)
            seen = [each for page in pages for each in page["messages"]]
            assert [each["ts"] for each in seen] == sorted(top, reverse=True)
            for each in seen:
                assert each["text"] == posts[each["ts"]]
                kept = {r["name"] for r in each.get("reactions", ())}
                assert kept == self.reactions.get(each["ts"], set())
                replies = [ts for ts in posts if self.threads.get(ts) == each["ts"]]
                assert each.get("reply_count", 0) == len(replies)


@pytest.mark.slow
def test_a_model_of_conversations_agrees() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Conversations,
        settings=settings(max_examples=tries(20), stateful_step_count=12, deadline=None),
    )
