"""What of Twilio can be sent from the outbox: whatever its client creates. Twilio knows no key by which
it recognises a repeat, so a send is looked for in its lists before anybody sends it again."""

from __future__ import annotations

import functools
import inspect
import typing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from twilio.rest import Client  # type: ignore[import-untyped]

from bridgewright.core.model.moment import as_datetime
from bridgewright.core.model.outbound import Outbound, never, short
from bridgewright.core.policy.arguments import refuse_names, refuse_types, unknown_operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.item import Sending
    from bridgewright.core.model.outbound import Arguments, Attempted

_KNOWN = (
    "messages.create",
    "calls.create",
    "addresses.create",
    "conversations.v1.conversations.create",
)
_ANY = object
_EARLY_S, _LATE_S = 5.0, 120.0
"""How far from the beginning of a call its record may be dated: Twilio dates to the second, by its own
clock, and a call may wait in our engine for as long as its deadline allows."""
_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Method:
    """One `create` of the client."""

    steps: tuple[str, ...]
    hints: dict[str, Any]
    required: tuple[str, ...]

    def __call__(self, attempted: Attempted) -> Any:
        """Make the call."""
        found: Any = attempted.client
        for step in self.steps:
            found = getattr(found, step)
        return found(**attempted.arguments)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Twilio's operations."""

    def find(self, name: str) -> Outbound:
        """The `create` that the client has under this path."""
        method = _method(name)
        if method is None:
            hint = ", or any other create of twilio.rest.Client by its path"
            raise unknown_operation(f"twilio.{name}", (f"twilio.{each}" for each in _KNOWN), hint)

        def check(arguments: Arguments) -> None:
            operation = f"twilio.{name}"
            refuse_names(operation, arguments, method.hints, method.required)
            refuse_types(operation, arguments, method.hints)

        return Outbound(name, check, never, method, _result, _LOOKS.get(name))


def _result(made: Any) -> str:
    return short(getattr(made, "sid", ""))


@functools.cache
def _client() -> Any:
    """A client to look at: it makes no call."""
    return Client("AC" + "0" * 32, "to look at")


@functools.lru_cache(maxsize=256)
def _method(name: str) -> Method | None:
    steps = tuple(name.split("."))
    found = _client()
    for step in steps:
        if not step.isidentifier() or step.startswith("_"):
            return None
        found = getattr(found, step, None)
    if steps[-1] != "create" or not inspect.ismethod(found):
        return None
    parameters = inspect.signature(found).parameters
    required = tuple(n for n, p in parameters.items() if p.default is inspect.Parameter.empty)
    hints = {name: _hint(each.annotation) for name, each in parameters.items()}
    return Method(steps, hints, required)


def _hint(annotation: Any) -> Any:
    """What the SDK says beside `object`, by which it means "not given"."""
    kinds = tuple(each for each in typing.get_args(annotation) or (annotation,) if each is not _ANY)
    return kinds[0] if len(kinds) == 1 and kinds[0] in (str, int, float, bool) else _ANY


def _look_for_message(attempted: Attempted, sending: Sending) -> str | None:
    """The one message of just then with the same text, to the same person, from the same number."""
    asked = attempted.arguments
    if not (asked.get("body") and asked.get("from_")):
        return None  # Twilio chose the sender, or made the text: there is nothing to know it by
    listed = attempted.client.messages.list(
        to=asked["to"],
        from_=asked["from_"],
        date_sent_after=_day(sending),
        limit=_LISTED,
    )
    return _only(listed, sending, lambda message: message.body == asked["body"])


def _look_for_call(attempted: Attempted, sending: Sending) -> str | None:
    """The one call of just then, to the same person and from the same number."""
    asked = attempted.arguments
    listed = attempted.client.calls.list(
        to=asked["to"], from_=asked["from_"], start_time_after=_day(sending), limit=_LISTED
    )
    return _only(listed, sending, lambda call: str(call.direction).startswith("outbound"))


def _day(sending: Sending) -> datetime:
    """Whole days are asked for, and one more: some records are dated when they are queued."""
    at = as_datetime(sending.last_at) - timedelta(days=1)
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _only(listed: list[Any], sending: Sending, same: Callable[[Any], bool]) -> str | None:
    """Its SID, when exactly one fits: of two nobody can say which was ours."""
    began = as_datetime(sending.last_at)
    first, last = began - timedelta(seconds=_EARLY_S), began + timedelta(seconds=_LATE_S)
    found = [
        each
        for each in listed
        if each.date_created is not None and first <= each.date_created <= last and same(each)
    ]
    return short(found[0].sid) or None if len(found) == 1 else None


_LOOKS = {"messages.create": _look_for_message, "calls.create": _look_for_call}

OUTBOX = Catalogue()
