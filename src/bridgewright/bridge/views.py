"""Bridge: the view of a bridge that blocks where `AsyncBridge` awaits. Equal names, one runtime."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from bridgewright import settings as configuration
from bridgewright.bridge.awaited import AsyncBridge
from bridgewright.bridge.faces import Faces
from bridgewright.bridge.outbox import Outbox
from bridgewright.bridge.redriving import Redrive
from bridgewright.bridge.runtime import Runtime
from bridgewright.core.control import ListPauses
from bridgewright.core.effects import ListItems, ListRejections, ListSources, Survey, ask
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.operation import Selection
from bridgewright.core.recovery import ListProblems
from bridgewright.engine import control, operate
from bridgewright.engine.operate import PAGE
from bridgewright.engine.reconcile import DEFAULT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from bridgewright.adapters.web.asgi import Inbox
    from bridgewright.adapters.web.django import View
    from bridgewright.adapters.web.wsgi import WsgiInbox
    from bridgewright.connectors.http.client import HttpClient
    from bridgewright.connectors.http.profile import Promises
    from bridgewright.core.model.control import Erasure, PauseRow
    from bridgewright.core.model.inbound import Answer
    from bridgewright.core.model.operation import (
        ItemDetail,
        ItemRow,
        Overview,
        RejectionRow,
        SourceRow,
    )
    from bridgewright.core.model.planning import Problem
    from bridgewright.core.model.reconciling import Reconciliation
    from bridgewright.core.ports import Observer, Vault
    from bridgewright.settings import Settings

H = TypeVar("H", bound="Callable[..., Any]")
T = TypeVar("T")


class Bridge:
    """Connects an application to its providers; every verb blocks until it is done.

    Make one with `Bridge.from_env()`, at import time if you like: nothing is opened or started
    before first use, and it is safe to fork. `as_async()` is the same bridge for coroutines.
    """

    __slots__ = ("_faces", "_runtime")

    def __init__(self, settings: Settings) -> None:
        self._runtime = Runtime(settings)
        self._faces = Faces(self._runtime)

    @classmethod
    def from_env(cls, *, vaults: Mapping[str, Vault] | None = None) -> Bridge:
        """A bridge from `bridgewright.toml` and the environment.

        `vaults` are where secrets are kept beside variables and files: a reference `NAME:rest` asks
        the vault of that name for `rest`.

        Raises `ConfigurationError`, naming the variable or the file and line, for anything missing,
        unknown or wrong.
        """
        return cls(configuration.load(vaults=vaults))

    def __repr__(self) -> str:
        return f"Bridge({self._runtime.described})"

    def as_async(self) -> AsyncBridge:
        """The same bridge, for coroutines."""
        return AsyncBridge._of(self._runtime, self._faces)  # noqa: SLF001 - its other view

    @property
    def settings(self) -> Settings:
        """What this bridge was configured with."""
        return self._runtime.settings

    @property
    def inbox(self) -> Inbox:
        """The ASGI application that takes deliveries in: mount it at any prefix."""
        return self._faces.asgi

    @property
    def wsgi(self) -> WsgiInbox:
        """The same as a WSGI application: Flask and gunicorn. It runs no worker."""
        return self._faces.wsgi

    @property
    def django(self) -> View:
        """The same as a view for Django: `path("webhooks/<path:source>", bridge.django)`.

        Raises `ConfigurationError` where Django is not installed.
        """
        return self._faces.django()

    def lifespan(self, app: object = None) -> AbstractAsyncContextManager[None]:
        """An ASGI lifespan that runs a worker beside the application: `FastAPI(lifespan=…)`."""
        del app  # frameworks pass the application; a worker does not need it
        return self._runtime.beside()

    def on(
        self,
        source: str,
        event_type: str = "*",
        *,
        concurrency: int | None = None,
        rate_per_s: float | None = None,
    ) -> Callable[[H], H]:
        """Register the function below as the handler of a source's events.

        `event_type` is an exact name or a pattern in which `*` stands for any run of characters
        (`invoice.*`); the default is every event. The pattern that says most wins, and one handler
        gets each event, at least once. Plain functions run in threads, `async` ones on the loop.

        `concurrency` (1 to 1000) is how often it runs at once in one worker, `rate_per_s` (0.001 to 10000)
        how often it begins in a second; without them only the source and the worker bound it. Raises
        `ConfigurationError` for what is out of bounds, and for a second handler of one pattern.
        """
        return self._runtime.registrar(source, event_type, concurrency, rate_per_s)

    def outbound(self, name: str, *, idempotent: bool = False) -> Callable[[H], H]:
        """Register the function below for outbox items of this name, two words or more with dots
        between them: `warehouse.notify`. It is called with the item's arguments by name.

        Unless it is `idempotent`, it is called at most once: whatever it raises may have happened, and
        makes its item a dead letter, cause `ambiguous`. `RetryLater` says that nothing happened, and
        when to come again; `PermanentFailure` that it never will. What it returns is kept as the
        result where it is a number or a short text. Raises `ConfigurationError` for a name that is a
        connection's, or taken.
        """
        return self._runtime.outbound(name, idempotent=idempotent)

    @property
    def outbox(self) -> Outbox:
        """Stores what is to be sent: `bridge.outbox.send("stripe.refunds.create", {…}, key=…)`."""
        return Outbox(self._runtime)

    def connect(self, name: str, *, account: str = "") -> Any:
        """The official client of a provider, on this bridge's engine: `connect("stripe")` is a
        `stripe.StripeClient`.

        `name` is a `[connections.NAME]` of the settings, or a provider whose credentials stand in
        its own variables. `account` makes a client with a scope of its own (breaker, limits): one
        tenant's trouble is nobody else's. Raises `ConfigurationError`, naming the variable, when a
        credential is missing. Cheap: nothing is opened before the first call.
        """
        return self._runtime.outgoing.connect(name, account, from_loop=False)

    def http(
        self,
        name: str,
        *,
        base_url: str | None = None,
        account: str = "",
        **promises: Unpack[Promises],
    ) -> HttpClient:
        """A plain client (`httpx2.Client`) for an API without an SDK, on this bridge's engine.

        `base_url` may also stand in `[connections.NAME]`. Without promises GET, HEAD and OPTIONS are
        safe to repeat, PUT and DELETE idempotent, and nothing else is ever sent again once it may have
        happened; `idempotency_header`, `safe` and `idempotent` say what the API's documentation
        promises beyond that, `quotas` how fast it may be called, `content_type` what a success looks
        like. Raises our own errors: `CallFailed`, `CallRefused`, `OutcomeUnknown`, `RetryLater`.
        """
        made: HttpClient = self._runtime.outgoing.http(
            name, base_url, account, promises, from_loop=False
        )
        return made

    def attach(self, thing: T, *, name: str | None = None, account: str = "") -> T:
        """Put what exists already on this bridge's engine, and return it: an SDK's client, a
        `boto3.Session`, the module `stripe`.

        `name` is the connection whose settings hold; the provider's own name when left out. What
        cannot be put on the engine whole is refused with `ConfigurationError`.
        """
        attached: T = self._runtime.outgoing.attach(thing, name, account)
        return attached

    def check(self) -> None:
        """Refuse, with `ConfigurationError`, handlers of sources that are not configured."""
        self._runtime.check()

    def observe(self, observer: Observer) -> None:
        """Have `observer` told every fact: a plain, quick function, called where the fact arose."""
        self._runtime.observe(observer)

    def receive(
        self,
        source: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        method: str = "POST",
        url: str = "",
    ) -> Answer:
        """Take one delivery in by hand, for web frameworks without a mount; send back the answer.

        `body` must be the raw bytes as they came. `url` is the whole URL with its query, for
        providers that sign it or ask by it; `public_url` of the settings goes before it.
        """
        return self._runtime.run(self._runtime.delivery(source, headers, body, method, url))

    def work(self, *, until_idle: bool = False) -> None:
        """Be a worker until `stop()`; with `until_idle`, until nothing is due and nothing runs."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(self._runtime.work(until_idle=until_idle))
        else:
            problem = "Bridge.work() would block the event loop that is running here"
            raise ConfigurationError(problem, remedy="await bridge.as_async().work() instead")

    def stop(self) -> None:
        """End the workers of this process in order: finish what runs, give back the rest."""
        self._runtime.stop()

    def events(
        self, selection: Selection | None = None, *, limit: int = PAGE, before: int | None = None
    ) -> tuple[ItemRow, ...]:
        """Items that match, newest first, at most `limit`; those older than item `before`."""
        return self._runtime.run(ask(ListItems(selection or Selection(), limit, before)))

    def event(self, item_id: int) -> ItemDetail:
        """One item in full, payload and attempts; `NotFound` when there is none."""
        return self._runtime.run(operate.show(item_id))

    def rejections(
        self, source: str | None = None, *, limit: int = PAGE
    ) -> tuple[RejectionRow, ...]:
        """The newest deliveries that did not verify."""
        return self._runtime.run(ask(ListRejections(source, limit)))

    def rejection(self, rejection_id: int) -> RejectionRow:
        """One of them, with what explains it; `NotFound` when it is not kept."""
        return self._runtime.run(operate.show_rejection(rejection_id))

    def sources(self) -> tuple[SourceRow, ...]:
        """Every source the store knows: when it was last heard, and what each of its keys verified."""
        return self._runtime.run(ask(ListSources()))

    def problems(self, source: str | None = None, *, limit: int = PAGE) -> tuple[Problem, ...]:
        """Dead letters grouped by what went wrong, the largest group first: each with its count, when
        it was first and last seen, and a sample."""
        return self._runtime.run(ask(ListProblems(source, limit)))

    @property
    def redrive(self) -> Redrive:
        """Plans that put dead letters back, or handle done items again: the verbs of the command
        `bridgewright redrive`."""
        return Redrive(self._runtime)

    def reconcile(
        self,
        source: str,
        *,
        since: datetime | timedelta,
        until: datetime | timedelta | None = None,
        limit: int = DEFAULT_LIMIT,
        dry_run: bool = False,
    ) -> Reconciliation:
        """Ask a source's provider what we missed, and take it in as items of origin `reconciled`.

        `since` and `until` are aware datetimes, or how long ago (`timedelta`); without `until` all that
        there is. At most `limit` events are taken in (1 to 10000): the newest of the window, oldest
        first; with `dry_run` none. What goes wrong at the provider or the store is in the result: how
        it `ended`, `why`, and where to go on. Raises `ConfigurationError` for what cannot be asked, a
        window further back than the source's `dedupe_horizon_s` included.
        """
        journey = self._runtime.reconciliation(source, since, until, limit, dry_run=dry_run)
        return self._runtime.run(journey)

    def pauses(self) -> tuple[PauseRow, ...]:
        """What is paused now: sources, types of theirs, or everything; the oldest pause first."""
        return self._runtime.run(ask(ListPauses()))

    def pause(
        self, source: str | None, event_type: str = "*", *, reason: str, actor: str
    ) -> PauseRow:
        """Have workers claim nothing more of a source, or of its types that fit `event_type`; None pauses
        every source. What is leased is finished, what comes in is received and waits. It holds in every
        process, until it is resumed. Raises `ConfigurationError` without a reason, which is kept.
        """
        return self._runtime.run(control.pause(source, event_type, reason, actor))

    def resume(
        self, source: str | None, event_type: str = "*", *, reason: str = "", actor: str
    ) -> PauseRow:
        """End a pause, named as it was made; `NotFound` when there is none."""
        return self._runtime.run(control.resume(source, event_type, reason, actor))

    def cancel(self, item_id: int, *, reason: str, actor: str) -> ItemRow:
        """Decide that an item which is waiting or dead is never handled; those behind it in its order go on.
        `Refused` for one that is leased, for its handler may be running: stop the worker or wait.
        """
        return self._runtime.run(control.cancel(item_id, reason, actor))

    def erase(
        self,
        source: str,
        match: Mapping[str, str],
        *,
        reason: str,
        actor: str,
        dry_run: bool = False,
    ) -> Erasure:
        """Erase, for good, the payload of each finished or dead item of a source whose event holds
        these texts at these places: `{"data.object.customer": "cus_123"}`. Item, state and audit stay.
        `dry_run` only looks.
        """
        journey = control.erase(source, match, reason, actor, dry_run=dry_run)
        return self._runtime.run(journey)

    def export(self, source: str, *, after: int = 0) -> tuple[ItemDetail, ...]:
        """The next items of a source with their payloads, oldest first, after item `after`: up to 200 of
        them, fewer where they are large; none when that was all. Without attempts and audit."""
        return self._runtime.run(control.page(source, after))

    def survey(self) -> Overview:
        """The whole store on one screen: counts, workers, broken promises."""
        return self._runtime.run(ask(Survey()))

    def migrate(self, *, post: bool = False) -> tuple[str, ...]:
        """Bring the store's schema up to date; the names of the migrations this applied.

        `post` applies the halves too that the previous release cannot live with: for when none of its
        processes runs any more. Only a store that machines share has any.
        """
        return self._runtime.store.migrate(post=post)

    def close(self) -> None:
        """Stop working, commit what is queued, release the files."""
        self._runtime.close()
