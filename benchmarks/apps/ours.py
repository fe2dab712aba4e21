"""Our inbox: alone, mounted in FastAPI, and with a worker beside it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from benchmarks.deliveries import SECRET
from benchmarks.place import Place
from bridgewright import Bridge

if TYPE_CHECKING:
    from bridgewright import Event

PREFIX = "/webhooks"
PATH = "/webhooks/stripe"
ALONE = "/stripe"
ENVIRONMENT = {"STRIPE_WEBHOOK_SECRET": SECRET}


def alone() -> Any:
    """The inbox as the whole application, nobody working."""
    return Bridge.from_env().inbox


def mounted() -> FastAPI:
    """The inbox mounted in FastAPI, nobody working."""
    app = FastAPI()
    app.mount(PREFIX, Bridge.from_env().inbox)
    return app


def with_worker() -> FastAPI:
    """The inbox mounted in FastAPI, and a worker beside it whose handler takes `Place.handler_s`."""
    bridge, handler_s = Bridge.from_env(), Place.inherited().handler_s

    def wait(_event: Event) -> None:
        time.sleep(handler_s)

    async def nothing(_event: Event) -> None:
        """A handler without work."""

    bridge.on("stripe", "*")(wait if handler_s else nothing)
    app = FastAPI(lifespan=bridge.lifespan)
    app.mount(PREFIX, bridge.inbox)
    return app
