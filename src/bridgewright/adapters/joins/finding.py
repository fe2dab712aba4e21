"""Which join a user's object wants, by whose it is: no library is imported that is not in use."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.joins import sqlite
from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from bridgewright.core.effects import Effect
    from bridgewright.core.sending import Joining
    from bridgewright.engine.drive.journeys import AsyncWorld, World

TAKEN = (
    "a connection of sqlite3, psycopg or asyncpg, a session or connection of SQLAlchemy, a connection"
    " of Django's or its alias"
)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A join that blocks, where one is awaited: its statements take as long as one write does."""

    join: World

    async def perform(self, effect: Effect[Any]) -> Any:
        """One statement; its first row."""
        return self.join.perform(effect)


def join_of(thing: Any, joining: Joining) -> World:
    """The join of an object for threads; `ConfigurationError` for anything else."""
    if isinstance(thing, sqlite3.Connection):
        return sqlite.join(thing, joining)
    packages = _packages(thing)
    if "psycopg" in packages:
        from bridgewright.adapters.joins import psycopg  # noqa: PLC0415 - its user has it

        if psycopg.owns_async(thing):
            raise _for_coroutines()
        if psycopg.owns(thing):
            return psycopg.join(thing, joining)
    if "asyncpg" in packages:
        raise _for_coroutines()
    if "sqlalchemy" in packages:
        from bridgewright.adapters.joins import sqlalchemy  # noqa: PLC0415 - its user has it

        if sqlalchemy.owns(thing):
            return sqlalchemy.join(thing, joining)
        if sqlalchemy.owns_async(thing):
            raise _for_coroutines()
    if "django" in packages or isinstance(thing, str):
        return _django(thing, joining)
    raise _unknown(thing)


async def join_async_of(thing: Any, joining: Joining) -> AsyncWorld:
    """The join of an object for coroutines, or of one that blocks for no longer than a statement."""
    packages = _packages(thing)
    if "psycopg" in packages:
        from bridgewright.adapters.joins import psycopg  # noqa: PLC0415 - its user has it

        if psycopg.owns_async(thing):
            return psycopg.join_async(thing, joining)
    if "asyncpg" in packages:
        from bridgewright.adapters.joins import asyncpg  # noqa: PLC0415 - its user has it

        if asyncpg.owns(thing):
            return asyncpg.join(thing, joining)
    if "sqlalchemy" in packages:
        from bridgewright.adapters.joins import sqlalchemy  # noqa: PLC0415 - its user has it

        if sqlalchemy.owns_async(thing):
            return await sqlalchemy.join_async(thing, joining)
    found = join_of(thing, joining)
    if joining.dialect == "postgresql":
        raise _for_threads()
    return Awaited(found)


def _django(thing: Any, joining: Joining) -> World:
    try:
        from bridgewright.adapters.joins import django  # noqa: PLC0415 - its user has it
    except ImportError:
        raise _unknown(thing) from None
    if not isinstance(thing, str) and not hasattr(thing, "in_atomic_block"):
        raise _unknown(thing)
    return django.join(thing, joining)


def _for_coroutines() -> ConfigurationError:
    problem = "within= is for coroutines, and this bridge blocks"
    return ConfigurationError(problem, remedy="use bridge.as_async().outbox")


def _for_threads() -> ConfigurationError:
    """In PostgreSQL a key may be waited for, and its holder be a coroutine that could not go on."""
    problem = "within= is a connection that blocks, and this bridge is for coroutines"
    return ConfigurationError(
        problem, remedy="give it to the blocking bridge's outbox, in its thread"
    )


def _packages(thing: object) -> set[str]:
    return {kind.__module__.partition(".")[0] for kind in type(thing).__mro__}


def _unknown(thing: object) -> ConfigurationError:
    problem = f"within= is an object of class {type(thing).__qualname__}, which cannot be joined"
    return ConfigurationError(problem, remedy=f"give {TAKEN}")
