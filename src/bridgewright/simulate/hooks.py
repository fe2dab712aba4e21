"""What a simulated GitHub told its hooks: lists of deliveries by cursor, and each of them in full.

Shapes after GitHub's REST API as the schemas of `githubkit` 0.16 have it.
"""

from __future__ import annotations

import itertools
import json
import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bridgewright.simulate.wire import Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.wire import Content, Heard

KEPT_S = 3 * 86_400.0
"""How long deliveries are kept: three days."""
ORDINARY, MOST = 30, 100
_FIRST_NUMBER = 12_345_678_901_234_567
_PATH = re.compile(r"/(?P<hook>.+)/deliveries(?:/(?P<number>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery of a hook, whether it arrived or not."""

    number: int
    guid: str
    event: str
    payload: Content = field(repr=False)
    at_s: float
    status: int
    again: bool

    def row(self) -> Content:
        """As a list has it."""
        at = datetime.fromtimestamp(self.at_s, UTC).isoformat(timespec="milliseconds")
        return {
            "id": self.number,
            "guid": self.guid,
            "delivered_at": at.replace("+00:00", "Z"),
            "redelivery": self.again,
            "duration": 0.1,
            "status": "OK" if 200 <= self.status < 300 else "failed to connect",  # noqa: PLR2004
            "status_code": self.status,
            "event": self.event,
            "action": self.payload.get("action"),
            "installation_id": None,
            "repository_id": None,
            "throttled_at": None,
        }

    def whole(self) -> Content:
        """With what was sent and what came back."""
        headers = {
            "Accept": "*/*",
            "User-Agent": "GitHub-Hookshot/simulated",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": "1",
            "content-type": "application/json",
        }
        return self.row() | {
            "url": "",
            "request": {"headers": headers, "payload": self.payload},
            "response": {"headers": {}, "payload": ""},
        }


class Hooks:
    """The deliveries of every hook, by how the API names it (`repos/octo/hello/hooks/1`)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._numbers = itertools.count(_FIRST_NUMBER)
        self._told: dict[str, list[Told]] = {}

    def tell(self, hook: str, event: str, payload: Content, *, status: int = 0) -> Told:
        """Tell a hook of an event. `status` is what came back: 0 when nobody was there."""
        guid = str(uuid.UUID(int=next(self._numbers)))
        return self._keep(hook, guid, event, payload, status=status)

    def tell_again(self, hook: str, told: Told, *, status: int = 0) -> Told:
        """Deliver what was delivered before once more, as its owner can ask for: under its guid."""
        return self._keep(hook, told.guid, told.event, told.payload, status=status, again=True)

    def answer(self, heard: Heard) -> Reply | None:
        """The list of a hook's deliveries, or one of them; None for any other path."""
        found = _PATH.fullmatch(heard.path)
        if found is None or found["hook"] not in self._told:
            return None
        since_s = self._now() - KEPT_S
        kept = [each for each in reversed(self._told[found["hook"]]) if each.at_s >= since_s]
        if found["number"] is None:
            return _page(heard, kept)
        one = next((each for each in kept if str(each.number) == found["number"]), None)
        return None if one is None else json_reply(one.whole())

    def _keep(  # noqa: PLR0913 - what makes a delivery
        self,
        hook: str,
        guid: str,
        event: str,
        payload: Content,
        *,
        status: int,
        again: bool = False,
    ) -> Told:
        told = Told(next(self._numbers), guid, event, payload, self._now(), status, again)
        self._told.setdefault(hook, []).append(told)
        return told


def _page(heard: Heard, kept: list[Told]) -> Reply:
    """A page after the cursor, which names a delivery and says nothing to anybody else."""
    size = min(int(heard.query.get("per_page", ORDINARY)), MOST)
    cursor = heard.query.get("cursor", "")
    from_number = int(cursor.removeprefix("v1_")) if cursor else None
    after = [each for each in kept if from_number is None or each.number < from_number]
    shown = after[:size]
    headers = [("content-type", "application/json; charset=utf-8")]
    if len(after) > size:
        query = f"per_page={size}&cursor=v1_{shown[-1].number}"
        headers.append(("link", f'<https://api.github.com{heard.path}?{query}>; rel="next"'))
    return Reply(200, tuple(headers), json.dumps([each.row() for each in shown]).encode())
