"""The connections of one bridge: made when first asked for, each with one caller per account."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from secrets import token_bytes
from types import ModuleType
from typing import TYPE_CHECKING, Any

from bridgewright import connectors
from bridgewright.adapters.exporters import foreign
from bridgewright.bridge.carrying import blocking_transport, loop_transport
from bridgewright.bridge.gating import Gating
from bridgewright.core.errors import ConfigurationError
from bridgewright.core.policy.numbers import Quota
from bridgewright.core.redact.redaction import redaction
from bridgewright.engine.call.caller import Caller
from bridgewright.engine.call.connection import Connection
from bridgewright.engine.drive.calling import Timing
from bridgewright.settings.connections import credentials, standing_by
from bridgewright.settings.outbound import ConnectionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bridgewright.core.model.call import CallReport
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.policy.numbers import CallNumbers
    from bridgewright.core.policy.profile import CallProfile
    from bridgewright.core.ports import AsyncTransport, Observer, Transport
    from bridgewright.engine.call.connection import ClientMaker
    from bridgewright.engine.drive.clock import Chance
    from bridgewright.settings import Settings

_NUMBERS = (
    "deadline_s attempt_s connect_s idle_s max_wait_s max_attempts concurrency queue"
    " max_response_bytes"
).split()
_PLAIN = "http"
"""The connector of APIs without an SDK."""
_MOST_GROWTH = 60
"""How many times as long as at first a breaker stays open at most."""
_LONGEST_CHAIN = 20
"""Causes looked at: a chain of exceptions may be a ring."""


class Outgoing:
    """Makes clients on the bridge's engine. Clients of one connection and account share everything:
    breaker, budget, quotas, sockets."""

    def __init__(
        self,
        settings: Settings,
        observer: Observer,
        heeds: Callable[[], bool],
        chance: Chance,
        timing: Timing | None = None,
    ) -> None:
        self._vaults = settings.vaults
        self._timing = timing or Timing()
        self._gating = Gating(settings, observer, chance, self._timing)
        self._settings = {each.name: each for each in settings.connections}
        self._observer = observer
        self._heeds = heeds
        self._chance = chance
        self._pseudonym_key = token_bytes(16)
        self._callers: dict[tuple[str, str], Caller] = {}
        self._transports: dict[str, tuple[Transport | None, AsyncTransport | None]] = {}
        self._promises: dict[str, tuple[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def connect(self, name: str, account: str, *, from_loop: bool) -> Any:
        """The official client of a connection."""
        settings = self._settings.get(name) or ConnectionSettings(name)
        if settings.provider == _PLAIN and "token_url" in settings.options:
            return self.http(name, None, account, {}, from_loop=from_loop)
        maker = connectors.client(settings.provider)
        return self._made(maker, self._connection(settings, maker, account), from_loop=from_loop)

    def http(
        self,
        name: str,
        base_url: str | None,
        account: str,
        promises: Mapping[str, Any],
        *,
        from_loop: bool,
    ) -> Any:
        """A plain client for an API of which its user declares what its documentation promises."""
        settings = self._settings.get(name)
        if settings is None:
            # A client of that name and the SDK's would share a caller, and so the wrong profile.
            settings = ConnectionSettings(name, provider=self.provider_of(name))
        place = f"connection {name}"
        if settings.provider != _PLAIN:
            problem = f"is one to {settings.provider}, which has a client of its own"
            raise ConfigurationError(problem, place=place, remedy="use connect, or another name")
        base_url = base_url or settings.base_url
        if base_url is None:
            remedy = f'give base_url here, or in [connections.{name}]: base_url = "https://…"'
            raise ConfigurationError("has no base_url", place=place, remedy=remedy)
        known = self._promises.setdefault(name, (base_url, dict(promises)))
        if known != (base_url, dict(promises)):
            remedy = "declare it once, and keep the client"
            raise ConfigurationError("was declared otherwise before", place=place, remedy=remedy)
        from bridgewright.connectors.http.profile import declared, split  # noqa: PLC0415 - only where used

        told, options = split(promises)
        options |= settings.options
        settings = replace(settings, base_url=base_url, options=options)
        profile = declared(name, base_url, token_url=options.get("token_url", ""), **told)
        maker = replace(connectors.client(_PLAIN), profile=profile)
        return self._made(maker, self._connection(settings, maker, account), from_loop=from_loop)

    def connection(self, name: str) -> tuple[ClientMaker, Connection]:
        """A connection as its clients are built on it, without a client."""
        settings = self._settings.get(name) or ConnectionSettings(name)
        maker = connectors.client(settings.provider)
        return maker, self._connection(settings, maker, "")

    def names(self) -> tuple[str, ...]:
        """The connections that settings or code have named."""
        return (*self._settings, *self._promises)

    def provider_of(self, name: str) -> str:
        """Which connector a connection is of."""
        guess = name if name in connectors.calling_names() else _PLAIN
        return self._settings[name].provider if name in self._settings else guess

    def sender(self, name: str, account: str) -> Any:
        """The official client for threads, with what was declared of a plain API."""
        if name not in self._promises:
            return self.connect(name, account, from_loop=False)
        url, promises = self._promises[name]
        return self.http(name, url, account, promises, from_loop=False)

    def _made(self, maker: ClientMaker, connection: Connection, *, from_loop: bool) -> Any:
        if not from_loop:
            return maker.connect(connection)
        if maker.connect_async is None:
            problem = f"the SDK of {maker.provider} has no client for coroutines"
            remedy = "use Bridge.connect, and asyncio.to_thread around its calls"
            raise ConfigurationError(problem, remedy=remedy)
        return maker.connect_async(connection)

    def attach(self, thing: Any, name: str | None, account: str) -> Any:
        """Put a client, session or module of an SDK on a connection."""
        if name is None:
            name = _provider_of(thing)
        settings = self._settings.get(name) or ConnectionSettings(name)
        maker = connectors.client(settings.provider)
        if not maker.owns(thing):
            problem = f"{_called(thing)} is nothing that calls to {maker.provider} are made with"
            remedy = "attach what its page in the documentation names: a client, or a session"
            raise ConfigurationError(problem, remedy=remedy)
        return maker.attach(thing, self._connection(settings, maker, account, lenient=True))

    def examine(self, name: str) -> tuple[ConfigurationError | None, bool]:
        """What is wrong with a connection of the settings, None when nothing is; and whether code
        may still make it right, by what it attaches, a vault, or a `base_url` of its own."""
        settings = self._settings[name]
        try:
            self.connect(name, "", from_loop=False)
        except ConfigurationError as error:
            # Vaults are handed over by code.
            known = {"env", "file", *self._vaults}
            texts = [text for given in settings.secrets.values() for text in given.texts]
            if any(text.partition(":")[0] not in known for text in texts):
                return error, True
            try:
                maker = connectors.client(settings.provider)
                self._connection(settings, maker, "", lenient=True)
            except ConfigurationError as graver:
                return graver, False
            return error, True
        return None, False

    def keep_time(self, timing: Timing, chance: Chance) -> None:
        """Call by another clock, with the clients that were made already too."""
        with self._lock:
            self._timing, self._chance = timing, chance
            self._gating.keep_time(timing)
            for caller in self._callers.values():
                caller.keep_time(timing, chance)

    def callers(self) -> tuple[Caller, ...]:
        """Those in use, for those who observe."""
        with self._lock:
            return tuple(self._callers.values())

    def close(self) -> None:
        """Close the sockets of blocking transports; those of loops close with their loops."""
        with self._lock:
            transports = tuple(self._transports.values())
            callers = tuple(self._callers.values())
            self._transports.clear()
            self._callers.clear()
        self._gating.close()
        foreign.release(self)
        for caller in callers:
            caller.finish_telling()
        for blocking, _ in transports:
            if blocking is not None:
                blocking.close()

    async def aclose(self) -> None:
        """Close the sockets of the running loop."""
        for _, on_loop in tuple(self._transports.values()):
            if on_loop is not None:
                await on_loop.aclose()

    def _connection(
        self,
        settings: ConnectionSettings,
        maker: ClientMaker,
        account: str,
        *,
        lenient: bool = False,
    ) -> Connection:
        name = settings.name
        unknown = settings.options.keys() - set(maker.options)
        if unknown:
            problem = f"{settings.provider} has no option {min(unknown)!r}"
            known = ", ".join(maker.options) or "none"
            raise ConfigurationError(
                problem, place=f"connection {name}", remedy=f"known are {known}"
            )
        wanted = maker.credentials
        if lenient:  # what exists already brings its own credentials
            wanted = tuple(replace(each, optional=True) for each in wanted)
        secrets = credentials(settings, wanted, self._vaults)
        held = (*secrets.values(), *standing_by(settings, self._vaults))
        foreign.watch(self, self._pseudonym_key, held)
        caller = self._caller(settings, maker, account, held)
        base_url = settings.base_url.rstrip("/") if settings.base_url else None
        return Connection(name, account, caller, secrets, base_url, settings.options)

    def _caller(
        self,
        settings: ConnectionSettings,
        maker: ClientMaker,
        account: str,
        held: Sequence[Secret],
    ) -> Caller:
        with self._lock:
            found = self._callers.get((settings.name, account))
            if found is None:
                blocking, on_loop = self._transports_of(settings, maker)
                keeper, terms = self._gating.of(settings, account or settings.name)
                found = Caller(
                    maker.profile,
                    account=account or settings.name,
                    numbers=numbers_of(settings, maker.profile.numbers),
                    quotas=quotas_of(settings, maker.profile),
                    share=settings.processes,
                    transport=blocking,
                    async_transport=on_loop,
                    observer=self._observer,
                    heeds=self._heeds,
                    redaction=redaction(self._pseudonym_key, maker.profile.secret_fields, held),
                    bodies=settings.log_bodies,
                    chance=self._chance,
                    timing=self._timing,
                    keeper=keeper,
                    terms=terms,
                )
                self._callers[settings.name, account] = found
            return found

    def _transports_of(
        self, settings: ConnectionSettings, maker: ClientMaker
    ) -> tuple[Transport | None, AsyncTransport | None]:
        """One pair for all accounts of a connection: they share sockets, never credentials."""
        found = self._transports.get(settings.name)
        if found is None:
            blocking, on_loop = maker.transports
            found = self._transports[settings.name] = (
                blocking_transport(settings.transport or blocking, settings),
                loop_transport(settings.async_transport or on_loop, settings),
            )
        return found


def numbers_of(settings: ConnectionSettings, published: CallNumbers) -> CallNumbers:
    """The provider's numbers, with those that the settings name in their place."""
    given = {key: getattr(settings, key) for key in _NUMBERS if getattr(settings, key) is not None}
    deadline_s = given.get("deadline_s", published.deadline_s)
    given.setdefault("attempt_s", min(published.attempt_s, deadline_s))
    breaker = published.breaker
    slow_s = min(breaker.slow_s, given["attempt_s"])
    breaker = replace(breaker, slow_s=slow_s, observe_only=settings.observe_only)
    if settings.breaker_open_s is not None:
        open_s = settings.breaker_open_s
        breaker = replace(breaker, open_s=open_s, open_cap_s=open_s * _MOST_GROWTH)
    return replace(published, breaker=breaker, **given)


