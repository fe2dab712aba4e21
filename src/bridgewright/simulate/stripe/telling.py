"""How events reach webhook endpoints: https://docs.stripe.com/webhooks, as known 2026-11.

Order is not promised. An event is sent again for up to three days, with growing pauses whose lengths
Stripe does not publish; the ones here are ours. A sandbox sends three times in a few hours. An
endpoint that takes nothing for days is turned off.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from bridgewright.core.model.secret import Secret
from bridgewright.simulate.dispatch import Dispatch, Endpoint, Message, Schedule

if TYPE_CHECKING:
    from bridgewright.simulate.wire import Content

SCHEDULE = Schedule(
    again_s=(300, 1_800, 7_200, 18_000, 36_000, 43_200, 43_200, 50_400, 59_100),
    off_after_s=259_200,
)
"""Live: ten attempts whose last comes three days after the first."""
SANDBOX = Schedule(again_s=(1_800, 7_200))
"""A sandbox: three attempts over some hours; its endpoints are not turned off."""
OVERLAP_S = 86_400
"""How long an old secret signs beside its successor, at most."""
_HEADERS = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"user-agent", b"Stripe/1.0 (+https://stripe.com/docs/webhooks)"),
    (b"accept", b"*/*; q=0.5, application/xml"),
    (b"cache-control", b"no-cache"),
)


class Telling:
    """Which endpoint is told of which account's events. One that was put by hand is told of all.

    A `connect` endpoint of the platform's is told of its connected accounts, and not of its own.
    """

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._whose: dict[str, tuple[str, bool]] = {}

    def send(self, event: Content) -> None:
        """Tell those who want to know. The body is indented by two, as Stripe's is."""
        told = [
            endpoint
            for endpoint in self._dispatch.endpoints
            if endpoint.wants(event["type"]) and self._hears(endpoint, event.get("account", ""))
        ]
        event["pending_webhooks"] = len(told)
        if not told:  # writing it costs as much as most requests
            return
        body = json.dumps(event, indent=2).encode()
        message = Message(event["id"], event["type"], body, _HEADERS)
        for endpoint in told:
            self._dispatch.tell_one(endpoint, message)

    def put(self, account: str, endpoint: Content, secret: Secret | None) -> None:
        """Register an endpoint as the API has it; without a `secret` it keeps its own."""
        name = endpoint["id"]
        known = {each.name: each for each in self._dispatch.endpoints}
        secrets = (secret,) if secret is not None else known[name].secrets
        on = endpoint["status"] == "enabled"
        events = tuple(endpoint["enabled_events"])
        self._whose.setdefault(name, (account, False))
        self._dispatch.put(Endpoint(name, endpoint["url"], events, secrets, on))

    def connect(self, name: str) -> None:
        """Have an endpoint told of connected accounts."""
        account, _ = self._whose[name]
        self._whose[name] = (account, True)

    def remove(self, name: str) -> None:
        """Tell an endpoint nothing more."""
        self._whose.pop(name, None)
        self._dispatch.remove(name)

    def roll(self, name: str, secret: Secret) -> Secret:
        """Sign by a new secret and, until `retire`, by the one before; the one before."""
        endpoint = next(each for each in self._dispatch.endpoints if each.name == name)
        old = endpoint.secrets[0]
        self._dispatch.put(replace(endpoint, secrets=(secret, old)))
        return old

    def retire(self, name: str, secret: Secret) -> None:
        """Sign by an old secret no more."""
        for endpoint in self._dispatch.endpoints:
            if endpoint.name == name:
                kept = tuple(each for each in endpoint.secrets if each is not secret)
                self._dispatch.put(replace(endpoint, secrets=kept))

    def pending(self, events: list[Content]) -> list[Content]:
        """Events, each with how many endpoints have not taken it yet."""
        if not any(event["pending_webhooks"] for event in events):
            return events
        names = {event["id"] for event in events}
        taken = {
            (each.message, each.endpoint)
            for each in self._dispatch.posted
            if each.taken and each.message in names
        }
        return [
            event
            | {
                "pending_webhooks": max(
                    0, event["pending_webhooks"] - sum(name == event["id"] for name, _ in taken)
                )
            }
            for event in events
        ]

    def _hears(self, endpoint: Endpoint, account: str) -> bool:
        whose = self._whose.get(endpoint.name)
        if whose is None:
            return True
        owner, connected = whose
        return owner == "" != account if connected else owner == account


def minted(name: str, generation: int = 0) -> Secret:
    """An endpoint's signing secret, the same in every run."""
    return Secret(f"whsec_{generation:04}{name.partition('_')[2]:0>28}")
