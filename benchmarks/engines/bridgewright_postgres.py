"""Bridgewright on PostgreSQL."""

from __future__ import annotations

from benchmarks.engines.ours import Ours
from benchmarks.peers import make_schema as prepare
from bridgewright.adapters.stores.postgres import PostgresStore
from bridgewright.core.model.secret import Secret

__all__ = ["bridge", "enqueue", "idle", "idle_beside", "prepare", "work"]

OURS = Ours(lambda place: place.schema_url, lambda place: PostgresStore(Secret(place.schema_url)))
bridge, enqueue, work = OURS.bridge, OURS.enqueue, OURS.work
idle, idle_beside = OURS.idle, OURS.idle_beside
