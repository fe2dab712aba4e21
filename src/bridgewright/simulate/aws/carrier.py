"""The way of a request to moto and of its answer back, as a forwarder has it; whole, for faults strike it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx2

from bridgewright.simulate.upstream import Upstream, fields_of, request_to, why
from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Heard

TIMEOUT_S = 60.0
"""More than the 20 s for which SQS waits for a message."""


class Carrier:
    """Carries requests to one server on this machine. `host` stays as the caller wrote it: moto makes
    the URLs of queues of it, and those are to lead here."""

    def __init__(self, url: str) -> None:
        self._upstream = Upstream(url)
        self._client: httpx2.AsyncClient | None = None

    async def carry(self, heard: Heard) -> Reply:
        """What the server answers; 502 that says why where it does not."""
        if self._client is None:
            # Plain HTTP to this machine: certificates need not be read.
            self._client = httpx2.AsyncClient(verify=False, trust_env=False, follow_redirects=False)
        request = request_to(self._upstream, heard, TIMEOUT_S, keeps_host=True)
        try:
            response = await self._client.send(request, stream=True)
            try:
                body = b"".join([piece async for piece in response.aiter_raw()])
            finally:
                await response.aclose()
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            return json_reply({"message": f"moto did not answer: {why(error)}"}, 502)
        bodiless = heard.method == "HEAD" or response.status_code == HTTPStatus.NOT_MODIFIED
        kept = tuple(
            pair for pair in fields_of(response) if bodiless or pair[0].lower() != "content-length"
        )
        return Reply(response.status_code, kept, body)

    async def close(self) -> None:
        """Hang up."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None