def quotas_of(
    settings: ConnectionSettings, profile: CallProfile
) -> Mapping[str, tuple[Quota, ...]]:
    """The published quotas, with the account's own rate in place of the whole account's."""
    if settings.rate_per_s is None:
        return profile.quotas
    rate = settings.rate_per_s
    window_s = 1.0 if rate >= 1 else 1 / rate
    return {**profile.quotas, "": (Quota(max(1, int(rate * window_s)), window_s),)}


def outcome_of(error: BaseException) -> CallReport | None:
    """The engine's view of an exception that came out of a call, ours or an SDK's; None for one that
    did not.

    `outcome` says whether the provider did it, said no, never heard of it, or nobody knows;
    `attempts`, `status`, `request_id`, `retry_after_s`, `retry_safe` say the rest.
    """
    seen: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if seen is None:
            break
        own = getattr(seen, "report", None)
        if own is not None and type(seen).__module__ == "bridgewright.core.errors":
            found: CallReport = own
            return found
        maker = _maker_of(type(seen))
        theirs = maker.report_of(seen) if maker is not None else None
        if theirs is not None:
            return theirs
        seen = seen.__cause__
    return None


def _maker_of(kind: type) -> ClientMaker | None:
    for base in kind.__mro__:
        provider = connectors.of_package(base.__module__.partition(".")[0])
        # A connector that made no call yet has no report to find.
        if provider is not None and f"bridgewright.connectors.{provider}.client" in sys.modules:
            return connectors.client(provider)
    return None


def _provider_of(thing: object) -> str:
    module = getattr(thing, "__name__", "") if not isinstance(thing, type) else ""
    kinds = (*type(thing).__mro__,)
    packages = [module, *(kind.__module__ for kind in kinds)]
    for package in packages:
        provider = connectors.of_package(package.partition(".")[0])
        if provider is not None:
            return provider
    problem = f"there is no connector for {_called(thing)}"
    remedy = f"attach a client, session or module of {', '.join(connectors.calling_names())}"
    raise ConfigurationError(problem, remedy=remedy)


def _called(thing: object) -> str:
    """What it is, by its class alone, for it may hold a secret; a module or class by its name."""
    if isinstance(thing, type):
        return f"the class {thing.__qualname__}"
    if isinstance(thing, ModuleType):
        return f"the module {thing.__name__}"
    return f"an object of class {type(thing).__qualname__}"
