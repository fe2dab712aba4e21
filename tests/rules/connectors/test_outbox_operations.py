"""What connectors can send from the outbox: names and arguments are checked against what is installed,
and each says whether its provider recognises a repeat."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from bridgewright import ConfigurationError, connectors
from bridgewright.connectors.http import outbox as http
from bridgewright.connectors.http.profile import declared
from bridgewright.core.model.outbound import Attempted, arguments_of, body_of, short

QUEUE = "https://sqs.eu-west-1.amazonaws.com/1/jobs"
MAIL = {"from": {"email": "a@example.org"}, "personalizations": [], "content": []}
ISSUE = {"owner": "acme", "repo": "shop", "title": "It burns"}
SEND = {"QueueUrl": QUEUE, "MessageBody": "x"}
SES = {
    "Source": "a@example.org",
    "Destination": {},
    "Message": {"Subject": {"Data": ""}, "Body": {}},
}

GOOD: list[tuple[str, str, dict[str, Any], float | None]] = [
    ("stripe", "payment_intents.create", {"amount": 1, "currency": "eur"}, 86_400.0),
    ("stripe", "v1.refunds.create", {"charge": "ch_1"}, 86_400.0),
    ("stripe", "customers.create", {}, 86_400.0),
    ("stripe", "invoices.pay", {"invoice": "in_1", "off_session": True}, 86_400.0),
    ("stripe", "checkout.sessions.create", {"mode": "payment"}, 86_400.0),
    ("twilio", "messages.create", {"to": "+1", "from_": "+2", "body": ""}, None),
    ("twilio", "calls.create", {"to": "+1", "from_": "+2", "url": "https://x"}, None),
    ("sendgrid", "mail.send", MAIL, None),
    ("aws", "sqs.send_message", SEND, None),
    ("aws", "sqs.send_message", SEND | {"QueueUrl": f"{QUEUE}.fifo", "MessageGroupId": "g"}, 300.0),
    ("aws", "sns.publish", {"TopicArn": "arn:x", "Message": "x"}, None),
    ("aws", "sns.publish", {"TopicArn": "arn:x.fifo", "Message": "x"}, 300.0),
    ("aws", "ses.send_email", SES, None),
    ("aws", "s3.put_object", {"Bucket": "b", "Key": "k", "Body": "text"}, inf),
    ("github", "issues.create", ISSUE | {"labels": ["fire"]}, None),
    ("github", "issues.create_comment", ISSUE | {"issue_number": 7, "body": "x"}, None),
    ("http", "request", {"method": "POST", "path": "/x", "json": {}}, None),
]
GOOD[15][2].pop("title")

BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("stripe", "payment_intents.create", {"amount": 1.5, "currency": "eur"}, "whole number"),
    ("stripe", "payment_intents.create", {"amount": True, "currency": "eur"}, "whole number"),
    ("stripe", "invoices.pay", {}, "lacks 'invoice'"),
    ("stripe", "invoices.pay", {"invoice": 7}, "no text"),
    ("stripe", "payment_intents.create_async", {}, "no operation"),
    ("stripe", "payment_intents.retrieve", {}, "no operation"),
    ("stripe", "", {}, "no operation"),
    ("stripe", "construct_event.x", {}, "no operation"),
    ("twilio", "messages.create", {"to": 1}, "no text"),
    ("twilio", "messages.list", {}, "no operation"),
    ("twilio", "messages.create_async", {}, "no operation"),
    ("twilio", "request.create", {}, "no operation"),
    ("sendgrid", "mail.sent", {}, "Did you mean sendgrid.mail.send"),
    ("sendgrid", "mail.send", {"from": {}, "personalizations": []}, "template_id"),
    ("sendgrid", "mail.send", MAIL | {"subject": 7}, "no text"),
    ("aws", "sqs.sendMessage", {}, "Did you mean aws.sqs.send_message"),
    ("aws", "sqz.send_message", {}, "Did you mean aws.sqs.send_message"),
    ("aws", "sqs.send_message", {"QueueUrl": QUEUE}, "lacks 'MessageBody'"),
    ("aws", "sqs.send_message", SEND | {"Delay": 7}, "DelaySeconds"),
    ("aws", "sqs.send_message", SEND | {"MessageBody": 7}, "at MessageBody"),
    ("github", "issues.create", {"owner": "a", "repo": "b"}, "at title"),
    ("github", "issues.create", ISSUE | {"titel": "x"}, "Did you mean title"),
    ("github", "issues.list", {}, "no operation"),
    ("github", "issues.get", {}, "no operation"),
    ("github", "request.create", {}, "no operation"),
    ("http", "get", {}, "no operation"),
    ("http", "request", {"method": "GET", "path": "/x"}, "method is none"),
    ("http", "request", {"method": "POST", "path": "//evil"}, "begins with one /"),
    ("http", "request", {"method": "POST", "path": "https://evil"}, "begins with one /"),
    ("http", "request", {"method": "POST", "path": "/x", "json": {}, "text": ""}, "one body"),
    (
        "http",
        "request",
        {"method": "POST", "path": "/x", "headers": {"Authorization": "Bearer x"}},
        "store a secret",
    ),
]


@pytest.mark.parametrize(("provider", "name", "arguments", "lifetime_s"), GOOD)
def test_an_operation_says_for_how_long_a_repeat_is_recognised(
    provider: str, name: str, arguments: dict[str, Any], lifetime_s: float | None
) -> None:
    outbound = connectors.outbox(provider).find(name)
    outbound.check(arguments)
    assert outbound.lifetime_s(arguments) == lifetime_s


@pytest.mark.parametrize(("provider", "name", "arguments", "words"), BAD)
def test_what_does_not_fit_is_refused_in_words_that_help(
    provider: str, name: str, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        connectors.outbox(provider).find(name).check(arguments)


def test_a_refusal_quotes_no_argument() -> None:
    secret = "4242424242424242"
    for provider, name, arguments in (
        ("aws", "sqs.send_message", SEND | {"DelaySeconds": secret}),
        ("github", "issues.create", ISSUE | {"labels": secret, "milestone": {"x": secret}}),
        ("stripe", "payment_intents.create", {"amount": secret, "currency": "eur"}),
    ):
        with pytest.raises(ConfigurationError) as refused:
            connectors.outbox(provider).find(name).check(arguments)
        assert secret not in str(refused.value)


def test_a_connector_without_calls_sends_nothing() -> None:
    with pytest.raises(ConfigurationError, match="makes no calls"):
        connectors.outbox("shopify")


def test_every_connector_that_calls_sends() -> None:
    for provider in connectors.calling_names():
        assert connectors.outbox(provider)


@pytest.mark.parametrize(
    ("method", "promises", "lifetime_s"),
    [
        ("POST", {}, None),
        ("PUT", {}, inf),
        ("POST", {"idempotent": ("POST /x",)}, inf),
        ("POST", {"idempotency_header": "Idempotency-Key", "keys_live_s": 60.0}, 60.0),
    ],
)
def test_a_plain_api_recognises_what_was_declared(
    method: str, promises: dict[str, Any], lifetime_s: float | None
) -> None:
    profile = declared("acme", "https://api.example.org", **promises)
    asked = {"method": method, "path": "/x"}
    assert http.lifetime_s(profile, "https://api.example.org", asked) == lifetime_s


def test_a_fifo_queue_is_given_the_key_of_the_intent() -> None:
    given: list[dict[str, Any]] = []

    class Session:
        def client(self, service: str) -> Any:
            assert service == "sqs"
            return self

        def send_message(self, **arguments: Any) -> dict[str, Any]:
            given.append(arguments)
            return {"MessageId": "m-1"}

    outbound = connectors.outbox("aws").find("sqs.send_message")
    for asked in (SEND, SEND | {"QueueUrl": f"{QUEUE}.fifo"}):
        answer = outbound.perform(Attempted(Session(), asked, "order-17"))
        assert outbound.result(answer) == "m-1"
    assert [each.get("MessageDeduplicationId") for each in given] == [None, "order-17"]


def test_arguments_are_stored_alike_in_whatever_order_they_come() -> None:
    assert body_of("x", {"b": 1, "a": "é"}) == body_of("x", {"a": "é", "b": 1})
    assert arguments_of(body_of("x", {"a": [1, "é", None]})) == {"a": [1, "é", None]}


@pytest.mark.parametrize("value", [object(), b"x", {1, 2}, float("inf"), "\ud800"])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError):
        body_of("x", {"a": value})
    with pytest.raises(ConfigurationError):
        body_of("x", {7: value})


def test_too_much_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="bytes"):
        body_of("x", {"a": "x" * 1_048_576})


@pytest.mark.parametrize(
    ("answer", "kept"),
    [("pi_1", "pi_1"), (7, "7"), (True, ""), (None, ""), ("x" * 129, ""), ("a\nb", ""), ({}, "")],
)
def test_only_a_short_plain_answer_is_kept(answer: object, kept: str) -> None:
    assert short(answer) == kept
