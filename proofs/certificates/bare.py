"""HTTP clients as they come, told the deadline as their timeout, and the usual wrapper around one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgewright.certify.ask import Ask


def _headers(ask: Ask) -> dict[str, str]:
    key = {} if ask.key is None else {"idempotency-key": ask.key}
    return {"authorization": f"Bearer {ask.secret}", **key}


@functools.cache
def _httpx2(deadline_s: float) -> Any:
    import httpx2  # noqa: PLC0415 - a cell pays for one client

    return httpx2.Client(timeout=deadline_s)


def httpx2(ask: Ask) -> None:
    """One client for all calls."""
    client, url = _httpx2(ask.deadline_s), f"{ask.base_url}/things"
    if ask.operation == "read":
        answer = client.get(url, headers=_headers(ask))
    else:
        answer = client.post(url, headers=_headers(ask), json={"email": ask.person})
    answer.raise_for_status()
    answer.json()["id"]


@functools.cache
def _requests() -> Any:
    import requests  # noqa: PLC0415

    return requests.Session()


def requests(ask: Ask) -> None:
    """One session for all calls."""
    url, session = f"{ask.base_url}/things", _requests()
    named: dict[str, Any] = {"headers": _headers(ask), "timeout": ask.deadline_s}
    if ask.operation == "read":
        answer = session.get(url, **named)
    else:
        answer = session.post(url, json={"email": ask.person}, **named)
    answer.raise_for_status()
    answer.json()["id"]


def naive(ask: Ask) -> None:
    """What is written on a first day: no timeout, and a loop around it."""
    import requests as library  # noqa: PLC0415

    for left in (2, 1, 0):
        try:
            if ask.operation == "read":
                library.get(f"{ask.base_url}/things", headers=_headers(ask)).raise_for_status()  # noqa: S113
            else:
                body = {"email": ask.person}
                library.post(  # noqa: S113 - this is what the row is about
                    f"{ask.base_url}/things", json=body, headers=_headers(ask)
                ).raise_for_status()
        except library.RequestException as error:
            print(f"{left} left: {error!r}, sent {_headers(ask)}")
            if not left:
                raise
        else:
            return


_SESSIONS: dict[float, Any] = {}


async def aiohttp(ask: Ask) -> None:
    """One session for all calls."""
    import aiohttp as library  # noqa: PLC0415

    if ask.deadline_s not in _SESSIONS:
        timeout = library.ClientTimeout(total=ask.deadline_s)
        _SESSIONS[ask.deadline_s] = library.ClientSession(timeout=timeout)
    session, url, named = _SESSIONS[ask.deadline_s], f"{ask.base_url}/things", _headers(ask)
    if ask.operation == "read":
        asked = session.get(url, headers=named)
    else:
        asked = session.post(url, headers=named, json={"email": ask.person})
    async with asked as answer:
        answer.raise_for_status()
        (await answer.json())["id"]


@functools.cache
def _httpx(deadline_s: float) -> Any:
    import httpx as library  # noqa: PLC0415

    return library.Client(timeout=deadline_s)


def tenacity_httpx(ask: Ask) -> None:
    """Three attempts with exponential waits and jitter on whatever httpx raises, as tenacity's pages
    show it; the stop knows the deadline."""
    import httpx as library  # noqa: PLC0415
    import tenacity  # noqa: PLC0415

    client, url = _httpx(ask.deadline_s), f"{ask.base_url}/things"

    @tenacity.retry(
        retry=tenacity.retry_if_exception_type(library.HTTPError),
        wait=tenacity.wait_random_exponential(multiplier=0.1, max=2),
        stop=tenacity.stop_after_attempt(3) | tenacity.stop_after_delay(ask.deadline_s),
        reraise=True,
    )
    def call() -> None:
        if ask.operation == "read":
            answer = client.get(url, headers=_headers(ask))
        else:
            answer = client.post(url, headers=_headers(ask), json={"email": ask.person})
        answer.raise_for_status()
        answer.json()["id"]

    call()
