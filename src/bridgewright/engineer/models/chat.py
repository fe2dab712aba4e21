"""Chat completions, as OpenAI made them and most endpoints understand them.

Sources, read 2026-11-29: docs.rs/crate/openai-interface/0.12.0 (the chunks, and vLLM's `choices: null`
with the usage), openrouter.ai/docs/api/reference/streaming and /errors-and-debugging (comments, errors
inside a stream), docs.opper.ai/build/chat/streaming (calls in pieces), hexdocs and Ollama's docs/openai.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.engineer.models.gathering import (
    Calling,
    content_of,
    count_in,
    cut,
    joined,
    malformed,
    place_in,
    table_in,
    tables_in,
    text_in,
    told_apart,
)
from bridgewright.engineer.models.prices import priced
from bridgewright.engineer.models.refusals import told_inside
from bridgewright.engineer.models.words import Answer, Ended, Role, Usage

if TYPE_CHECKING:
    from bridgewright.engineer.models.events import Event
    from bridgewright.engineer.models.line import Line
    from bridgewright.engineer.models.prices import Prices
    from bridgewright.engineer.models.words import Asked, Message, Tool, ToolCall

PATH = "/chat/completions"
_DONE = "[DONE]"
_ENDS = {
    "stop": Ended.STOP,
    "tool_calls": Ended.TOOLS,
    "function_call": Ended.TOOLS,
    "length": Ended.LENGTH,
    "content_filter": Ended.FILTERED,
}


@dataclass(frozen=True, slots=True)
class Chat:
    """A model behind an endpoint of this kind. `limit_word` is how it calls the most output tokens:
    `max_tokens` nearly everywhere, `max_completion_tokens` at OpenAI."""

    line: Line
    model: str
    limit_word: str = "max_tokens"
    prices: Prices | None = None

    def ask(self, asked: Asked) -> Answer:
        """As `Model.ask`."""
        content = self._content(asked)
        return self.line.carry(PATH, content, lambda: Pieces(self.prices), within_s=asked.within_s)

    def _content(self, asked: Asked) -> dict[str, Any]:
        content: dict[str, Any] = {
            "model": self.model,
            "messages": [_written(message) for message in asked.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if asked.tools:
            content["tools"] = [_offered(tool) for tool in asked.tools]
        if asked.temperature is not None:
            content["temperature"] = asked.temperature
        if asked.most_output_tokens is not None:
            content[self.limit_word] = asked.most_output_tokens
        return content


class Pieces:
    """The pieces of one answer, by the index of each call."""

    __slots__ = ("_calls", "_ended", "_prices", "_said", "_text", "_usage", "done")

    def __init__(self, prices: Prices | None = None) -> None:
        self.done = False
        self._prices = prices
        self._text: list[str] = []
        self._calls: list[Calling] = []
        self._ended: Ended | None = None
        self._usage: Usage | None = None
        self._said = False

    def take(self, event: Event) -> None:
        """As `Gatherer.take`."""
        if event.content.strip() == _DONE:
            self.done = True
            return
        content = content_of(event)
        told_inside(content)
        for choice in tables_in(content, "choices"):
            if not place_in(choice):
                self._choice(choice)
        self._count(content)

    def take_whole(self, content: dict[str, Any]) -> None:
        """As `Gatherer.take_whole`."""
        told_inside(content)
        choices = tables_in(content, "choices")
        if not choices:
            malformed("the answer holds no choices")
        self._choice(choices[0])
        self._count(content)
        self.done = True

    def answer(self) -> Answer:
        """As `Gatherer.answer`. It is whole once the server said why it ended, or that it did."""
        if self._ended is None and not (self.done and self._said):
            cut()
        calls = told_apart(self._calls)
        ended = self._ended or Ended.UNSAID
        if calls and ended in (Ended.STOP, Ended.UNSAID):
            ended = Ended.TOOLS
        usage = priced(self._usage, self._prices)
        return Answer(joined(self._text), calls, ended, usage)

    def _choice(self, choice: dict[str, Any]) -> None:
        piece = table_in(choice, "delta") or table_in(choice, "message")
        text = _text(piece.get("content"))
        if text:
            self._text.append(text)
        for number, called in enumerate(tables_in(piece, "tool_calls")):
            self._call(called, number)
        self._said = self._said or bool(text or self._calls)
        reason = text_in(choice, "finish_reason")
        if reason:
            self._ended = _ENDS.get(reason, Ended.UNSAID)

    def _call(self, called: dict[str, Any], number: int) -> None:
        function = table_in(called, "function")
        id_, name = text_in(called, "id"), text_in(function, "name")
        place = place_in(called)
        calling = self._calling(number if place is None else place, id_)
        calling.id = calling.id or id_
        calling.name = calling.name or name
        written = function.get("arguments")
        if isinstance(written, dict):  # of servers that parse them for us
            calling.arguments = [json.dumps(written)]
        elif written is not None:
            calling.arguments.append(text_in(function, "arguments"))

    def _calling(self, place: object, id_: str) -> Calling:
        """The call at that index; another id at the same one is another call."""
        for calling in reversed(self._calls):
            if calling.place == place:
                if id_ and calling.id and calling.id != id_:
                    break
                return calling
        begun = Calling(place, "", "")
        self._calls.append(begun)
        return begun

    def _count(self, content: dict[str, Any]) -> None:
        usage = content.get("usage")
        if isinstance(usage, dict):
            cached = count_in(table_in(usage, "prompt_tokens_details"), "cached_tokens")
            read, said = count_in(usage, "prompt_tokens"), count_in(usage, "completion_tokens")
            self._usage = Usage(read, said, min(cached, read))


def _text(content: object) -> str:
    """The text of a message: as it is, or in parts."""
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [each for each in content if isinstance(each, dict)]
        return "".join(text_in(part, "text") for part in parts)
    if not isinstance(content, str):
        malformed("content is neither text nor parts of it")
    return content


def _written(message: Message) -> dict[str, Any]:
    written: dict[str, Any] = {"role": message.role.value, "content": message.text}
    if message.role is Role.TOOL:
        written["tool_call_id"] = message.call_id
    if message.calls:
        written["content"] = message.text or None
        written["tool_calls"] = [_called(call) for call in message.calls]
    return written


def _called(call: ToolCall) -> dict[str, Any]:
    """A call as the model made it. Faulty arguments are not said again: endpoints parse them, and fail."""
    function = {"name": call.name or "unnamed", "arguments": json.dumps(dict(call.arguments))}
    return {"id": call.id, "type": "function", "function": function}


def _offered(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.schema),
    }
    return {"type": "function", "function": function}
