"""The SQLite store."""

from bridgewright.adapters.stores.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
