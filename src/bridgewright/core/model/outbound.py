"""Words of what goes out by the outbox: an intent, and an operation as a connector knows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from bridgewright.core.model.item import Sending

Arguments = Mapping[str, Any]

LONGEST_KEY = 200
"""Characters of a key: Stripe takes 255, and a few are left for what a fresh beginning adds."""
LONGEST_RESULT = 128
LARGEST_BYTES = 1_048_576
"""The largest intent that is stored: arguments are parameters, files belong elsewhere."""
ACCOUNT = "account"
"""The field that holds the account of a connection, where it is not the connection's own."""

_NONE: Arguments = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Attempted:
    """What an operation is performed with: the official client, the arguments, the key."""

    client: Any = field(repr=False)
    arguments: Arguments = field(repr=False, default_factory=lambda: _NONE)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One operation of a connector, as the outbox sends it.

    `check` refuses arguments that it does not take (`ConfigurationError`). `lifetime_s` says for how
    many seconds the provider recognises a repeat of a call with these arguments: None where it does
    not, infinity where a repeat does no harm. `perform` makes the call on the official client, in a
    thread, and returns what the SDK does; `result` is what is kept of that. `look` asks the provider
    whether a call that may have happened did: the id of what it made, None where it cannot be told.
    """

    name: str
    check: Callable[[Arguments], None]
    lifetime_s: Callable[[Arguments], float | None]
    perform: Callable[[Attempted], Any]
    result: Callable[[Any], str]
    look: Callable[[Attempted, Sending], str | None] | None = None


class Outbox(Protocol):
    """The third half of a connector: `OUTBOX` in its `outbox.py`."""

    def find(self, name: str) -> Outbound:
        """The operation of this name, without the connection's; `ConfigurationError` naming close
        matches when there is none."""
        ...


def never(arguments: Arguments) -> float | None:
    """The lifetime of a key at a provider that has none."""
    del arguments
    return None


def body_of(operation: str, arguments: Mapping[Any, Any]) -> bytes:
    """The arguments as they are stored; `ConfigurationError` names the one that cannot be."""
    for name, value in arguments.items():
        if not isinstance(name, str):
            problem = f"an argument of {operation} is named by a {type(name).__name__}"
            raise ConfigurationError(problem, remedy="name arguments by texts")
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            problem = f"{operation}: the argument {name!r} holds what JSON cannot"
            remedy = "give numbers, texts, lists and mappings: a date as its text, say"
            raise ConfigurationError(problem, remedy=remedy) from None
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        body = text.encode()
    except UnicodeEncodeError:
        problem = f"{operation}: an argument holds half of a surrogate pair"
        raise ConfigurationError(problem, remedy="give whole characters") from None
    if len(body) > LARGEST_BYTES:
        problem = f"{operation}: its arguments take {len(body)} bytes, {LARGEST_BYTES} at most"
        raise ConfigurationError(problem, remedy="store what is large and send its address")
    return body


def arguments_of(body: bytes) -> Arguments:
    """The arguments that `body_of` wrote."""
    found: Arguments = json.loads(body)
    return found


def refuse_key(key: str) -> None:
    """`ConfigurationError` for a key that providers would not take."""
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        problem = f"a key has 1 to {LONGEST_KEY} printable ASCII characters"
        raise ConfigurationError(problem, remedy="use the id of the intent: order-17")
    if key != key.strip():
        problem = "a key travels in a header: no outer blanks"
        raise ConfigurationError(problem, remedy="use the id of the intent: order-17")


def short(value: object) -> str:
    """What is kept of an answer: a number, or a text that is short and plain; nothing else."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if len(text) <= LONGEST_RESULT and text.isprintable() else ""
