"""The settings themselves. Each field carries its unit, bounds, default and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings.described import Kind, refuse_wrong, setting
from bridgewright.settings.forms import (
    NEW_TOKEN,
    wrong_host,
    wrong_networks,
    wrong_token,
    wrong_url,
)
from bridgewright.settings.gates import GatesSettings
from bridgewright.settings.store import StoreSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.core.model.secret import Secret
    from bridgewright.core.ports import Vault
    from bridgewright.settings.control import ConnectorSettings
    from bridgewright.settings.outbound import ConnectionSettings
    from bridgewright.settings.source import SourceSettings

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class InboxSettings:
    """Where deliveries come from, and what lies between."""

    public_url: str | None = setting(
        None,
        Kind.TEXT,
        "The URL under which providers reach the mounted inbox: each source's path follows it. For"
        " schemes that sign their URL.",
        default_text="none: the URL as the request says it came",
        example="https://hooks.example.com/webhooks",
        form=wrong_url,
    )
    trusted_hops: str | None = setting(
        None,
        Kind.TEXT,
        "The networks of your own proxies, divided by commas: what they say in `X-Forwarded-Proto`,"
        " `X-Forwarded-Host` and `X-Forwarded-Port` counts, and what anybody else says does not.",
        default_text="none: forwarded headers are ignored",
        example="10.0.0.0/8",
        form=wrong_networks,
    )
    ca_file: Path | None = setting(
        None,
        Kind.PATH,
        "Certificates to trust in place of the system's, where providers' keys are fetched.",
        default_text="the system's",
        example="/etc/ssl/our-proxy.pem",
    )
    proxy: str | None = setting(
        None,
        Kind.TEXT,
        "The HTTP proxy through which providers' keys are fetched.",
        default_text="none",
        example="http://proxy.internal:3128",
        form=wrong_url,
    )

    def __post_init__(self) -> None:
        refuse_wrong(self)


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """How items are worked on."""

    concurrency: int = setting(
        16,
        Kind.WHOLE,
        "Attempts that one worker runs at once.",
        why="enough to hide the waiting of ordinary handlers, few enough for the connection pools of"
        " what they call",
        least=1,
        most=1_000,
    )
    lease_s: float = setting(
        60.0,
        Kind.NUMBER,
        "How long an item stays with a worker that gives no sign of life. Living workers renew.",
        why="a dead worker's items wait no longer than this; shorter mistakes a pause for a death",
        unit="seconds",
        least=1,
        most=3_600,
    )
    max_attempts: int = setting(
        8,
        Kind.WHOLE,
        "Attempts before an item is a dead letter, the first included.",
        why="with the default backoff about an hour and a half: longer than most outages, and a"
        " person sees the dead letter the same day",
        least=1,
        most=100,
    )
    backoff_base_s: float = setting(
        5.0,
        Kind.NUMBER,
        "The longest wait after the first attempt; the wait itself is drawn evenly from 0 to it.",
        why="a deployment or a dropped connection is over by then",
        unit="seconds",
        least=0,
        most=3_600,
    )
    backoff_factor: float = setting(
        3.0,
        Kind.NUMBER,
        "By how much the longest wait grows from one attempt to the next.",
        why="reaches an hour with the seventh, so eight attempts span both a blip and an outage",
        least=1,
        most=10,
    )
    backoff_cap_s: float = setting(
        3_600.0,
        Kind.NUMBER,
        "The longest wait between two attempts.",
        why="an item is tried at least hourly, so it goes through soon after what it needs is back",
        unit="seconds",
        least=0,
        most=_DAY_S,
    )
    handler_timeout_s: float = setting(
        300.0,
        Kind.NUMBER,
        "How long an async handler may run. A blocking one cannot be interrupted: it must bound its"
        " own calls.",
        why="longer than any call a handler should wait for; without a bound one that hangs holds"
        " its place for ever",
        unit="seconds",
        least=0.1,
        most=_DAY_S,
    )
    drain_s: float = setting(
        20.0,
        Kind.NUMBER,
        "How long a worker that is told to stop waits for attempts under way.",
        why="fits in the 30 s that Kubernetes gives a pod to end",
        unit="seconds",
        least=0,
        most=3_600,
    )
    keep_error_messages: bool = setting(
        default=False,
        kind=Kind.FLAG,
        what="Keep the messages of your handlers' exceptions with failed attempts.",
        why="such messages often quote the event, and with it personal data; type, file and line are"
        " always kept",
    )

    def __post_init__(self) -> None:
        refuse_wrong(self)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Where `bridgewright serve` listens."""

    host: str = setting(
        "127.0.0.1",
        Kind.TEXT,
        "The address to listen on.",
        why="loopback: reaching it from outside is a decision, usually a proxy's that speaks TLS",
        example="0.0.0.0",  # noqa: S104 - an example in the reference, where it is somebody's choice
        form=wrong_host,
    )
    port: int = setting(
        8085,
        Kind.WHOLE,
        "The port to listen on; 0 takes any that is free.",
        why="beside 8000 and 8080, which the application is likely to use",
        least=0,
        most=65_535,
    )
    listen_token: Secret | None = setting(
        None,
        Kind.SECRET,
        "What `bridgewright listen` must show to be given what came in, payloads and all, at"
        " `/listen/SOURCE`: by reference; 16 to 512 letters, digits and signs without a space.",
        default_text="none: nothing is given to anybody, and there is no such path",
        why="whoever holds it reads every event of every source: giving them away is a decision",
        example="env:LISTEN_TOKEN",
    )

    def __post_init__(self) -> None:
        refuse_wrong(self, but=frozenset({"listen_token"}))
        problem = None if self.listen_token is None else wrong_token(self.listen_token.reveal())
        if problem is not None:
            problem = f"listen_token {problem}"
            raise ConfigurationError(problem, place="ServeSettings", remedy=NEW_TOKEN)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a bridge is told. `origin` is the file it was read from, if any; `vaults` are asked
    for the secrets that references `NAME:rest` name."""

    store: StoreSettings = field(default_factory=StoreSettings)
    sources: tuple[SourceSettings, ...] = ()
    work: WorkSettings = field(default_factory=WorkSettings)
    serve: ServeSettings = field(default_factory=ServeSettings)
    inbox: InboxSettings = field(default_factory=InboxSettings)
    origin: Path | None = None
    connections: tuple[ConnectionSettings, ...] = ()
    gates: GatesSettings = field(default_factory=GatesSettings)
    vaults: Mapping[str, Vault] = field(default_factory=dict, repr=False)
    connectors: tuple[ConnectorSettings, ...] = ()

    def __post_init__(self) -> None:
        names = Counter(connection.name for connection in self.connections)
        twice = [name for name, n in names.items() if n > 1]
        if twice:
            problem = f"two connections have the name {twice[0]}"
            raise ConfigurationError(problem, place="Settings", remedy="give each its own")
        for what in ("name", "path"):
            counts = Counter(getattr(source, what) for source in self.sources)
            shared = [value for value, n in counts.items() if n > 1]
            if shared:
                problem = f"two sources have the {what} {shared[0]}"
                raise ConfigurationError(problem, place="Settings", remedy="give each its own")
