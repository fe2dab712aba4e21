"""The ways in which one webhook can be delivered: as its provider does, as a network does, as a forger
does. Which of them an endpoint is to take is said by `is_honest`."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bridgewright import connectors
from bridgewright.core.model.moment import later
from bridgewright.core.model.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.moment import Moment
    from bridgewright.simulate.dispatch import Dispatch, Endpoint, Fields, Message

LONG_S = 30 * 86_400.0
"""Older and newer than any scheme takes for fresh."""
HUGE_BYTES = 10_000_000
UNKNOWN = "unheard.of"


class Manner(StrEnum):
    """How one delivery is made."""

    HONEST = "honest"
    """As the provider does."""
    NEW_ID = "new_id"
    """The same told once more as another event: only its content says that it is a duplicate."""
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a manner, and no secret
    """Signed with a key that is not the endpoint's."""
    UNSIGNED = "unsigned"
    """Without what signs it."""
    STALE = "stale"
    """Signed a month ago, as a recorded delivery is."""
    FUTURE = "future"
    """Signed a month ahead."""
    CHANGED_BYTE = "changed_byte"
    """One bit of its body is another than was signed."""
    RESERIALISED = "reserialised"
    """Parsed and written anew on its way, as some relays do: the same JSON, other bytes."""
    ESCAPED_SLASHES = "escaped_slashes"
    r"""Signed with `\/` for each slash, as PHP writes them: other bytes than a parser writes again."""
    ROTATED = "rotated"
    """Signed with a foreign key first and the endpoint's last, as while secrets are replaced."""
    DOUBLED_FIELDS = "doubled_fields"
    """Each field that signs it twice, a wrong one first."""
    WRONG_TYPE = "wrong_type"
    """It says that it is plain text."""
    GZIP = "gzip"
    """Compressed on its way."""
    CHUNKED = "chunked"
    """In chunks of a few bytes, without a length."""
    HUNG_UP = "hung_up"
    """The sender goes away in the middle of the body."""
    HUGE = "huge"
    """Ten megabytes, signed."""
    UNKNOWN_TYPE = "unknown_type"
    """A type of event that nobody had heard of, signed."""
    DRIFTED = "drifted"
    """Signed, and its fields have other types than they had."""

    @property
    def is_honest(self) -> bool:
        """Whether it comes from the provider, whole: it is to be taken, as an event or a duplicate.
        HUGE is honest too, but an endpoint may have a bound."""
        return self not in _DISHONEST


_DISHONEST = frozenset(
    {
        Manner.WRONG_SECRET,
        Manner.UNSIGNED,
        Manner.STALE,
        Manner.FUTURE,
        Manner.CHANGED_BYTE,
        Manner.RESERIALISED,
        Manner.DOUBLED_FIELDS,
        Manner.HUNG_UP,
    }
)
UNTIMED = frozenset({Manner.STALE, Manner.FUTURE})
"""Manners that a scheme without a signed time cannot see through."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One delivery ready to go."""

    url: str
    headers: Fields = field(repr=False)
    body: bytes = field(repr=False)
    manner: Manner = Manner.HONEST


def prepared(  # noqa: PLR0913 - all that a delivery depends on
    dispatch: Dispatch,
    endpoint: Endpoint,
    message: Message,
    manner: Manner,
    at: Moment,
    provider: str,
) -> Sending:
    """A delivery in that manner; `at` is now, `provider` whose signature it bears."""
    told = _CONTENT.get(manner, _as_it_is)(message)
    signer = _SIGNERS.get(manner, _honestly)(endpoint, provider)
    shift_s = {Manner.STALE: -LONG_S, Manner.FUTURE: LONG_S}.get(manner, 0.0)
    url, headers, body = dispatch.signed(signer, told, later(at, shift_s))
    if manner is Manner.ROTATED and (url, headers, body) == dispatch.signed(
        _strangely(endpoint, provider), told, at
    ):
        # This provider signs with one key at a time: while two are good, it is the endpoint's own.
        url, headers, body = dispatch.signed(endpoint, told, at)
    made = Sending(url, headers, body, manner)
    spoil = _SPOILERS.get(manner)
    return made if spoil is None else spoil(made, connectors.webhook(provider).signature_fields)


def _as_it_is(message: Message) -> Message:
    return message


def _renamed(message: Message) -> Message:
    return _replaced(message, message.name, f"{message.name[:-4]}next")


def _unheard(message: Message) -> Message:
    return _replaced(message, message.event_type, UNKNOWN)


