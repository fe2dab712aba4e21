"""What each SDK is asked in a cell: one read and one write that real applications make."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from proofs.faults.subjects import PERSON, TWILIO_ACCOUNT, Deed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Ask = Callable[[Deed], Any]
    AskLater = Callable[[Deed], Awaitable[Any]]

_SID = "SM" + "1" * 32


def stripe_module(stripe: Any) -> Ask:
    """Customers, by the module's own classes."""

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return stripe.Customer.list(limit=1).data[0].id
        return stripe.Customer.create(email=PERSON).id

    return ask


def stripe_client(client: Any) -> Ask:
    """Customers, by a `StripeClient`."""

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return client.v1.customers.list({"limit": 1}).data[0].id
        return client.v1.customers.create({"email": PERSON}).id

    return ask


def stripe_async(client: Any) -> AskLater:
    """Customers, awaited."""

    async def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return (await client.v1.customers.list_async({"limit": 1})).data[0].id
        return (await client.v1.customers.create_async({"email": PERSON})).id

    return ask


def twilio(client: Any) -> Ask:
    """A message: fetched, or sent."""

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return client.messages(_SID).fetch().sid
        return client.messages.create(to="+15005550009", from_="+15005550006", body=PERSON).sid

    return ask


def twilio_async(client: Any) -> AskLater:
    """The same, awaited."""

    async def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return (await client.messages(_SID).fetch_async()).sid
        sent = await client.messages.create_async(
            to="+15005550009", from_="+15005550006", body=PERSON
        )
        return sent.sid

    return ask


def sendgrid(client: Any) -> Ask:
    """Templates read, a mail sent."""

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return client.client.templates.get().to_dict["result"]
        mail = {
            "personalizations": [{"to": [{"email": PERSON}]}],
            "from": {"email": "shop@example.org"},
            "subject": "Your parcel",
            "content": [{"type": "text/plain", "value": f"Dear {PERSON}"}],
        }
        return client.send(mail).status_code

    return ask


def sqs(client: Any, url: str) -> Ask:
    """A queue's attributes read, a message sent."""
    queue = f"{url}/123456789012/parcels"

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            found = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
            return sorted(found.get("Attributes", ()))
        return client.send_message(QueueUrl=queue, MessageBody=PERSON).get("MessageId")

    return ask


def s3(client: Any) -> Ask:
    """A bucket listed, an object put."""

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return client.list_objects_v2(Bucket="parcels").get("KeyCount")
        return client.put_object(Bucket="parcels", Key="letter", Body=PERSON.encode()).get("ETag")

    return ask


def github(client: Any) -> Ask:
    """An issue: read, or opened."""

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return client.rest.issues.get("example", "shop", 7).parsed_data.number
        made = client.rest.issues.create("example", "shop", title="A parcel", body=PERSON)
        return made.parsed_data.number

    return ask


def github_async(client: Any) -> AskLater:
    """The same, awaited."""

    async def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            return (await client.rest.issues.async_get("example", "shop", 7)).parsed_data.number
        made = await client.rest.issues.async_create(
            "example", "shop", title="A parcel", body=PERSON
        )
        return made.parsed_data.number

    return ask


def plain(client: Any) -> Ask:
    """A JSON API by an HTTP client."""
    headers = {"authorization": f"Bearer {os.environ['ACME_TOKEN']}"}

    def ask(deed: Deed) -> Any:
        if deed is Deed.READ:
            answer = client.get("/things/1", headers=headers)
        else:
            answer = client.post("/things", headers=headers, json={"email": PERSON})
        answer.raise_for_status()
        return answer.json()["id"]

    return ask


def account() -> tuple[str, str]:
    """Twilio's account and its token."""
    return TWILIO_ACCOUNT, os.environ["TWILIO_AUTH_TOKEN"]
