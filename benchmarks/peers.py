"""Which peers can take part, and how durable their servers are set up to be.

Classes: D0 memory, D1 the operating system's cache, D2 flushed now and then, D3 flushed before the
answer. Numbers compare within a class.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.place import Place


@dataclass(frozen=True, slots=True)
class Peer:
    """A server we measure against: its durability in one word and one sentence, or why it is out."""

    durability: str
    words: str
    missing: str | None = None


def sqlite() -> Peer:
    """SQLite as we set it up."""
    return Peer("D3", f"SQLite {sqlite3.sqlite_version}, WAL, synchronous FULL")


def redis_peer(place: Place, *packages: str) -> Peer:
    """Redis, through Celery or the packages named."""
    if (absent := _absent(*(packages or ("celery",)), "redis")) is not None:
        return absent
    import redis  # noqa: PLC0415 - optional, and just looked for

    try:
        with redis.Redis.from_url(place.redis_url, socket_connect_timeout=2) as client:
            version = client.info("server")["redis_version"]
            found = client.config_get("append*")
    except redis.RedisError as error:
        return Peer("", "", f"Redis not reached ({type(error).__name__})")
    if found["appendonly"] != "yes":
        return Peer(
            "D0", f"Redis {version}, appendonly no: a crash loses what came since a snapshot"
        )
    policy = found["appendfsync"]
    durability = {"always": "D3", "everysec": "D2"}.get(policy, "D1")
    return Peer(durability, f"Redis {version}, appendfsync {policy}")


def postgres_peer(place: Place, *packages: str) -> Peer:
    """PostgreSQL, through procrastinate or the packages named."""
    if (absent := _absent(*(packages or ("procrastinate",)), "psycopg")) is not None:
        return absent
    import psycopg  # noqa: PLC0415 - optional, and just looked for

    try:
        with psycopg.connect(place.postgres_url, connect_timeout=2) as connection:
            asked = "server_version", "fsync", "synchronous_commit"
            version, fsync, commit = (
                found
                for name in asked
                for (found,) in connection.execute("SELECT current_setting(%s)", (name,))
            )
    except psycopg.Error as error:
        return Peer("", "", f"PostgreSQL not reached ({type(error).__name__})")
    durability = "D3" if fsync == "on" and commit != "off" else "D1"
    version = version.split()[0]
    return Peer(durability, f"PostgreSQL {version}, fsync {fsync}, synchronous_commit {commit}")


LAST_THAT_SYNCED = 3
"""RabbitMQ 4 confirms to a classic queue without waiting for fsync; before, it flushed in batches and
then confirmed (its documentation, "Consumer Acknowledgements and Publisher Confirms")."""


def rabbitmq_peer(place: Place) -> Peer:
    """RabbitMQ, through Celery."""
    if (absent := _absent("celery", "amqp")) is not None:
        return absent
    import kombu  # noqa: PLC0415 - optional, and just looked for

    try:
        with kombu.Connection(place.rabbitmq_url, connect_timeout=2) as connection:
            connection.connect()
            version = str(connection.connection.server_properties["version"])
    except (OSError, *kombu.Connection(place.rabbitmq_url).connection_errors) as error:
        return Peer("", "", f"RabbitMQ not reached ({type(error).__name__})")
    durability = "D3" if int(version.split(".", maxsplit=1)[0]) <= LAST_THAT_SYNCED else "D1"
    words = "durable classic queue, persistent messages, publisher confirms"
    return Peer(durability, f"RabbitMQ {version}, {words}")


def huey_peer() -> Peer:
    """SQLite, through huey."""
    return _absent("huey") or Peer("D3", "SQLite, WAL, fsync=True (synchronous FULL)")


def _absent(*packages: str) -> Peer | None:
    lacking = [name for name in packages if find_spec(name) is None]
    return Peer("", "", f"{', '.join(lacking)} not installed") if lacking else None


def forget_keys(place: Place) -> None:
    """Delete this measurement's Redis keys, and only those."""
    import redis  # noqa: PLC0415 - optional

    with redis.Redis.from_url(place.redis_url) as client:
        keys = list(client.scan_iter(match=f"{place.prefix}*", count=1000))
        for key in keys:
            client.unlink(key)


def forget_queue(place: Place) -> None:
    """Delete this measurement's RabbitMQ queue and exchange, and only those."""
    import kombu  # noqa: PLC0415 - optional

    with kombu.Connection(place.rabbitmq_url) as connection:
        channel = connection.channel()
        channel.queue_delete(place.schema)
        channel.exchange_delete(place.schema)


def make_schema(place: Place) -> None:
    """Make this measurement's PostgreSQL schema, empty."""
    import psycopg  # noqa: PLC0415 - optional

    with psycopg.connect(place.postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {place.schema}")


def forget_schema(place: Place) -> None:
    """Drop this measurement's PostgreSQL schema, and only that."""
    import psycopg  # noqa: PLC0415 - optional

    with psycopg.connect(place.postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {place.schema} CASCADE")
