"""A question on its way: over a real socket, by our own engine, in either dialect."""

from __future__ import annotations

import dataclasses
import json
import traceback
from contextlib import contextmanager
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgewright.core.policy.numbers import BreakerNumbers, BudgetNumbers
from bridgewright.core.timing.backoff import Backoff
from bridgewright.engineer.models.chat import Chat
from bridgewright.engineer.models.choice import DIALECT, KEY, MODEL, PRICES, URL, chosen
from bridgewright.engineer.models.connecting import NUMBERS, connected
from bridgewright.engineer.models.ends import Failure, ModelError
from bridgewright.engineer.models.words import (
    Answer,
    Asked,
    Cost,
    Ended,
    Fault,
    Message,
    Model,
    Role,
    Tool,
    ToolCall,
    Usage,
)
from bridgewright.simulate.wire import Reply, json_reply
from tests.engineer.models.scripted import (
    CHAT,
    MESSAGES,
    Question,
    Said,
    Scripted,
    Sent,
    Turn,
    called,
    in_turn,
    serving,
    streamed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bridgewright.simulate.wire import Content

SECRET = "sk-" + "not-a-key-of-anybody-4711"
HELLO = Asked((Message(Role.SYSTEM, "be brief"), Message(Role.USER, "hello")))
READ = Tool("read", "Reads a file.", {"type": "object", "properties": {"path": {"type": "string"}}})
SAID = Said("Grüße 🙂", (called("read", path="a"),), usage=(100, 20, 40))
QUICK = dataclasses.replace(
    NUMBERS,
    deadline_s=5.0,
    attempt_s=2.0,
    backoff=Backoff(0.001, 2.0, 0.01),
    throttled_backoff=Backoff(0.001, 2.0, 0.01),
    budget=BudgetNumbers(ratio=1.0, cap=1_000.0),
    breaker=BreakerNumbers(
        window_s=1_200.0, slow_s=600.0, least_calls=100_000, consecutive=100_000
    ),
)
"""Trouble of one test is not another's."""


DIALECTS = pytest.mark.parametrize("dialect", ["openai", "anthropic"])


@dataclasses.dataclass(frozen=True, slots=True)
class Stage:
    """A scripted server, and a model that is connected to it."""

    server: Scripted
    model: Model

    @property
    def heard(self) -> list[Question]:
        """What the server was asked since it was given its last script."""
        return self.server.heard

    def ask(self, *turns: Turn, asked: Asked = HELLO) -> Answer:
        self.server.heard.clear()
        self.server.play = in_turn(*turns)
        return self.model.ask(asked)

    def failure(self, *turns: Turn) -> ModelError:
        with pytest.raises(ModelError) as caught:
            self.ask(*turns)
        return caught.value


def environ(server: Scripted, dialect: str) -> dict[str, str]:
    url = server.url if dialect == "openai" else server.root
    prices = "input=3 output=15 cached=0.3 currency=EUR"
    return {MODEL: "mine/model-1", URL: url, DIALECT: dialect, KEY: SECRET, PRICES: prices}


@contextmanager
def apart(dialect: str) -> Iterator[Stage]:
    """A stage of its own: what it is told to wait, nobody else waits."""
    with serving(SAID) as server:
        made = chosen(environ(server, dialect))
        with connected(made, numbers=QUICK) as model:
            yield Stage(server, model)


@pytest.fixture(scope="module")
def chat() -> Iterator[Stage]:
    with apart("openai") as stage:
        yield stage


@pytest.fixture(scope="module")
def messages() -> Iterator[Stage]:
    with apart("anthropic") as stage:
        yield stage


@pytest.fixture(params=["chat", "messages"])
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.getfixturevalue(request.param)
    return found


def test_what_is_asked_and_answered_arrives_whole(stage: Stage) -> None:
    answer = stage.ask(SAID, asked=dataclasses.replace(HELLO, tools=(READ,)))
    [question] = stage.heard
    assert (answer.text, answer.ended) == (SAID.text, Ended.TOOLS)
    assert dict(answer.calls[0].arguments) == {"path": "a"}
    assert (question.content["model"], question.tools) == ("model-1", ("read",))
    assert not question.content.keys() & {"temperature", "max_completion_tokens"}


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 90), max_size=40))
def test_however_the_server_cuts_its_chunks_the_answer_is_the_same(
    stage: Stage, sizes: list[int]
) -> None:
    answer = stage.ask(Sent(SAID, pieces=tuple(sizes)))
    assert (answer.text, dict(answer.calls[0].arguments)) == (SAID.text, {"path": "a"})
    assert answer.usage is not None
    assert answer.usage.input_tokens == 100


