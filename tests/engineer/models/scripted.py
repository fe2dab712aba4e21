"""A server of models on loopback that says what a script has it say: chat completions and Anthropic's
Messages, streamed or whole, in any pieces, to their end or not."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bridgewright.simulate.listener import HOST, Listener, LoopThread
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bridgewright.simulate.wire import Conversation, Heard

CHAT = "/v1/chat/completions"
MESSAGES = "/v1/messages"
_PIECE = 7
"""Characters of a text or of arguments that one event brings."""
_CHAT_ENDS = {
    "stop": "stop",
    "tools": "tool_calls",
    "length": "length",
    "filtered": "content_filter",
}
_ANTHROPIC_ENDS = {
    "stop": "end_turn",
    "tools": "tool_use",
    "length": "max_tokens",
    "filtered": "refusal",
}


@dataclass(frozen=True, slots=True)
class Called:
    """A tool that the scripted model calls; `written` are its arguments as it writes them."""

    name: str
    written: str = "{}"
    id: str = "call_1"


def called(name: str, id_: str = "call_1", **arguments: object) -> Called:
    """A call with arguments that are as they should be."""
    return Called(name, json.dumps(arguments), id_)


@dataclass(frozen=True, slots=True)
class Said:
    """What the scripted model says. `ended` as `Ended` has it; `usage` is (read, written, out of a cache),
    None for a server that counts nothing."""

    text: str = ""
    calls: tuple[Called, ...] = ()
    ended: str = ""
    usage: tuple[int, int, int] | None = (100, 20, 0)

    @property
    def why(self) -> str:
        """Why it ended: as it was scripted, or as it must be."""
        return self.ended or ("tools" if self.calls else "stop")


@dataclass(frozen=True, slots=True)
class Sent:
    """How it goes over the wire. `body` in place of what is `said`; `pieces` are the sizes of the chunks,
    the rest in one; `upto` bytes are sent, then the connection ends (`cleanly`: as if that were all)."""

    said: Said = field(default_factory=Said)
    streamed: bool = True
    body: bytes | None = None
    pieces: tuple[int, ...] = ()
    upto: int | None = None
    cleanly: bool = False
    kind: str = "text/event-stream"


Turn = Said | Sent | Reply


@dataclass(frozen=True, slots=True)
class Question:
    """What the server was asked: the path, the fields of the header, and the JSON."""

    path: str
    headers: dict[str, str]
    content: dict[str, Any]

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that are offered, in either dialect."""
        offered = self.content.get("tools", ())
        return tuple(each.get("name") or each["function"]["name"] for each in offered)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation as it was sent."""
        found: list[dict[str, Any]] = self.content["messages"]
        return found


class Scripted:
    """The server. `play` decides what each question is answered; `heard` are the questions, in order."""

    def __init__(self, play: Callable[[Question], Turn]) -> None:
        self.play = play
        self.heard: list[Question] = []
        self._lock = threading.Lock()
        self._thread = LoopThread("scripted model")
        self._listener = Listener(self._conduct)
        self.root = f"http://{HOST}:{self._thread.run(self._listener.start())}"

    @property
    def url(self) -> str:
        """The base URL of chat completions; that of Messages is `root`."""
        return f"{self.root}/v1"

    def close(self) -> None:
        """Hang up on everybody."""
        self._thread.run(self._listener.close())
        self._thread.close()

    async def _conduct(self, conversation: Conversation) -> None:
        while True:
            heard = await conversation.hear()
            turn = self._turn(heard)
            if isinstance(turn, Said):
                turn = Sent(turn)
            if isinstance(turn, Reply):
                await conversation.say(turn.written())
            elif not turn.streamed and turn.body is None:
                await conversation.say(json_reply(whole(turn.said, heard.path)).written())
            elif not await _stream(conversation, turn, heard.path):
                return

    def _turn(self, heard: Heard) -> Turn:
        if heard.method != "POST" or heard.path not in (CHAT, MESSAGES):
            return json_reply({"error": {"message": "no such path"}}, 404)
        with self._lock:
            question = Question(heard.path, dict(heard.headers), json.loads(heard.body))
            self.heard.append(question)
            return self.play(question)


def in_turn(*turns: Turn) -> Callable[[Question], Turn]:
    """Says one after the other, and the last one for ever."""
    left = list(turns)

    def play(_question: Question) -> Turn:
        return left.pop(0) if len(left) > 1 else left[0]

    return play


@contextmanager
def serving(*turns: Turn) -> Iterator[Scripted]:
    """A server that says these in turn, for as long as it is needed."""
    with playing(in_turn(*turns)) as server:
        yield server


@contextmanager
def playing(play: Callable[[Question], Turn]) -> Iterator[Scripted]:
    """A server that says what a function of the request says, for as long as it is needed."""
    server = Scripted(play)
    try:
        yield server
    finally:
        server.close()


def streamed(said: Said, path: str) -> bytes:
    """A whole stream, in the dialect of the path."""
    return _chat_stream(said) if path == CHAT else _anthropic_stream(said)


def whole(said: Said, path: str) -> dict[str, Any]:
    """An answer in one piece, in the dialect of the path."""
    return _chat_whole(said) if path == CHAT else _anthropic_whole(said)


async def _stream(conversation: Conversation, sent: Sent, path: str) -> bool:
    """Say it in chunks; whether the connection goes on."""
    body = streamed(sent.said, path) if sent.body is None else sent.body
    body = body[: sent.upto]
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {sent.kind}\r\ntransfer-encoding: chunked\r\n\r\n"
    await conversation.say(head.encode())
    for piece in in_pieces(body, sent.pieces):
        await conversation.say(b"%x\r\n%s\r\n" % (len(piece), piece))
    if sent.upto is not None and not sent.cleanly:
        return False
    await conversation.say(b"0\r\n\r\n")
    return True


def in_pieces(body: bytes, sizes: Iterable[int]) -> Iterator[bytes]:
    """The bytes in pieces of these sizes, and the rest; none of them empty."""
    begin = 0
    for size in sizes:
        if size and body[begin : begin + size]:
            yield body[begin : begin + size]
            begin += size
    if body[begin:]:
        yield body[begin:]


def _slices(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def _event(content: object, name: str = "") -> bytes:
    start = f"event: {name}\n" if name else ""
    return f"{start}data: {json.dumps(content, ensure_ascii=False)}\n\n".encode()


def _chat_stream(said: Said) -> bytes:
    def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": reason}]
        return _event({"object": "chat.completion.chunk", "choices": choices, "usage": None})

    def piece(index: int, **named: Any) -> bytes:
        return chunk({"tool_calls": [{"index": index, **named}]})

    parts = [b": waiting\n\n", chunk({"role": "assistant", "content": ""})]
    parts += [chunk({"content": part}) for part in _slices(said.text)]
    for index, call in enumerate(said.calls):
        function = {"name": call.name, "arguments": ""}
        parts.append(piece(index, id=call.id, type="function", function=function))
        parts += [piece(index, function={"arguments": part}) for part in _slices(call.written)]
    parts.append(chunk({}, _CHAT_ENDS[said.why]))
    if said.usage is not None:
        parts.append(_event({"choices": [], "usage": _chat_usage(said.usage)}))
    return b"".join([*parts, b"data: [DONE]\n\n"])


def _chat_whole(said: Said) -> dict[str, Any]:
    calls = [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.written}}
        for c in said.calls
    ]
    message = {"role": "assistant", "content": said.text or None, "tool_calls": calls or None}
    choice = {"index": 0, "message": message, "finish_reason": _CHAT_ENDS[said.why]}
    usage = None if said.usage is None else _chat_usage(said.usage)
    return {"object": "chat.completion", "choices": [choice], "usage": usage}


def _chat_usage(usage: tuple[int, int, int]) -> dict[str, Any]:
    read, written, cached = usage
    details = {"cached_tokens": cached}
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
        "prompt_tokens_details": details,
    }


def _anthropic_stream(said: Said) -> bytes:
    def typed(name: str, **named: Any) -> bytes:
        return _event({"type": name, **named}, name)

    def block(index: int, begun: dict[str, Any], pieces: list[dict[str, Any]]) -> list[bytes]:
        return [
            typed("content_block_start", index=index, content_block=begun),
            *(typed("content_block_delta", index=index, delta=piece) for piece in pieces),
            typed("content_block_stop", index=index),
        ]

    start = {"role": "assistant", "content": []} | _anthropic_usage(said.usage, written=1)
    parts = [typed("message_start", message=start), typed("ping")]
    index = 0
    if said.text:
        pieces = [{"type": "text_delta", "text": part} for part in _slices(said.text)]
        parts += block(index, {"type": "text", "text": ""}, pieces)
        index += 1
    for call in said.calls:
        begun = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        pieces = [
            {"type": "input_json_delta", "partial_json": part}
            for part in ["", *_slices(call.written)]
        ]
        parts += block(index, begun, pieces)
        index += 1
    told = {} if said.usage is None else {"usage": {"output_tokens": said.usage[1]}}
    parts.append(typed("message_delta", delta={"stop_reason": _ANTHROPIC_ENDS[said.why]}, **told))
    return b"".join([*parts, typed("message_stop")])


def _anthropic_whole(said: Said) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": said.text}] if said.text else []
    content += [
        {"type": "tool_use", "id": c.id, "name": c.name, "input": json.loads(c.written)}
        for c in said.calls
    ]
    answer = {"type": "message", "role": "assistant", "content": content}
    written = 0 if said.usage is None else said.usage[1]
    return (
        answer
        | {"stop_reason": _ANTHROPIC_ENDS[said.why]}
        | _anthropic_usage(said.usage, written=written)
    )


def _anthropic_usage(usage: tuple[int, int, int] | None, *, written: int) -> dict[str, Any]:
    """Of what is read, Anthropic counts apart what comes out of a cache."""
    if usage is None:
        return {}
    read, _, cached = usage
    counts = {"input_tokens": read - cached, "cache_read_input_tokens": cached}
    return {"usage": {**counts, "output_tokens": written}}
