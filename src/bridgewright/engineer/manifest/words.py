"""One integration as its `integration.toml` describes it: frozen values, one of each table."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bridgewright.certify.check import Level
    from bridgewright.settings.located import Located

FILE = "integration.toml"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NATURAL_METHODS = SAFE_METHODS | {"PUT", "DELETE"}
"""Doing them twice is like doing them once (RFC 9110, 9.2.2)."""


class AuthKind(StrEnum):
    """How the provider knows who calls."""

    NONE = "none"
    API_KEY = "api_key"
    BASIC = "basic"
    BEARER = "bearer"
    OAUTH2 = "oauth2"


class Sameness(StrEnum):
    """Why an operation may be sent twice: by nature, by the provider's own promise, or by a key."""

    NONE = "none"
    NATURAL = "natural"
    PROVIDER = "provider"
    KEY = "key"


class Retry(StrEnum):
    """When an operation is sent again: never, as far as it is safe, or under an idempotency key."""

    NEVER = "never"
    SAFE = "safe"
    KEYED = "keyed"


@dataclass(frozen=True, slots=True)
class Spec:
    """The pinned slice of the provider's specification, and what says where it came from: names of
    files beside the manifest."""

    file: str
    lock: str


@dataclass(frozen=True, slots=True)
class Auth:
    """How calls are authorised. `secrets` are names of the environment: the key or token; of basic and
    OAuth2 the user or client id, and then its secret."""

    kind: AuthKind = AuthKind.NONE
    header: str = ""
    token_url: str = ""
    scopes: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """The vendor's API version that the integration was written for, and the header that says so."""

    header: str
    value: str


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits that operations share. None: not limited in that way; one of them is given."""

    name: str
    rate_per_s: float | None = None
    burst: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call may take, in seconds: the whole of it, and of an attempt the connecting and each
    wait for bytes, where they are given."""

    total_s: float
    connect_s: float | None = None
    read_s: float | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Why an operation may be sent twice; `header` carries the key where it is by one."""

    kind: Sameness = Sameness.NONE
    header: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list is walked: at most so many pages, by the field that names the next one."""

    most: int
    token: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that the integration asks of the provider. `path` is the specification's template."""

    name: str
    method: str
    path: str
    timeout: Timeouts
    idempotency: Idempotency
    retry: Retry
    budget: str = ""
    pages: Pages | None = None

    @property
    def call(self) -> str:
        """As the manifest says it: `POST /orders/{id}`."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Source:
    """Webhooks that the integration receives: the scheme they are signed by, the variables of its keys,
    and the types of events that it handles."""

    name: str
    scheme: str
    secrets: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MapIn:
    """A field of a request and what fills it: `source` (`User.phone`) or `const` (a literal, or
    `env:NAME`). `guard` is a field that must be true first; `via` names what converts."""

    operation: str
    field: str
    source: str = ""
    const: str = ""
    guard: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class MapOut:
    """A field of a response, or of the webhook `webhook.EVENT`, and the model's field that keeps it."""

    operation: str
    field: str
    target: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One integration: the package in the folder of `path`."""

    path: Path
    name: str
    title: str
    owner: str
    level: Level
    tag: str
    capabilities: tuple[str, ...]
    models: tuple[str, ...]
    connection: str
    version: Version | None
    spec: Spec | None
    auth: Auth
    environment: Mapping[str, str]
    budgets: Mapping[str, Budget]
    operations: Mapping[str, Operation]
    sources: Mapping[str, Source]
    requests: tuple[MapIn, ...]
    responses: tuple[MapOut, ...]
    located: Located = field(repr=False, compare=False)

    @property
    def folder(self) -> Path:
        """The package."""
        return self.path.parent

    def place(self, *key: str) -> str:
        """`integration.toml:LINE` of a key or table, or of the nearest one around it that is there."""
        return self.located.place(key)

    def line(self, *key: str) -> int:
        """The line of a key or table, counted from 1, or of the nearest one around it that is there."""
        return self.located.line(key)
