"""Anthropic's Messages.

Sources, read 2026-11-29: platform.claude.com/docs/en/build-with-claude/streaming (events, pieces of
JSON, errors inside a stream, unknown events to be left out), /build-with-claude/handling-stop-reasons,
/en/api/errors, and hexdocs.pm/anthropic_gleam (the shapes of events). A text after the results of tools
is put after them, and nothing between.
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
    from bridgewright.engineer.models.words import Asked, Message, Tool

PATH = "/v1/messages"
VERSION = "2023-06-01"
"""The version of the API that this is, told with every request."""
USUAL_OUTPUT_TOKENS = 8_192
"""The API wants a bound. Without one of the asker's own this is it: a long file, and every model that
is offered may write as much."""
_ENDS = {
    "end_turn": Ended.STOP,
    "stop_sequence": Ended.STOP,
    "pause_turn": Ended.STOP,
    "tool_use": Ended.TOOLS,
    "max_tokens": Ended.LENGTH,
    "model_context_window_exceeded": Ended.LENGTH,
    "refusal": Ended.FILTERED,
}


@dataclass(frozen=True, slots=True)
class Messages:
    """A model behind an endpoint of this kind."""

    line: Line
    model: str
    prices: Prices | None = None

    def ask(self, asked: Asked) -> Answer:
        """As `Model.ask`."""
        return self.line.carry(
            PATH,
            self._content(asked),
            lambda: Blocks(self.prices),
            headers={"anthropic-version": VERSION},
            within_s=asked.within_s,
        )

    def _content(self, asked: Asked) -> dict[str, Any]:
        system = [each.text for each in asked.messages if each.role is Role.SYSTEM]
        content: dict[str, Any] = {
            "model": self.model,
            "max_tokens": asked.most_output_tokens or USUAL_OUTPUT_TOKENS,
            "messages": _turns(asked.messages),
            "stream": True,
        }
        if any(system):
            content["system"] = "\n\n".join(filter(None, system))
        if asked.tools:
            content["tools"] = [_offered(tool) for tool in asked.tools]
        if asked.temperature is not None:
            content["temperature"] = asked.temperature
        return content


class Blocks:
    """The blocks of one answer, by their index."""

    __slots__ = ("_calls", "_counts", "_ended", "_known", "_prices", "_text", "done")

    def __init__(self, prices: Prices | None = None) -> None:
        self.done = False
        self._prices = prices
        self._text: list[str] = []
        self._calls: list[Calling] = []
        self._known: dict[object, Calling | None] = {}
        self._ended: Ended | None = None
        self._counts: dict[str, Any] = {}

    def take(self, event: Event) -> None:
        """As `Gatherer.take`. Events and blocks of kinds that are not known are left out."""
        content = content_of(event)
        told_inside(content)
        match text_in(content, "type") or event.name:
            case "message_start":
                self._count(table_in(content, "message"))
            case "content_block_start":
                self._block(place_in(content), table_in(content, "content_block"))
            case "content_block_delta":
                self._piece(place_in(content), table_in(content, "delta"))
            case "message_delta":
                self._end(table_in(content, "delta"))
                self._count(content)
            case "message_stop":
                self.done = True

    def take_whole(self, content: dict[str, Any]) -> None:
        """As `Gatherer.take_whole`."""
        told_inside(content)
        if not isinstance(content.get("content"), list):
            malformed("the answer holds no content")
        for number, block in enumerate(tables_in(content, "content")):
            self._block(number, block)
        self._end(content)
        self._count(content)
        self._ended = self._ended or Ended.UNSAID
        self.done = True

    def answer(self) -> Answer:
        """As `Gatherer.answer`. It is whole once the server said why it ended."""
        if self._ended is None:
            cut()
        calls = told_apart(self._calls)
        ended = self._ended
        if calls and ended in (Ended.STOP, Ended.UNSAID):
            ended = Ended.TOOLS
        usage = priced(self._usage(), self._prices)
        return Answer(joined(self._text), calls, ended, usage)

    def _block(self, index: object, block: dict[str, Any]) -> None:
        kind = text_in(block, "type")
        self._known[index] = None
        if kind == "text":
            self._text.append(text_in(block, "text"))
        elif kind == "tool_use":
            calling = Calling(index, text_in(block, "id"), text_in(block, "name"))
            given = block.get("input")
            if given:
                calling.arguments = [json.dumps(given)]
            self._known[index] = calling
            self._calls.append(calling)

    def _piece(self, index: object, piece: dict[str, Any]) -> None:
        if index not in self._known:
            malformed("a piece of a block comes before the block")
        kind, calling = text_in(piece, "type"), self._known[index]
        if kind == "text_delta":
            self._text.append(text_in(piece, "text"))
        elif kind == "input_json_delta":
            if calling is None:
                malformed("arguments belong to a block that calls no tool")
            calling.arguments.append(text_in(piece, "partial_json"))

    def _end(self, said: dict[str, Any]) -> None:
        reason = text_in(said, "stop_reason")
        if reason:
            self._ended = _ENDS.get(reason, Ended.UNSAID)

    def _count(self, said: dict[str, Any]) -> None:
        """Counts are of the whole so far: what is told later stands."""
        told = table_in(said, "usage")
        self._counts |= {name: count for name, count in told.items() if count is not None}

    def _usage(self) -> Usage | None:
        if not self._counts:
            return None
        cached = count_in(self._counts, "cache_read_input_tokens")
        kept = count_in(self._counts, "cache_creation_input_tokens")
        read = count_in(self._counts, "input_tokens") + cached + kept
        return Usage(read, count_in(self._counts, "output_tokens"), cached)


def _turns(messages: tuple[Message, ...]) -> list[dict[str, Any]]:
    """Messages by turns: what tools answered is the user's, and neighbours of one role are one."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        blocks = [] if message.role is Role.SYSTEM else _blocks(message)
        role = "assistant" if message.role is Role.ASSISTANT else "user"
        if blocks and turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(message: Message) -> list[dict[str, Any]]:
    """A message's blocks; the API takes no empty text."""
    if message.role is Role.TOOL:
        result: dict[str, Any] = {"type": "tool_result", "tool_use_id": message.call_id}
        if message.text:
            result["content"] = message.text
        return [result | ({"is_error": True} if message.failed else {})]
    blocks: list[dict[str, Any]] = []
    if message.text.strip():
        blocks.append({"type": "text", "text": message.text})
    for call in message.calls:
        called = {"id": call.id, "name": call.name or "unnamed", "input": dict(call.arguments)}
        blocks.append({"type": "tool_use", **called})
    return blocks


def _offered(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "input_schema": dict(tool.schema),
    }
