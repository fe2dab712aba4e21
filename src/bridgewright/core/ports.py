"""Protocols of those who answer a journey's effects."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bridgewright.core.model.fact import Fact

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from bridgewright.core.effects import Command, Query, Returned
    from bridgewright.core.model.call import Limits, Request, Response
    from bridgewright.core.model.inbound import Delivery, Envelope, NeedsKey, Verification
    from bridgewright.core.model.item import Claimed
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.model.sharing import LeaseAsk, LeaseGrant
    from bridgewright.core.sending import Joining

R = TypeVar("R")

Observer = Callable[[Fact], None]
"""Hears facts. A plain function, called where the fact arose: it must be quick and may not block."""


Bell = Callable[[], None]
"""Wakes those whose replies have come; rung once for many replies."""


class Reply(Protocol):
    """Where a store puts the result of one command. Called once, from any thread.

    Both may return a bell, which the store rings when it has answered the whole transaction: equal
    bells are rung once, for waking somebody is the dearest part of an answer.
    """

    def resolve(self, result: Any) -> Bell | None:
        """The command is on disk and this is its result."""

    def reject(self, error: BaseException) -> Bell | None:
        """The command did nothing, and this is why."""


class Transaction(Protocol):
    """The transaction that a handler's writes and its settlement share."""

    @property
    def handle(self) -> Any:
        """What the handler is given as `tx`."""

    def finish(self, at: Moment) -> Returned:
        """The handler returned: settle. What this wrote is kept when the transaction ends well.

        `PermanentFailure` when the handler has ended the transaction by itself.
        """


class AsyncTransaction(Protocol):
    """The same for a handler on the loop."""

    @property
    def handle(self) -> Any: ...

    async def finish(self, at: Moment) -> Returned: ...


class Transactions(Protocol):
    """Begins transactions for handlers that take `tx`: left well, one is committed; left by an error,
    undone. `StoreError` when none can be begun, or when it is not known whether it was committed."""

    def begin(self, claimed: Claimed) -> AbstractContextManager[Transaction]: ...

    def begin_async(self, claimed: Claimed) -> AbstractAsyncContextManager[AsyncTransaction]: ...

    def close(self) -> None:
        """Close what is not in use."""


class Store(Protocol):
    """Durable items, with group commit: commands that arrive together share one transaction.

    `submit` never blocks: a full queue is `StoreBusy`, a closed store `StoreClosed`, both raised to
    the caller. `answer` reads and may block for milliseconds. `listen` registers a function that is
    called (from any thread) after a commit, of this process or another, that may have left something
    due; what it returns unregisters it.
    """

    def submit(self, command: Command[Any], reply: Reply) -> None: ...

    def answer(self, query: Query[R]) -> R: ...

    def listen(self, on_due: Callable[[], None]) -> Callable[[], None]: ...

    def exists(self) -> bool:
        """Whether there is a store already; looking makes none."""

    def migrate(self, *, post: bool = False) -> tuple[str, ...]:
        """Bring the schema up to date, making the store if there is none; what this applied. `post`
        applies the halves too that the previous release cannot live with."""

    def joining(self, at: Moment) -> Joining:
        """What an entry that is written at `at`, on a connection of the user's, needs to know."""

    @property
    def transactions(self) -> Transactions:
        """Transactions for handlers that take `tx`."""

    def close(self) -> None:
        """Finish what is queued, then release everything. Safe to call twice."""


class Scheme(Protocol):
    """How one provider signs. A total function: whatever bytes come, a verification comes back."""

    def verify(self, delivery: Delivery, now: Moment) -> Verification: ...


class Reader(Protocol):
    """How one provider wraps its events; called only with a verified delivery, and total as well."""

    def __call__(self, delivery: Delivery) -> Envelope: ...


class KeyFetcher(Protocol):
    """Fetches what providers publish: keys and certificates. Blocks; called from a thread.

    `obtain` brings the key that a delivery needs, from memory when it was fetched not long ago;
    `visit` fetches a URL for its effect. Both raise `KeyUnavailable` when nothing usable came.
    """

    def obtain(self, need: NeedsKey) -> object: ...

    def visit(self, url: str) -> None: ...


class Asker(Protocol):
    """Makes calls with one connection's credentials, from a thread and from the running loop; the call
    that comes back tells how it ended (see `engine.call.caller.Caller`)."""

    def call(self, request: Request) -> Any: ...

    async def call_async(self, request: Request) -> Any: ...


class Providers(Protocol):
    """Performs `AskProvider` by the connections of a bridge; raises `CallError` for what is no success, and
    `RetryLater`."""

    def ask(self, connection: str, request: Request) -> Response: ...

    async def ask_async(self, connection: str, request: Request) -> Response: ...


class Transport(Protocol):
    """Puts one request on the wire, once, and brings its answer.

    It never resends, never follows a redirect, keeps `limits` at the socket (whatever the peer does,
    it is over at the deadline), decodes the content within its bound, and raises `TransportError`,
    whose phase is exact, for everything that is not a whole answer. A status is an answer, 500 too.
    Safe to use from many threads, across forks, and to close twice.
    """

    def send(self, request: Request, limits: Limits) -> Response: ...

    def close(self) -> None: ...


class AsyncTransport(Protocol):
    """The same on an event loop. One serves several loops; being cancelled leaks no connection."""

    async def send(self, request: Request, limits: Limits) -> Response: ...

    async def aclose(self) -> None:
        """Close the connections of the running loop."""


class Vault(Protocol):
    """Where secrets are kept under names: a reference `NAME:rest` asks the vault called NAME for
    `rest`. Raises `ConfigurationError`, which never repeats a secret, when there is none."""

    def fetch(self, rest: str) -> Secret: ...


class Gate(Protocol):
    """What several processes share about an account: the meters of its quotas, and until when the
    provider asked everybody to stay away. Its own clock decides, nobody's who asks.

    `lease` decides as `core.policy.shared.grant` does; `shut` keeps a scope closed for so long from
    now, unless it is closed for longer. `rejoin` says in how many microseconds all who were cut off go
    back to leases: `within_us` for the first who asks, the same instant for others. They block,
    within a bound of tens of milliseconds, and raise `GateUnavailable`; an ask that failed may have
    been granted, and its units are lost. Called from one thread at a time, across forks too.
    """

    def lease(self, ask: LeaseAsk) -> LeaseGrant: ...

    def shut(self, account: str, scope: str, for_us: int) -> None: ...

    def rejoin(self, within_us: int) -> int: ...

    def close(self) -> None:
        """Release everything. Safe to call twice."""
