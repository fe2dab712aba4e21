"""The webhook endpoint people write by hand: FastAPI, Stripe's own signature check, then a queue.

Written as well as we can: the signature is checked with the cheap half of Stripe's library (no SDK
object is built), and the body is parsed once. It does not deduplicate.
"""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from stripe import SignatureVerificationError, WebhookSignature

from benchmarks.deliveries import SECRET
from benchmarks.engines import celery_redis, procrastinate_postgres
from benchmarks.place import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

PATH = "/webhooks/stripe"
TOLERANCE_S = 300


def celery() -> FastAPI:
    """With Celery: `.delay` blocks the event loop while it talks to Redis, as it does in the wild (in
    a thread it is slower still)."""
    handle = celery_redis.task(celery_redis.queue(Place.inherited()))

    async def put(event: dict[str, Any]) -> None:
        handle.delay(event)

    return _endpoint(FastAPI(), put)


def procrastinate() -> FastAPI:
    """With procrastinate, on its asynchronous connector."""
    queue = procrastinate_postgres.queue(Place.inherited())
    handle = procrastinate_postgres.task(queue)

    @asynccontextmanager
    async def opened(_app: FastAPI) -> AsyncIterator[None]:
        async with queue.open_async():
            yield

    async def put(event: dict[str, Any]) -> None:
        await handle.defer_async(event=event)

    return _endpoint(FastAPI(lifespan=opened), put)


def _endpoint(app: FastAPI, put: Callable[[dict[str, Any]], Awaitable[None]]) -> FastAPI:
    @app.post(PATH)
    async def receive(request: Request) -> Response:
        body = await request.body()
        header = request.headers.get("stripe-signature", "")
        try:
            WebhookSignature.verify_header(body.decode(), header, SECRET, TOLERANCE_S)
        except SignatureVerificationError:
            return Response(status_code=401)
        await put(json.loads(body))
        return Response(status_code=200)

    return app
