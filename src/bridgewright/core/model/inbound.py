"""Words of the inbound side: a delivery, what was found when it was verified, and the answer it gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Flag, StrEnum, auto
from typing import TYPE_CHECKING, Any

from bridgewright.core.model.ranking import ANYWHERE, Rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bridgewright.core.model.moment import Moment


class Headers:
    """The header fields of one request: names in lower case, values as the bytes that came.

    A value may hold any byte: HTTP servers pass non-ASCII through, and a verifier must see exactly
    what the sender sent.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._fields = tuple((name.lower(), value) for name, value in fields)

    @classmethod
    def of(cls, fields: dict[str, str] | Iterable[tuple[str, str]]) -> Headers:
        """Headers from text, encoded as Latin-1 where possible and as UTF-8 otherwise."""
        pairs = fields.items() if isinstance(fields, dict) else fields
        return cls((_encode(name), _encode(value)) for name, value in pairs)

    def every(self, name: bytes) -> list[bytes]:
        """All values of the field `name` (lower case), in the order they came."""
        return [value for key, value in self._fields if key == name]

    def first(self, name: bytes) -> bytes | None:
        """The first value of the field `name` (lower case), or None."""
        for key, value in self._fields:
            if key == name:
                return value
        return None

    def items(self) -> tuple[tuple[bytes, bytes], ...]:
        """All fields, in the order they came."""
        return self._fields

    def __repr__(self) -> str:
        return f"Headers({len(self._fields)} fields)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._fields == other._fields

    def __hash__(self) -> int:
        return hash(self._fields)


def _encode(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP request to a source: exactly the bytes that came, and the instant they had come.

    `url` is the whole URL as the sender wrote it, as far as our face can know: what a proxy says of
    it counts only when that proxy is trusted. Empty where nobody could tell.
    """

    source: str
    headers: Headers
    body: bytes = field(repr=False)
    received_at: Moment
    method: str = "POST"
    query: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)


class Coverage(Flag):
    """What a signature binds. What it leaves out, a stranger who saw one delivery can change.

    FIELDS: some fields of the body and not the rest; the provider's page names them.
    """

    NOTHING = 0
    BODY = auto()
    TIME = auto()
    ID = auto()
    URL = auto()
    FIELDS = auto()

    def words(self) -> tuple[str, ...]:
        """The names of what is covered, in lower case, for facts, pages and JSON."""
        return tuple(str(part.name).lower() for part in self)


class Origin(StrEnum):
    """How an event came to us: the provider delivered it, or we missed it and asked for it."""

    DELIVERED = "delivered"
    RECONCILED = "reconciled"


class Reason(StrEnum):
    """Why a delivery was rejected. Stable codes: they are stored, counted and documented."""

    MISSING = "missing_signature"
    DUPLICATE_HEADER = "duplicate_header"
    MALFORMED = "malformed_signature"
    UNKNOWN_ALGORITHM = "unknown_algorithm"
    MISMATCH = "wrong_signature"
    STALE = "stale"
    FUTURE = "future"
    UNTRUSTED_KEY = "untrusted_key"
    WRONG_CLAIM = "wrong_claim"


@dataclass(frozen=True, slots=True)
class Verified:
    """The delivery is what a holder of one of our keys signed.

    `key` is the position of the key that matched (0 is the first configured), `age_s` how long
    before `now` it was signed (negative for a sender whose clock runs ahead), None where the scheme
    signs no time.
    """

    key: int
    coverage: Coverage
    age_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The delivery proves nothing. `detail` names what was wrong, never what was sent."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NeedsKey:
    """The delivery names a key that is not at hand: it is fetched, and verifying goes on with it.

    The scheme has checked that `url` is the provider's own place for keys. `parse` makes the key of
    what is found there, or raises `ValueError`; `resume` goes on with what `parse` made, now or on
    an earlier day. `refresh`: what was fetched before does not hold the key, so it is fetched again,
    unless that was done a moment ago. `max_age_s` is how long a key is kept without asking again.
    """

    url: str
    parse: Callable[[bytes], object] = field(repr=False)
    resume: Callable[[Any], Verification] = field(repr=False)
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    refresh: bool = False
    max_age_s: float = 3_600.0

    @property
    def name(self) -> tuple[str, str, bytes]:
        """What a key that was fetched is remembered by."""
        return self.method, self.url, self.body


Verification = Verified | Rejected | NeedsKey


@dataclass(frozen=True, slots=True)
class Answer:
    """The HTTP answer to a delivery."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """One event as its envelope describes it, before it is stored.

    `key` is what duplicates are recognised by; `event_id` the provider's own id where it has one.
    `headers` are the few fields worth keeping, by the connector's allow-list; `rank` is its place among
    others, where its source orders them.
    """

    key: str
    event_type: str
    body: bytes = field(repr=False)
    event_id: str | None = None
    occurred_at: Moment | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    rank: Rank = ANYWHERE


@dataclass(frozen=True, slots=True)
class Readable:
    """A verified delivery that carries these events (one, or a batch).

    `answer` is what this one gets in place of the profile's `accepted`, new or duplicate.
    """

    notices: tuple[Notice, ...]
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A verified delivery whose bytes are not what this provider sends; stored, and dead at once."""

    notice: Notice
    why: str


@dataclass(frozen=True, slots=True)
class Handshake:
    """A delivery that only asks whether we are there; answered, not stored.

    `visit` is a URL of the provider's, checked to be one, that is fetched first: the provider takes
    that as our consent (SNS). When it cannot be, the answer is 503 and it asks again.
    """

    answer: Answer
    visit: str | None = field(default=None, repr=False)


Envelope = Readable | Unreadable | Handshake


@dataclass(frozen=True, slots=True)
class WebhookProfile:
    """What a provider's deliveries may be and which answers it understands.

    `max_body_bytes` is the provider's own published maximum, or 1 MiB where none is known: the body
    is refused with 413 before anything is computed over it. `accepted` answers a new event and a
    duplicate alike; `rejected` answers a signature that does not verify. `deadline_s` is how long the
    provider waits for the answer, None where it says nothing. `instead_of_4xx` is sent in place of
    every 4xx where one makes the provider drop the event for ever.
    """

    max_body_bytes: int = 1_048_576
    accepted: Answer = Answer(200)
    rejected: Answer = Answer(401)
    deadline_s: float | None = None
    instead_of_4xx: Answer | None = None

    def refusal(self, answer: Answer) -> Answer:
        """What is really sent where `answer` refuses a delivery."""
        softened = self.instead_of_4xx
        return answer if softened is None or not 400 <= answer.status < 500 else softened  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Fetch:
    """The provider's own read operation that proves an event whose signature binds too little.

    `path` is relative to the provider's API; `what` says what to compare.
    """

    method: str
    path: str
    what: str
