"""AsyncBridge: the view of a bridge that awaits where `Bridge` blocks. Equal names, one runtime."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from bridgewright import settings as configuration
from bridgewright.bridge.faces import Faces
from bridgewright.bridge.outbox import AsyncOutbox
from bridgewright.bridge.redriving import AsyncRedrive
from bridgewright.bridge.runtime import Runtime
from bridgewright.core.control import ListPauses
from bridgewright.core.effects import ListItems, ListRejections, ListSources, Survey, ask
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
    from bridgewright.adapters.web.django import AsyncView
    from bridgewright.adapters.web.wsgi import WsgiInbox
    from bridgewright.connectors.http.client import AsyncHttpClient
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


class AsyncBridge:
    """`Bridge` for coroutines: the same names, awaited, on the same runtime."""

    __slots__ = ("_faces", "_runtime")

    def __init__(self, settings: Settings) -> None:
        self._runtime = Runtime(settings)
        self._faces = Faces(self._runtime)

    @classmethod
    def from_env(cls, *, vaults: Mapping[str, Vault] | None = None) -> AsyncBridge:
        """A bridge from `bridgewright.toml` and the environment; errors as `Bridge.from_env`."""
        return cls(configuration.load(vaults=vaults))

    @classmethod
    def _of(cls, runtime: Runtime, faces: Faces) -> AsyncBridge:
        view = cls.__new__(cls)
        view._runtime, view._faces = runtime, faces  # noqa: SLF001 - its own
        return view

    def __repr__(self) -> str:
        return f"AsyncBridge({self._runtime.described})"

    @property
    def settings(self) -> Settings:
        """What this bridge was configured with."""
        return self._runtime.settings

    @property
    def inbox(self) -> Inbox:
        """As `Bridge.inbox`."""
        return self._faces.asgi

    @property
    def wsgi(self) -> WsgiInbox:
        """As `Bridge.wsgi`."""
        return self._faces.wsgi

    @property
    def django(self) -> AsyncView:
        """As `Bridge.django`, awaited: for Django under ASGI."""
        return self._faces.async_django()

    def lifespan(self, app: object = None) -> AbstractAsyncContextManager[None]:
        """As `Bridge.lifespan`."""
        del app
        return self._runtime.beside()

    def on(
        self,
        source: str,
        event_type: str = "*",
        *,
        concurrency: int | None = None,
        rate_per_s: float | None = None,
    ) -> Callable[[H], H]:
        """As `Bridge.on`."""
        return self._runtime.registrar(source, event_type, concurrency, rate_per_s)

    def outbound(self, name: str, *, idempotent: bool = False) -> Callable[[H], H]:
        """As `Bridge.outbound`."""
        return self._runtime.outbound(name, idempotent=idempotent)

    @property
    def outbox(self) -> AsyncOutbox:
        """As `Bridge.outbox`: its verbs are awaited."""
        return AsyncOutbox(self._runtime)

    def connect(self, name: str, *, account: str = "") -> Any:
        """As `Bridge.connect`: the client for coroutines, where the SDK has one."""
        return self._runtime.outgoing.connect(name, account, from_loop=True)

    def http(
        self,
        name: str,
        *,
        base_url: str | None = None,
        account: str = "",
        **promises: Unpack[Promises],
    ) -> AsyncHttpClient:
        """As `Bridge.http`: an `httpx2.AsyncClient`."""
        made: AsyncHttpClient = self._runtime.outgoing.http(
            name, base_url, account, promises, from_loop=True
        )
        return made

    def attach(self, thing: T, *, name: str | None = None, account: str = "") -> T:
        """As `Bridge.attach`."""
        attached: T = self._runtime.outgoing.attach(thing, name, account)
        return attached

    def check(self) -> None:
        """As `Bridge.check`."""
        self._runtime.check()

    def observe(self, observer: Observer) -> None:
        """As `Bridge.observe`."""
        self._runtime.observe(observer)

    async def receive(
        self,
        source: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        method: str = "POST",
        url: str = "",
    ) -> Answer:
        """As `Bridge.receive`, awaited."""
        journey = self._runtime.delivery(source, headers, body, method, url)
        return await self._runtime.run_async(journey)

    async def work(self, *, until_idle: bool = False) -> None:
        """As `Bridge.work`, on the running loop."""
        await self._runtime.work(until_idle=until_idle)

    def stop(self) -> None:
        """As `Bridge.stop`."""
        self._runtime.stop()

    async def events(
        self, selection: Selection | None = None, *, limit: int = PAGE, before: int | None = None
    ) -> tuple[ItemRow, ...]:
        """As `Bridge.events`, awaited."""
        query = ListItems(selection or Selection(), limit, before)
        return await self._runtime.run_async(ask(query))

    async def event(self, item_id: int) -> ItemDetail:
        """As `Bridge.event`, awaited."""
        return await self._runtime.run_async(operate.show(item_id))

    async def rejections(
        self, source: str | None = None, *, limit: int = PAGE
    ) -> tuple[RejectionRow, ...]:
        """As `Bridge.rejections`, awaited."""
        return await self._runtime.run_async(ask(ListRejections(source, limit)))

    async def rejection(self, rejection_id: int) -> RejectionRow:
        """As `Bridge.rejection`, awaited."""
        return await self._runtime.run_async(operate.show_rejection(rejection_id))

    async def sources(self) -> tuple[SourceRow, ...]:
        """As `Bridge.sources`, awaited."""
        return await self._runtime.run_async(ask(ListSources()))

    async def problems(
        self, source: str | None = None, *, limit: int = PAGE
    ) -> tuple[Problem, ...]:
        """As `Bridge.problems`, awaited."""
        return await self._runtime.run_async(ask(ListProblems(source, limit)))

    @property
    def redrive(self) -> AsyncRedrive:
        """As `Bridge.redrive`, its verbs awaited."""
        return AsyncRedrive(self._runtime)

    async def reconcile(
        self,
        source: str,
        *,
        since: datetime | timedelta,
        until: datetime | timedelta | None = None,
        limit: int = DEFAULT_LIMIT,
        dry_run: bool = False,
    ) -> Reconciliation:
        """As `Bridge.reconcile`, awaited."""
        journey = self._runtime.reconciliation(source, since, until, limit, dry_run=dry_run)
        return await self._runtime.run_async(journey)

    async def pauses(self) -> tuple[PauseRow, ...]:
        """As `Bridge.pauses`, awaited."""
        return await self._runtime.run_async(ask(ListPauses()))

    async def pause(
        self, source: str | None, event_type: str = "*", *, reason: str, actor: str
    ) -> PauseRow:
        """As `Bridge.pause`, awaited."""
        return await self._runtime.run_async(control.pause(source, event_type, reason, actor))

    async def resume(
        self, source: str | None, event_type: str = "*", *, reason: str = "", actor: str
    ) -> PauseRow:
        """As `Bridge.resume`, awaited."""
        return await self._runtime.run_async(control.resume(source, event_type, reason, actor))

    async def cancel(self, item_id: int, *, reason: str, actor: str) -> ItemRow:
        """As `Bridge.cancel`, awaited."""
        return await self._runtime.run_async(control.cancel(item_id, reason, actor))

    async def erase(
        self,
        source: str,
        match: Mapping[str, str],
        *,
        reason: str,
        actor: str,
        dry_run: bool = False,
    ) -> Erasure:
        """As `Bridge.erase`, awaited."""
        journey = control.erase(source, match, reason, actor, dry_run=dry_run)
        return await self._runtime.run_async(journey)

    async def export(self, source: str, *, after: int = 0) -> tuple[ItemDetail, ...]:
        """As `Bridge.export`, awaited."""
        return await self._runtime.run_async(control.page(source, after))

    async def survey(self) -> Overview:
        """As `Bridge.survey`, awaited."""
        return await self._runtime.run_async(ask(Survey()))

    async def migrate(self, *, post: bool = False) -> tuple[str, ...]:
        """As `Bridge.migrate`, awaited."""
        return await asyncio.to_thread(self._runtime.store.migrate, post=post)

    async def close(self) -> None:
        """As `Bridge.close`, awaited."""
        await self._runtime.outgoing.aclose()
        await asyncio.to_thread(self._runtime.close)
