"""Our transports, for threads and for loops: each asked in the same way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bridgewright.adapters.transports.aiohttp import AiohttpTransport
from bridgewright.adapters.transports.httpx2 import AsyncHttpx2Transport, Httpx2Transport
from bridgewright.adapters.transports.urllib3 import Urllib3Transport
from bridgewright.certify.contracts.wire import Looped, Threaded

if TYPE_CHECKING:
    from bridgewright.certify.contracts.wire import Make, Wire

ON_THREADS = {"httpx2": Httpx2Transport, "urllib3": Urllib3Transport}
ON_LOOPS = {"httpx2": AsyncHttpx2Transport, "aiohttp": AiohttpTransport}
KINDS = ("httpx2", "urllib3", "httpx2 on a loop", "aiohttp on a loop")


def wire_of(kind: str, **options: Any) -> Wire:
    """A transport of a kind."""
    name, _, loop = kind.partition(" ")
    return Looped(ON_LOOPS[name](**options)) if loop else Threaded(ON_THREADS[name](**options))


def maker_of(kind: str) -> Make:
    """Makes transports of a kind."""
    return partial(wire_of, kind)
