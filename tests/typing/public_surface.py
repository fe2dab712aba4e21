"""What a user writes, checked by a strict type checker as in their editor. Never run.

Each `assert_type` fails the check when a public name loses its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from bridgewright import (
    Answer,
    AsyncBridge,
    Bridge,
    BridgewrightError,
    Cause,
    ConfigurationError,
    Event,
    NotFound,
    PermanentFailure,
    Refused,
    RetryLater,
    Secret,
    Selection,
    State,
    StoreError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

bridge = Bridge.from_env()
assert_type(bridge, Bridge)


@bridge.on("stripe", "invoice.payment_failed")
def remind(event: Event) -> None:
    assert_type(event.id, int)
    assert_type(event.type, str)
    assert_type(event.body, bytes)
    if event.attempt > 1:
        raise RetryLater(60)


@bridge.on("github")
async def follow(event: Event) -> None:
    if event.source != "github":
        raise PermanentFailure("not ours")


# What is registered is still the function it was.
assert_type(remind(Event.__new__(Event)), None)


def take(headers: Mapping[str, str], body: bytes) -> int:
    answer = bridge.receive("stripe", headers=headers, body=body)
    assert_type(answer, Answer)
    return answer.status


def look_around() -> None:
    for row in bridge.events(Selection(state=State.DEAD, cause=Cause.EXHAUSTED), limit=10):
        assert_type(row.id, int)
    plan = bridge.redrive.plan(Selection(source="stripe"), reason="fixed", actor="ann")
    plan = bridge.redrive.run(plan.id, actor="ann")
    assert_type(plan.reason, str)
    bridge.work(until_idle=True)
    bridge.close()


async def look_around_async() -> None:
    other = AsyncBridge.from_env()
    rows = await other.events()
    assert_type(rows[0].state, State)
    await other.work(until_idle=True)
    await other.close()


def answer_errors(error: BridgewrightError) -> str:
    match error:
        case ConfigurationError():
            return f"{error.place}: {error.remedy}"
        case StoreError() | NotFound() | Refused():
            return error.code
        case _:
            return assert_type(error.code, str)


assert_type(Secret("whsec_x").reveal(), str)
