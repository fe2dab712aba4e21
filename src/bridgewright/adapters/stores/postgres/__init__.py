"""The PostgreSQL store."""

from bridgewright.adapters.stores.postgres.store import PostgresStore

__all__ = ["PostgresStore"]
