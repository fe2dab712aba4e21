"""How a simulated provider tells its customers what happened: endpoints, signatures, a schedule of
attempts, and giving up on an endpoint that takes nothing."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.moment import from_seconds
from bridgewright.simulate.clock import sending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.signing.webhook import Signer
    from bridgewright.simulate.clock import Clock
    from bridgewright.simulate.listener import LoopThread

    Fields = tuple[tuple[bytes, bytes], ...]
    Greet = Callable[["Endpoint", httpx2.AsyncClient, str], Awaitable[str]]

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an account wants to be told. `events` are patterns; `secrets` the newest first, several
    while one replaces another. One that is off is told nothing."""

    name: str
    url: str
    events: tuple[str, ...] = ("*",)
    secrets: tuple[Secret, ...] = ()
    on: bool = True

    def wants(self, event_type: str) -> bool:
        """Whether it is told of such events."""
        return self.on and any(fnmatchcase(event_type, pattern) for pattern in self.events)


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, as it is sent: the same in each attempt but for its signature. One that is told
    `once` is not told again, whatever the schedule says."""

    name: str
    event_type: str
    body: bytes = field(repr=False)
    headers: Fields = ()
    once: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """One attempt to tell one endpoint; `status` is None where no answer came, and `why` says why.
    `enough` says that the endpoint asked not to be told again."""

    endpoint: str
    message: str
    event_type: str
    attempt: int
    at_s: float
    status: int | None
    why: str = ""
    enough: bool = False

    @property
    def taken(self) -> bool:
        """Whether the endpoint said yes."""
        return self.status is not None and self.status in _SUCCESS


@dataclass(frozen=True, slots=True)
class Share:
    """How many of an endpoint's attempts may fail: more than the share `failed` of those within the
    last `within_s`, when they are `least` or more, turns it off."""

    failed: float
    within_s: float
    least: int = 1


@dataclass(frozen=True, slots=True)
class Schedule:
    """A provider's persistence: seconds before each further attempt, how long an answer may take,
    and how long an endpoint may fail without a break before it is turned off (None: for ever), or
    what share of its attempts may.

    `at_once` messages are told at a time: 1 keeps them in the order in which they happened, which
    providers do not promise. `gone` are statuses that nobody tries again after; `enough` is the name
    and value of a header field by which an endpoint asks not to be told again.
    """

    again_s: tuple[float, ...] = ()
    timeout_s: float = 10.0
    off_after_s: float | None = None
    at_once: int = 1
    gone: frozenset[int] = frozenset()
    off_share: Share | None = None
    enough: tuple[str, str] | None = None


class Dispatch:
    """The endpoints of one provider, and what was sent to each.

    A URL of the wide world is reached where `reach` says: `dispatch.reach["https://shop.example"] =
    "http://127.0.0.1:8000"`; nothing is ever sent elsewhere than to loopback. While it is `held`
    nothing is sent at all: messages wait in `waiting` for a courier, who brings them in his own way.
    `again` gives the header fields of an attempt by the one before. `greet` is asked whenever an
    endpoint is put at a new URL, with a client and that URL as it is reached: what is wrong with it,
    or ""; messages wait for that, and an endpoint that is not greeted is turned off.
    Safe to use from any thread; the sending is done on the provider's.
    """

    def __init__(self, clock: Clock, sign: Signer | None, schedule: Schedule) -> None:
        self.schedule = schedule
        self.reach: dict[str, str] = {}
        self.held = False
        self.when_off: Callable[[Endpoint], None] = lambda _endpoint: None
        self.again: Callable[[Posted], Fields] = lambda _posted: ()
        self.greet: Greet | None = None
        self._clock = clock
        self._sign = sign
        self._lock = threading.Lock()
        self._endpoints: dict[str, Endpoint] = {}
        self._failing_since_s: dict[str, float] = {}
        self._lately: dict[str, deque[tuple[float, bool]]] = {}
        self._greeted: dict[str, asyncio.Event] = {}
        self._posted: list[Posted] = []
        self._waiting: list[tuple[Endpoint, Message]] = []
        self._under_way = 0
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._thread: LoopThread | None = None
        self._client: httpx2.AsyncClient | None = None

    def open(self, thread: LoopThread) -> None:
        """Begin to send, on the provider's own thread."""
        self._thread = thread
        self._turns = {}
        self._greeted = {}

    def close(self) -> None:
        """Send nothing more. To be called before its thread ends."""
        if self._thread is not None and self._client is not None:
            self._thread.run(self._client.aclose())
        self._thread = self._client = None

    def reset(self) -> None:
        """Forget every endpoint and what was sent."""
        with self._lock:
            self._endpoints.clear()
            self._failing_since_s.clear()
            self._lately.clear()
            self._posted.clear()
            self._waiting.clear()
        self.held = False

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """All of them, on or off, the oldest first."""
        with self._lock:
            return tuple(self._endpoints.values())

    @property
    def posted(self) -> tuple[Posted, ...]:
        """Every attempt so far, in the order in which they ended."""
        with self._lock:
            return tuple(self._posted)

    @property
    def waiting(self) -> tuple[tuple[Endpoint, Message], ...]:
        """What is held for a courier."""
        with self._lock:
            return tuple(self._waiting)

    @property
    def under_way(self) -> int:
        """How many messages are being sent this moment; those that wait for their next attempt are not."""
        with self._lock:
            return self._under_way

    def put(self, endpoint: Endpoint) -> None:
        """Add an endpoint, or change the one of that name."""
        with self._lock:
            known = self._endpoints.get(endpoint.name)
            self._endpoints[endpoint.name] = endpoint
            if endpoint.on:
                self._failing_since_s.pop(endpoint.name, None)
                self._lately.pop(endpoint.name, None)
            moved = known is None or known.url != endpoint.url
            greets = self.greet is not None and endpoint.on and moved and self._thread is not None
            self._under_way += greets
        if greets and self._thread is not None:
            work = sending(self._clock, f"a greeting to {endpoint.name}")
            self._thread.begin(self._welcome(endpoint, work))

    def remove(self, name: str) -> None:
        """Take an endpoint away; nothing happens when there is none of that name."""
        with self._lock:
            self._endpoints.pop(name, None)

    def take(self) -> tuple[tuple[Endpoint, Message], ...]:
        """What is held, for a courier who brings it from now on."""
        with self._lock:
            taken, self._waiting = tuple(self._waiting), []
            return taken

    def tell(self, message: Message) -> None:
        """Tell every endpoint that wants to know, now and again as the schedule has it."""
        for endpoint in self.endpoints:
            if endpoint.wants(message.event_type):
                self.tell_one(endpoint, message)

    def tell_one(self, endpoint: Endpoint, message: Message, *, attempt: int = 1) -> None:
        """Tell one endpoint, whatever it wants: as a person asks for who resends."""
        if self.held or self._thread is None:
            with self._lock:
                self._waiting.append((endpoint, message))
            return
        with self._lock:
            self._under_way += 1
        work = sending(self._clock, f"{message.name} to {endpoint.name}")
        self._thread.begin(self._persist(endpoint, message, attempt, work))

    def signed(self, endpoint: Endpoint, message: Message, at: Moment) -> tuple[str, Fields, bytes]:
        """Where one delivery goes, its header fields and its body, signed by the endpoint's keys."""
        url = self.reached(endpoint.url)
        if self._sign is None or not endpoint.secrets:
            return url, message.headers, message.body
        made = self._sign(
            endpoint.secrets, message.body, message_id=message.name, at=at, url=endpoint.url
        )
        joined = made.query.decode() and ("&" if "?" in url else "?") + made.query.decode()
        replaced = {name.lower() for name, _ in made.headers}
        kept = tuple(pair for pair in message.headers if pair[0].lower() not in replaced)
        return url + joined, (*kept, *made.headers), made.body

    def reached(self, url: str) -> str:
        """Where a URL is on this machine."""
        for prefix, place in self.reach.items():
            if url.startswith(prefix):
                return place + url.removeprefix(prefix)
        return url

    async def _welcome(self, endpoint: Endpoint, work: AbstractContextManager[object]) -> None:
        with work:
            await self._welcomed(endpoint)

    async def _welcomed(self, endpoint: Endpoint) -> None:
        done = self._greeted[endpoint.name] = asyncio.Event()
        at_s, url = self._clock.now(), self.reached(endpoint.url)
        try:
            if self.greet is None:
                return
            if urlsplit(url).hostname not in LOOPBACK:
                why = _elsewhere(url)
            else:
                why = await self.greet(endpoint, self._sender(), url)
            status = None if why else 200
            with self._lock:
                self._posted.append(Posted(endpoint.name, "", "", 1, at_s, status, why))
            if why:
                self._turn_off(endpoint.name)
        finally:
            done.set()
            with self._lock:
                self._under_way -= 1

    async def _is_welcome(self, name: str) -> bool:
        """Wait until an endpoint was greeted; whether it took that well."""
        greeted = self._greeted.get(name)
        if greeted is None:
            return True
        await greeted.wait()
        with self._lock:
            current = self._endpoints.get(name)
            off = current is not None and not current.on
            self._under_way -= off
        return not off

    def _turn_off(self, name: str) -> None:
        with self._lock:
            current = self._endpoints.get(name)
            if current is None or not current.on:
                return
            off = self._endpoints[name] = replace(current, on=False)
        self.when_off(off)

    async def _persist(
        self,
        endpoint: Endpoint,
        message: Message,
        attempt: int,
        work: AbstractContextManager[object],
    ) -> None:
        with work:
            await self._persisted(endpoint, message, attempt)

    async def _persisted(self, endpoint: Endpoint, message: Message, attempt: int) -> None:
        delays = () if message.once else self.schedule.again_s
        fields: Fields = ()
        if not await self._is_welcome(endpoint.name):
            return
        while True:
            varied = replace(message, headers=(*message.headers, *fields))
            posted = await self._turn(endpoint, varied, attempt)
            if posted.taken or posted.enough or posted.status in self.schedule.gone:
                break
            if attempt > len(delays):
                break
            fields = self.again(posted)
            await self._clock.sleep(delays[attempt - 1])
            attempt += 1
            with self._lock:
                current = self._endpoints.get(endpoint.name)
                self._under_way += current is not None and current.on
            if current is None or not current.on:
                return
            endpoint = current

    async def _turn(self, endpoint: Endpoint, message: Message, attempt: int) -> Posted:
        turns = self._turns.setdefault(endpoint.name, asyncio.Semaphore(self.schedule.at_once))
        try:
            async with turns:
                at_s = self._clock.now()
                told = await self._post(endpoint, message, from_seconds(at_s))
            posted = Posted(endpoint.name, message.name, message.event_type, attempt, at_s, *told)
            self._judge(endpoint, posted)
        finally:
            with self._lock:
                self._under_way -= 1
        return posted

    async def _post(
        self, endpoint: Endpoint, message: Message, at: Moment
    ) -> tuple[int | None, str, bool]:
        try:
            url, headers, body = self.signed(endpoint, message, at)
        except ConfigurationError as error:
            return None, str(error), False
        if urlsplit(url).hostname not in LOOPBACK:
            return None, _elsewhere(url), False
        try:
            answer = await self._sender().post(url, content=body, headers=list(headers))
        except httpx2.HTTPError as error:
            return None, type(error).__name__, False
        name, value = self.schedule.enough or ("", "")
        return answer.status_code, "", bool(name) and answer.headers.get(name) == value

    def _sender(self) -> httpx2.AsyncClient:
        """Made when it is first needed, and without the certificates of the world: it only goes to
        this machine, where nobody has any."""
        if self._client is None:
            timeout_s = self.schedule.timeout_s
            self._client = httpx2.AsyncClient(timeout=timeout_s, verify=False, trust_env=False)
        return self._client

    def _judge(self, endpoint: Endpoint, posted: Posted) -> None:
        with self._lock:
            self._posted.append(posted)
            fails = self._fails(endpoint.name, posted)
        if fails:
            self._turn_off(endpoint.name)

    def _fails(self, name: str, posted: Posted) -> bool:
        """Whether an endpoint has failed for too long, or too often, with this attempt."""
        share, limit_s = self.schedule.off_share, self.schedule.off_after_s
        if share is not None:
            lately = self._lately.setdefault(name, deque())
            lately.append((posted.at_s, posted.taken))
            while lately[0][0] <= posted.at_s - share.within_s:
                lately.popleft()
            failed = sum(not taken for _, taken in lately)
            if len(lately) >= share.least and failed > share.failed * len(lately):
                return True
        if posted.taken:
            self._failing_since_s.pop(name, None)
            return False
        since_s = self._failing_since_s.setdefault(name, posted.at_s)
        return limit_s is not None and posted.at_s - since_s >= limit_s


def _elsewhere(url: str) -> str:
    return f"{urlsplit(url).hostname} is not this machine, and `reach` does not say where"