def test_a_server_that_does_not_stream_is_understood(stage: Stage) -> None:
    assert stage.ask(Sent(SAID, streamed=False)).text == SAID.text


def test_a_server_that_counts_nothing_is_understood(stage: Stage) -> None:
    assert stage.ask(dataclasses.replace(SAID, usage=None)).usage is None


def test_the_cost_is_that_of_the_prices_that_are_set(stage: Stage) -> None:
    cost = Cost(Decimal("0.000492"), "EUR")  # 60 at 3, 40 at 0.3 and 20 at 15 for a million
    assert stage.ask(SAID).usage == Usage(100, 20, 40, cost)


def test_the_key_goes_where_each_dialect_wants_it(chat: Stage, messages: Stage) -> None:
    chat.ask(SAID)
    messages.ask(SAID)
    [one], [other] = chat.heard, messages.heard
    assert one.headers["authorization"] == f"Bearer {SECRET}"
    assert other.headers["x-api-key"] == SECRET
    assert other.headers["anthropic-version"] == "2023-06-01"
    assert "authorization" not in other.headers


def test_a_server_that_needs_no_key_gets_none() -> None:
    with serving(SAID) as server, connected(chosen({MODEL: "local/m", URL: server.url})) as model:
        model.ask(HELLO)
    assert "authorization" not in server.heard[0].headers


TALK = Asked(
    (
        Message(Role.SYSTEM, "be brief"),
        Message(Role.USER, "look"),
        Message(
            Role.ASSISTANT,
            calls=(
                ToolCall("c1", "read", {"path": "a"}),
                ToolCall("c2", "read", fault=Fault("no JSON", '{"p')),
            ),
        ),
        Message(Role.TOOL, "text of a", call_id="c1"),
        Message(Role.TOOL, "no JSON", call_id="c2", failed=True),
        Message(Role.USER, "go on"),
    ),
    (READ,),
    temperature=0.1,
    most_output_tokens=500,
)


def test_a_conversation_with_tools_is_told_to_a_chat(chat: Stage) -> None:
    chat.ask(SAID, asked=TALK)
    [question] = chat.heard
    roles = [each["role"] for each in question.messages]
    assert roles == ["system", "user", "assistant", "tool", "tool", "user"]
    calls = question.messages[2]["tool_calls"]
    assert [each["function"]["arguments"] for each in calls] == ['{"path": "a"}', "{}"]
    assert question.messages[4] == {"role": "tool", "content": "no JSON", "tool_call_id": "c2"}
    assert (question.content["temperature"], question.content["max_tokens"]) == (0.1, 500)


def test_a_conversation_with_tools_is_told_to_anthropic_by_turns(messages: Stage) -> None:
    messages.ask(SAID, asked=TALK)
    [question] = messages.heard
    assert [each["role"] for each in question.messages] == ["user", "assistant", "user"]
    kinds = [block["type"] for block in question.messages[2]["content"]]
    assert kinds == ["tool_result", "tool_result", "text"]
    assert question.messages[2]["content"][1]["is_error"] is True
    assert question.messages[1]["content"][1]["input"] == {}
    assert (question.content["system"], question.content["max_tokens"]) == ("be brief", 500)


@pytest.mark.slow
@DIALECTS
@pytest.mark.parametrize("status", [400, 422])
def test_a_temperature_that_a_model_refuses_is_not_sent_to_it_again(
    dialect: str, status: int
) -> None:
    refusal = json_reply({"error": {"message": "`temperature` is deprecated"}}, status)
    with apart(dialect) as stage:
        assert stage.ask(refusal, SAID, asked=TALK).text == SAID.text
        first, second = stage.heard
        assert first.content == second.content | {"temperature": 0.1}
        stage.ask(SAID, asked=TALK)
        assert stage.heard == [second]


