"""Settings turned into the values that journeys work with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bridgewright import connectors
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.lifecycle.burial import RetryPolicy
from bridgewright.core.lifecycle.placing import placed
from bridgewright.core.lifecycle.throttle import Bound, Throttle
from bridgewright.core.model.ranking import Reach, Staleness
from bridgewright.core.model.watching import Watched
from bridgewright.core.signing import diagnosis
from bridgewright.core.signing.diagnosis import Party, Surroundings
from bridgewright.core.timing.backoff import Backoff
from bridgewright.engine.drive.keys import KeyBook
from bridgewright.engine.drive.rules import Rules
from bridgewright.engine.receive import Source
from bridgewright.settings.control import placing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bridgewright.core.lifecycle.routes import Routes
    from bridgewright.core.model.event import Event, Proof
    from bridgewright.core.model.finding import Finding
    from bridgewright.core.model.inbound import Delivery, Rejected
    from bridgewright.core.model.moment import Moment
    from bridgewright.core.ports import Reader, Store, Transport
    from bridgewright.engine.receive import Diagnose
    from bridgewright.settings import (
        ForwardSettings,
        InboxSettings,
        Settings,
        SourceSettings,
        StoreSettings,
        WorkSettings,
    )


DAY_S = 86_400.0


def source_of(
    settings: SourceSettings, inbox: InboxSettings, among: tuple[SourceSettings, ...] = ()
) -> Source:
    """A configured source, its keys bound to its provider's scheme. `among` are all the sources: what
    one of them rejects may be signed for another."""
    webhook = connectors.webhook(settings.provider)
    terms = settings.terms(inbox)
    limit = settings.max_body_bytes
    return Source(
        name=settings.name,
        path=settings.path,
        scheme=webhook.scheme(settings.secrets, terms),
        read=_reader(settings, webhook.read if webhook.reader is None else webhook.reader(terms)),
        profile=webhook.profile,
        max_body_bytes=webhook.profile.max_body_bytes if limit is None else limit,
        horizon_s=settings.dedupe_horizon_s,
        greeting=None if webhook.greet is None else webhook.greet(settings.secrets, terms),
        key_names=settings.key_names,
        diagnose=_diagnose(settings, inbox, among),
    )


def _reader(settings: SourceSettings, read: Reader) -> Reader:
    placing = placing_of(settings)
    return placed(read, placing) if placing else read


def rules_of(settings: Settings, routes: Routes, bounds: Iterable[Bound]) -> Rules:
    """What one worker keeps to; `bounds` are those of its handlers."""
    sources = [source for source in settings.sources if source.name in routes.sources()]
    own = [
        Bound((Reach(source.name),), source.concurrency, source.rate_per_s) for source in sources
    ]
    shared = [
        Bound(
            tuple(Reach(source.name) for source in sources if source.provider == connector.name),
            connector.concurrency,
            connector.rate_per_s,
        )
        for connector in settings.connectors
    ]
    return Rules(
        Throttle((*own, *shared, *bounds)),
        {source.name: Staleness(source.stale) for source in settings.sources},
        {
            source.name: source.retention_days * DAY_S
            for source in settings.sources
            if source.retention_days is not None
        },
    )


def watched_of(settings: SourceSettings) -> Watched:
    """A configured source as the store is to know it."""
    return Watched(settings.name, settings.key_names, settings.longest_gap_s)


def _diagnose(
    settings: SourceSettings, inbox: InboxSettings, among: tuple[SourceSettings, ...]
) -> Diagnose:
    party = _party(settings, inbox)
    others = tuple(_party(one, inbox) for one in among if one.name != settings.name)

    def diagnose(delivery: Delivery, rejected: Rejected, heard: Mapping[str, Moment]) -> Finding:
        around = Surroundings(others, connectors.signature_fields(), heard)
        return diagnosis.diagnose(party, delivery, rejected, around)

    return diagnose


def _party(settings: SourceSettings, inbox: InboxSettings) -> Party:
    return Party(
        settings.name,
        connectors.webhook(settings.provider),
        settings.secrets,
        settings.key_names,
        settings.terms(inbox),
        tuple(settings.spare_keys.items()),
    )


def proofs_of(sources: Iterable[SourceSettings]) -> dict[str, Proof | None]:
    """For each source whose events must be proven first: how its provider is asked about one."""
    return {
        source.name: connectors.webhook(source.provider).fetch
        for source in sources
        if source.refetch
    }


def key_book(settings: InboxSettings) -> KeyBook:
    """Where the keys that providers publish come from."""

    def make() -> Transport:
        from bridgewright.adapters.transports.httpx2 import Httpx2Transport  # noqa: PLC0415

        ca_file = None if settings.ca_file is None else str(settings.ca_file)
        return Httpx2Transport(ca_file=ca_file, proxy=settings.proxy, max_connections=8)

    return KeyBook(make)


def policy_of(work: WorkSettings, max_attempts: int | None) -> RetryPolicy:
    """How a source's items are retried; `max_attempts` is the source's own, where it has one."""
    backoff = Backoff(work.backoff_base_s, work.backoff_factor, work.backoff_cap_s)
    return RetryPolicy(work.max_attempts if max_attempts is None else max_attempts, backoff)


def store_of(settings: StoreSettings) -> Store:
    """Where items are kept. `ConfigurationError` where the library of a shared store is missing."""
    if settings.url is None:
        from bridgewright.adapters.stores.sqlite import SqliteStore  # noqa: PLC0415 - one of the two

        return SqliteStore(settings.path)
    try:
        from bridgewright.adapters.stores.postgres import PostgresStore  # noqa: PLC0415 - an extra
    except ImportError:
        problem = "the store is in PostgreSQL, and its library is not installed"
        remedy = "pip install 'bridgewright[postgres]'"
        raise ConfigurationError(problem, remedy=remedy) from None
    return PostgresStore(settings.url, pooled=settings.pooled)


class Sink(Protocol):
    """A handler of ours that keeps connections open."""

    async def __call__(self, event: Event) -> None: ...

    async def close(self) -> None: ...


def forwarding(settings: ForwardSettings) -> Sink:
    """The handler that hands a source's events on over HTTP."""
    from bridgewright.adapters.sinks.forward import Forwarder  # noqa: PLC0415 - HTTP client: only where used
    from bridgewright.adapters.transports.resolving import Resolver  # noqa: PLC0415 - as above

    return Forwarder(
        settings.url,
        settings.secrets,
        resolver=lambda: Resolver().addresses_on_loop,
        allowed=settings.allowed,
        timeout_s=settings.timeout_s,
    )
