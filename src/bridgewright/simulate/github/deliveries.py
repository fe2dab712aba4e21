"""What a simulated GitHub told its hooks: each delivery, what came of it, and how it is told again.

https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries and
.../webhook-events-and-payloads#delivery-headers, as known 2026-11: an answer may take ten seconds, nothing is
sent again by itself, and deliveries are kept for three days, to be asked for again under their guid.
"""

from __future__ import annotations

import hmac
import itertools
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bridgewright.core.model.secret import Secret
from bridgewright.simulate.dispatch import Endpoint, Message, Schedule

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridgewright.simulate.dispatch import Dispatch, Posted
    from bridgewright.simulate.github.records import Hook
    from bridgewright.simulate.github.world import Repository, World
    from bridgewright.simulate.wire import Content

KEPT_S = 3 * 86_400.0
"""How long deliveries are kept: three days."""
SCHEDULE = Schedule(timeout_s=10.0)
APP_HOOK = "app/hook"
LARGEST_BYTES = 25 * 1_048_576
"""A larger payload is not delivered at all."""
FORM = "application/x-www-form-urlencoded"
_FIRST_NUMBER = 12_345_678_901_234_567
_SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery of a hook, whether it arrived or not. `status` is what came back, 0 where nobody was
    there, and None while nobody knows."""

    number: int
    guid: str
    event: str
    payload: Content = field(repr=False)
    at_s: float
    status: int | None
    again: bool
    why: str = ""
    url: str = ""
    headers: Content = field(default_factory=dict, repr=False)

    def row(self) -> Content:
        """As a list has it."""
        at = datetime.fromtimestamp(self.at_s, UTC).isoformat(timespec="milliseconds")
        repository = self.payload.get("repository") or {}
        installation = self.payload.get("installation") or {}
        return {
            "id": self.number,
            "guid": self.guid,
            "delivered_at": at.replace("+00:00", "Z"),
            "redelivery": self.again,
            "duration": 0.0,
            "status": self._word(),
            "status_code": self.status or 0,
            "event": self.event,
            "action": self.payload.get("action"),
            "installation_id": installation.get("id"),
            "repository_id": repository.get("id"),
            "throttled_at": None,
        }

    def whole(self) -> Content:
        """With what was sent; what came back but for its status is not kept here."""
        plain = {
            "Accept": "*/*",
            "User-Agent": "GitHub-Hookshot/simulated",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": "1",
            "content-type": "application/json",
        }
        return self.row() | {
            "url": self.url,
            "request": {"headers": self.headers or plain, "payload": self.payload},
            "response": {"headers": {}, "payload": ""},
        }

    def _word(self) -> str:
        if self.status is None:
            return "pending"
        if self.status in _SUCCESS:
            return "OK"
        if self.status:
            return f"Invalid HTTP Response: {self.status}"
        return "timed out" if "Timeout" in self.why else "failed to connect"


class Hooks:
    """The deliveries of every hook, by how the API names it (`repos/octo/hello/hooks/1`)."""

    def __init__(self, now: Callable[[], float], dispatch: Dispatch) -> None:
        self._now = now
        self._dispatch = dispatch
        self._numbers = itertools.count(_FIRST_NUMBER)
        self._told: dict[str, list[Told]] = {}
        self._last: dict[str, Posted] = {}
        self._seen = 0

    def tell(self, hook: str, event: str, payload: Content, *, status: int = 0) -> Told:
        """Note a delivery without sending it. `status` is what came back: 0 when nobody was there."""
        told = Told(
            next(self._numbers), self._guid(), event, payload, self._now(), status, again=False
        )
        return self._keep(hook, told)

    def tell_again(self, hook: str, told: Told, *, status: int = 0) -> Told:
        """Note that a delivery was made once more, as its owner can ask for: under its guid."""
        again = Told(
            next(self._numbers),
            told.guid,
            told.event,
            told.payload,
            self._now(),
            status,
            again=True,
        )
        return self._keep(hook, again)

    def listen(self, name: str, hook: Hook) -> None:
        """Send to a hook from now on what it asks for."""
        secrets = () if hook.secret is None else (hook.secret,)
        self._dispatch.put(Endpoint(name, hook.url, hook.events, secrets, hook.active))

    def forget(self, name: str) -> None:
        """Send nothing more to a hook, and forget what it was told."""
        self._dispatch.remove(name)
        self._told.pop(name, None)

    def anybody(self, world: World) -> bool:
        """Whether there is anybody who could be told of anything."""
        return (
            world.app_hook is not None
            or bool(self._dispatch.endpoints)
            or any(each.hooks for each in world.repositories)
        )

    def missed(self) -> None:
        """Count an event that nobody is told of: it has a guid like any other."""
        self._guid()

    def happened(self, world: World, repository: Repository, event: str, payload: Content) -> None:
        """Tell an event to the hooks of its repository, to the app's, and to endpoints that were put by
        hand, which hear of all repositories; all under one guid."""
        guid, heard = self._guid(), {APP_HOOK}
        for number, hook in tuple(repository.hooks.items()):
            if wants(hook, event):
                self.send(
                    f"repos/{repository.full_name}/hooks/{number}", hook, guid, event, payload
                )
        for each in world.repositories:
            heard |= {f"repos/{each.full_name}/hooks/{number}" for number in each.hooks}
        installed = [i for i in world.installations.values() if i.account == repository.owner]
        if world.app_hook is not None and wants(world.app_hook, event) and installed:
            whose = {"installation": {"id": installed[0].number, "node_id": ""}}
            self.send(APP_HOOK, world.app_hook, guid, event, payload | whose)
        self._tell_others(heard, guid, event, payload)

    def send(  # noqa: PLR0913 - what a delivery is made of
        self,
        name: str,
        hook: Hook,
        guid: str,
        event: str,
        payload: Content,
        *,
        again: bool = False,
    ) -> Told:
        """Send one event to one hook, and keep the delivery."""
        number = next(self._numbers)
        form = hook.content_type == "form"
        body, kind = written(payload, form=form), FORM if form else "application/json"
        headers = _headers(name, hook, guid, event, kind, payload)
        if hook.secret is not None:
            signature = hmac.new(hook.secret.reveal().encode(), body, "sha1").hexdigest()
            headers["X-Hub-Signature"] = f"sha1={signature}"
        told = Told(
            number, guid, event, payload, self._now(), None, again, url=hook.url, headers=headers
        )
        self._keep(name, told)
        if len(body) <= LARGEST_BYTES:
            message = Message(f"{guid}/{number}", named(event, payload), body, _pairs(headers))
            secrets = () if hook.secret is None else (hook.secret,)
            endpoint = Endpoint(name, hook.url, hook.events, secrets, hook.active)
            self._dispatch.tell_one(endpoint, message)
        return told

    def guid(self) -> str:
        """A name for a new event."""
        return self._guid()

    def kept(self, name: str) -> tuple[Told, ...]:
        """The deliveries of a hook in the last three days, the newest first."""
        self._look()
        since_s = self._now() - KEPT_S
        told = tuple(self._told.get(name, ()))
        return tuple(self._settled(each) for each in reversed(told) if each.at_s >= since_s)

    def knows(self, name: str) -> bool:
        """Whether a hook of that name was ever told anything."""
        return name in self._told

    def reset(self) -> None:
        """Forget everything."""
        self._told.clear()
        self._last.clear()
        self._seen = 0
        self._numbers = itertools.count(_FIRST_NUMBER)

    def _tell_others(self, known: set[str], guid: str, event: str, payload: Content) -> None:
        event_type = named(event, payload)
        wanting = [
            each
            for each in self._dispatch.endpoints
            if each.name not in known and each.wants(event_type)
        ]
        body = written(payload) if wanting else b""
        for endpoint in wanting:
            headers = {
                "Accept": "*/*",
                "content-type": "application/json",
                "User-Agent": "GitHub-Hookshot/simulated",
                "X-GitHub-Delivery": guid,
                "X-GitHub-Event": event,
                "X-GitHub-Hook-ID": "1",
            }
            self._dispatch.tell_one(endpoint, Message(guid, event_type, body, _pairs(headers)))

    def _keep(self, name: str, told: Told) -> Told:
        self._told.setdefault(name, []).append(told)
        return told

    def _guid(self) -> str:
        return str(uuid.UUID(int=next(self._numbers)))

    def _look(self) -> None:
        """Take note of what came of what was sent since the last look."""
        posted = self._dispatch.posted
        for each in posted[self._seen :]:
            self._last[each.message] = each
        self._seen = len(posted)

    def _settled(self, told: Told) -> Told:
        posted = self._last.get(f"{told.guid}/{told.number}")
        if told.status is not None or posted is None:
            return told
        return Told(
            told.number,
            told.guid,
            told.event,
            told.payload,
            told.at_s,
            posted.status or 0,
            told.again,
            posted.why,
            told.url,
            told.headers,
        )


def wants(hook: Hook, event: str) -> bool:
    """Whether a hook is told of an event; every one is told of a ping."""
    return hook.active and (event in hook.events or "*" in hook.events or event == "ping")


def named(event: str, payload: Content) -> str:
    """The event and what happened: `issues.opened`; `push` has no action."""
    action = payload.get("action")
    return f"{event}.{action}" if action else event


def written(payload: Content, *, form: bool = False) -> bytes:
    """A payload as it is sent."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return urlencode({"payload": text}).encode() if form else text.encode()


def _headers(  # noqa: PLR0913 - what they tell
    name: str, hook: Hook, guid: str, event: str, kind: str, payload: Content
) -> Content:
    target = "integration" if name == APP_HOOK else "repository"
    repository = payload.get("repository") or {}
    return {
        "Accept": "*/*",
        "content-type": kind,
        "User-Agent": "GitHub-Hookshot/simulated",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(hook.number),
        "X-GitHub-Hook-Installation-Target-ID": str(repository.get("id", 1)),
        "X-GitHub-Hook-Installation-Target-Type": target,
    }


def _pairs(headers: Content) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode(), str(value).encode()) for name, value in headers.items())


def secret_of(text: str | None) -> Secret | None:
    """A secret that was entered; None for a blank one."""
    return Secret(text) if text else None
