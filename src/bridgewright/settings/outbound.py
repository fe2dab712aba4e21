"""Settings of connections: how an outgoing call may behave. What is left out is the provider's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bridgewright.core.errors import ConfigurationError
from bridgewright.settings.described import Kind, refuse_wrong, setting
from bridgewright.settings.forms import wrong_name, wrong_transport, wrong_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY_S = 86_400.0
_MIB = 1_048_576
_THE_PROVIDERS = "the provider's own, else "


@dataclass(frozen=True, slots=True)
class References:
    """References to secrets, and the folder that relative paths among them start from."""

    texts: tuple[str, ...] = field(repr=False)
    folder: Path = field(default_factory=Path)


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One connection: a provider with credentials.

    `name` is the table's own name. `secrets` refer to credentials by the names that the provider's
    page lists; they are looked up when the connection is made, not before. `options` are the
    provider's own extras (a region, an account), by name.
    """

    name: str
    provider: str = setting(
        "",
        Kind.TEXT,
        "Who is called: a connector by name.",
        default_text="the connection's name",
        example="stripe",
        form=wrong_name,
    )
    base_url: str | None = setting(
        None,
        Kind.TEXT,
        "Where requests go instead of to the provider: a simulator, a gateway, a regional host.",
        default_text="the provider's own",
        example="http://127.0.0.1:4010",
        form=wrong_url,
    )
    deadline_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How long a whole call may take, every attempt and every wait included.",
        default_text=f"{_THE_PROVIDERS}30",
        why="somebody waits for most calls, and gives up after half a minute",
        unit="seconds",
        least=0.1,
        most=3_600,
    )
    attempt_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How long one attempt may take; at most `deadline_s`.",
        default_text=f"{_THE_PROVIDERS}15, or the deadline if that is shorter",
        why="half of the deadline, so that an attempt that hangs leaves time for another",
        unit="seconds",
        least=0.1,
        most=3_600,
    )
    connect_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How long resolving the name, connecting and TLS may take together.",
        default_text=f"{_THE_PROVIDERS}5",
        unit="seconds",
        least=0.05,
        most=300,
    )
    idle_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How long to wait for the next byte of an answer.",
        default_text=f"{_THE_PROVIDERS}10",
        unit="seconds",
        least=0.05,
        most=3_600,
    )
    max_wait_s: float | None = setting(
        None,
        Kind.NUMBER,
        "The longest pushback (`Retry-After`) that is waited for inside a call; a longer one ends it"
        " at once in `RetryLater`.",
        default_text=f"{_THE_PROVIDERS}10",
        why="a longer wait belongs into a queue, not into a thread",
        unit="seconds",
        least=0,
        most=3_600,
    )
    max_attempts: int | None = setting(
        None,
        Kind.WHOLE,
        "Attempts of one call, the first included.",
        default_text=f"{_THE_PROVIDERS}3",
        least=1,
        most=10,
    )
    concurrency: int | None = setting(
        None,
        Kind.WHOLE,
        "Calls that run at once in one process.",
        default_text=f"{_THE_PROVIDERS}50",
        least=1,
        most=10_000,
    )
    queue: int | None = setting(
        None,
        Kind.WHOLE,
        "Calls that wait for a place beyond that; more are refused at once.",
        default_text=f"{_THE_PROVIDERS}100",
        least=0,
        most=100_000,
    )
    max_response_bytes: int | None = setting(
        None,
        Kind.WHOLE,
        "The largest answer taken, decoded. Streams are not bounded.",
        default_text=f"{_THE_PROVIDERS}16777216 (16 MiB)",
        unit="bytes",
        least=1_024,
        most=1_024 * _MIB,
    )
    rate_per_s: float | None = setting(
        None,
        Kind.NUMBER,
        "Requests a second for the whole account, in place of the provider's published limit.",
        default_text="the provider's published limit",
        why="your account may have been granted more, or share its limit with other applications",
        least=0.001,
        most=100_000,
    )
    processes: int = setting(
        1,
        Kind.WHOLE,
        "How many processes call with this account: each takes its share of the rate.",
        why="nothing is shared between processes, and a share that is too large meets the provider's"
        " own limit",
        least=1,
        most=10_000,
    )
    breaker_open_s: float | None = setting(
        None,
        Kind.NUMBER,
        "How long the breaker stays open at first; it doubles with every relapse, to a minute of them"
        " for each second here.",
        default_text=f"{_THE_PROVIDERS}5",
        why="long enough for a restart to be over, short enough that nobody waits for the breaker",
        unit="seconds",
        least=0.1,
        most=300,
    )
    observe_only: bool = setting(
        default=False,
        kind=Kind.FLAG,
        what="Have the breaker count and tell, and stop nobody.",
        why="a breaker protects by default; this shows what it would do before you trust it",
    )
    log_bodies: bool = setting(
        default=False,
        kind=Kind.FLAG,
        what="Record bodies with attempts too, cut and redacted.",
        why="redaction works by names and patterns, and a name it does not know is a leak",
    )
    transport: str | None = setting(
        None,
        Kind.TEXT,
        "What puts requests on the wire from threads: `httpx2` or `urllib3`.",
        default_text=f"{_THE_PROVIDERS}`httpx2`",
        example="httpx2",
        form=wrong_transport,
    )
    async_transport: str | None = setting(
        None,
        Kind.TEXT,
        "What puts requests on the wire from coroutines: `httpx2` or `aiohttp`.",
        default_text=f"{_THE_PROVIDERS}`httpx2`",
        why="`aiohttp` takes less CPU, and has to be installed",
        example="aiohttp",
        form=wrong_transport,
    )
    proxy: str | None = setting(
        None,
        Kind.TEXT,
        "An HTTP proxy that requests go through. Variables like HTTPS_PROXY are not read.",
        default_text="none",
        example="http://proxy.internal:3128",
        form=wrong_url,
    )
    ca_file: Path | None = setting(
        None,
        Kind.PATH,
        "Certificates (PEM) to trust in place of the system's.",
        default_text="the system's",
        example="/etc/ssl/internal.pem",
    )
    secrets: Mapping[str, References] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problem = wrong_name(self.name)
        if problem is not None:
            problem = f"the name of a connection {problem}"
            raise ConfigurationError(problem, place="ConnectionSettings")
        object.__setattr__(self, "provider", self.provider or self.name)
        refuse_wrong(self)
        if (self.attempt_s or 0) > (self.deadline_s or _DAY_S):
            problem = f"attempt_s ({self.attempt_s:g}) is longer than deadline_s"
            raise ConfigurationError(problem, place=f"connection {self.name}")
