"""The gate in Redis (or Valkey), for processes on several machines. Needs the extra `redis`.

Each ask is one script in one round trip, and atomic. The server's clock decides. All keys of an account
carry one hash tag, so that a cluster keeps them together, and all expire. Names of connections and
accounts are hashed: a key in Redis tells nobody whose it is.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources
from typing import TYPE_CHECKING, Any

from bridgewright.core.errors import ConfigurationError, GateUnavailable
from bridgewright.core.model.sharing import LeaseGrant
from bridgewright.core.policy.shared import AHEAD_US, LONGEST_CLOSED_US, SEEN_US

if TYPE_CHECKING:
    from bridgewright.core.model.secret import Secret
    from bridgewright.core.model.sharing import LeaseAsk

PREFIX = "bridgewright:gates"
_SCRIPTS = ("lease", "rejoin", "shut")
CLUSTER = "redis+cluster://"
_KEPT_AT_LEAST_MS = 1_000
_FORGETS = ("allkeys-lru", "allkeys-lfu", "allkeys-random", "allkeys-lrm")


@dataclass(frozen=True, slots=True)
class Condition:
    """How a Redis is: its version, how long an answer took, and what it does when its memory is full
    (None where it does not tell)."""

    version: str
    latency_s: float
    maxmemory_policy: str | None

    @property
    def forgets(self) -> bool:
        """Whether it may drop our keys when its memory is full, and with them what was sent."""
        policy = self.maxmemory_policy or ""
        return policy in _FORGETS or policy.startswith("volatile-")


class RedisGate:
    """Meters and closed scopes in Redis 6 or newer.

    `url` is `redis://`, `rediss://` (TLS), `unix://`, or `redis+cluster://` for a cluster; it may hold a
    password, and is never shown. `timeout_s` bounds each connecting and each answer (0.05 s: far
    above what a neighbour takes, and little for a call to wait). `prefix` begins every key.

    Raises `ConfigurationError` where redis-py is not installed or the URL is none.
    """

    __slots__ = ("_client", "_prefix", "_redis", "_scripts", "_timeout_s", "_url")

    def __init__(self, url: Secret, *, timeout_s: float = 0.05, prefix: str = PREFIX) -> None:
        self._redis = _library()
        self._url = url
        self._timeout_s = timeout_s
        self._prefix = prefix
        self._client: Any = None
        if not url.reveal().startswith(CLUSTER):  # a cluster's nodes are asked for already here
            self._connect()

    def __repr__(self) -> str:
        return f"RedisGate({self._prefix})"

    def lease(self, ask: LeaseAsk) -> LeaseGrant:
        """What the ask is granted now."""
        tag = self._tag(ask.account)
        keys = [self._gate_key(ask.account, ask.scope), f"{tag}:meters", f"{tag}:workers"]
        try:
            closed, due, workers, *runs = map(int, self._run("lease", keys, arguments_of(ask)))
        except (TypeError, ValueError):
            raise GateUnavailable("Redis gave no answer that a script of ours gives") from None
        pairs = tuple(zip(runs[::2], runs[1::2], strict=True))
        return LeaseGrant(pairs, due, closed, workers)

    def shut(self, account: str, scope: str, for_us: int) -> None:
        """Close a scope to everybody, for so long from now unless it is closed for longer."""
        key = self._gate_key(account, scope)
        self._run("shut", [key], [max(0, for_us), LONGEST_CLOSED_US])

    def rejoin(self, within_us: int) -> int:
        """How long until all who were cut off go back to leases together."""
        answer = self._run("rejoin", [f"{self._prefix}:{{rejoin}}"], [within_us])
        return int(answer)

    def condition(self) -> Condition:
        """How it is, for `bridgewright doctor`; raises `GateUnavailable` where it does not answer."""
        self.shut("", "", 0)  # what comes first also connects, and loads the scripts
        began = time.perf_counter()
        self.shut("", "", 0)
        latency_s = time.perf_counter() - began
        return Condition(
            str(self._told("server", "redis_version") or "of unknown version"),
            latency_s,
            self._told("memory", "maxmemory_policy"),
        )

    def close(self) -> None:
        """Close the sockets. Safe to call twice."""
        if self._client is not None:
            self._client.close()

    def _told(self, section: str, name: str) -> str | None:
        """What INFO says; a server may keep it from us."""
        try:
            found = self._client.info(section)
        except (self._redis.RedisError, OSError):
            return None
        told = found.get(name)
        if told is None and found and all(isinstance(each, dict) for each in found.values()):
            told = next(iter(found.values())).get(name)
        return None if told is None else str(told)

    def _run(self, name: str, keys: list[str], arguments: list[Any]) -> Any:
        if self._client is None:
            self._connect()
        try:
            return self._scripts[name](keys=keys, args=arguments)
        except (self._redis.RedisError, OSError) as error:
            # Its text may quote an address, or what was asked.
            raise GateUnavailable(f"Redis did not do it: {type(error).__name__}") from None

    def _connect(self) -> None:
        url = self._url.reveal()
        bounds: dict[str, Any] = {
            "socket_timeout": self._timeout_s,
            "socket_connect_timeout": self._timeout_s,
            "client_name": "bridgewright",
        }
        never = self._redis.retry.Retry(self._redis.backoff.NoBackoff(), 0)
        try:
            if url.startswith(CLUSTER):
                url = url.replace(CLUSTER, "redis://", 1)
                client = self._redis.RedisCluster.from_url(url, **bounds)
            else:
                client = self._redis.Redis.from_url(url, retry=never, **bounds)
        except (self._redis.RedisError, OSError) as error:
            raise GateUnavailable(f"Redis did not do it: {type(error).__name__}") from None
        except (ValueError, TypeError):
            problem = "the URL of Redis is none that can be connected to"
            remedy = 'it looks like "redis://host:6379/0"'
            raise ConfigurationError(problem, place="[gates] redis", remedy=remedy) from None
        self._scripts = {each: client.register_script(script(each)) for each in _SCRIPTS}
        self._client = client

    def _tag(self, account: str) -> str:
        return f"{self._prefix}:{{{_hashed(account)}}}"

    def _gate_key(self, account: str, scope: str) -> str:
        return f"{self._tag(account)}:gate:{_hashed(scope)}"


def arguments_of(ask: LeaseAsk) -> list[str | int]:
    """An ask as `lease.lua` takes it."""
    keep_ms = max((each.keep_us // 1_000 for each in ask.meters), default=0)
    arguments: list[str | int] = [ask.worker, ask.least, ask.wanted, ask.most, ask.ahead_us]
    arguments += [int(ask.cold), LONGEST_CLOSED_US, SEEN_US, AHEAD_US]
    arguments.append(max(keep_ms, _KEPT_AT_LEAST_MS))
    for each in ask.meters:
        arguments += [each.name, each.limit, each.interval_us, each.tolerance_us]
    return arguments


def script(name: str) -> str:
    """A script's text."""
    return (resources.files(__package__) / "lua" / f"{name}.lua").read_text("utf-8")


def _hashed(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _library() -> Any:
    try:
        import redis  # noqa: PLC0415 - an extra
        import redis.backoff  # noqa: PLC0415
        import redis.retry  # noqa: PLC0415
    except ModuleNotFoundError:
        problem = "shared gates need redis-py, which is not installed"
        remedy = "pip install 'bridgewright[redis]'"
        raise ConfigurationError(problem, place="[gates] redis", remedy=remedy) from None
    return redis
