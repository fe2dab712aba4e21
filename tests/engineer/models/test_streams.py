"""What comes over the wire, put together: however it is cut, and whatever it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridgewright.engineer.models.anthropic import Blocks
from bridgewright.engineer.models.chat import Pieces
from bridgewright.engineer.models.ends import Failure, ModelError
from bridgewright.engineer.models.events import Decoder, Event
from bridgewright.engineer.models.line import gather
from bridgewright.engineer.models.words import Answer, Ended, Usage
from tests.engineer.models.scripted import (
    CHAT,
    MESSAGES,
    Called,
    Said,
    called,
    in_pieces,
    streamed,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

GATHERERS: dict[str, Any] = {CHAT: Pieces, MESSAGES: Blocks}
PATHS = st.sampled_from([CHAT, MESSAGES])
TEXTS = st.text(max_size=40)
CALLS = st.builds(
    lambda name, arguments: Called(name, json.dumps(arguments, ensure_ascii=False)),
    st.sampled_from(["read", "write", "search"]),
    st.dictionaries(
        TEXTS, TEXTS | st.integers() | st.none() | st.lists(TEXTS, max_size=2), max_size=3
    ),
)
SAYINGS = st.builds(
    lambda text, calls, usage: Said(
        text, tuple(Called(c.name, c.written, f"id_{n}") for n, c in enumerate(calls)), usage=usage
    ),
    TEXTS,
    st.lists(CALLS, max_size=3),
    st.none() | st.tuples(st.integers(1, 9_000), st.integers(1, 9_000), st.just(0)),
)
SIZES = st.lists(st.integers(1, 60), max_size=60)
EXAMPLE = Said(
    "Grüße an 你好 🙂, in several pieces.",
    (called("read", "c1", path="a/b"), called("write", "c2", text='é"\n', more=[1, None])),
    usage=(100, 20, 40),
)


def answered(path: str, chunks: Iterable[bytes]) -> Answer:
    into = GATHERERS[path]()
    gather(iter(chunks), into)
    made: Answer = into.answer()
    return made


def failure_of(path: str, *chunks: bytes) -> Failure:
    with pytest.raises(ModelError) as caught:
        answered(path, chunks)
    return caught.value.failure


def tried(path: str, *chunks: bytes) -> tuple[Answer | None, Failure | None]:
    """An answer, or why there is none; anything else that is raised comes through."""
    try:
        return answered(path, chunks), None
    except ModelError as error:
        return None, error.failure


def said_by(answer: Answer) -> tuple[str, list[tuple[str, str, Any]], Ended]:
    calls = [(call.id, call.name, dict(call.arguments)) for call in answer.calls]
    return answer.text, calls, answer.ended


@pytest.mark.slow
@given(said=SAYINGS, path=PATHS, sizes=SIZES)
def test_however_a_stream_is_cut_into_chunks_the_answer_is_what_was_said(
    said: Said, path: str, sizes: list[int]
) -> None:
    answer = answered(path, in_pieces(streamed(said, path), sizes))
    calls = [(call.id, call.name, json.loads(call.written)) for call in said.calls]
    assert said_by(answer) == (said.text, calls, Ended(said.why))
    assert all(call.fault is None for call in answer.calls)
    counted = (
        None if answer.usage is None else (answer.usage.input_tokens, answer.usage.output_tokens)
    )
    assert counted == (None if said.usage is None else said.usage[:2])


@pytest.mark.slow
@given(said=SAYINGS, path=PATHS, data=st.data())
def test_of_a_stream_that_breaks_off_either_all_is_taken_or_nothing(
    said: Said, path: str, data: st.DataObject
) -> None:
    body = streamed(said, path)
    upto = data.draw(st.integers(0, len(body)))
    answer, failure = tried(path, body[:upto])
    assert failure in (None, Failure.CUT)
    if answer is not None:
        assert said_by(answer) == said_by(answered(path, [body]))


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_a_stream_cut_before_the_server_says_why_it_ended_is_no_answer(path: str) -> None:
    body = streamed(EXAMPLE, path)
    upto = body.index(b'tool_calls"}' if path == CHAT else b"message_delta")
    assert failure_of(path, body[:upto]) is Failure.CUT


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_lines_may_end_as_they_like_and_a_mark_may_come_before(path: str, end: bytes) -> None:
    body = b"\xef\xbb\xbf" + streamed(EXAMPLE, path).replace(b"\n", end)
    by_byte = [body[at : at + 1] for at in range(len(body))]
    assert answered(path, by_byte) == answered(path, [streamed(EXAMPLE, path)])


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_an_answer_in_one_piece_is_the_same_as_one_that_streams(path: str) -> None:
    body = json.dumps(whole(EXAMPLE, path), indent=1).encode()
    assert answered(path, [b"\n", body[:9], body[9:]]) == answered(path, [streamed(EXAMPLE, path)])


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_an_answer_in_one_piece_that_was_cut_is_no_answer(path: str) -> None:
    assert failure_of(path, json.dumps(whole(EXAMPLE, path)).encode()[:-2]) is Failure.CUT


@given(body=st.binary(max_size=200), path=PATHS)
def test_any_bytes_are_an_answer_or_the_one_error(body: bytes, path: str) -> None:
    assert tried(path, body)[1] in (None, Failure.CUT, Failure.MALFORMED, Failure.AILING)


NAMES = (
    "choices delta message content tool_calls function index usage type content_block arguments"
    " stop_reason finish_reason error input"
).split()
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    ["message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop"]
)


@pytest.mark.slow
@example(contents=[({"index": []}, "content_block_start")], path=MESSAGES, as_one=False)
@given(contents=st.lists(st.tuples(JSONS, KINDS), max_size=4), path=PATHS, as_one=st.booleans())
def test_any_json_in_any_place_is_an_answer_or_the_one_error(
    contents: list[tuple[Any, str]], path: str, *, as_one: bool
) -> None:
    typed = [c | {"type": kind} if isinstance(c, dict) else c for c, kind in contents]
    lines = [json.dumps(c) for c in typed]
    body = "".join(lines[:1]) if as_one else "".join(f"data: {line}\n\n" for line in lines)
    answer, _ = tried(path, body.encode())
    if answer is not None:
        shown = [answer.text, *(f"{call.id} {call.name} {call.arguments}" for call in answer.calls)]
        assert all(text.encode().decode() == text for text in shown)


def test_a_character_whose_halves_come_in_two_pieces_is_one_again() -> None:
    body = chunks({"content": "\ud83d"}, {"content": "\ude42"}, {"content": "\ud83d!"})
    assert answered(CHAT, [body]).text == "🙂\ufffd!"


def test_arguments_with_half_a_character_are_a_fault() -> None:
    [call] = answered(CHAT, [streamed(Said("", (Called("read", '{"p": "\\ud83d"}'),)), CHAT)]).calls
    assert call.fault is not None
    assert call.arguments == {}


def chunks(
    *deltas: dict[str, Any], reason: str | None = "stop", last: bytes = b"data: [DONE]\n\n"
) -> bytes:
    contents = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    contents.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    return b"".join(b"data: %s\n\n" % json.dumps(c).encode() for c in contents) + last


def piece(**named: Any) -> dict[str, Any]:
    return {"tool_calls": [named]}


def test_a_stream_without_the_last_word_is_whole_once_it_said_why_it_ended() -> None:
    answer = answered(CHAT, [chunks({"content": "all"}, last=b"")])
    assert said_by(answer) == ("all", [], Ended.STOP)


def test_a_stream_that_says_only_that_it_ended_is_whole() -> None:
    answer = answered(CHAT, [chunks({"content": "all"}, reason=None, last=b"data: [DONE]")])
    assert said_by(answer) == ("all", [], Ended.UNSAID)


def test_a_stream_that_ends_before_anything_was_said_is_no_answer() -> None:
    assert failure_of(CHAT, b"data: [DONE]\n\n") is Failure.CUT


def test_what_comes_after_the_last_word_is_not_read() -> None:
    body = chunks({"content": "all"}) + b"data: {broken\n\n"
    assert answered(CHAT, [body]).text == "all"


def test_two_calls_at_one_index_are_told_apart_by_their_ids() -> None:
    body = chunks(
        piece(index=0, id="a", function={"name": "read", "arguments": '{"p":1}'}),
        piece(index=0, id="b", function={"name": "read", "arguments": '{"p":'}),
        piece(index=0, function={"arguments": "2}"}),
    )
    answer = answered(CHAT, [body])
    assert said_by(answer)[1] == [("a", "read", {"p": 1}), ("b", "read", {"p": 2})]
    assert answer.ended is Ended.TOOLS


def test_calls_without_an_id_or_with_one_for_all_get_ids_of_their_own() -> None:
    body = chunks(
        piece(index=0, function={"name": "read", "arguments": {"p": 1}}),
        piece(index=1, id="x", function={"name": "read"}),
        piece(index=2, id="x", function={"name": "read", "arguments": ""}),
    )
    calls = answered(CHAT, [body]).calls
    assert len({call.id for call in calls}) == 3
    assert [dict(call.arguments) for call in calls] == [{"p": 1}, {}, {}]


@pytest.mark.parametrize("written", ['{"p": ', "[1]", "null", "read a", '{"p": NaN}', "[" * 20_000])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_arguments_that_cannot_be_read_are_kept_as_a_fault_to_answer(
    path: str, written: str
) -> None:
    [call] = answered(path, [streamed(Said("", (Called("read", written),)), path)]).calls
    assert call.fault is not None
    assert "arguments are no JSON" in call.fault.why
    assert call.fault.written == written[:2_000]
    assert (call.name, call.arguments) == ("read", {})


def test_a_call_that_names_no_tool_is_a_fault() -> None:
    [call] = answered(CHAT, [streamed(Said("", (Called("", "{}"),)), CHAT)]).calls
    assert call.fault is not None


def test_usage_that_comes_with_choices_of_null_is_counted() -> None:
    told = {"choices": None, "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    body = chunks({"content": "x"}, last=b"data: %s\n\n" % json.dumps(told).encode())
    assert answered(CHAT, [body]).usage == Usage(5, 2)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_what_comes_out_of_a_cache_is_among_what_was_read(path: str) -> None:
    assert answered(path, [streamed(EXAMPLE, path)]).usage == Usage(100, 20, 40)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
@pytest.mark.parametrize("ended", ["length", "filtered"])
def test_an_answer_that_was_kept_from_its_end_says_so(path: str, ended: str) -> None:
    assert answered(path, [streamed(Said("so f", ended=ended), path)]).ended is Ended(ended)


@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_json_that_is_broken_in_the_middle_of_a_stream_is_malformed(path: str) -> None:
    body = streamed(EXAMPLE, path).replace(b'"index": 0', b'"index": 0,,', 1)
    assert failure_of(path, body) is Failure.MALFORMED


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        ({"type": "overloaded_error", "message": "Overloaded"}, Failure.AILING),
        ({"code": 429, "message": "slow down"}, Failure.TOO_FAST),
        ({"code": 502, "message": "upstream"}, Failure.AILING),
        ({"code": "context_length_exceeded", "message": "x"}, Failure.TOO_LONG),
        ({"message": "prompt is too long: 9 tokens > 8 maximum"}, Failure.TOO_LONG),
        ({"code": "insufficient_quota", "message": "x"}, Failure.NO_CREDIT),
        ("something", Failure.AILING),
    ],
)
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
def test_an_error_in_the_middle_of_a_stream_is_told_by_its_reason(
    path: str, error: object, failure: Failure
) -> None:
    told = b"event: error\ndata: %s\n\n" % json.dumps({"type": "error", "error": error}).encode()
    body = streamed(EXAMPLE, path)
    assert failure_of(path, body[: body.index(b"\n\n", 300) + 2] + told) is failure


def test_events_and_blocks_of_unknown_kinds_are_left_out() -> None:
    thought = {"type": "content_block_start", "index": 9, "content_block": {"type": "thinking"}}
    more = {"type": "content_block_delta", "index": 9, "delta": {"type": "thinking_delta"}}
    strange = [thought, more, {"type": "brand_new"}]
    told = b"".join(b"data: %s\n\n" % json.dumps(each).encode() for each in strange)
    assert answered(MESSAGES, [told, streamed(EXAMPLE, MESSAGES)]).text == EXAMPLE.text


@pytest.mark.slow
@given(
    events=st.lists(
        st.tuples(st.sampled_from(["", "x"]), st.text(min_size=1, max_size=20)), max_size=5
    ),
    sizes=SIZES,
)
def test_events_come_out_of_any_chunks_as_they_went_in(
    events: list[tuple[str, str]], sizes: list[int]
) -> None:
    clean = [(name, "".join(text.split()) or "x") for name, text in events]
    body = "".join(
        (f"event: {name}\r\n" if name else ": told\r\n") + f"data: {text}\r\ndata:two\r\n\r\n"
        for name, text in clean
    ).encode()
    decoder = Decoder()
    found = [event for part in in_pieces(body, sizes) for event in decoder.feed(part)]
    assert found == [Event(name, f"{text}\ntwo") for name, text in clean]
