"""A target that is prepared before it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from bridgewright.certify.ask import Ask

PREPARED: list[Ask] = []


def call(ask: Ask) -> None:
    url, key = f"{PREPARED[0].base_url}/things", headers(ask)
    if ask.operation == "read":
        httpx2.get(url, headers=key)
    else:
        httpx2.post(url, headers=key)


def headers(ask: Ask) -> dict[str, str]:
    return {} if ask.key is None else {"idempotency-key": ask.key}


async def awaited(ask: Ask) -> None:
    """One call of an async client."""
    async with httpx2.AsyncClient(timeout=ask.deadline_s) as client:
        key = headers(ask)
        if ask.operation == "read":
            await client.get(f"{ask.base_url}/things", headers=key)
        else:
            await client.post(f"{ask.base_url}/things", headers=key)


prepared: Any = call
prepared.prepare = PREPARED.append