@pytest.mark.slow
@DIALECTS
def test_of_an_answer_that_was_refused_in_its_middle_nothing_is_left(dialect: str) -> None:
    path = CHAT if dialect == "openai" else MESSAGES
    begun = streamed(dataclasses.replace(SAID, text="never mind"), path)
    told = b'data: {"error": {"code": 400, "message": "no temperature"}}\n\n'
    with apart(dialect) as stage:
        body = begun[: begun.rindex(b"\n\n", 0, -200) + 2] + told
        answer = stage.ask(Sent(body=body), SAID, asked=TALK)
        assert (answer.text, len(answer.calls), len(stage.heard)) == (SAID.text, 1, 2)


def test_openai_has_its_own_word_for_the_most_tokens() -> None:
    with serving(SAID) as server:
        made = chosen({MODEL: "openai/gpt", URL: server.url, "OPENAI_API_KEY": SECRET})
        with connected(made) as model:
            model.ask(TALK)
    assert server.heard[0].content["max_completion_tokens"] == 500


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (401, {"error": {"message": "bad key", "type": "authentication_error"}}, Failure.NO_KEY),
        (403, {"error": {"message": "not for you", "type": "permission_error"}}, Failure.NO_KEY),
        (402, {"error": {"message": "pay first", "code": 402}}, Failure.NO_CREDIT),
        (
            401,
            {"error": {"message": "Insufficient balance", "type": "CreditsError"}},
            Failure.NO_CREDIT,
        ),
        (404, {"error": {"message": "model: gpt-9", "type": "not_found_error"}}, Failure.NO_MODEL),
        (404, {"error": "model 'm' not found"}, Failure.NO_MODEL),
        (400, {"error": {"message": "x", "code": "model_not_found"}}, Failure.NO_MODEL),
        (401, {"error": {"message": "Model m not supported"}}, Failure.NO_MODEL),
        (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, Failure.TOO_LONG),
        (400, {"error": {"message": "prompt is too long: 9 > 8"}}, Failure.TOO_LONG),
        (400, {"message": "maximum context length is 4096 tokens"}, Failure.TOO_LONG),
        (413, {"error": {"type": "request_too_large", "message": "x"}}, Failure.TOO_LONG),
        (400, {"error": {"message": "temperature is not supported"}}, Failure.REFUSED),
        (422, {"detail": [{"loc": ["body"]}]}, Failure.REFUSED),
        (501, {}, Failure.AILING),
    ],
)
def test_each_refusal_is_told_by_its_reason_and_asked_once(
    stage: Stage, status: int, content: Content, expected: Failure
) -> None:
    error = stage.failure(json_reply(content, status))
    assert (error.failure, error.status, len(stage.heard)) == (expected, status, 1)
    assert error.again is (expected is Failure.AILING)


@pytest.mark.slow
@DIALECTS
def test_a_pushback_that_is_short_is_kept_and_then_answered(dialect: str) -> None:
    slow = json_reply({"error": {"message": "slow down"}}, 429, retry_after="0")
    with apart(dialect) as stage:
        assert stage.ask(slow, SAID).text == SAID.text
        assert len(stage.heard) == 2


@pytest.mark.slow
@DIALECTS
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": f"slow down, {SECRET}"}, Failure.TOO_FAST),
        ({"message": SECRET, "code": "insufficient_quota"}, Failure.NO_CREDIT),
    ],
)
def test_a_pushback_that_is_long_ends_the_call_at_once_and_says_how_long(
    dialect: str, error: Content, expected: Failure
) -> None:
    with apart(dialect) as stage:
        told = stage.failure(json_reply({"error": error}, 429, retry_after="3600"))
        assert (told.failure, told.status, len(stage.heard)) == (expected, 429, 1)
    assert told.after_s is not None
    assert told.after_s >= 3_600
    assert SECRET not in "".join(traceback.format_exception(told))


@pytest.mark.slow
@DIALECTS
def test_who_was_told_to_stay_away_is_kept_away_and_told_so(dialect: str) -> None:
    with apart(dialect) as stage:
        stage.failure(json_reply({"error": {"message": "x"}}, 429, retry_after="3600"))
        told = stage.failure(SAID)
        assert (told.failure, told.again, len(stage.heard)) == (Failure.TOO_FAST, True, 0)


@pytest.mark.parametrize("status", [500, 503, 529])
def test_a_server_in_trouble_is_asked_again_as_nothing_was_answered(
    stage: Stage, status: int
) -> None:
    trouble = json_reply({"type": "error", "error": {"type": "overloaded_error"}}, status)
    assert stage.ask(trouble, SAID).text == SAID.text
    assert stage.heard[0] == stage.heard[1]


