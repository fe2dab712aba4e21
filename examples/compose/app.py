"""The shop's handlers: what `bridgewright worker app:bridge` runs."""

from __future__ import annotations

from typing import Any

from bridgewright import Bridge, Event

bridge = Bridge.from_env()


@bridge.on("stripe", "invoice.paid")
def enter(event: Event, tx: Any) -> None:
    """Enter a payment in the books: kept together with the event's settlement, once."""
    invoice = event.json()["data"]["object"]
    tx.execute(
        "INSERT INTO paid (invoice, cents) VALUES (%s, %s)", (invoice["id"], invoice["amount_paid"])
    )


@bridge.on("stripe")
def pass_over(event: Event) -> None:
    """Everything else that Stripe was asked to send, and that this shop does nothing about."""
