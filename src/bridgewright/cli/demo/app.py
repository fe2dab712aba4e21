"""The application that the demo plays with: what a user of Bridgewright writes.

It is copied into the demo's folder and runs from there, as `bridgewright worker app:bridge`.
"""

from __future__ import annotations

import os
from pathlib import Path

import httpx2

from bridgewright import Bridge, Event, PermanentFailure, keyed
from bridgewright.core.model.fact import BreakerMoved

FOLDER = Path(__file__).parent
NOT_FOUND = 404


def write(name: str, line: str) -> None:
    """Add a line to a file by one write, so that a kill cannot halve it."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    file = os.open(FOLDER / name, flags, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


def begin(event: Event) -> None:
    """Write down that this process has an event in its hands."""
    write("begun.txt", f"{os.getpid()} {event.source}:{event.event_id}")


def journal(event: Event) -> None:
    """Write down that an event was handled, and by which process."""
    write("journal.txt", f"{os.getpid()} {event.source}:{event.event_id}")


def watch(fact: object) -> None:
    """Write down what becomes of the breaker, for whoever looks on."""
    if isinstance(fact, BreakerMoved):
        write("breaker.txt", f"{fact.after} {fact.reason}")


def judge(answer: httpx2.Response) -> None:
    """Go on, try again later, or never."""
    if answer.status_code == NOT_FOUND:
        problem = "the shop's books do not know this customer"
        raise PermanentFailure(problem)
    answer.raise_for_status()


def opened(*, with_issues: bool) -> Bridge:
    """The shop's bridge with its handlers."""
    bridge = Bridge.from_env()
    bridge.observe(watch)
    stripe = bridge.as_async().connect("stripe")
    books = (FOLDER / "dependency.url").read_text("utf-8")
    calm = httpx2.AsyncClient(base_url=books, timeout=10, trust_env=False)
    blocking = httpx2.Client(base_url=books, timeout=10, trust_env=False)

    @bridge.on("stripe", "invoice.finalized")
    async def charge(event: Event) -> None:
        """Charge the invoice once, however often this runs: the key is the event's, not the run's."""
        begin(event)
        invoice = event.json()["data"]["object"]
        with keyed(str(event.event_id)):
            await stripe.v1.payment_intents.create_async(
                {
                    "amount": invoice["total"],
                    "currency": invoice["currency"],
                    "payment_method": "pm_card_visa",
                    "confirm": True,
                    "metadata": {"order": event.event_id},
                }
            )
        journal(event)

    @bridge.on("stripe")
    async def enter_in_the_books(event: Event) -> None:
        begin(event)
        thing = event.json()["data"]["object"]
        customer = thing["id"] if event.type.startswith("customer.") else thing["customer"]
        judge(await calm.post(f"/customers/{customer}", content=event.body))
        journal(event)

    def build(event: Event) -> None:
        begin(event)
        judge(blocking.post(f"/builds/{event.event_id}", content=event.body))
        journal(event)

    bridge.on("github", "push")(build)
    bridge.on("github", "pull_request.*")(build)
    if with_issues:
        bridge.on("github", "issues.*")(build)
    return bridge


bridge = opened(with_issues=False)
next_release = opened(with_issues=True)