def test_a_server_in_lasting_trouble_is_told_as_such(stage: Stage) -> None:
    error = stage.failure(Reply(500, body=b"oops"))
    assert (error.failure, error.status, len(stage.heard)) == (Failure.AILING, 500, 3)


@pytest.mark.parametrize("cleanly", [True, False])
def test_a_stream_that_breaks_off_is_no_answer_and_is_not_asked_again_by_itself(
    stage: Stage, *, cleanly: bool
) -> None:
    error = stage.failure(Sent(SAID, upto=400, cleanly=cleanly, pieces=(150, 150)))
    assert (error.failure, error.again, len(stage.heard)) == (Failure.CUT, True, 1)


def test_a_page_of_html_is_no_model(stage: Stage) -> None:
    page = Reply(200, (("content-type", "text/html"),), b"<html>welcome</html>")
    assert stage.failure(page).failure is Failure.FOREIGN


def test_an_endpoint_that_moved_is_no_model(stage: Stage) -> None:
    moved = Reply(301, (("location", "http://127.0.0.1:1/"),))
    assert stage.failure(moved).failure is Failure.FOREIGN
    assert len(stage.heard) == 1


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with serving(SAID) as server:
        gone = environ(server, "openai")
    with connected(chosen(gone), numbers=QUICK) as model, pytest.raises(ModelError) as caught:
        model.ask(HELLO)
    error = caught.value
    assert (error.failure, error.again) == (Failure.UNREACHABLE, True)


def test_an_answer_that_does_not_end_in_its_time_is_given_up(chat: Stage) -> None:
    ticks = count(0, 400)
    assert isinstance(chat.model, Chat)
    line = dataclasses.replace(chat.model.line, clock=lambda: float(next(ticks)))
    stage = Stage(chat.server, dataclasses.replace(chat.model, line=line))
    assert stage.ask(Sent(SAID, streamed=False)).text == SAID.text  # at 800 of 900 s
    assert stage.failure(Sent(SAID, pieces=(1, 1))).failure is Failure.ENDLESS


def test_a_question_without_any_time_left_is_not_sent(stage: Stage) -> None:
    with pytest.raises(ModelError) as caught:
        stage.ask(SAID, asked=dataclasses.replace(HELLO, within_s=0.0))
    assert (caught.value.failure, stage.heard) == (Failure.ENDLESS, [])


def test_what_an_endpoint_complains_of_is_one_clean_line(stage: Stage) -> None:
    told = stage.failure(
        json_reply({"error": {"message": "no\n\x1b[2J \ud83d" + "x" * 9_000}}, 400)
    )
    assert "(status 400: no ?[2J ?xxx" in str(told)
    assert str(told).isprintable()
    assert len(str(told)) < 800


@pytest.mark.parametrize("status", [400, 401, 500])
def test_a_key_that_the_endpoint_says_again_is_not_shown(stage: Stage, status: int) -> None:
    content = {"error": {"message": f"no such key {SECRET}, nor {json.dumps(SECRET)}"}}
    error = stage.failure(json_reply(content, status))
    assert SECRET not in "".join(traceback.format_exception(error)) + repr(error)
    assert error.__context__ is None


def test_a_key_that_a_stream_says_again_is_not_shown(stage: Stage) -> None:
    told = b'data: {"error": {"message": "bad key %s"}}\n\n' % SECRET.encode()
    error = stage.failure(Sent(body=told))
    assert SECRET not in "".join(traceback.format_exception(error)) + repr(error)
    assert "****" in str(error)


def test_a_message_shows_neither_what_was_said_nor_what_was_called() -> None:
    shown = repr(TALK) + repr(Answer("text of a", TALK.messages[2].calls, Ended.STOP))
    assert not [text for text in ("be brief", "text of a", "path", "go on", '{"p') if text in shown]


def test_only_a_tool_answers_a_call_and_only_the_assistant_makes_one() -> None:
    for wrong in (
        {"role": Role.TOOL},
        {"role": Role.USER, "call_id": "c1"},
        {"role": Role.USER, "calls": (ToolCall("c1", "read"),)},
    ):
        with pytest.raises(ValueError, match="role"):
            Message(**wrong)
