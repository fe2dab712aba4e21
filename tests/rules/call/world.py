"""A world for calls in which time passes only as written: clock, dice, and a provider by script."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.errors import TransportError
from bridgewright.core.model.call import NS_PER_S, Operation, Phase, Response, Safety, Trouble
from bridgewright.core.model.moment import Moment, from_seconds
from bridgewright.core.policy.profile import CallProfile, Idempotency
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.drive.calling import Timing
from bridgewright.engine.drive.clock import Chance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import Limits, Request
    from bridgewright.core.policy.numbers import CallNumbers, Quota

BASE = "https://api.example.com"
DONE = Response(200, (), b"{}")
KEY_HEADER = "idempotency-key"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one attempt meets, after so many seconds."""

    result: Response | TransportError
    after_s: float = 0.0


def answer(status: int, *headers: tuple[str, str], after_s: float = 0.0) -> Answer:
    return Answer(Response(status, headers, b"{}"), after_s)


def failure(phase: Phase, trouble: Trouble, after_s: float = 0.0) -> Answer:
    return Answer(TransportError(phase, trouble), after_s)


REFUSED = failure(Phase.NOT_SENT, Trouble.REFUSED)
RESET = failure(Phase.MAYBE_SENT, Trouble.RESET)


@dataclass(frozen=True, slots=True)
class Send:
    """One request on the wire."""

    at: int
    request: Request
    limits: Limits


def classify(request: Request) -> Operation:
    """`POST /keyed/group/3` is a keyed operation of that group and cost."""
    _, safety, group, cost = request.url.removeprefix(BASE).split("/")
    return Operation(f"{group or 'plain'}.{safety}", Safety(safety), group=group, cost=int(cost))


def url(safety: Safety, group: str = "", cost: int = 1) -> str:
    return f"{BASE}/{safety.value}/{group}/{cost}"


def profile(numbers: CallNumbers) -> CallProfile:
    return CallProfile(
        "acme",
        BASE,
        classify,
        numbers=numbers,
        idempotency=Idempotency(KEY_HEADER, 86_400.0),
        refusals=frozenset({409}),
    )


@dataclass
class World:
    """Ticks, waits and draws. `script` says what the next attempt meets; then all goes well."""

    script: list[Answer] = field(default_factory=list)
    rolls: list[float] = field(default_factory=list)
    now: int = 1_000 * NS_PER_S
    sends: list[Send] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def ticks(self) -> int:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += int(seconds * NS_PER_S)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += max(1, round(seconds * NS_PER_S))

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)
        await asyncio.sleep(0)

    def roll(self) -> float:
        return self.rolls.pop(0) if self.rolls else 0.5

    def moment(self) -> Moment:
        return from_seconds(1_800_000_000 + self.now / NS_PER_S)

    def send(self, request: Request, limits: Limits) -> Response:
        """What `Transport.send` does here: time passes, at most to the limit."""
        self.sends.append(Send(self.now, request, limits))
        met = self.script.pop(0) if self.script else Answer(DONE)
        ends = self.now + int(met.after_s * NS_PER_S)
        if ends > limits.deadline:
            self.now = max(self.now, limits.deadline)
            raise TransportError(Phase.MAYBE_SENT, Trouble.DEADLINE)
        self.now = ends
        if isinstance(met.result, TransportError):
            raise met.result
        return met.result

    def close(self) -> None:
        """Nothing is open."""

    def caller(
        self,
        numbers: CallNumbers,
        quotas: Mapping[str, tuple[Quota, ...]] | None = None,
        mint: Callable[[], str] = lambda: "minted",
    ) -> Caller:
        return Caller(
            profile(numbers),
            quotas=quotas or {},
            transport=self,
            chance=Chance(self.moment, self.roll),
            timing=Timing(self.ticks, self.sleep, self.sleep_async, mint),
        )
