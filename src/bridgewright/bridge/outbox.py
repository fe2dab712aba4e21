"""The outbox's face: intents go in, checked and stored, and workers make the calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bridgewright.adapters.joins.finding import join_async_of, join_of
from bridgewright.adapters.joins.writing import write
from bridgewright.engine.drive.journeys import run, run_async
from bridgewright.engine.outbox import refuse_other, send

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bridgewright.adapters.joins.writing import Written
    from bridgewright.bridge.runtime import Runtime
    from bridgewright.core.effects import Accept, Receipt


class Outbox:
    """Stores what is to be sent. See the guide: `docs/outbox.md`."""

    __slots__ = ("_runtime",)

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def __repr__(self) -> str:
        return f"Outbox({self._runtime.described})"

    def send(  # noqa: PLR0913 - what a sender may say
        self,
        operation: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        account: str = "",
        within: Any = None,
        at: datetime | None = None,
        after: timedelta | float | None = None,
    ) -> Receipt:
        """Store an intent, and return: a worker makes the call, now or after whatever crash.

        `operation` is a connection's name and the path of a method on its official client
        (`stripe.refunds.create`, `twilio.messages.create`), or the name of a function registered with
        `bridge.outbound`. `arguments` are the method's own, by name, of what JSON can hold; they are
        checked here. `key` names the intent (`order-17`, 1 to 200 ASCII characters): for 30 days the
        same key on the same connection is the same item, and it is what the provider is given to
        recognise a repeat by; without one, each send is an intent of its own. `account` is one of the
        connection's accounts. `within` is your own open transaction on the store's database: a
        connection of sqlite3 or psycopg (the `tx` of a handler is one), a session or connection of
        SQLAlchemy, Django's connection or its alias.
        The intent is then stored if that commits, and was never there if it does not.

        The call is made no earlier than `at` (an aware `datetime`), or `after` so long (a `timedelta`, or
        seconds), at most a year from now; by default as soon as a worker has room. A `key` is then
        remembered for 30 days from that moment on.

        Raises `ConfigurationError` for an unknown operation, argument, moment or transaction, `Refused` for a
        key that stands for something else already, `StoreError` when nothing could be stored.
        """
        runtime = self._runtime
        entry = runtime.dispatch.entry(operation, arguments, key, account, at, after)
        if within is None:
            return runtime.run(send(entry))
        joining = runtime.store.joining(entry.at)
        written = run(write(entry, joining), join_of(within, joining))
        return _receipt(entry, written)


class AsyncOutbox:
    """`Outbox` for coroutines."""

    __slots__ = ("_runtime",)

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def __repr__(self) -> str:
        return f"AsyncOutbox({self._runtime.described})"

    async def send(  # noqa: PLR0913 - as `Outbox.send`
        self,
        operation: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        account: str = "",
        within: Any = None,
        at: datetime | None = None,
        after: timedelta | float | None = None,
    ) -> Receipt:
        """As `Outbox.send`, awaited; `within` may also be psycopg's `AsyncConnection`, a connection of
        asyncpg, or SQLAlchemy's `AsyncSession` or `AsyncConnection`."""
        runtime = self._runtime
        entry = runtime.dispatch.entry(operation, arguments, key, account, at, after)
        if within is None:
            return await runtime.run_async(send(entry))
        joining = runtime.store.joining(entry.at)
        written = await run_async(write(entry, joining), await join_async_of(within, joining))
        return _receipt(entry, written)


def _receipt(entry: Accept, written: Written) -> Receipt:
    [notice] = entry.notices
    if written.receipt.duplicate:
        same_operation = written.event_type == notice.event_type
        refuse_other(written.receipt, same_operation, written.body == notice.body)
    return written.receipt
