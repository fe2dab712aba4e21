"""An inbox with a worker beside it, as an application has it."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.routing import Mount

from bridgewright import Bridge, Event
from bridgewright.certify.effects import happened

SETTINGS = {
    "BRIDGEWRIGHT_STORE": "bridgewright.db",
    "BRIDGEWRIGHT_SOURCES_STRIPE_STALE": "skip",
    # A worker that was killed holds its lease to the end: a minute by default, here less.
    "BRIDGEWRIGHT_WORK_LEASE_S": "2",
}
for _name, _value in SETTINGS.items():
    os.environ.setdefault(_name, _value)
bridge = Bridge.from_env()


@bridge.on("stripe")
def handle(event: Event) -> None:
    """Do what the suite asks for."""
    happened(event.json())


app = Starlette(routes=[Mount("/webhooks", app=bridge.inbox)], lifespan=bridge.lifespan)
