"""Words of outgoing calls: what is asked, what came back, and how far an attempt got.

Instants below the drivers are ticks: nanoseconds of a monotonic clock, whose zero means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

Ticks = int
"""Nanoseconds of a monotonic clock."""

NS_PER_S = 1_000_000_000


class Safety(StrEnum):
    """What sending a request twice would do.

    SAFE changes nothing (GET). IDEMPOTENT has the same effect once or twice (PUT, DELETE, or
    declared). KEYED carries a key by which the provider recognises a repeat. UNSAFE is none of them.
    """

    SAFE = "safe"
    IDEMPOTENT = "idempotent"
    KEYED = "keyed"
    UNSAFE = "unsafe"


class Phase(StrEnum):
    """How far an attempt got, which decides what may have happened.

    NOT_SENT: no byte of the request left. MAYBE_SENT: some did, and no complete head of an answer
    came. TRUNCATED: an answer began and its body never came whole. ANSWERED: it came whole.
    """

    NOT_SENT = "not_sent"
    MAYBE_SENT = "maybe_sent"
    TRUNCATED = "truncated"
    ANSWERED = "answered"


class Verdict(StrEnum):
    """What an attempt means: it worked, or trying again may help (transient, throttled), cannot help
    (permanent), or must not happen without knowing more (ambiguous)."""

    SUCCESS = "success"
    TRANSIENT = "transient"
    THROTTLED = "throttled"
    AMBIGUOUS = "ambiguous"
    PERMANENT = "permanent"


class Outcome(StrEnum):
    """What became of a call at the provider: it did it (processed), it said no (rejected), it never
    heard of it (not_sent), or nobody knows (unknown)."""

    PROCESSED = "processed"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class Trouble(StrEnum):
    """Why an attempt got no usable answer, in the words of a log line."""

    DNS = "dns"
    REFUSED = "connection_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECT = "connect_failed"
    POOL = "pool_timeout"
    CERTIFICATE = "certificate"
    TLS = "tls"
    PROXY = "proxy"
    WRITE = "write_failed"
    RESET = "connection_reset"
    DISCONNECTED = "disconnected"
    STALE = "stale_connection"
    READ_TIMEOUT = "read_timeout"
    DEADLINE = "deadline"
    PROTOCOL = "protocol"
    INCOMPLETE = "incomplete_body"
    DECODING = "content_decoding"
    TOO_LARGE = "too_large"
    UNUSABLE = "unusable_request"


class Body(Protocol):
    """A request's body that is not bytes in memory.

    `length` is its size in bytes, None when unknown. `replayable` says whether `open()` gives the
    same bytes again; one that is not may be opened once, and an attempt that opened it is the last.
    """

    @property
    def length(self) -> int | None: ...

    @property
    def replayable(self) -> bool: ...

    def open(self) -> Iterable[bytes]: ...


Pairs = tuple[tuple[str, str], ...]
"""Header fields in order; names in lower case."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a provider's profile says of one request.

    `name` is how logs and errors call it (`customers.create`); `group` separates operations that
    fail or are limited apart (scopes are per group); `max_response_bytes` of None means the
    profile's; `accepts` looks at a 2xx answer and says what is wrong with its shape, None when it is
    one of this API. `cost` is what it takes from the rate limits.
    """

    name: str
    safety: Safety
    group: str = ""
    max_response_bytes: int | None = None
    accepts: Callable[[Response], str | None] | None = None
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, as it is put on the wire at every attempt.

    `url` is absolute. `headers` hold what the SDK or the user set, credentials among them: they are
    not shown by `repr`, nor is the body. `streamed` asks for the body of a 2xx answer as a stream,
    `verbatim` for any answer's content as it came: its encoding belongs to what was asked for.
    """

    method: str
    url: str
    headers: Pairs = ()
    body: bytes | Body | None = None
    streamed: bool = False
    verbatim: bool = False

    def header(self, name: str) -> str | None:
        """The first field of that lower-case name, or None."""
        for key, value in self.headers:  # a generator would take twice as long
            if key == name:
                return value
        return None

    def __repr__(self) -> str:
        return f"Request({self.method} ****)"


class Stream(Protocol):
    """The body of an answer, handed over as it comes; each chunk within the idle timeout.

    Reading raises `TransportError` when it ends before it is whole. `close` may come at any time.
    """

    def __iter__(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


class AsyncStream(Protocol):
    """The same for coroutines."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, its content decoded; `stream` in place of `body` where one was asked for."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    stream: Stream | AsyncStream | None = None

    def header(self, name: str) -> str | None:
        """The first field of that lower-case name, or None."""
        for key, value in self.headers:  # a generator would take twice as long
            if key == name:
                return value
        return None

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


class Cutoff(Protocol):
    """What ends an attempt by a clock that is moved by hand, where sockets wait in real time."""

    def begin(self, cut: Callable[[bool], None]) -> None:
        """The attempt begins. `cut` ends its wait; it is told whether the deadline has come."""

    def waits(self) -> None:
        """A wait for the next byte begins."""

    def flies(self, port: int) -> None:
        """What is asked leaves from this port of ours."""

    def end(self) -> None:
        """The attempt is over."""


class Limits(NamedTuple):
    """What one attempt may take.

    `deadline` is the tick at which all of it must be over, every receive clipped to what remains;
    `connect_s` bounds name resolution, connecting and TLS together; `idle_s` the wait for the next
    byte; `max_response_bytes` the decoded answer. A stream is bound by the deadline until its
    answer's head is there, by `idle_s` afterwards. `cutoff` may end it before: None but where a
    test moves the clock. (A tuple, because every attempt makes one, and a frozen dataclass takes
    twice as long to make.)
    """

    deadline: Ticks
    connect_s: float
    idle_s: float
    max_response_bytes: int
    cutoff: Cutoff | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, as errors and logs tell of it.

    `wait_s` is the pause decided after it (None when it was the last), `rule` names what decided.
    """

    number: int
    phase: Phase
    verdict: Verdict
    elapsed_s: float
    rule: str
    status: int | None = None
    trouble: Trouble | None = None
    wait_s: float | None = None


@dataclass(frozen=True, slots=True)
class CallReport:
    """The engine's view of a call that ended, well or not.

    `retry_safe` says that asking again, in a new call, cannot do it twice. `retry_after_s` is how
    long the provider, or our breaker or limiter, asked us to stay away.
    """

    connector: str
    account: str
    operation: str
    outcome: Outcome
    attempts: tuple[Attempt, ...] = ()
    status: int | None = None
    request_id: str | None = None
    retry_after_s: float | None = None
    retry_safe: bool = False
    idempotency_key: str | None = None
    reason: str = ""
