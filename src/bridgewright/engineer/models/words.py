"""What a model is asked and what it answers, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


class Role(StrEnum):
    """Whose words a message holds: the program's (system), the person's (user), the model's own
    (assistant), or those of a tool that the model called."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a tool call cannot be carried out as it came. `why` is a sentence that the model may be given
    back; `written` is what it wrote instead of arguments, at most `MOST_KEPT` characters of it."""

    why: str
    written: str = field(default="", repr=False)


MOST_KEPT = 2_000
"""Characters of faulty arguments that are kept: enough to see the mistake, too few to fill a context."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model wants called. `id` is what the tool's message answers by, unique within an
    answer. With a `fault`, `arguments` are empty, and the fault is the answer to give."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation. `calls` stand in the assistant's, `call_id` in a tool's, where it
    names the call that `text` answers; `failed` says that the tool did not do it."""

    role: Role
    text: str = field(default="", repr=False)
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    failed: bool = False

    def __post_init__(self) -> None:
        if (self.role is Role.TOOL) != bool(self.call_id):
            msg = (
                f"a message of role {self.role}: a tool's names the call it answers, no other does"
            )
            raise ValueError(msg)
        if self.calls and self.role is not Role.ASSISTANT:
            msg = f"a message of role {self.role} calls tools: only the assistant's may"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Tool:
    """What the model may call. `schema` is the JSON Schema of its arguments, an object's."""

    name: str
    description: str = field(repr=False)
    schema: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the conversation so far, and the tools of this turn.

    `temperature` (0 to 2) is sent only where it is given: some models refuse any. Nothing bounds the
    answer but `most_output_tokens`, or the model's own limit where that is None. `within_s` is how many
    seconds are left for it, where less than usual are.
    """

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    temperature: float | None = None
    most_output_tokens: int | None = None
    within_s: float | None = None


class Ended(StrEnum):
    """Why an answer ended: the model had said all (stop), wants tools called (tools), reached the most
    tokens it may write or read (length: the answer is cut off), was kept from answering (filtered), or
    the server did not say (unsaid)."""

    STOP = "stop"
    TOOLS = "tools"
    LENGTH = "length"
    FILTERED = "filtered"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of money, in units of its currency (`USD`): not cents."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one answer, as its server counted them. `input_tokens` are all that were read, those
    out of a cache (`cached_tokens`) among them. `cost` is None where no prices are set."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, whole. `usage` is None where its server counts nothing."""

    text: str = field(repr=False)
    calls: tuple[ToolCall, ...]
    ended: Ended
    usage: Usage | None = None

    def message(self) -> Message:
        """The answer as the conversation goes on from it."""
        return Message(Role.ASSISTANT, self.text, self.calls)


class Model(Protocol):
    """Whom the wright asks."""

    def ask(self, asked: Asked) -> Answer:
        """One answer, whole, or `ModelError`, which says why there is none: of an answer that broke off
        nothing is handed out."""
        ...
