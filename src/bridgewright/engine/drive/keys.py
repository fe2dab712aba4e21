"""Keys that providers publish, fetched by our transport and kept for a while.

What a stranger can make us do here is bounded: the host rule comes first (the scheme's), one fetch
for a key at a time, a failed one is not tried again for half a minute, a refresh is a minute apart,
and there is a most of fetches from one place a minute, and of keys that are kept.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.errors import KeyUnavailable, TransportError
from bridgewright.core.model.call import NS_PER_S, Limits, Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.core.model.call import Pairs, Ticks
    from bridgewright.core.model.inbound import NeedsKey
    from bridgewright.core.ports import Transport

DEADLINE_S = 4.0
"""How long a fetch may take: the sender waits meanwhile, and most give up after 5 to 15 s."""
FAILED_S = 30.0
REFRESH_S = 60.0
STALE_S = 86_400.0
"""How long a key that is past its age still serves while its provider cannot be asked: a day, so that
an outage there does not become one here."""
MOST_KEPT = 128
MOST_A_MINUTE = 60
MOST_BYTES = 262_144
"""Far above any certificate or set of keys."""
_OK = range(200, 300)
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class _Kept:
    """A key as it was parsed and when; when it was last asked for, and why that brought none."""

    key: object | None
    at: Ticks
    asked_at: Ticks
    why: str = ""


class KeyBook:
    """Obtains keys by `transport`, made when the first one is needed. Safe to use from threads."""

    __slots__ = ("_fetched", "_kept", "_lock", "_make", "_one", "_ticks", "_transport")

    def __init__(
        self, make: Callable[[], Transport], ticks: Callable[[], Ticks] = time.monotonic_ns
    ) -> None:
        self._make = make
        self._ticks = ticks
        self._transport: Transport | None = None
        self._kept: OrderedDict[tuple[str, str, bytes], _Kept] = OrderedDict()
        self._fetched: dict[str, deque[Ticks]] = {}
        self._lock = threading.Lock()
        self._one: dict[tuple[str, str, bytes], threading.Lock] = {}

    def __repr__(self) -> str:
        return f"KeyBook({len(self._kept)} keys)"

    def obtain(self, need: NeedsKey) -> object:
        """The key a delivery needs; `KeyUnavailable` when it cannot be had now."""
        found = self._held(need)
        if found is None:
            with self._turn(need.name):
                found = self._held(need) or self._learn(need)
        if found.key is None or (need.refresh and found.why):
            raise KeyUnavailable(found.why)
        return found.key

    def visit(self, url: str) -> None:
        """Fetch a URL for its effect; `KeyUnavailable` when the answer is not 2xx."""
        self._send("GET", url, (), b"")

    def close(self) -> None:
        """Close connections kept open."""
        with self._lock:
            transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _held(self, need: NeedsKey) -> _Kept | None:
        """What is kept and need not be asked for now."""
        with self._lock:
            found = self._kept.get(need.name)
            if found is None:
                return None
            self._kept.move_to_end(need.name)
        now = self._ticks()
        asked_s, age_s = (now - found.asked_at) / NS_PER_S, (now - found.at) / NS_PER_S
        if found.why and asked_s < FAILED_S:
            return found
        if found.key is None or age_s >= need.max_age_s:
            return None
        return found if not need.refresh or asked_s < REFRESH_S else None

    def _turn(self, name: tuple[str, str, bytes]) -> threading.Lock:
        with self._lock:
            if len(self._one) > MOST_KEPT:
                self._one = {each: lock for each, lock in self._one.items() if lock.locked()}
            return self._one.setdefault(name, threading.Lock())

    def _learn(self, need: NeedsKey) -> _Kept:
        key: object | None = None
        why = ""
        try:
            key = need.parse(self._send(need.method, need.url, need.headers, need.body))
        except KeyUnavailable as error:
            why = str(error)
        except ValueError:
            why = "what the provider published is not a usable key"
        now = self._ticks()
        made = _Kept(key, now, now, why)
        with self._lock:
            before = self._kept.get(need.name)
            if key is None and before is not None and (now - before.at) / NS_PER_S < STALE_S:
                made = replace(before, asked_at=now, why=why)
            self._kept[need.name] = made
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _send(self, method: str, url: str, headers: Pairs, body: bytes) -> bytes:
        now, host = self._ticks(), urlsplit(url).netloc
        with self._lock:
            fetched = self._fetched.setdefault(host, deque())
            while fetched and (now - fetched[0]) / NS_PER_S > _MINUTE_S:
                fetched.popleft()
            if len(fetched) >= MOST_A_MINUTE:
                msg = f"{MOST_A_MINUTE} keys were asked for at one place within a minute"
                raise KeyUnavailable(msg)
            fetched.append(now)
            if len(self._fetched) > MOST_KEPT:
                self._fetched = {host: fetched}
            if self._transport is None:
                self._transport = self._make()
            transport = self._transport
        request = Request(method, url, headers, body or None)
        deadline = time.monotonic_ns() + int(DEADLINE_S * NS_PER_S)
        limits = Limits(deadline, DEADLINE_S, DEADLINE_S, MOST_BYTES)
        try:
            answer = transport.send(request, limits)
        except TransportError as error:
            msg = f"the provider's keys could not be fetched ({error.trouble.value})"
            raise KeyUnavailable(msg) from error
        if answer.status not in _OK:
            msg = f"the provider's place for keys answered {answer.status}"
            raise KeyUnavailable(msg)
        return answer.body
