"""Our inbox: alone, mounted in FastAPI, and with a worker beside it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from benchmarks.engines.bridgewright_sqlite import SOURCE, bridge
from benchmarks.place import Place

if TYPE_CHECKING:
    from bridgewright import Event

PREFIX = "/webhooks"


def alone() -> Any:
    """The inbox as the whole application, nobody working."""
    return bridge(Place.inherited()).inbox


def mounted() -> FastAPI:
    """The inbox mounted in FastAPI, nobody working."""
    app = FastAPI()
    app.mount(PREFIX, bridge(Place.inherited()).inbox)
    return app


def with_worker() -> FastAPI:
    """The inbox mounted in FastAPI, and a worker beside it whose handler takes `Place.handler_s`."""
    place = Place.inherited()
    own = bridge(place)

    def wait(_event: Event) -> None:
        time.sleep(place.handler_s)

    async def nothing(_event: Event) -> None:
        """A handler without work."""

    own.on(SOURCE)(wait if place.handler_s else nothing)
    app = FastAPI(lifespan=own.lifespan)
    app.mount(PREFIX, own.inbox)
    return app
