"""Settings of the gates that several processes share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bridgewright.core.errors import ConfigurationError
from bridgewright.core.model.secret import Secret
from bridgewright.settings.described import Kind, refuse_wrong, setting
from bridgewright.settings.references import not_a_reference, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bridgewright.core.ports import Vault

SCHEMES = ("redis", "rediss", "redis+cluster", "unix")
OUTAGES = ("local", "refuse")
_PREFIX = re.compile(r"[A-Za-z0-9._:-]{1,100}")


def wrong_redis(text: str) -> str | None:
    """A Redis by its URL, or by a reference to one that holds a password."""
    scheme, _, rest = text.partition(":")
    if scheme not in SCHEMES:
        if not_a_reference(text) is None and scheme not in ("http", "https"):
            return None
        return f"must begin with {'://, '.join(SCHEMES)}://, or refer to such a URL: env:NAME"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return "is not a URL"
    if "@" in rest or "password=" in parts.query:
        return "holds a user or password, which do not belong here: refer to the URL by env:NAME"
    if any(c.isspace() or not c.isprintable() for c in text):
        return "is not a URL"
    named = parts.path.strip("/") if scheme == "unix" else parts.hostname
    return None if named else "names no host" if scheme != "unix" else "names no socket"


def wrong_outage(text: str) -> str | None:
    """What an outage of the gate means."""
    return None if text in OUTAGES else f"must be one of {', '.join(OUTAGES)}"


def wrong_prefix(text: str) -> str | None:
    """The beginning of our keys; braces would change where a cluster keeps them."""
    return None if _PREFIX.fullmatch(text) else "may hold only letters, digits and . _ : -"


@dataclass(frozen=True, slots=True)
class GatesSettings:
    """Where processes meet that call with the same accounts. Without `redis` each is by itself.

    `folder` is what a relative path in `redis` (`file:PATH`) starts from.
    """

    redis: str | None = setting(
        None,
        Kind.TEXT,
        "The Redis in which processes share rate limits and pushbacks: its URL (`redis://`, `rediss://`,"
        " `unix://`, `redis+cluster://`), or a reference to it where it holds a password. Needs the"
        " extra `redis`.",
        default_text="none: every process is by itself, and takes its share by `processes`",
        example="env:REDIS_URL",
        form=wrong_redis,
    )
    outage: str = setting(
        "local",
        Kind.TEXT,
        "What happens while Redis does not answer: `local`, each process keeps to its share of the"
        " limits, divided by `processes` or by how many were seen last, whichever is more; or"
        " `refuse`, nothing is sent.",
        why="a limit that is kept less exactly hurts less than calls that are not made",
        example="refuse",
        form=wrong_outage,
    )
    timeout_s: float = setting(
        0.05,
        Kind.NUMBER,
        "How long connecting to Redis, and each answer, may take. Two that fail are an outage.",
        why="far more than a neighbour takes, and little for a call to wait",
        unit="seconds",
        least=0.01,
        most=1,
    )
    lease_s: float = setting(
        0.25,
        Kind.NUMBER,
        "How long a process may act on what it last heard: hold units, and not hear that the provider"
        " asked another to stay away. At most a tenth of the shortest window of an account's limits.",
        why="four questions a second for each busy scope; longer asks less, and hears later",
        unit="seconds",
        least=0.1,
        most=5,
    )
    prefix: str = setting(
        "bridgewright:gates",
        Kind.TEXT,
        "What every key in Redis begins with. Those who call with the same accounts need the same.",
        why="one that differs keeps staging and production apart in one Redis",
        example="production:gates",
        form=wrong_prefix,
    )
    folder: Path = field(default_factory=Path, compare=False)

    def __post_init__(self) -> None:
        refuse_wrong(self)

    def url(self, environ: Mapping[str, str], vaults: Mapping[str, Vault]) -> Secret | None:
        """The URL itself; `ConfigurationError` where what it refers to is missing, or is none."""
        if self.redis is None:
            return None
        if self.redis.partition(":")[0] in SCHEMES:
            return Secret(self.redis)
        try:
            found = resolve(self.redis, environ, self.folder, vaults)
        except ConfigurationError as error:
            place = "[gates] redis"
            raise ConfigurationError(error.problem, place=place, remedy=error.remedy) from None
        if not found.reveal().startswith(tuple(f"{scheme}://" for scheme in SCHEMES)):
            problem = f"{self.redis} holds no URL of Redis"
            remedy = 'it looks like "redis://:password@host:6379/0"'
            raise ConfigurationError(problem, place="[gates] redis", remedy=remedy)
        return found
