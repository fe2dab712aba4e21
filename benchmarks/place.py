"""Where a run keeps its files, and how it reaches the peers' servers.

Everything made in Redis, PostgreSQL or RabbitMQ carries the run's own name and is removed at the end; nothing
else there is touched.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REDIS = "BENCH_REDIS_URL"
POSTGRES = "BENCH_POSTGRES_URL"
RABBITMQ = "BENCH_RABBITMQ_URL"
_PLACE = "BENCH_PLACE"
_RUN = "BENCH_RUN"
_HANDLER_S = "BENCH_HANDLER_S"
MARKS = "marks"


@dataclass(frozen=True, slots=True)
class Place:
    """One measurement's surroundings, handed to the processes under test as environment variables.

    `handler_s` is how long a handler waits before it returns.
    """

    folder: Path
    run: str
    redis_url: str
    postgres_url: str
    rabbitmq_url: str
    handler_s: float = 0.0

    @classmethod
    def here(cls, folder: Path, run: str, handler_s: float = 0.0) -> Place:
        """A place in `folder`, with the servers that the environment names."""
        redis_url = os.environ.get(REDIS, "redis://127.0.0.1:6379/0")
        postgres_url = os.environ.get(POSTGRES, "postgresql://postgres@127.0.0.1:5432/test")
        rabbitmq_url = os.environ.get(RABBITMQ, "amqp://guest:guest@127.0.0.1:5672//")
        return cls(folder, run, redis_url, postgres_url, rabbitmq_url, handler_s)

    @classmethod
    def inherited(cls) -> Place:
        """The place this process was started for."""
        run, handler_s = os.environ[_RUN], float(os.environ[_HANDLER_S])
        return cls.here(Path(os.environ[_PLACE]), run, handler_s)

    def environment(self) -> dict[str, str]:
        """The same, for a child."""
        return {
            _PLACE: str(self.folder),
            _RUN: self.run,
            _HANDLER_S: str(self.handler_s),
            REDIS: self.redis_url,
            POSTGRES: self.postgres_url,
            RABBITMQ: self.rabbitmq_url,
        }

    @property
    def prefix(self) -> str:
        """What every Redis key of this measurement begins with."""
        return f"bridgewright-bench:{self.run}:"

    @property
    def schema(self) -> str:
        """The PostgreSQL schema of this measurement, and its RabbitMQ queue."""
        return f"bridgewright_bench_{self.run}"

    @property
    def schema_url(self) -> str:
        """The PostgreSQL server, with this measurement's schema in front."""
        mark = "&" if "?" in self.postgres_url else "?"
        return f"{self.postgres_url}{mark}options=-csearch_path%3D{self.schema}"

    @property
    def marks(self) -> Path:
        """The file handlers leave their marks in."""
        return self.folder / MARKS
