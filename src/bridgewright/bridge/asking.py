"""Asking providers, by the connections of a bridge, what journeys ask of them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.moment import from_datetime, later
from bridgewright.core.model.reconciling import Place, Window
from bridgewright.engine.reconcile import Search

if TYPE_CHECKING:
    from bridgewright.bridge.outgoing import Outgoing
    from bridgewright.core.model.call import Request, Response
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.ports import Asker
    from bridgewright.settings import Settings, SourceSettings


def instant(given: datetime | timedelta, now: Moment) -> Moment:
    """A time ago, or a time with its zone, as a moment; `ConfigurationError` for one without."""
    if isinstance(given, timedelta):
        return later(now, -given.total_seconds())
    if given.tzinfo is None:
        problem = "a time without a zone is no instant"
        raise ConfigurationError(problem, remedy="use an aware datetime, or a timedelta ago")
    return from_datetime(given)


class Asking:
    """Answers `AskProvider`, and says how the provider of a source is asked what we missed."""

    __slots__ = ("_askers", "_lock", "_outgoing", "_settings")

    def __init__(self, settings: Settings, outgoing: Outgoing) -> None:
        self._settings = settings
        self._outgoing = outgoing
        self._askers: dict[str, Asker] = {}
        self._lock = threading.Lock()

    def ask(self, connection: str, request: Request) -> Response:
        """The answer, from this thread; `CallError` when it is no success."""
        response: Response = self._asker(connection).call(request).unwrap()
        return response

    async def ask_async(self, connection: str, request: Request) -> Response:
        """The same, from the running loop."""
        response: Response = (await self._asker(connection).call_async(request)).unwrap()
        return response

    def search(
        self, source: str, since: Moment, until: Moment | None, limit: int, *, dry_run: bool
    ) -> Search:
        """What asking for a source's missed events takes; `ConfigurationError` when it cannot be."""
        settings = next((each for each in self._settings.sources if each.name == source), None)
        if settings is None:
            known = ", ".join(sorted(each.name for each in self._settings.sources)) or "none"
            problem = f"source {source!r} is not configured (configured: {known})"
            raise ConfigurationError(problem, remedy=f"add [sources.{source}] to bridgewright.toml")
        reconciler = connectors.reconciler(settings.provider)
        name = self._connection_for(settings)
        _, connection = self._outgoing.connection(name)
        base_url = connection.base_url or connection.caller.profile.base_url
        place = Place(base_url, "", connection.secrets, connection.options, wanted=settings.options)
        window = Window(since, until)
        horizon_s = settings.dedupe_horizon_s
        return Search(source, horizon_s, name, reconciler, place, window, limit, dry_run)

    def _connection_for(self, source: SourceSettings) -> str:
        """The connection of the source's own name, where there is one to its provider; else the one
        that is named like the provider."""
        for each in self._settings.connections:
            if each.name == source.name and each.provider == source.provider:
                return each.name
        return source.provider

    def _asker(self, name: str) -> Asker:
        with self._lock:
            found = self._askers.get(name)
            if found is None:
                maker, connection = self._outgoing.connection(name)
                asker = maker.asker
                found = connection.caller if asker is None else asker(connection)
                self._askers[name] = found
            return found
