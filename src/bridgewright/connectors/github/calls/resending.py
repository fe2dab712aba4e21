"""A proof that a client resends nothing by itself, by playing it answers that tempt it to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
from githubkit import GitHub
from githubkit.exception import GitHubException

from bridgewright.core.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

_HERE = "http://127.0.0.1/"
_CACHED = {"cache-control": "max-age=60", "content-type": "application/json"}
_TEMPTATIONS = {
    "retries": lambda: httpx.Response(500),
    "retries rate limits": lambda: httpx.Response(429, headers={"retry-after": "0"}),
    "follows redirects": lambda: httpx.Response(302, headers={"location": f"{_HERE}again"}),
}


class _Tempter(httpx.BaseTransport):
    """Gives the same answer each time, and counts."""

    def __init__(self, answer: Callable[[], httpx.Response]) -> None:
        self._answer = answer
        self.count = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        del request
        self.count += 1
        return self._answer()


def refuse_resending(github: GitHub[Any]) -> None:
    """`ConfigurationError` when a client with this configuration would send again by itself, follow a
    redirect, or answer from a cache. Nothing leaves the process."""
    for what, answer in _TEMPTATIONS.items():
        if _sent(github, answer, asked=1) != 1:
            raise _wrong(f"it {what}")
    if _sent(github, lambda: httpx.Response(200, headers=_CACHED, content=b"{}"), asked=2) != 2:  # noqa: PLR2004 - as often as asked
        raise _wrong("it answers from a cache")


def _sent(github: GitHub[Any], answer: Callable[[], httpx.Response], *, asked: int) -> int:
    tempter = _Tempter(answer)
    played = GitHub(config=replace(github.config, base_url=httpx.URL(_HERE), transport=tempter))
    for _ in range(asked):
        try:
            played.request("GET", "/")
        except GitHubException:
            continue
    return tempter.count


def _wrong(problem: str) -> ConfigurationError:
    remedy = "one layer may send again, and it is ours: report this with the version of githubkit"
    return ConfigurationError(f"this GitHub client cannot be used: {problem}", remedy=remedy)
