"""One read and one write of each official SDK: the same on either side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bridgewright.certify.ask import Ask

ACCOUNT = "AC" + "7" * 32
_MESSAGE = "SM" + "1" * 32


def stripe(client: Any, ask: Ask) -> None:
    """Customers."""
    if ask.operation == "read":
        client.v1.customers.list({"limit": 1}).data[0].id  # noqa: B018 - it is what a user reads
        return
    options = {} if ask.key is None else {"idempotency_key": ask.key}
    client.v1.customers.create({"email": ask.person}, options).id  # noqa: B018


def twilio(client: Any, ask: Ask) -> None:
    """A message: fetched, or sent."""
    if ask.operation == "read":
        client.messages(_MESSAGE).fetch().sid  # noqa: B018
        return
    client.messages.create(to="+15005550009", from_="+15005550006", body=ask.person)


def sendgrid(client: Any, ask: Ask) -> None:
    """Templates read, a mail sent."""
    if ask.operation == "read":
        client.client.templates.get().to_dict["result"]
        return
    mail = {
        "personalizations": [{"to": [{"email": ask.person}]}],
        "from": {"email": "shop@example.org"},
        "subject": "Your parcel",
        "content": [{"type": "text/plain", "value": "It is on its way."}],
    }
    client.send(mail)


def sqs(client: Any, ask: Ask) -> None:
    """A queue's attributes read, a message sent."""
    queue = f"{ask.base_url}/123456789012/parcels"
    if ask.operation == "read":
        client.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])
        return
    client.send_message(QueueUrl=queue, MessageBody=ask.person)


def githubkit(client: Any, ask: Ask) -> None:
    """An issue: read, or opened."""
    if ask.operation == "read":
        client.rest.issues.get("example", "shop", 7).parsed_data.number  # noqa: B018
        return
    client.rest.issues.create("example", "shop", title="A parcel", body=ask.person)


def pygithub(client: Any, ask: Ask) -> None:
    """An issue: read, or opened."""
    shop = client.get_repo("example/shop", lazy=True)
    if ask.operation == "read":
        shop.get_issue(7).title  # noqa: B018
        return
    shop.create_issue("A parcel", ask.person)


def slack(client: Any, ask: Ask) -> None:
    """Who am I, or a message."""
    if ask.operation == "read":
        client.auth_test()
        return
    client.chat_postMessage(channel="C1", text=ask.person)
