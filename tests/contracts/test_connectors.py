"""Every connector that makes calls keeps the contract of a connector."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridgewright import connectors
from bridgewright.certify.contracts.connector import ConnectorContract, Use
from bridgewright.certify.contracts.loopback import Reply
from bridgewright.connectors.aws.client import CLIENT as AWS
from bridgewright.connectors.github.client import CLIENT as GITHUB
from bridgewright.connectors.http.client import CLIENT as HTTP
from bridgewright.connectors.sendgrid.client import CLIENT as SENDGRID
from bridgewright.connectors.stripe.client import CLIENT as STRIPE
from bridgewright.connectors.twilio.client import CLIENT as TWILIO

SECRET = "canary5e7f0123456789abcdef01234567"
KEYS = {"aws_access_key_id": "AKIDCANARY", "aws_secret_access_key": SECRET}
MAIL = {
    "personalizations": [{"to": [{"email": "ada@example.com"}]}],
    "from": {"email": "shop@example.com"},
    "subject": "Parcel",
    "content": [{"type": "text/plain", "value": "?"}],
}


def answered(status: int = 200, **content: object) -> Reply:
    return Reply(status, json.dumps(content).encode())


def _sqs(session: Any) -> Any:
    return session.client("sqs", region_name="eu-west-1", **KEYS)


def _send(session: Any) -> object:
    sqs = _sqs(session)
    return sqs.send_message(QueueUrl=f"{sqs.meta.endpoint_url}/1/q", MessageBody="parcel 7")


USES = (
    Use(
        STRIPE,
        lambda client: client.v1.customers.retrieve("cus_1"),
        lambda client: client.v1.customers.create({"name": "Ada"}),
        answered(id="cus_1", object="customer"),
        answered(id="cus_1", object="customer"),
        {"api_key": f"sk_test_{SECRET}"},
        (SECRET,),
    ),
    Use(
        TWILIO,
        lambda client: client.messages("SM" + "1" * 32).fetch(),
        lambda client: client.messages.create(to="+15005550006", from_="+15005550001", body="?"),
        answered(sid="SM1"),
        answered(201, sid="SM1"),
        {"account_sid": "AC" + "a1" * 16, "auth_token": SECRET},
        (SECRET,),
    ),
    Use(
        SENDGRID,
        lambda client: client.client.templates.get(),
        lambda client: client.send(MAIL),
        answered(result=[]),
        Reply(202, b"", kind=""),
        {"api_key": f"SG.{SECRET}"},
        (SECRET,),
    ),
    Use(
        GITHUB,
        lambda client: client.request("GET", "/repos/octo/hello/issues/1"),
        lambda client: client.request("POST", "/repos/octo/hello/issues", json={"title": "?"}),
        answered(id=1),
        answered(201, id=1),
        {"token": f"ghp_{SECRET}"},
        (SECRET,),
    ),
    Use(
        AWS,
        lambda session: _sqs(session).list_queues(),
        _send,
        answered(QueueUrls=[]),
        answered(MessageId="1", MD5OfMessageBody="410979d413a4da42e189d9dcf7bcd90a"),
        private=(SECRET,),
        options={"region": "eu-west-1"},
    ),
    Use(
        HTTP,
        lambda client: client.get("/orders/1"),
        lambda client: client.post("/orders", json={"a": 1}),
        answered(id=1),
        answered(201, id=1),
        {"token": SECRET},
        (SECRET,),
    ),
)


@pytest.mark.parametrize("use", USES, ids=str)
class TestConnectors(ConnectorContract):
    pass


def test_every_connector_that_makes_calls_is_among_them() -> None:
    assert {str(use) for use in USES} == set(connectors.calling_names())
