"""What a connector's client is built from and built on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bridgewright.core.model.call import CallReport
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.policy.profile import CallProfile
    from bridgewright.core.ports import Asker
    from bridgewright.engine.call.caller import Caller


@dataclass(frozen=True, slots=True)
class Credential:
    """One secret that a connection needs: its name in settings, and the variables, in order of
    preference, that it is taken from when settings do not refer to it.

    `alternatives` are names of other credentials that stand in for it; it is needed when none is
    there, unless it is `optional`.
    """

    name: str
    variables: tuple[str, ...]
    alternatives: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Connection:
    """A connector with credentials: what an official client is built on.

    `caller` is the one way out. `secrets` holds what `Credential`s asked for, by name. `base_url`
    replaces the provider's own (a simulator's, a proxy's). `options` are the connection's other
    settings, by name, as texts.
    """

    name: str
    account: str
    caller: Caller
    secrets: Mapping[str, Secret] = field(repr=False)
    base_url: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientMaker:
    """The outbound half of a connector: `CLIENT` in its `client.py`.

    `extra` is the extra of the package that brings the SDK. `connect` makes the official client for
    threads, `connect_async` the one for coroutines (None where the SDK has none). `attach` puts
    an existing object of the SDK (a client, a session, the module) on the connection and returns
    it, or refuses with `ConfigurationError`; `owns` says whether an object is this SDK's. `report_of`
    finds the engine's report on an exception of this SDK, None when it holds none. `transports`
    names what to put below the caller: (blocking, async) out of `httpx2`, `aiohttp`, `urllib3`. `asker`
    makes calls without the SDK, where credentials are more than a field of the header; None: the
    caller itself does.
    """

    provider: str
    extra: str
    profile: CallProfile
    credentials: tuple[Credential, ...]
    connect: Callable[[Connection], Any]
    connect_async: Callable[[Connection], Any] | None
    attach: Callable[[Any, Connection], Any]
    owns: Callable[[object], bool]
    report_of: Callable[[BaseException], CallReport | None]
    transports: tuple[str, str] = ("httpx2", "httpx2")
    options: tuple[str, ...] = ()
    asker: Callable[[Connection], Asker] | None = None
