"""Where the demo's shop keeps its items, and how many processes share them.

A file beside everything else, with one inbox and one worker; or a schema of the demo's own in a
PostgreSQL database of the user's, with two of each.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, ClassVar, Protocol

from bridgewright.cli.screen import warn
from bridgewright.core.errors import ConfigurationError, StoreError
from bridgewright.core.model.secret import Secret
from bridgewright.settings.forms import is_store_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bridgewright.adapters.stores.postgres.apart import Apart

VARIABLE = "BRIDGEWRIGHT_STORE"
FILE = "shop.db"
URL_FILE = "store.url"
PREFIX = "bridgewright_demo"
FILE_LOCK_S = 10.0


class Premises(Protocol):
    """Where items are kept. `pairs` is how many inboxes there are, and how many workers. The store is
    locked for `lock_at_most_s`; `lock_words` says by what."""

    @property
    def pairs(self) -> int: ...
    @property
    def lock_at_most_s(self) -> float: ...
    @property
    def lock_words(self) -> str: ...
    @property
    def setting(self) -> str: ...

    def secrets(self) -> Mapping[str, Secret]: ...

    def locked(self, folder: Path) -> AbstractAsyncContextManager[None]: ...


class File:
    """A SQLite database in the demo's folder."""

    pairs: ClassVar[int] = 1
    lock_at_most_s: ClassVar[float] = 5.0
    """Well within a lease: a handler that has run must be able to say so in time."""
    lock_words: ClassVar[str] = "somebody else holds the database's write lock"
    setting: ClassVar[str] = f'path = "{FILE}"'

    def secrets(self) -> Mapping[str, Secret]:
        """Secrets that the settings refer to, by the file to keep each in."""
        return {}

    @asynccontextmanager
    async def locked(self, folder: Path) -> AsyncIterator[None]:
        """Hold the database's write lock, as a careless script of somebody's would."""
        connection = sqlite3.connect(
            folder / FILE, timeout=FILE_LOCK_S, isolation_level=None, check_same_thread=False
        )
        try:
            await asyncio.to_thread(connection.execute, "BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        finally:
            connection.close()


class Shared:
    """A schema in a PostgreSQL database."""

    pairs: ClassVar[int] = 2
    lock_at_most_s: ClassVar[float] = 12.0
    """Twice what a writer waits for a lock: those that came while the first waited are turned away
    too. Only deliveries wait for this one; workers go on settling."""
    lock_words: ClassVar[str] = (
        "somebody builds an index on a table of the store, and not CONCURRENTLY"
    )
    setting: ClassVar[str] = f'url = "file:{URL_FILE}"'

    def __init__(self, apart: Apart) -> None:
        self._apart = apart

    def secrets(self) -> Mapping[str, Secret]:
        """Secrets that the settings refer to, by the file to keep each in."""
        return {URL_FILE: self._apart.url}

    @asynccontextmanager
    async def locked(self, folder: Path) -> AsyncIterator[None]:
        """Hold a lock that keeps deliveries from being stored."""
        del folder
        held = self._apart.locked()
        await asyncio.to_thread(held.__enter__)
        try:
            yield
        finally:
            await asyncio.to_thread(held.__exit__, None, None, None)


@contextmanager
def premises(environ: Mapping[str, str]) -> Iterator[Premises]:
    """What `BRIDGEWRIGHT_STORE` asks for; a file that it names is let be.

    `ConfigurationError` and `StoreError` where its database is not to be had, and a warning where what
    was made there could not be removed.
    """
    meant = environ.get(VARIABLE, "")
    if not is_store_url(meant):
        yield File()
        return
    apart = _made(meant)
    try:
        yield Shared(apart)
    finally:
        try:
            apart.drop()
        except StoreError as error:
            warn(f"{error}. This is left there: DROP SCHEMA {apart.schema} CASCADE")


def _made(url: str) -> Apart:
    try:
        from bridgewright.adapters.stores.postgres.apart import Apart  # noqa: PLC0415 - an extra
    except ImportError:
        problem = "the store is in PostgreSQL, and its library is not installed"
        remedy = "pip install 'bridgewright[postgres]'"
        raise ConfigurationError(problem, place=f"variable {VARIABLE}", remedy=remedy) from None
    return Apart.make(Secret(url), PREFIX)
