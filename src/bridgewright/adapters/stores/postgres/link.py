"""Connecting to PostgreSQL, its errors in our words, and what would break our promise there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bridgewright.core.errors import ConfigurationError, StoreBusy, StoreError

if TYPE_CHECKING:
    from bridgewright.core.model.secret import Secret

OLDEST_SERVER = 130_000
CONNECT_TIMEOUT_S = 5
LOCK_TIMEOUT_S = 5
"""How long one transaction waits for another's lock: less than providers wait for us."""
PREPARE_AFTER = 2
"""Runs of a statement after which it is prepared: there are few of ours, and each runs for ever."""

BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED"
"""Whatever the database's own default is: what was committed before a lock was had must be seen after it."""

_PLANNING = {
    # Whatever statistics say of a table that is empty one moment and long the next, each statement of
    # the writer touches a few rows by an index.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    # A claim reads the first few of its source by the index, which has their order: never all, to sort.
    "enable_sort": "off",
    "enable_bitmapscan": "off",
    "plan_cache_mode": "force_generic_plan",
    # What is switched off above costs the planner a fortune where there is no other way, and for a fortune
    # the server would compile the statement first: a second for what takes a millisecond.
    "jit": "off",
    "lock_timeout": f"{LOCK_TIMEOUT_S}s",
}
_AWAY = frozenset({"57P01", "57P02", "57P03", "25006"})
"""Shut down, crashed, starting up, read-only: a server that restarts or has become a standby."""
LOST = frozenset({None, "57P01", "57P02", "57P03"})
"""The states of an error that says a connection is gone: none, where the server could not say any."""


def name_of(url: Secret) -> str:
    """The database in messages: its name and host, without user, password or options."""
    parts = _parts(url)
    return f"{parts.get('dbname', 'postgres')} at {parts.get('host', 'the local socket')}"


def _parts(url: Secret) -> dict[str, Any]:
    try:
        return dict(conninfo_to_dict(url.reveal()))
    except psycopg.ProgrammingError:
        problem = "the store's URL is not one that PostgreSQL's library can read"
        remedy = "write it as postgresql://user@host:5432/database"
        raise ConfigurationError(problem, remedy=remedy) from None


def connect(url: Secret, *, pooled: bool, writing: bool) -> psycopg.Connection:
    """A connection in autocommit mode; transactions are begun and ended by name.

    `pooled` says that a proxy hands out another server connection for each transaction: nothing is
    prepared then, and nothing is set for longer than a transaction. `StoreError` when none is made.
    """
    given = _arguments(url, pooled=pooled, writing=writing)
    try:
        connection = psycopg.connect(url.reveal(), **given)
    except psycopg.Error as error:
        raise wrapped(error, name_of(url)) from None
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    if connection.info.server_version < OLDEST_SERVER:
        found = connection.info.server_version // 10_000
        connection.close()
        msg = f"PostgreSQL {found} is too old: {OLDEST_SERVER // 10_000} or newer is needed"
        raise StoreError(msg)
    return connection


async def connect_async(url: Secret, *, pooled: bool) -> psycopg.AsyncConnection:
    """A connection for the running loop, of a server that was found new enough before."""
    given = _arguments(url, pooled=pooled, writing=False)
    try:
        connection = await psycopg.AsyncConnection.connect(url.reveal(), **given)
    except psycopg.Error as error:
        raise wrapped(error, name_of(url)) from None
    await connection.set_isolation_level(psycopg.IsolationLevel.READ_COMMITTED)
    return connection


def _arguments(url: Secret, *, pooled: bool, writing: bool) -> dict[str, Any]:
    given: dict[str, Any] = {
        "autocommit": True,
        "prepare_threshold": None if pooled else PREPARE_AFTER,
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": "bridgewright",
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 30,
    }
    if writing and not pooled:
        theirs = _parts(url).get("options", "")
        ours = " ".join(f"-c {key}={value}" for key, value in _PLANNING.items())
        given["options"] = f"{theirs} {ours}".strip()
    return given


def begin(*, pooled: bool) -> bytes:
    """What begins a transaction of the writer's."""
    if not pooled:
        return BEGIN
    settings = "".join(f"; SET LOCAL {key} = '{value}'" for key, value in _PLANNING.items())
    return BEGIN + settings.encode()


def wrapped(error: psycopg.Error, name: str) -> StoreError:
    """The store error that an error of PostgreSQL means. The server's own words are left out: they may
    quote what was to be stored."""
    state = error.sqlstate
    if state is None:
        reason = _unreached(error)
        msg = f"{name} cannot be reached ({reason}); whether this was written is not known"
        return StoreError(f"{msg}: see that the server runs; it is tried again by itself")
    kind = f"{type(error).__name__}, {state}"
    if state in {"55P03", "40P01", "40001", "57014"}:
        msg = f"{name} is held by another transaction for over {LOCK_TIMEOUT_S} s ({kind})"
        return StoreBusy(f"{msg}: try again; find what holds it with `bridgewright doctor`")
    if state == "53200":
        msg = f"{name} has no room for more locks ({kind}); nothing was written"
        return StoreError(f"{msg}: raise its max_locks_per_transaction, or send fewer keys at once")
    if state in _AWAY:
        return StoreError(f"{name} takes no writes now ({kind}); it is tried again by itself")
    msg = f"{name} did not take this ({kind}); nothing was written"
    return StoreError(f"{msg}: see the server's log, its disk and its limits")


def _unreached(error: psycopg.Error) -> str:
    """Why there is no connection, as libpq says it: host and user, no password."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def broken_promises(connection: psycopg.Connection) -> tuple[str, ...]:
    """In which ways what this server acknowledges could be gone after a crash or power cut."""
    broken = []
    if _setting(connection, "fsync") != "on":
        broken.append("fsync is off: a crash of the machine can ruin the whole database")
    if _setting(connection, "synchronous_commit") == "off":
        broken.append("synchronous_commit is off: an acknowledged delivery is lost in a crash")
    if _setting(connection, "full_page_writes") != "on":
        broken.append("full_page_writes is off: a power cut can ruin a page for good")
    return tuple(broken)


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return "" if row is None else str(row[0])
