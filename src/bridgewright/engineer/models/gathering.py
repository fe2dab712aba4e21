"""What both ways of saying it need: the pieces of an answer, put together and read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from bridgewright.engineer.models.ends import Failure, ModelError
from bridgewright.engineer.models.words import MOST_KEPT, Fault, ToolCall

if TYPE_CHECKING:
    from bridgewright.engineer.models.events import Event
    from bridgewright.engineer.models.words import Answer

_NO_ID = "call"


class Gatherer(Protocol):
    """Puts one answer together."""

    @property
    def done(self) -> bool:
        """Whether the server has said its last word."""
        ...

    def take(self, event: Event) -> None:
        """One event of a stream; `ModelError` for one that is none, or tells of a failure."""
        ...

    def take_whole(self, content: dict[str, Any]) -> None:
        """An answer in one piece, of a server that does not stream."""
        ...

    def answer(self) -> Answer:
        """The answer; `ModelError` when it is not whole."""
        ...


class Calling:
    """A tool call while its pieces come."""

    __slots__ = ("arguments", "id", "name", "place")

    def __init__(self, place: object, id_: str, name: str) -> None:
        self.place = place
        self.id = id_
        self.name = name
        self.arguments: list[str] = []

    def made(self) -> ToolCall:
        """The call, or what is wrong with it."""
        return parsed(joined([self.id]), joined([self.name]), joined(self.arguments))


def parsed(id_: str, name: str, written: str) -> ToolCall:
    """A call by what the model wrote for its arguments; nothing at all means none."""
    if not name:
        return ToolCall(id_, "", fault=Fault("the call names no tool", written[:MOST_KEPT]))
    if not written.strip():
        return ToolCall(id_, name)
    try:
        arguments = json.loads(written, parse_constant=_no_number)
        json.dumps(arguments, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        why = "the arguments are no JSON of whole characters: half of one stands alone"
        return ToolCall(id_, name, fault=Fault(why, written[:MOST_KEPT]))
    except (ValueError, RecursionError) as error:
        why = f"the arguments are no JSON: {error}"
        return ToolCall(id_, name, fault=Fault(why, written[:MOST_KEPT]))
    if not isinstance(arguments, dict):
        why = f"the arguments are no JSON object, but {_kind(arguments)}"
        return ToolCall(id_, name, fault=Fault(why, written[:MOST_KEPT]))
    return ToolCall(id_, name, arguments)


def joined(pieces: list[str]) -> str:
    """Pieces as one text that can be written anywhere: a character whose halves came in two pieces is
    one again, and half a character is none."""
    return "".join(pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def told_apart(calls: list[Calling]) -> tuple[ToolCall, ...]:
    """The calls, each with an id that no other has: some servers give none, some one to all."""
    made: list[ToolCall] = []
    taken: set[str] = set()
    for number, calling in enumerate(calls, start=1):
        call = calling.made()
        wanted = call.id or f"{_NO_ID}_{number}"
        while wanted in taken:
            wanted += f"_{number}"
        taken.add(wanted)
        made.append(replace(call, id=wanted))
    return tuple(made)


def content_of(event: Event) -> dict[str, Any]:
    """What an event's JSON says."""
    try:
        content = json.loads(event.content)
    except (ValueError, RecursionError):
        malformed("an event of the stream is no JSON")
    if not isinstance(content, dict):
        malformed(f"an event of the stream is {_kind(content)}, and no object")
    return content


def malformed(what: str) -> NoReturn:
    """What came makes no sense."""
    raise ModelError(Failure.MALFORMED, what)


def cut() -> NoReturn:
    """What came is not all."""
    raise ModelError(Failure.CUT, "the answer ended before its end")


def table_in(content: dict[str, Any], name: str) -> dict[str, Any]:
    """An object inside; empty where there is none."""
    found = content.get(name) or {}
    if not isinstance(found, dict):
        malformed(f"{name} is {_kind(found)}, and no object")
    return found


def tables_in(content: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of objects inside; empty where there is none."""
    found = content.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        malformed(f"{name} is no list of objects")
    return found


def text_in(content: dict[str, Any], name: str) -> str:
    """A text inside; empty where there is none."""
    found = content.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        malformed(f"{name} is {_kind(found)}, and no text")
    return found


def place_in(content: dict[str, Any]) -> int | None:
    """The index that a piece belongs to; None where it has none."""
    found = content.get("index")
    if found is not None and not isinstance(found, int):
        malformed(f"index is {_kind(found)}, and no number")
    return found


def count_in(content: dict[str, Any], name: str) -> int:
    """A number of tokens inside; 0 where there is none, or none that can be."""
    found = content.get(name)
    return found if isinstance(found, int) and found > 0 and found is not True else 0


def _kind(found: object) -> str:
    kinds = {
        list: "a list",
        str: "a text",
        bool: "a truth value",
        type(None): "null",
        dict: "an object",
    }
    return kinds.get(type(found), "a number")


def _no_number(text: str) -> NoReturn:
    msg = f"{text} is no number of JSON"
    raise ValueError(msg)
