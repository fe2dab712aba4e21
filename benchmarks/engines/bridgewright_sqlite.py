"""Bridgewright on SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from benchmarks.engines.ours import SOURCE, Ours
from bridgewright.adapters.stores.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.place import Place

__all__ = ["SOURCE", "bridge", "enqueue", "idle", "idle_beside", "waiting", "work"]


def _path(place: Place) -> Path:
    return place.folder / "bridgewright.db"


OURS = Ours(lambda place: str(_path(place)), lambda place: SqliteStore(_path(place)))
bridge, enqueue, work = OURS.bridge, OURS.enqueue, OURS.work
idle, idle_beside = OURS.idle, OURS.idle_beside


def waiting(place: Place) -> int:
    """How many items are not finished."""
    with closing(sqlite3.connect(_path(place))) as connection:
        return int(connection.execute("SELECT count(*) FROM bw_work").fetchone()[0])
