"""How much GitHub lets anybody ask: an hour's requests, and what is too much in a minute.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api, as known 2026-11: 5,000
requests an hour (60 without credentials), told in `x-ratelimit-*`; beside it "secondary" limits, which
no header tells: 900 points a minute, of which a read takes 1 and a write 5, and about 80 requests a
minute and 500 an hour that create content. A conditional request that is answered 304 is free.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bridgewright.simulate.github.trouble import DOCUMENTED, refused, said

if TYPE_CHECKING:
    from bridgewright.simulate.github.ask import Ask
    from bridgewright.simulate.github.trouble import TroubleError
    from bridgewright.simulate.wire import Content, Reply

AN_HOUR_S, A_MINUTE_S = 3_600.0, 60.0
ORDINARY_PER_HOUR = 5_000
READS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers; math.inf for none."""

    per_hour: float = ORDINARY_PER_HOUR
    anonymous_per_hour: float = 60
    points_per_minute: float = 900
    new_per_minute: float = 80
    new_per_hour: float = 500


UNLIMITED = Limits(math.inf, math.inf, math.inf, math.inf, math.inf)
"""For tests that ask more in a minute than anybody may."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What one caller has asked of an hour that ends at `ends_at_s`."""

    limit: float
    used: int
    ends_at_s: float

    @property
    def remaining(self) -> int:
        """What is left of it."""
        return max(0, _told(self.limit) - self.used)

    def content(self) -> Content:
        """As `GET /rate_limit` tells it."""
        told = {"limit": _told(self.limit), "remaining": self.remaining}
        return told | {"reset": int(self.ends_at_s), "used": self.used, "resource": "core"}

    def headers(self) -> tuple[tuple[str, str], ...]:
        """As every answer tells it."""
        return tuple((f"x-ratelimit-{name}", str(value)) for name, value in self.content().items())


class Meter:
    """What everybody has asked; callers are known by their purses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._hours: dict[str, Hour] = {}
        self._points: dict[str, deque[tuple[float, int]]] = {}
        self._made: dict[str, deque[float]] = {}

    def hour(self, purse: str, now_s: float) -> Hour:
        """How much of an hour is used; a new one begins with the first request after the last."""
        found = self._hours.get(purse)
        if found is None or found.ends_at_s <= now_s:
            limits = self._limits
            limit = limits.anonymous_per_hour if purse.startswith("ip:") else limits.per_hour
            found = Hour(limit, 0, now_s + AN_HOUR_S)
            self._hours[purse] = found
        return found

    def admit(self, purse: str, method: str, now_s: float, *, creates: bool) -> None:
        """Count a request, or refuse it."""
        hour = self.hour(purse, now_s)
        if hour.used >= hour.limit:
            raise _exceeded(purse)
        self._hours[purse] = Hour(hour.limit, hour.used + 1, hour.ends_at_s)
        self._admit_points(purse, 1 if method in READS else 5, now_s)
        if creates:
            self._admit_new(purse, now_s)

    def refund(self, purse: str, now_s: float) -> None:
        """Give back what a request took that brought nothing new."""
        hour = self.hour(purse, now_s)
        self._hours[purse] = Hour(hour.limit, max(0, hour.used - 1), hour.ends_at_s)

    def _admit_points(self, purse: str, points: int, now_s: float) -> None:
        spent = self._points.setdefault(purse, deque())
        while spent and spent[0][0] <= now_s - A_MINUTE_S:
            spent.popleft()
        if sum(each for _, each in spent) + points > self._limits.points_per_minute:
            raise _slower(A_MINUTE_S)
        if not math.isinf(self._limits.points_per_minute):
            spent.append((now_s, points))

    def _admit_new(self, purse: str, now_s: float) -> None:
        made = self._made.setdefault(purse, deque())
        while made and made[0] <= now_s - AN_HOUR_S:
            made.popleft()
        lately = [at_s for at_s in made if at_s > now_s - A_MINUTE_S]
        if len(lately) >= self._limits.new_per_minute:
            raise _slower(lately[0] + A_MINUTE_S - now_s)
        if len(made) >= self._limits.new_per_hour:
            raise _slower(made[0] + AN_HOUR_S - now_s)
        if not math.isinf(self._limits.new_per_hour):
            made.append(now_s)


def get(ask: Ask) -> Reply:
    """`GET /rate_limit`, which is not counted. Searches are not simulated: none of theirs is used."""
    now_s = ask.world.now()
    core = ask.world.meter.hour(ask.caller.purse, now_s).content()
    search = {"limit": 30, "remaining": 30, "reset": int(now_s + A_MINUTE_S), "used": 0}
    resources = {"core": core, "search": search | {"resource": "search"}}
    return said({"resources": resources, "rate": core})


def _told(limit: float) -> int:
    return ORDINARY_PER_HOUR if math.isinf(limit) else int(limit)


def _exceeded(purse: str) -> TroubleError:
    return refused(403, f"API rate limit exceeded for {purse.replace(':', ' ')}. See {DOCUMENTED}")


def _slower(wait_s: float) -> TroubleError:
    text = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    )
    return refused(403, text, retry_after=str(max(1, math.ceil(wait_s))))
