"""One request over a connection of its own: a client that costs nothing to make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bridgewright.simulate.github.simulator import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping

MINE = {"authorization": f"Bearer {TOKEN}"}
AS_APP = {"authorization": "Bearer a.b.c"}
"""The word of an app, which is taken on trust where no key was given."""


@dataclass(frozen=True, slots=True)
class Answer:
    status_code: int
    headers: dict[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json.loads(self.content)


def ask(
    method: str,
    url: str,
    body: object = None,
    headers: Mapping[str, str] = MINE,
    *,
    content: bytes | None = None,
) -> Answer:
    """`body` is sent as JSON, `content` as it is."""
    parts = urlsplit(url)
    sent = content if body is None else json.dumps(body).encode()
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, sent or b"", dict(headers))
        found = connection.getresponse()
        named = {name.lower(): value for name, value in found.getheaders()}
        return Answer(found.status, named, found.read())
    finally:
        connection.close()