def _replaced(message: Message, old: str, new: str) -> Message:
    headers = tuple((n, v.replace(old.encode(), new.encode())) for n, v in message.headers)
    body = message.body.replace(old.encode(), new.encode())
    return replace(
        message, name=new if old == message.name else message.name, body=body, headers=headers
    )


def _slashed(message: Message) -> Message:
    return replace(message, body=message.body.replace(b"/", rb"\/"))


def _drifted(message: Message) -> Message:
    return _rewritten(message, _retyped)


def _huge(message: Message) -> Message:
    def padded(content: Any) -> Any:
        return content | {"padding": "a" * HUGE_BYTES} if isinstance(content, dict) else content

    return _rewritten(message, padded)


def _rewritten(message: Message, change: Callable[[Any], Any]) -> Message:
    try:
        content = json.loads(message.body)
    except ValueError:
        return message
    return replace(message, body=json.dumps(change(content)).encode())


def _retyped(content: Any) -> Any:
    """Everything below the first level with another type; what names the event stays."""
    if not isinstance(content, dict):
        return content
    return {
        name: _other(value) if isinstance(value, dict) else value for name, value in content.items()
    }


def _other(value: Any) -> Any:
    match value:
        case dict():
            return {name: _other(inner) for name, inner in value.items()}
        case bool() | None:
            return "perhaps"
        case int() | float():
            return str(value)
        case _:
            return value


def _honestly(endpoint: Endpoint, provider: str) -> Endpoint:
    del provider
    return endpoint


def _strangely(endpoint: Endpoint, provider: str) -> Endpoint:
    return replace(endpoint, secrets=(stranger(provider),))


def _in_turn(endpoint: Endpoint, provider: str) -> Endpoint:
    return replace(endpoint, secrets=(stranger(provider), *endpoint.secrets))


def stranger(provider: str) -> Secret:
    """A key of the provider's form that is nobody's."""
    return Secret(connectors.webhook(provider).example_key)


def _unsigned(sending: Sending, fields: tuple[bytes, ...]) -> Sending:
    kept = tuple(pair for pair in sending.headers if pair[0].lower() not in fields)
    return replace(sending, headers=kept, url=sending.url.partition("?")[0])


def _doubled(sending: Sending, fields: tuple[bytes, ...]) -> Sending:
    wrong = tuple((n, v[::-1]) for n, v in sending.headers if n.lower() in fields)
    return replace(sending, headers=(*wrong, *sending.headers))


def _bit(sending: Sending, fields: tuple[bytes, ...]) -> Sending:
    del fields
    middle = len(sending.body) // 2
    flipped = bytes([sending.body[middle] ^ 1]) if sending.body else b"!"
    return replace(sending, body=sending.body[:middle] + flipped + sending.body[middle + 1 :])


def _again(sending: Sending, fields: tuple[bytes, ...]) -> Sending:
    try:
        content = json.loads(sending.body)
    except ValueError:
        return _bit(sending, fields)
    written = (json.dumps(content, separators=s).encode() for s in ((",", ":"), (", ", ": ")))
    other = (each for each in written if each != sending.body)
    return replace(sending, body=next(other, sending.body + b" "))


def _mistyped(sending: Sending, fields: tuple[bytes, ...]) -> Sending:
    del fields
    kept = tuple(pair for pair in sending.headers if pair[0].lower() != b"content-type")
    return replace(sending, headers=(*kept, (b"content-type", b"text/plain")))


def _packed(sending: Sending, fields: tuple[bytes, ...]) -> Sending:
    del fields
    packed = (*sending.headers, (b"content-encoding", b"gzip"))
    return replace(sending, headers=packed, body=gzip.compress(sending.body, mtime=0))


_CONTENT: dict[Manner, Callable[[Message], Message]] = {
    Manner.NEW_ID: _renamed,
    Manner.UNKNOWN_TYPE: _unheard,
    Manner.ESCAPED_SLASHES: _slashed,
    Manner.DRIFTED: _drifted,
    Manner.HUGE: _huge,
}
_SIGNERS: dict[Manner, Callable[[Endpoint, str], Endpoint]] = {
    Manner.WRONG_SECRET: _strangely,
    Manner.ROTATED: _in_turn,
}
_SPOILERS: dict[Manner, Callable[[Sending, tuple[bytes, ...]], Sending]] = {
    Manner.UNSIGNED: _unsigned,
    Manner.DOUBLED_FIELDS: _doubled,
    Manner.CHANGED_BYTE: _bit,
    Manner.RESERIALISED: _again,
    Manner.WRONG_TYPE: _mistyped,
    Manner.GZIP: _packed,
}
