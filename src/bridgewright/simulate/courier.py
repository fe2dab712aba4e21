"""The courier: sends a script's parcels to an inbox on loopback, as persistently as a provider, and
keeps its own books."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import cycle
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import httpx2

from bridgewright.simulate.parcel import pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.simulate.day import Chapter
    from bridgewright.simulate.parcel import Parcel

AT_ONCE = 32
"""Requests under way at once: what a provider opens towards one endpoint."""
COME_AGAIN_S = 0.8
"""How long a parcel that was not taken waits before it is brought again. A real provider waits for
minutes; our day has one."""
ATTEMPTS = 25
"""After so many the courier gives up, as providers do after days."""
TIMEOUT_S = 30.0
IDLE_S = 2.0
"""How long an idle connection is kept: less than any server does, so that none is closed just as it
is used."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SUCCESS = range(200, 300)
_FAILURE = range(500, 600)


class Book:
    """What the courier saw, by itself: what it sent, and what it was answered.

    `acknowledged` counts the 2xx of each event by its key; `refused` the parcels answered 4xx;
    `turned_away` the answers 5xx, after each of which the parcel was brought again; `unanswered`
    the requests whose answer never came, so that nobody can say whether they arrived. `wrong` are
    honest parcels that were refused, and dishonest ones that were acknowledged.
    """

    __slots__ = (
        "acknowledged",
        "given_up",
        "refused",
        "sent",
        "turned_away",
        "unanswered",
        "wrong",
    )

    def __init__(self) -> None:
        self.sent = 0
        self.acknowledged: Counter[str] = Counter()
        self.refused = 0
        self.turned_away = 0
        self.unanswered = 0
        self.given_up = 0
        self.wrong: list[Parcel] = []

    def enter(self, parcel: Parcel, status: int | None) -> bool:
        """Note one answer, None for none; whether the parcel is settled by it."""
        if status is None:
            self.unanswered += 1
            return False
        if status in _FAILURE:
            self.turned_away += 1
            return False
        taken = status in _SUCCESS
        if taken:
            self.acknowledged[parcel.event.key] += 1
        else:
            self.refused += 1
        if taken is not parcel.manner.is_honest:
            self.wrong.append(parcel)
        return True


class Courier:
    """Sends chapters to <url>/<provider>, to each of `urls` in turn, as a load balancer does. `keys` are
    the providers' secrets, `now` the clock that signatures are dated by; `again_s` is how long what was
    not taken waits to be brought again.

    Stripe repeats what was not taken by itself. GitHub repeats nothing by itself; here the courier
    also stands in for the person or script that asks GitHub to, under the same delivery id.
    """

    def __init__(
        self,
        *urls: str,
        keys: Mapping[str, Secret],
        now: Callable[[], Moment],
        again_s: float = COME_AGAIN_S,
    ) -> None:
        for host in (urlsplit(url).hostname for url in urls):
            if host not in _LOOPBACK:
                msg = f"the courier only goes to loopback, and {host} is elsewhere"
                raise ValueError(msg)
        self.book = Book()
        self._urls = cycle([url.rstrip("/") for url in urls])
        self._keys = keys
        self._now = now
        self._again_s = again_s
        self._turn = asyncio.Semaphore(AT_ONCE)
        limits = httpx2.Limits(max_connections=AT_ONCE, keepalive_expiry=IDLE_S)
        self._client = httpx2.AsyncClient(timeout=TIMEOUT_S, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def play(self, chapter: Chapter) -> None:
        """Send a chapter at its pace, or as fast as answers allow; ends when all is answered."""
        loop = asyncio.get_running_loop()
        began_at = loop.time()
        async with asyncio.TaskGroup() as under_way:
            for parcel in chapter.parcels:
                early_s = began_at + parcel.at_s - loop.time()
                if early_s > 0:
                    await asyncio.sleep(early_s)
                self.book.sent += 1
                under_way.create_task(self._bring(parcel))

    async def _bring(self, parcel: Parcel) -> None:
        for _ in range(ATTEMPTS):
            async with self._turn:
                status = await self._post(parcel)
            if self.book.enter(parcel, status):
                return
            await asyncio.sleep(self._again_s)
        self.book.given_up += 1

    async def _post(self, parcel: Parcel) -> int | None:
        provider = parcel.event.provider
        packed = pack(parcel, self._keys[provider], self._now())
        try:
            answer = await self._client.post(
                f"{next(self._urls)}/{provider}", content=packed.body, headers=list(packed.headers)
            )
        except httpx2.ConnectError:
            return 503  # nobody listened: it did not arrive, and is brought again
        except httpx2.HTTPError:
            return None
        return answer.status_code
